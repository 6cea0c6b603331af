"""`plumb deploy` on all of staging with real servers: a good deploy, faults after the gate, and kills.

One platform for all. A handful of faults and kills run always; PLUMB_EVERY_DEPLOY=1 runs all of them.
"""

import json
import os
from contextlib import contextmanager

import pytest

from plumb.deploy.journal import Journal
from sandbox.live.client import Live
from tests.engine.world import World, kill, wait_for
from tests.live.staging import BREAKAGES, NAT_REMOVED, SERVICE, Deployed, without_nat

ALL = bool(os.environ.get("PLUMB_EVERY_DEPLOY"))
STEPS = (
    *("gate", "hold", "preview", "up", "candidate", "probe"),
    *("traffic 10", "probe at 10", "traffic 100", "probe at 100"),
)
SOME_STEPS = ("up",)
SOME_FAULTS = ("too few connections for the pools",)
QUICK = ("--percentages", "10,100", "--pause", "0") if ALL else ("--percentages", "100", "--pause", "0")
IMAGE = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:"
SERVICES = "gcp:cloudrunv2/service:Service"


class Rollouts(Deployed):
    """Staging under `plumb deploy`."""

    images = 0

    def options(self, *steps):
        """Another image than before, so that there is another revision."""
        self.images += 1
        image = f"backend={IMAGE}{self.images:064x}"
        return ("deploy", "staging", "--image", image, *(steps or QUICK))

    def deploy(self, *steps):
        return self.world.run("plumb", *self.options(*steps))

    def again(self):
        return self.world.run("plumb", "deploy", "staging", *QUICK)

    def body(self):
        cloud = self.cloud
        with cloud.transaction():
            return cloud.get(SERVICES, SERVICE).body

    def serving(self):
        """Revisions of the backend that have traffic, with their share."""
        body = self.body()
        return {each["revision"]: each["percent"] for each in body["traffics"] if each["percent"]}

    def newest(self):
        return self.body()["latestCreatedRevision"].rpartition("/")[2]

    @property
    def journal(self):
        return Journal(self.world.state / "deploys" / "staging.jsonl", "staging", "")

    def events(self):
        """What happened in the last deploy, apart from its steps."""
        entries = self.journal.entries()
        return [each.event for each in entries if each.deploy == entries[-1].deploy and each.event != "step"]


@pytest.fixture(scope="module")
def rollouts(machine, tmp_path_factory):
    """Staging, deployed for the first time by `plumb deploy`."""
    del machine
    world = World(tmp_path_factory.mktemp("deploy"))
    first = world.run("--live", "plumb", "deploy", "staging", *QUICK)
    live = Live.connect(world.state)
    assert live is not None, first.text
    yield Rollouts(world, live), first
    live.stop()


@pytest.fixture
def staging(rollouts):
    return rollouts[0]


def test_a_first_deploy_ends_with_all_traffic_and_says_that_there_was_none_before(rollouts):
    staging, first = rollouts
    assert "there is no revision to go back to" in first.must().text
    assert staging.serving() == {staging.newest(): 100}
    assert staging.events() == ["begun", "deployed"]


def test_a_good_deploy_ends_with_all_traffic_on_the_new_revision(staging):
    before = staging.newest()
    staging.deploy("--percentages", "10,100", "--pause", "0").must()
    assert staging.newest() != before
    assert staging.serving() == {staging.newest(): 100}


def test_a_plain_update_moves_no_traffic(staging):
    before = staging.serving()
    staging.world.run(
        *("pulumi", "config", "set", "--path", "--stack", "staging"),
        *("plumbline:services.backend.env.SHOWN", "another"),
    ).must()
    staging.world.up().must()
    assert staging.newest() not in before
    assert staging.serving() == before
    staging.again().must()


def test_what_the_gate_refuses_is_recorded_and_touches_nothing(staging):
    before, newest = staging.serving(), staging.newest()
    staging.world.edit(("GEMINI_API_KEY: gemini-api-key", "FORGOTTEN: gemini-api-key"))
    try:
        done = staging.deploy().must(1)
    finally:
        staging.world.stack_file = None
    assert "GEMINI_API_KEY" in done.text
    assert (staging.serving(), staging.newest()) == (before, newest)
    assert staging.events() == ["begun", "broke", "refused"]


@contextmanager
def all_traffic_without_nat(staging):
    """Everything goes into the network, as the settings say, and there it finds no way out."""
    staging.world.edit(("traffic: PRIVATE_RANGES_ONLY", "traffic: ALL_TRAFFIC"))
    try:
        staging.deploy().must()
        with without_nat(staging):
            yield
    finally:
        staging.world.stack_file = None


EVERY = {**BREAKAGES, "NAT removed": (all_traffic_without_nat, NAT_REMOVED)}


@pytest.mark.parametrize("name", EVERY if ALL else SOME_FAULTS)
def test_a_fault_after_the_gate_leaves_the_traffic_where_it_was(staging, name):
    broken, (cause, _) = EVERY[name]
    with broken(staging):
        before = staging.serving()
        assert cause in staging.deploy().must(1).text
        assert staging.serving() == before
    assert staging.events()[-1] == "returned"
    assert cause in json.dumps([each.facts for each in staging.journal.entries()[-30:]])


@pytest.mark.parametrize("step", STEPS if ALL else SOME_STEPS)
def test_killed_in_a_step_and_run_again_it_ends_as_if_undisturbed(staging, step):
    before = len(staging.journal.entries())
    out = staging.world.folder / "deploy.txt"
    running = staging.world.start("plumb", *staging.options(), out=out)

    def begun():
        later = staging.journal.entries()[before:]
        return running.poll() is not None or any(each.step == step for each in later)

    try:
        wait_for(begun)
        assert running.poll() is None, out.read_text()
    finally:
        kill(running)
    staging.again().must()
    assert staging.serving() == {staging.newest(): 100}
    events = staging.events()
    assert events[0] == "begun"
    assert "resumed" in events
    assert events[-1] == "deployed"
    staging.world.up("--expect-no-changes").must()
