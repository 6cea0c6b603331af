"""`plumb verify` on all of staging, deployed on real servers: it passes, and it finds what is broken.

One `up` for all; each fault is injected after the gate, found, and taken back.
"""

import json
import os

import pytest

from sandbox.live.client import Live
from tests.engine.world import World
from tests.live.staging import BREAKAGES, JOB, NAT_REMOVED, SERVICE, Deployed, changed, without_nat

FOUND_WITHIN_SECONDS = 10


@pytest.fixture(scope="module")
def deployed(machine, tmp_path_factory):
    del machine
    world = World(tmp_path_factory.mktemp("verify"))
    world.first = world.run("--live", "pulumi", "up", "--stack", "staging", "--yes")
    live = Live.connect(world.state)
    assert live is not None, world.first.text
    yield Deployed(world, live)
    live.stop()


def test_staging_comes_up_and_keeps_every_promise(deployed):
    deployed.world.first.must()
    done = deployed.verify().must()
    assert "passed: auth, backend" in done.text
    assert "15 stands in for 17" in done.text
    assert "✗" not in done.text


def test_one_service_alone_can_be_asked(deployed):
    done = deployed.verify("--service", "auth", "--format", "json").must()
    whole = json.loads(done.text)
    assert whole["passed"] is True
    assert [each["service"] for each in whole["services"]] == ["auth"]


def test_a_service_that_there_is_not_is_named_with_those_that_there_are(deployed):
    done = deployed.verify("--service", "frontend").must(2)
    assert done.text.strip() == (
        "plumb verify: stack staging has no job for a service frontend\n  fix: one of auth, backend"
    )


def judged(found, cause):
    causes, failed, seconds = found
    assert cause in causes, (causes, failed)
    assert len(causes) <= 3
    # Where others use the machine too, each second of work takes so many more.
    load = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert seconds < FOUND_WITHIN_SECONDS * load, (seconds, load, failed)


@pytest.mark.parametrize("name", BREAKAGES)
def test_what_is_broken_after_the_gate_is_found(deployed, name):
    broken, cause = BREAKAGES[name]
    with broken(deployed):
        judged(deployed.found(), cause)


def test_cloud_nat_that_was_removed_is_found_where_everything_goes_into_the_network(deployed):
    def everything(body):
        template = body["template"]
        (template.get("template") or template)["vpcAccess"]["egress"] = "ALL_TRAFFIC"

    with changed(deployed, JOB, everything), changed(deployed, SERVICE, everything):
        deployed.verify("--service", "backend").must()
        with without_nat(deployed):
            judged(deployed.found(), NAT_REMOVED)


def test_after_every_fault_was_mended_it_passes_again(deployed):
    deployed.verify().must()


def test_without_a_live_sandbox_it_says_how_to_have_one(tmp_path):
    done = World(tmp_path).run("plumb", "verify", "staging").must(2)
    assert "no live sandbox runs" in done.text
    assert "fix: bin/sandbox --live pulumi up --stack staging --yes" in done.text
