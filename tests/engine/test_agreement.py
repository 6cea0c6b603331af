"""One verdict, however a program is judged: by the engine, offline, from its preview, from its state."""

import json
import subprocess
import sys

import pytest

from benchmarks import corpus
from toolchain.places import ROOT

PROGRAMS = {one.name: one for one in [*corpus.incident(), *corpus.variants()]}
INCIDENT = ROOT / "examples" / "incident"
NO_PACK = {"PULUMI_OPTION_POLICY_PACK": ""}


def told(findings):
    return {
        (one["rule"], one["resource"]["urn"], one["cause"], one["verdict"], one["level"]) for one in findings
    }


def refusing(findings):
    """What refuses of these, as pairs of rule and cause."""
    return {(rule, cause) for rule, _, cause, _, level in findings if level == "mandatory"}


def offline(*arguments, cwd, **environ):
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "plumb", "check", "--format", "json", *map(str, arguments)],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 1) == bool(report["findings"])
    return told([*report["findings"], *report["advised"]])


def previewed(world, folder):
    """What the engine's preview finds; afterwards the world's runs carry no pack."""
    findings = world.folder / "findings.json"
    world.more["PLUMB_FINDINGS"] = str(findings)
    world.pulumi("preview", cwd=folder)
    world.more |= NO_PACK
    return told(json.loads(findings.read_text()))


def write_out(world, folder, path, *command):
    """What a command of the engine's prints, in a file."""
    words = [str(ROOT / "bin" / "sandbox"), "pulumi", *command, "--stack", "staging"]
    with path.open("w") as file:
        subprocess.run(words, cwd=folder, env=world.env(), stdout=file, timeout=120, check=True)  # noqa: S603 - ours


@pytest.mark.parametrize(
    ("folder", "rules"),
    [
        (ROOT, set()),
        (INCIDENT / "06-database-exposed", None),
        (
            INCIDENT / "07-cache-unprotected",
            {"redis-auth", "redis-eviction", "redis-replica", "redis-tls"},
        ),
    ],
    ids=["staging", "database", "cache"],
)
def test_the_engine_the_program_the_preview_and_the_state_are_judged_alike(prepared, tmp_path, folder, rules):
    world = prepared.copy(tmp_path) if folder == ROOT else prepared.copy_for(folder, tmp_path)
    by_engine = previewed(world, folder)
    plan, state = tmp_path / "plan", tmp_path / "export"
    write_out(world, folder, plan, "preview", "--json")
    world.pulumi("up", "--yes", "--skip-preview", cwd=folder).must()
    write_out(world, folder, state, "stack", "export")
    judged = {
        "program": offline("staging", cwd=folder),
        "preview": offline(plan, cwd=tmp_path),
        "state": offline(state, cwd=tmp_path),
    }
    assert judged == dict.fromkeys(judged, by_engine)
    if rules is None:
        assert refusing(by_engine)
    else:
        assert {rule for rule, _ in refusing(by_engine)} == rules


@pytest.mark.parametrize(
    "program",
    [
        "incident/01-missing-settings",
        "incident/02-database-size",
        "incident/03-cache-network",
        "incident/09-websockets-dropped",
        "incident/10-firewall-tags",
        # Incident 04 is no whole preview: Google's provider, too, refuses instances beside throughput.
        "variants/limits.three_cpus",
    ],
)
def test_a_program_of_each_family_is_judged_alike_before_it_is_up(prepared, tmp_path, program):
    of_corpus = PROGRAMS[program]
    folder, plan = of_corpus.folder, tmp_path / "plan"
    world = prepared.copy_for(folder, tmp_path, **of_corpus.environ)
    by_engine = previewed(world, folder)
    write_out(world, folder, plan, "preview", "--json")
    assert refusing(by_engine) == {(found.rule, found.cause) for found in of_corpus.expected}
    assert offline("staging", cwd=folder, **of_corpus.environ) == by_engine
    assert offline(plan, cwd=tmp_path) == by_engine
