from __future__ import annotations

import pytest

from sandbox import references
from sandbox.wire import UNKNOWN
from tests.sandbox.world import (
    CONNECTOR,
    NETWORK,
    REDIS,
    RUN,
    SUBNETWORK,
    cache,
    connector,
    service,
)


def subnet(network, **changes):
    return {
        "name": "s",
        "network": network,
        "region": "us-central1",
        "ipCidrRange": "10.10.0.0/20",
        **changes,
    }


def test_the_same_inputs_are_no_difference(world):
    network = world.network()
    for token, inputs in (
        (SUBNETWORK, subnet(network.id, logConfig={"flowSampling": 0.5})),
        (REDIS, cache(network.id, labels={"a": "b"})),
        (CONNECTOR, connector()),
        (RUN, service()),
        (NETWORK, {}),
    ):
        up = world.up(token, "it", **inputs)
        assert world.diff(up, **inputs).changed == {}, token


def test_a_change_is_shown_at_its_path(world):
    up = world.up(RUN, "be", **service())
    found = world.diff(up, **service(container={"resources": {"limits": {"cpu": "4", "memory": "8Gi"}}}))
    assert found.changed == {"template.containers[0].resources.limits.memory": "UPDATE"}
    assert found.top_level == ["template"]
    assert not found.replaces


def test_what_is_added_and_removed_is_shown(world):
    up = world.up(REDIS, "r", **cache(world.network().id, labels={"a": "b"}, displayName="x"))
    found = world.diff(up, **cache("projects/netra-staging/global/networks/netra", labels={"c": "d"}))
    assert found.changed == {"labels.a": "DELETE", "labels.c": "ADD", "displayName": "DELETE"}


def test_a_list_that_grows_shows_the_new_element(world):
    envs = [{"name": "A", "value": "1"}]
    up = world.up(RUN, "be", **service(container={"envs": envs}))
    found = world.diff(up, **service(container={"envs": [*envs, {"name": "B", "value": "2"}]}))
    assert found.changed == {"template.containers[0].envs[1]": "ADD"}


def test_an_unknown_value_may_be_a_change(world):
    up = world.up(RUN, "be", **service(container={"envs": [{"name": "A", "value": "1"}]}))
    found = world.diff(up, **service(container={"envs": [{"name": "A", "value": UNKNOWN}]}))
    assert found.changed == {"template.containers[0].envs[0].value": "UPDATE"}


def test_a_property_that_google_cannot_change_makes_a_new_resource(world):
    world.network()
    up = world.up(CONNECTOR, "c", **connector())
    found = world.diff(up, **connector(ipCidrRange="10.8.1.0/28"))
    assert found.top_level_replaces == ["ipCidrRange"]


def test_a_name_that_was_given_goes_before_it_comes_again(world):
    world.network()
    given = world.up(CONNECTOR, "c", **connector())
    automatic = world.up(CONNECTOR, "d", network="netra", region="us-central1", ipCidrRange="10.8.2.0/28")
    assert world.diff(given, **connector(ipCidrRange="10.8.1.0/28")).delete_first
    changed = world.diff(automatic, network="netra", region="us-central1", ipCidrRange="10.8.3.0/28")
    assert changed.replaces
    assert not changed.delete_first


def test_an_update_does_not_ask_for_a_delete_first(world):
    up = world.up(RUN, "be", **service())
    assert not world.diff(up, **service(labels={"a": "b"})).delete_first


def test_what_google_filled_in_is_no_difference(world):
    up = world.up(RUN, "be", **service(scaling={"maxInstanceCount": 3}))
    assert world.diff(up, **service()).changed == {}


def test_two_ways_to_write_one_reference_are_no_difference(world):
    network = world.network()
    up = world.up(SUBNETWORK, "s", **subnet(network.id))
    assert up["network"] == network["selfLink"]
    for same in (network.id, network["selfLink"], "global/networks/netra", "netra"):
        assert world.diff(up, **subnet(same)).changed == {}
    assert world.diff(up, **subnet("default")).top_level_replaces == ["network"]


def test_ignored_properties_are_no_difference(world):
    from sandbox import diff, kinds  # noqa: PLC0415 - the world has no word for ignored changes

    up = world.up(RUN, "be", **service())
    news = world.checked(RUN, "be", **service(labels={"a": "b"})).inputs
    assert diff.diff(kinds.kind(RUN), up.made.outputs, up.inputs, news, ("labels",)).changed == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "projects/p/global/networks/n",
            "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
            True,
        ),
        (
            "projects/p/global/networks/n",
            "https://compute.googleapis.com/compute/v1/projects/p/global/networks/n",
            True,
        ),
        ("projects/p/global/networks/n", "n", True),
        ("projects/p/global/networks/nn", "n", False),
        ("projects/p/global/networks/n", "projects/q/global/networks/n", False),
        ("a", "b", False),
    ],
)
def test_references_are_compared_by_what_they_name(one, other, same):
    assert references.same(one, other) is same
    assert references.same(other, one) is same
