"""What services ask of a database: the sums, whatever the numbers are, and however a plan grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pools import Demand, Pool, budget, connections_asked, derive_pools, max_connections_for
from catalog.pools import PoolPlan as Shared
from contracts import Contracts
from policies.plan import UNKNOWN, Plan, Resource
from policies.plan.workloads import SERVICE
from policies.rules.registry import World
from policies.sizing.demand import ask_of, max_instances
from policies.sizing.instances import INSTANCE
from policies.sizing.ledger import ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

COUNTS = st.integers(1, 500)
SMALL = st.integers(1, 60)


def service(name: str, inputs: Mapping[str, Any]) -> Resource:
    return Resource(f"urn:{name}", SERVICE, name, lambda: {"name": name, **inputs})


def pooled(name: str, most: Any, size: Any, overflow: Any = 0, workers: Any = 1) -> Resource:
    values = {"DB_POOL_SIZE": size, "DB_MAX_OVERFLOW": overflow, "WEB_CONCURRENCY": workers}
    envs = [{"name": key, "value": value} for key, value in values.items()]
    template = {"containers": [{"envs": envs}]}
    return service(name, {"template": template, "scaling": {"maxInstanceCount": most}})


def database(name: str = "db") -> Resource:
    settings = {"tier": "db-custom-4-16384", "edition": "ENTERPRISE"}
    inputs = {"name": name, "databaseVersion": "POSTGRES_17", "settings": settings}
    return Resource(f"urn:{name}", INSTANCE, name, lambda: inputs)


def world(*resources: Resource, closed: bool = True) -> World:
    plan = Plan(project="p")
    for resource in resources:
        plan.add(resource)
    return World(plan, Contracts(), closed)


def asked(resource: Resource) -> int:
    ask = ask_of(resource, world(resource))
    assert ask is not None
    return ask.connections


@given(COUNTS, SMALL, SMALL, SMALL)
def test_what_a_service_asks_is_what_the_components_count(most, size, overflow, workers):
    demand = Demand("web", most, candidate_instances=1, workers=workers)
    assert asked(pooled("web", most, size, overflow, workers)) == connections_asked(
        demand, Pool(size, overflow)
    )


@given(st.lists(SMALL, min_size=4, max_size=4), st.sampled_from(range(4)), SMALL)
def test_asking_for_more_of_anything_never_asks_less(numbers, which, more):
    larger = [*numbers[:which], numbers[which] + more, *numbers[which + 1 :]]
    assert 0 < asked(pooled("web", *numbers)) < asked(pooled("web", *larger))


@given(st.integers(0, 200_000))
def test_the_connections_that_are_needed_leave_enough_and_not_one_more(wanted):
    needed = max_connections_for(wanted)
    assert budget(needed).usable >= wanted
    assert needed == 0 or wanted == 0 or budget(needed - 1).usable < wanted


@given(st.integers(60, 3000), st.lists(st.tuples(SMALL, st.integers(1, 4)), min_size=1, max_size=4))
def test_pools_that_the_components_derive_are_never_too_much(connections, services):
    demands = [
        Demand(f"s{index}", most, candidate_instances=1, workers=workers)
        for index, (most, workers) in enumerate(services)
    ]
    shared = derive_pools(connections, demands)
    if not isinstance(shared, Shared):
        return
    plan = [
        pooled(one.service, one.max_instances, pool.pool_size, pool.max_overflow, one.workers)
        for one in demands
        for pool in [shared.pools[one.service]]
    ]
    at = world(database(), *plan)
    assert ledger(at).sums["urn:db"] <= budget(connections).usable


def test_a_ledger_that_grows_is_the_one_that_is_made_at_once():
    services = [pooled(f"s{index}", index + 1, 3) for index in range(20)]
    plan = Plan(project="p")
    plan.add(database())
    growing = World(plan, Contracts(), closed=False)
    sums = []
    for one in services:
        plan.add(one)
        sums.append(ledger(growing).sums["urn:db"])
    assert sums == sorted(sums)
    assert sums[-1] == ledger(world(database(), *services)).sums["urn:db"] == sum(map(asked, services))


def test_a_service_that_comes_again_counts_once():
    plan = Plan(project="p")
    plan.add(database())
    early = World(plan, Contracts(), closed=False)
    for size in (5, 9):
        plan.add(pooled("web", 10, size))
        book = ledger(early)
    assert book.sums["urn:db"] == 11 * 9
    assert [ask.connections for ask in book.asks(plan.get("urn:db"))] == [99]


def test_each_service_is_read_once_while_the_plan_grows(monkeypatch):
    read = []
    monkeypatch.setattr("policies.sizing.ledger.ask_of", lambda one, _: read.append(one))
    plan = Plan(project="p")
    early = World(plan, Contracts(), closed=False)
    for index in range(50):
        plan.add(pooled(f"s{index}", 1, 1))
        ledger(early)
    assert len(read) == 50


def test_the_end_of_a_preview_counts_anew_when_more_has_come():
    plan = Plan(project="p")
    plan.add(database())
    plan.add(pooled("web", 10, 5))
    end = World(plan, Contracts(), closed=True)
    assert ledger(end).sums["urn:db"] == 55
    plan.add(pooled("other", 1, 1))
    assert ledger(end).sums["urn:db"] == 57


@pytest.mark.parametrize(
    ("inputs", "most"),
    [
        ({}, 100),
        ({"scaling": {"maxInstanceCount": 7}}, 7),
        ({"scaling": {"maxInstanceCount": 0}}, 100),
        ({"template": {"scaling": {"maxInstanceCount": 3}}}, 3),
        ({"scaling": {"maxInstanceCount": 7}, "template": {"scaling": {"maxInstanceCount": 3}}}, 3),
        ({"scaling": {"maxInstanceCount": UNKNOWN}}, UNKNOWN),
        ({"scaling": {"maxInstanceCount": "12"}}, 12),
        ({"scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 4}}, 4),
        ({"scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 0}}, 0),
    ],
)
def test_the_most_instances_of_a_service(inputs, most):
    assert max_instances(service("web", inputs)) == most
