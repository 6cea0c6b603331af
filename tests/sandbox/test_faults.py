from __future__ import annotations

import pytest

from sandbox import faults
from sandbox.errors import ApiError, UserFileError
from sandbox.faults import Rule
from tests.sandbox.world import CONNECTOR, NETWORK, World, connector, urn


def names(world):
    with world.cloud.transaction():
        return [thing.name for thing in world.cloud.all(NETWORK)]


def test_the_third_create_fails_once(tmp_path):
    world = World(tmp_path, (Rule("third", nth=3, status=503),))
    world.network("a")
    world.network("b")
    with pytest.raises(
        ApiError, match="Error creating Network: googleapi: Error 503: The service is currently"
    ):
        world.network("c")
    world.network("c")
    assert names(world) == ["a", "b", "c"]


def test_the_count_holds_across_processes(tmp_path):
    rules = (Rule("third", nth=3, status=503),)
    World(tmp_path, rules).network("a")
    World(tmp_path, rules).network("b")
    with pytest.raises(ApiError, match="503"):
        World(tmp_path, rules).network("c")


def test_a_fault_meets_only_its_type_name_and_operation(tmp_path):
    world = World(
        tmp_path,
        (
            Rule("a", type="gcp:redis/*", status=503),
            Rule("b", name="other*", status=503),
            Rule("c", operation="delete", status=500),
        ),
    )
    network = world.network()
    with pytest.raises(ApiError, match="503"):
        world.network("other-one")
    with pytest.raises(ApiError, match="Error deleting Network: googleapi: Error 500"):
        world.down(network)
    assert world.exists(network)


def test_a_fault_may_come_after_the_call_took_effect(tmp_path):
    world = World(tmp_path, (Rule("lost", status=503, after=True),))
    with pytest.raises(ApiError, match="503"):
        world.network()
    assert names(world) == ["netra"]
    world.provider.rules = ()
    with pytest.raises(ApiError, match="409"):
        world.network()


def test_a_connector_can_be_slow(tmp_path):
    world = World(tmp_path, (Rule("slow", type="*:Connector", latency_ms=200),))
    world.network()
    world.up(CONNECTOR, "c", **connector())
    assert [each for each in world.slept if each] == [pytest.approx(0.2)]


def test_reads_and_updates_can_fail(tmp_path):
    world = World(
        tmp_path, (Rule("r", operation="read", status=403), Rule("u", operation="update", status=429))
    )
    network = world.network()
    with pytest.raises(ApiError, match=r"Error when reading or editing Network .*: googleapi: Error 403"):
        world.provider.read(NETWORK, urn(NETWORK, "n"), network.id, network.inputs)
    with pytest.raises(ApiError, match="Error updating Network: googleapi: Error 429"):
        world.change(network, name="netra", autoCreateSubnetworks=False, description="x")


def test_rules_are_read_from_yaml(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text(
        "rules:\n"
        "  - {type: 'gcp:redis/*', nth: 3, status: 503, message: gone fishing}\n"
        "  - {name: egress, latency_ms: 200}\n"
    )
    first, second = faults.load(path)
    assert (first.type, first.operation, first.nth, first.status) == ("gcp:redis/*", "create", 3, 503)
    assert second.latency_ms == 200
    assert first.key != second.key


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("rules:\n  - {status: 503}\n  - {statsu: 503}\n", 3, "'statsu' is no key of a rule"),
        ("rules:\n  - {status: 503, operation: make}\n", 2, "'make' is no operation"),
        ("rules:\n  - status: 503\n    nth: -1\n", 2, "nth is -1"),
        ("rules:\n  - {status: 200}\n", 2, "status 200 is no error"),
        ("rules:\n  - {type: '*'}\n", 2, "a rule that does nothing"),
        ("rules:\n  - fail\n", 2, "a rule is a mapping"),
        ("faults: []\n", 1, "has no list of rules"),
        ("rules: [\n", 2, "is not YAML"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_line(tmp_path, text, line, said):
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(UserFileError) as failure:
        faults.load(path)
    assert str(failure.value).startswith(f"{path}:{line}: ")
    assert said in str(failure.value)
    assert "\n  fix: " in str(failure.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserFileError, match="cannot be read"):
        faults.load(tmp_path / "nothing.yaml")


def test_an_empty_file_has_no_rules(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("")
    assert faults.load(path) == ()
