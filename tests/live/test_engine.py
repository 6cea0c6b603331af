"""All of staging on the real engine with real servers: an `up` that is killed, finished, and destroyed."""

import json
import sys

import pytest

from sandbox.live.client import Live
from tests.engine.killing import slow
from tests.engine.world import World, kill, wait_for
from tests.live.world import files, universe_of, wait_for_the_end

RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
UP = ("--live", "--unprotected", "pulumi", "up", "--stack", "staging", "--yes", "--skip-preview")
DESTROY = ("--live", "--unprotected", "pulumi", "destroy", "--stack", "staging", "--yes")


@pytest.fixture(scope="module")
def staging(machine, request, tmp_path_factory):
    """Staging, whose engine was killed (kill -9) in the middle of an `up`, and which was then put right."""
    del machine
    world = World(tmp_path_factory.mktemp("staging"))
    request.addfinalizer(lambda: end(world))  # noqa: PT021 - also when what follows fails
    world.run("true").must()
    world.before = files(world.state)
    world.faults(slow(RULE))
    up = world.start(*UP, out=world.folder / "up.txt")
    try:
        wait_for(lambda: {i for t, i in world.things() if t == RULE} or up.poll() is not None)
        assert up.poll() is None, (world.folder / "up.txt").read_text()
    finally:
        kill(up)
    world.faults()
    world.all_is_ready()
    world.run("plumb", "recover", "staging").must()
    world.run(*UP).must()
    return world


def end(world):
    """However far it came, nothing stays."""
    live = Live.connect(world.state)
    if live is not None:
        live.stop()


def sandbox(world, *words):
    return world.run(sys.executable, "-m", "sandbox", *words)


def test_after_an_engine_that_was_killed_everything_runs(staging):
    status = sandbox(staging, "live", "status").must()
    lines = [line for line in status.text.splitlines() if not line.startswith("note")]
    assert len(lines) == 7
    assert all(line.startswith("ready ") for line in lines)
    ask = ("live", "exec", "outside", "--", "curl", "-sS", "https://auth.staging.netrasystems.ai/health")
    assert json.loads(sandbox(staging, *ask).must().text) == {"status": "ok"}


def test_drift_takes_effect_before_the_command_ends(staging):
    sandbox(staging, "set", "netra-redis", "redisConfigs.maxmemory-policy=allkeys-lru").must()
    ask = "redis-cli --tls --insecure -h $REDIS_HOST -p $REDIS_PORT CONFIG GET maxmemory-policy"
    words = (
        "live",
        "exec",
        "netra-backend-staging",
        "--",
        "sh",
        "-c",
        f"REDISCLI_AUTH=$REDIS_PASSWORD {ask}",
    )
    assert "allkeys-lru" in sandbox(staging, *words).must().text


def test_a_destroy_leaves_no_process_no_namespace_and_no_file(staging):
    """The last of the file: it takes away what the others look at."""
    runs = universe_of(staging.state)
    assert len(runs.pids) >= 10
    staging.run(*DESTROY).must()
    wait_for_the_end(runs)
    pulumis = ("pulumi/", "home/", "plumbline/", "recover")
    assert not [path for path in files(staging.state) - staging.before if not path.startswith(pulumis)]
