"""What is refused before anything is created, on the real engine: wrong settings and missing secrets."""

import pytest

from toolchain.places import ROOT

MALFORMED = sorted((ROOT / "tests" / "settings" / "malformed").glob("*.yaml"))
# tests/settings holds every file to its words; ten of them show that the engine passes the words on.
TEN = MALFORMED[:: max(1, len(MALFORMED) // 10)][:10]
JWT = "        JWT_SECRET_STAGING: jwt-secret\n"
RUN = "gcp:cloudrunv2/service:Service"
REFUSAL = (
    "netra-backend-staging does not set JWT_SECRET_STAGING",
    "why: without it the LLM manager starts as None and every agent run times out after 120 s",
    "fix: read JWT_SECRET_STAGING from Secret Manager",
)


def words_under_the_stack(text):
    """The diagnostics of the program, as the engine shows them: one block, indented."""
    block = text.partition("Diagnostics:\n")[2].partition("    error: ")[2]
    lines = []
    for line in block.splitlines():
        if not lines or line.startswith("    "):
            lines.append(line.removeprefix("    "))
        else:
            break
    return "\n".join(lines).rstrip()


def test_there_are_ten_malformed_files():
    assert len(TEN) == 10


@pytest.mark.parametrize("path", TEN, ids=lambda path: path.stem)
def test_a_malformed_stack_file_ends_the_preview_with_exactly_these_words(shared, path):
    shared.stack_file = path
    ran = shared.pulumi("preview")
    assert ran.code != 0
    assert words_under_the_stack(ran.text) == path.with_suffix(".txt").read_text().rstrip()
    assert "Traceback" not in ran.text


def test_a_file_that_is_no_yaml_is_refused_with_its_line_before_the_engine_starts(shared):
    shared.stack_file = shared.folder / "Pulumi.staging.yaml"
    shared.stack_file.write_text("config:\n  gcp:project: [netra\n")
    ran = shared.pulumi("preview")
    assert ran.code == 1
    assert ran.text.startswith("bin/sandbox: Pulumi.staging.yaml:3: this is not YAML:")


def test_a_missing_secret_is_refused_in_preview(world):
    world.edit((JWT, ""))
    ran = world.pulumi("preview")
    assert ran.code != 0
    for words in REFUSAL:
        assert words in ran.text


def test_a_missing_secret_is_refused_without_a_preview_and_the_service_is_not_created(world):
    world.edit((JWT, ""))
    ran = world.up()
    assert ran.code != 0
    for words in REFUSAL:
        assert words in ran.text
    services = {each.rpartition("/")[2] for token, each in world.things() if token == RUN}
    assert "netra-backend-staging" not in services
    assert "netra-frontend-staging" in services


@pytest.mark.parametrize("pack", ["policies/run", "policies"], ids=["as an executable", "as a folder"])
def test_a_raw_program_that_forgets_a_secret_is_refused_by_the_pack(shared, pack):
    shared.stack_file = None
    raw = ROOT / "examples" / "raw"
    shared.more["PULUMI_OPTION_POLICY_PACK"] = str(ROOT / pack)
    ran = shared.pulumi("preview", cwd=raw)
    del shared.more["PULUMI_OPTION_POLICY_PACK"]
    assert ran.code != 0
    for words in REFUSAL:
        assert words in ran.text
