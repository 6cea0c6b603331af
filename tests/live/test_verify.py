"""`plumb verify` on all of staging, deployed on real servers: it passes, and it finds what is broken.

One `up` for all; each fault is injected after the gate, found, and taken back.
"""

import json
import os

import pytest

from sandbox.live.client import Live
from tests.engine.world import World
from tests.live.staging import DRIFTS, FAULTS, JOB, SERVICE, Deployed, nothing_in_it

FOUND_WITHIN_SECONDS = 10
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
NAT = "gcp:compute/routerNat:RouterNat"
SECRET_KEY = "secret-key"  # noqa: S105 - a secret's name


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


@pytest.mark.parametrize("name", DRIFTS)
def test_what_was_changed_by_hand_is_found(deployed, name):
    thing, change, cause = DRIFTS[name]
    before = deployed.change(thing, change)
    try:
        judged(deployed.found(), cause)
    finally:
        deployed.put_back(thing, before)


@pytest.mark.parametrize("name", FAULTS)
def test_what_breaks_by_itself_is_found(deployed, name):
    thing, fault, cause = FAULTS[name]
    deployed.live.fault(thing, fault)
    try:
        judged(deployed.found(), cause)
    finally:
        deployed.live.mend(thing)


def test_a_secret_that_is_empty_is_found_and_named(deployed):
    cloud = deployed.cloud
    with cloud.transaction():
        (version,) = [
            each.id
            for each in cloud.all(VERSION, "netra-staging")
            if each.id.endswith(f"/secrets/{SECRET_KEY}/versions/1")
        ]
    before = deployed.change(version, nothing_in_it)
    try:
        judged(deployed.found(), ("SECRET_VALUE_EMPTY", "secret-version-filled"))
    finally:
        deployed.put_back(version, before)


def test_cloud_nat_that_was_removed_is_found_where_everything_goes_into_the_network(deployed):
    """With PRIVATE_RANGES_ONLY, as staging has it, nothing would be missing."""

    def everything(body):
        template = body["template"]
        (template.get("template") or template)["vpcAccess"]["egress"] = "ALL_TRAFFIC"

    before = {thing: deployed.change(thing, everything) for thing in (JOB, SERVICE)}
    deployed.verify("--service", "backend").must()
    cloud = deployed.cloud
    with cloud.transaction():
        (nat,) = cloud.all(NAT)
        cloud.remove(nat)
    deployed.live.reconcile()
    try:
        judged(deployed.found(), ("NO_ROUTE", "route-internet"))
    finally:
        with cloud.transaction():
            cloud.put(nat)
        for thing, body in before.items():
            deployed.put_back(thing, body)


def test_after_every_fault_was_mended_it_passes_again(deployed):
    deployed.verify().must()


def test_without_a_live_sandbox_it_says_how_to_have_one(tmp_path):
    done = World(tmp_path).run("plumb", "verify", "staging").must(2)
    assert "no live sandbox runs" in done.text
    assert "fix: bin/sandbox --live pulumi up --stack staging --yes" in done.text
