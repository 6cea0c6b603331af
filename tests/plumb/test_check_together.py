"""`plumb check` of several subjects: each is judged, and staging is held against production."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from plumb.formats import formats
from tests.plumb.test_check import check

if TYPE_CHECKING:
    from pathlib import Path

# Its own module reads the configuration when it is imported: each stack must see its own.
OWN = "import pulumi\nTIER = pulumi.Config().require('tier')\n"
PROGRAM = """
import pulumi_gcp as gcp
import own
gcp.redis.Instance("cache", name="cache", memory_size_gb=4, tier=own.TIER, redis_version="REDIS_7_2",
    auth_enabled=True, transit_encryption_mode="SERVER_AUTHENTICATION", replica_count=1,
    redis_configs={"maxmemory-policy": "noeviction"}, read_replicas_mode="READ_REPLICAS_ENABLED")
"""
DIFFERS = ("parity", "STAGING_DIFFERS", "cache")


@pytest.fixture
def program(tmp_path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "__main__.py").write_text(PROGRAM)
    for stack, tier in (("staging", "BASIC"), ("production", "STANDARD_HA"), ("dev", "BASIC")):
        text = f"config:\n  gcp:project: p-{stack}\n  gcp:region: us-central1\n  small:tier: {tier}\n"
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(text)
    return tmp_path


def parity(report):
    return [
        (f["rule"], f["cause"], f["resource"]["name"]) for f in report["findings"] if f["rule"] == "parity"
    ]


def test_our_own_two_stacks_are_alike():
    done = check("staging", "production", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["refused"], done.stderr) == (0, False, "")
    assert [one["heldAgainst"] for one in told["reports"]] == [["production"], ["staging"]]


def test_each_stack_is_read_with_its_own_configuration_and_held_against_the_other(program):
    alone = json.loads(check("staging", "--format", "json", cwd=program).stdout)
    assert parity(alone) == []
    done = check("production", "staging", "--format", "json", cwd=program)
    production, staging = json.loads(done.stdout)["reports"]
    assert done.returncode == 1
    assert (parity(production), parity(staging)) == ([], [DIFFERS])
    (finding,) = [f for f in staging["findings"] if f["rule"] == "parity"]
    assert "tier is BASIC in staging, STANDARD_HA in production" in finding["message"]
    assert finding["source"]["file"] == "__main__.py"


@pytest.mark.parametrize("form", formats())
def test_every_format_carries_what_differs(program, form):
    done = check("staging", "production", "--format", form, cwd=program)
    assert done.returncode == 1
    assert "parity" in done.stdout
    assert "STANDARD_HA in production" in done.stdout.replace("\\_", "_")
    if form == "junit":
        suites = ET.fromstring(done.stdout)  # noqa: S314 - our own
        assert [suite.get("name") for suite in suites] == ["plumbline: staging", "plumbline: production"]
    if form == "sarif":
        assert len(json.loads(done.stdout)["runs"]) == 2


def plan_of(stack, tier, project=None):
    """What `pulumi preview --json` writes of one cache."""
    urn = f"urn:pulumi:{stack}::small::gcp:redis/instance:Instance::cache"
    inputs = {"name": "cache", "tier": tier, "memorySizeGb": 4, "project": project or f"p-{stack}"}
    state = {"urn": urn, "custom": True, "type": "gcp:redis/instance:Instance", "inputs": inputs}
    return {"steps": [{"op": "create", "urn": urn, "newState": state}]}


@pytest.fixture
def written(tmp_path):
    def write(name, plan):
        (tmp_path / name).write_text(json.dumps(plan))
        return tmp_path / name

    return write


def test_what_previews_wrote_of_two_stacks_is_held_against_one_another(written):
    one, other = written("a.json", plan_of("stg", "BASIC")), written("b.json", plan_of("prod", "STANDARD_HA"))
    staging, production = json.loads(check(one, other, "-f", "json").stdout)["reports"]
    assert (parity(staging), parity(production)) == ([DIFFERS], [])


def test_a_file_and_a_program_are_held_against_one_another(program, written):
    done = check(
        "staging", written("p.json", plan_of("production", "STANDARD_HA")), "-f", "json", cwd=program
    )
    staging, production = json.loads(done.stdout)["reports"]
    assert parity(staging)[0] == DIFFERS
    assert production["source"] == "preview"


def test_what_cannot_be_held_against_one_another_is_told_in_one_line(program, written):
    staging = written("s.json", plan_of("staging", "BASIC"))
    for arguments, says in (
        (("staging", "staging"), "named twice"),
        (("staging", staging), "is the stack staging of small, as staging is"),
        (("staging", "dev"), "says whether it is staging or production"),
        (("staging", written("q.json", plan_of("stg", "BASIC"))), "all of them are staging"),
        (("staging", "production", "--stack", "dev"), "--stack dev is of one program"),
        (("staging", "nowhere"), "no such file or folder"),
    ):
        done = check(*arguments, cwd=program)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_the_project_says_which_environment_it_is_where_the_stack_does_not(written):
    one, other = plan_of("blue", "BASIC", "acme-staging"), plan_of("green", "BASIC", "acme-prod")
    done = check(written("a.json", one), written("b.json", other), "-f", "json")
    assert [parity(each) for each in json.loads(done.stdout)["reports"]] == [[], []]


def test_a_waiver_of_unlikeness_is_in_use_where_both_are_judged_and_not_held_unused_elsewhere(program):
    contracts = program / "contracts"
    contracts.mkdir()
    (contracts / "environments.yaml").write_text(
        "environments:\n  staging: {projects: [p-staging]}\n  production: {projects: [p-production]}\n"
    )
    expires = datetime.now(UTC).date() + timedelta(days=9)
    (contracts / "waivers.yaml").write_text(
        "waivers:\n  - {rule: parity, resource: cache, environment: staging, reason: trial, owner: ops, "
        f"expires: {expires}}}\n"
    )
    staging, _ = json.loads(check("staging", "production", "-f", "json", cwd=program).stdout)["reports"]
    assert (parity(staging), [one["finding"]["rule"] for one in staging["waived"]]) == ([], ["parity"])
    alone = json.loads(check("staging", "-f", "json", cwd=program).stdout)
    assert "waiver" not in {f["rule"] for f in alone["findings"]}
