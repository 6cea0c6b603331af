"""One verdict, however a program is judged: by the engine, offline, from its preview, from its state."""

import json
import subprocess
import sys

import pytest

from tests.engine.world import World
from toolchain.places import ROOT

INCIDENT = ROOT / "examples" / "incident"
NO_PACK = {"PULUMI_OPTION_POLICY_PACK": ""}


def told(findings):
    return {(one["rule"], one["resource"]["urn"], one["cause"], one["verdict"]) for one in findings}


def offline(*arguments, cwd):
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "plumb", "check", "--format", "json", *map(str, arguments)],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 1) == bool(report["findings"])
    return told(report["findings"])


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
def test_the_engine_the_program_the_preview_and_the_state_are_judged_alike(tmp_path, folder, rules):
    world = World(tmp_path)
    findings, plan, state = (tmp_path / name for name in ("findings.json", "plan", "export"))
    world.more["PLUMB_FINDINGS"] = str(findings)
    world.pulumi("preview", cwd=folder)
    by_engine = told(json.loads(findings.read_text()))
    world.more |= NO_PACK
    for path, command in ((plan, ["preview", "--json"]), (state, ["stack", "export"])):
        if path is state:
            world.pulumi("up", "--yes", "--skip-preview", cwd=folder).must()
        words = [str(ROOT / "bin" / "sandbox"), "pulumi", *command, "--stack", "staging"]
        with path.open("w") as file:
            subprocess.run(words, cwd=folder, env=world.env(), stdout=file, timeout=120, check=True)  # noqa: S603 - ours
    judged = {
        "program": offline("staging", cwd=folder),
        "preview": offline(plan, cwd=tmp_path),
        "state": offline(state, cwd=tmp_path),
    }
    assert judged == dict.fromkeys(judged, by_engine)
    if rules is None:
        assert by_engine
    else:
        assert {rule for rule, *_ in by_engine} == rules
