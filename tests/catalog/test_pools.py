"""Pools: what is derived always fits, is never empty, and could not be larger."""

from hypothesis import given
from hypothesis import strategies as st

from catalog import network
from catalog.pools import (
    RECYCLE_SECONDS,
    Demand,
    Pool,
    PoolPlan,
    PoolRefusal,
    connections_asked,
    derive_pools,
    split,
)
from catalog.sql_sizing import budget

demands = st.lists(
    st.builds(
        Demand,
        service=st.uuids().map(str),
        max_instances=st.integers(1, 60),
        candidate_instances=st.integers(0, 5),
        workers=st.integers(1, 4),
        share=st.integers(1, 5),
    ),
    min_size=1,
    max_size=5,
)
connections = st.integers(14, 3000)


@given(connections, demands)
def test_derived_pools_always_fit_and_none_is_empty(max_connections, services):
    plan = derive_pools(max_connections, services)
    if isinstance(plan, PoolRefusal):
        assert sum(service.processes for service in services) > budget(max_connections).usable
        return
    asked = sum(connections_asked(service, plan.pools[service.service]) for service in services)
    assert asked == plan.asked <= budget(max_connections).usable
    assert min(pool.pool_size for pool in plan.pools.values()) >= 1
    assert min(pool.max_overflow for pool in plan.pools.values()) >= 0


@given(connections, demands)
def test_no_derived_pool_could_grow_by_one(max_connections, services):
    plan = derive_pools(max_connections, services)
    if isinstance(plan, PoolPlan):
        left = plan.budget.usable - plan.asked
        assert all(service.processes > left for service in services)


@given(connections, demands)
def test_every_process_gets_at_least_its_share(max_connections, services):
    plan = derive_pools(max_connections, services)
    if isinstance(plan, PoolPlan):
        unit = plan.budget.usable // sum(service.processes * service.share for service in services)
        assert all(
            plan.pools[service.service].connections >= max(1, unit * service.share) for service in services
        )


@given(connections, demands)
def test_a_refusal_names_a_max_connections_at_which_the_pools_fit_and_one_less_does_not(
    max_connections, services
):
    plan = derive_pools(max_connections, services)
    if isinstance(plan, PoolRefusal):
        assert isinstance(derive_pools(plan.max_connections_needed, services), PoolPlan)
        assert isinstance(derive_pools(plan.max_connections_needed - 1, services), PoolRefusal)


def test_staging_s_two_services_share_its_five_hundred_connections():
    backend, auth = Demand("backend", 20, 1), Demand("auth", 10, 1)
    plan = derive_pools(500, [backend, auth])
    assert plan.budget.usable == 387
    assert plan.pools == {"backend": Pool(8, 4), "auth": Pool(8, 4)}
    assert plan.asked == 21 * 12 + 11 * 12


def test_a_share_weighs():
    plan = derive_pools(1000, [Demand("backend", 10, share=3), Demand("auth", 10, share=1)])
    sizes = {key: pool.connections for key, pool in plan.pools.items()}
    assert sizes == {"backend": 58, "auth": 20}


def test_a_refusal_shows_which_service_asks_what():
    refusal = derive_pools(50, [Demand("backend", 20, 1, workers=2), Demand("auth", 10, 1)])
    assert refusal.arithmetic == (
        "backend: (20 instances + 1 of a candidate) x 2 workers = 42; "
        "auth: (10 instances + 1 of a candidate) x 1 workers = 11; "
        "together 53 at one connection each, and there are 50 - 10 (margin of 20%) - 13 (reserved) = 27"
    )


def test_the_incident_s_pool_of_fifty_is_far_beyond_its_instance():
    asked = connections_asked(Demand("backend", 20), Pool(50, 0))
    assert asked == 1000
    assert asked > budget(200).usable


def test_nobody_who_asks_nothing_is_refused():
    assert derive_pools(100, []).pools == {}


@given(st.integers(1, 1000))
def test_a_split_loses_no_connection(number):
    assert split(number).connections == number


def test_connections_are_replaced_before_the_firewall_forgets_them():
    assert 0 < RECYCLE_SECONDS < network.IDLE_CUT_OFF_SECONDS == 600
