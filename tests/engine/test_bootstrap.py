"""The bootstrap stack on the real engine, with all policies; a wrong setting is told with its line."""

from toolchain.places import ROOT

BOOTSTRAP = ROOT / "bootstrap"
TRACKED = BOOTSTRAP / "Pulumi.staging.yaml"


def test_it_comes_up_passes_all_policies_and_does_not_change_by_itself(shared):
    ran = shared.pulumi("up", "--yes", cwd=BOOTSTRAP).must()
    assert "plumbline@v" in ran.text.partition("Policies:")[2]
    again = shared.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", cwd=BOOTSTRAP).must()
    assert [line.split()[-1] for line in again.changes] == ["unchanged"]
    assert shared.run("plumb", "drift", "staging", cwd=BOOTSTRAP).must().text.startswith("staging: no drift")


def test_state_and_key_cannot_be_destroyed(shared):
    before = shared.things()
    shared.pulumi("destroy", "--yes", cwd=BOOTSTRAP).must(code=1)
    assert shared.things() == before


def test_break_glass_for_more_than_a_day_is_refused_with_its_line(world):
    entry = (
        "  plumbline:breakGlass:\n"
        "    incident-4711: {who: 'user:on-call@example.com', begins: '2026-03-01T14:00:00Z', hours: 48,\n"
        "      approvedBy: [lead@example.com, owner@example.com], reason: a test}\n"
    )
    text = TRACKED.read_text().replace("  plumbline:breakGlass: {}\n", entry)
    world.stack_file = world.folder / "Pulumi.staging.yaml"
    world.stack_file.write_text(text)
    line = text[: text.index("hours: 48")].count("\n") + 1
    ran = world.pulumi("preview", cwd=BOOTSTRAP)
    assert ran.code != 0
    assert f"Pulumi.staging.yaml:{line}: plumbline:breakGlass.incident-4711.hours is 48" in ran.text
    assert "Traceback" not in ran.text
