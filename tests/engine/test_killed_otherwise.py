"""An `up` that was killed at other moments, and one that is not dead."""

import re

from tests.engine.killing import (
    CONNECTOR,
    NETWORK,
    kill_during,
    looked_up,
    lost_or_doubled,
    recover,
    refused_before_it_starts,
    slow,
)
from tests.engine.world import kill, wait_for
from toolchain.backend import stack_file


def test_a_create_that_never_reached_google_is_forgotten(world):
    kill_during(world, CONNECTOR, refused_before_it_starts(CONNECTOR), made=False)
    wait_for(lambda: not world.processes(), seconds=20)
    recovered = recover(world)
    assert re.search(r"Forgotten, because it was never made:\n  egress-connector", recovered.text)
    assert lost_or_doubled(world) == (set(), set())


def test_a_kill_in_the_middle_of_a_write_leaves_nothing_that_cannot_be_read(world):
    """Pulumi writes a file's attributes beside it, and not in one step."""
    kill_during(world, NETWORK, slow(NETWORK), made=True)
    state = stack_file(world.state / "pulumi", "plumbline", "staging")
    state.with_name("staging.json.attrs").write_text("")
    state.with_name("staging.json.1234.tmp").write_text(state.read_text()[:1000])
    assert "failed to load checkpoint: EOF" in world.run("pulumi", "stack", "export").text
    world.run("plumb", "recover", "staging", *looked_up(world)).must()
    world.run("pulumi", "stack", "export").must()
    assert sorted(each.name for each in state.parent.glob("*.tmp")) == []


def test_a_replacement_that_was_interrupted_is_finished(up_once, tmp_path):
    world = up_once.copy(tmp_path)
    world.edit(("name: netra-staging\n", "name: netra-staging-b\n"), ("10.8.0.0/28", "10.8.0.32/28"))
    kill_during(world, CONNECTOR, slow(CONNECTOR), made=True)
    recover(world)
    assert lost_or_doubled(world) == (set(), set())
    assert [i.rpartition("/")[2] for t, i in world.things() if t == CONNECTOR] == ["netra-staging-b"]


def test_while_the_update_still_runs_recover_refuses_and_changes_nothing(world):
    world.faults(slow(NETWORK))
    world.run("true").must()
    command = ("pulumi", "up", "--stack", "staging", "--yes", "--skip-preview")
    up = world.start(*command, out=world.folder / "up.txt")
    try:
        locks = world.state / "pulumi" / ".pulumi" / "locks" / "organization" / "plumbline" / "staging"
        wait_for(lambda: list(locks.glob("*.json")))
        refused = world.run("plumb", "recover", "staging")
        assert refused.code == 1
        assert f"an update of staging still runs: process {up.pid}" in refused.text
        assert list(locks.glob("*.json"))
    finally:
        kill(up)
