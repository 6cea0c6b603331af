"""However it ends, nothing is left: no process, no namespace, no socket, no file."""

import os
import shutil
import signal
import subprocess
import sys

from sandbox.live.client import Live
from sandbox.live.start import ensure
from tests.live.world import files, universe_of, wait_for_the_end
from tests.sandbox.world import REDIS, cache
from toolchain.places import ROOT


def with_a_redis(world):
    """A network and a Redis in it: something that runs."""
    network = world.network()
    redis = world.up(REDIS, "redis", **cache(network.id, authEnabled=True))
    runs = universe_of(world.folder)
    assert len(runs.pids) >= 3
    return redis, runs


def test_when_nothing_is_left_in_the_cloud_it_ends_by_itself(world):
    before = files(world.folder)
    redis, runs = with_a_redis(world)
    world.down(redis)
    wait_for_the_end(runs)
    assert Live.connect(world.folder) is None
    assert files(world.folder) == before


def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_start_makes_it_anew(world):
    before = files(world.folder)
    redis, runs = with_a_redis(world)
    os.kill(runs.supervisor, signal.SIGKILL)
    wait_for_the_end(runs)
    assert files(world.folder) == before

    env = {**os.environ, "SANDBOX_STATE": str(world.folder)}
    command = [sys.executable, "-m", "sandbox.live.start"]
    started = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert "starts anew: what was in its databases and caches is gone" in started.stderr
    assert ensure(world.folder).reconcile()[redis.id] == ""


def test_kill_9_of_the_process_that_started_it_leaves_nothing(world):
    _, runs = with_a_redis(world)
    outermost = min(runs.supervisors)
    os.kill(outermost, signal.SIGKILL)
    wait_for_the_end(runs)


def test_it_ends_when_its_state_folder_vanishes(world):
    _, runs = with_a_redis(world)
    world.cloud.close()
    shutil.rmtree(world.folder)
    wait_for_the_end(runs)


def test_it_ends_when_nobody_asks_for_a_while(machine, tmp_path, monkeypatch):
    del machine
    monkeypatch.setenv("SANDBOX_LIVE_IDLE_MINUTES", "0.02")
    ensure(tmp_path)
    runs = universe_of(tmp_path)
    assert runs.pids
    wait_for_the_end(runs)


def test_a_second_command_finds_the_first_ones(world):
    _, runs = with_a_redis(world)
    ensure(world.folder)
    assert universe_of(world.folder).supervisors == runs.supervisors


def test_a_state_folder_where_it_cannot_be_is_named(tmp_path):
    del tmp_path
    env = {**os.environ, "SANDBOX_STATE": "/run/plumbline-state"}
    command = [sys.executable, "-m", "sandbox.live.start"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "SANDBOX_STATE must lie elsewhere" in done.stderr


def test_a_universe_that_is_given_the_numbers_of_one_that_ended_is_not_taken_for_it(machine, tmp_path):
    """The kernel reuses the numbers of namespaces; tests of other files start universes meanwhile."""
    del machine
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    live = ensure(first)
    runs = universe_of(first)
    assert runs.left()
    live.stop()
    wait_for_the_end(runs)
    other = ensure(second)
    try:
        assert universe_of(second).spaces["pid"]
        wait_for_the_end(runs)
    finally:
        other.stop()
