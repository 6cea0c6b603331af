"""docs/pools.md, recomputed: a number on the page that no longer follows fails here."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from catalog.network import IDLE_CUT_OFF_SECONDS
from catalog.pools import RECYCLE_SECONDS, Demand, PoolRefusal, derive_pools
from catalog.sql import MEMORY_STEP_MB, Tier, parse_tier
from catalog.sql_sizing import MB_PER_CONNECTION, budget, default_max_connections, most_connections
from components.platform import pools_that_fit
from components.settings.pools import plan_pools
from tests.components.stacks import staging

PAGE = (Path(__file__).parents[2] / "docs" / "pools.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
BACKEND, AUTH = Demand("backend", 20, 1), Demand("auth", 10, 1)
ASKED = {"backend": 60, "auth": 12}
TOGETHER = BACKEND.processes * ASKED["backend"] + AUTH.processes * ASKED["auth"]
NEEDED = next(number for number in count(1) if budget(number).usable >= TOGETHER)


def _smallest_custom_tier(connections: int) -> Tier:
    """The custom tier with least memory, then fewest vCPUs, whose memory bears so many connections."""
    for memory in count(MEMORY_STEP_MB, MEMORY_STEP_MB):
        for vcpus in (1, 2, 4, 6, 8):
            tier = parse_tier(f"db-custom-{vcpus}-{memory}")
            if isinstance(tier, Tier) and most_connections(memory) >= connections:
                return tier
    raise AssertionError


@pytest.mark.parametrize("name", ["db-g1-small", "db-custom-4-16384", "db-custom-4-26368"])
def test_the_table_of_tiers_follows_from_the_catalogue(name: str) -> None:
    tier = parse_tier(name)
    assert isinstance(tier, Tier)
    default = default_max_connections(tier.memory_mb)
    cells = (name, tier.memory_mb, default, most_connections(tier.memory_mb), budget(default))

    assert f"| {' | '.join(map(str, cells))} |" in PAGE.splitlines()


def test_what_is_asked_for_is_counted_by_processes() -> None:
    for demand in (BACKEND, AUTH):
        assert f"    {demand}" in PAGE.splitlines()
        connections = demand.processes * ASKED[demand.service]
        assert f"{demand.service} {demand.processes} x {ASKED[demand.service]} = {connections}" in WORDS
    assert f"together {TOGETHER}" in WORDS


def test_the_incidents_instance_has_less_than_one_connection_for_each_process() -> None:
    refusal = derive_pools(default_max_connections(1740), [BACKEND, AUTH])

    assert isinstance(refusal, PoolRefusal)
    assert f"has {refusal.budget.usable} to give: not one for each of {refusal.asked} processes" in WORDS
    assert f"raised to 200 by hand, more than the {most_connections(1740)} that its memory bears" in WORDS
    assert most_connections(1740) < 200


def test_the_smallest_max_connections_and_the_smallest_tier_are_on_the_page() -> None:
    tier = _smallest_custom_tier(NEEDED)

    assert f"    {budget(NEEDED)}" in PAGE.splitlines()
    assert f"{NEEDED} connections at {MB_PER_CONNECTION} MB need {NEEDED * MB_PER_CONNECTION} MB" in WORDS
    assert f"The smallest custom tier that bears them is {tier.name}." in WORDS
    assert f"default for it stays {default_max_connections(tier.memory_mb)}," in WORDS
    assert f"  tier: {tier.name}\n  maxConnections: {NEEDED}\n" in PAGE


def test_the_settings_on_the_page_give_the_pools_on_the_page() -> None:
    settings = staging(
        database__tier=_smallest_custom_tier(NEEDED).name,
        database__maxConnections=NEEDED,
        services__backend__poolShare=5,
    )
    pools = pools_that_fit(settings).pools

    assert "    poolShare: 5 " in PAGE
    assert {key: pool.connections for key, pool in pools.items()} == ASKED
    for key, pool in pools.items():
        line = f"{key} DB_POOL_SIZE {pool.pool_size} DB_MAX_OVERFLOW {pool.max_overflow}"
        assert line in WORDS.partition("What staging does instead")[0]


def test_one_connection_less_would_not_do() -> None:
    flag = {"database__tier": "db-custom-4-26368", "database__maxConnections": NEEDED - 1}
    settings = staging(services__backend__poolShare=5, **flag)

    assert pools_that_fit(settings).pools["backend"].connections < ASKED["backend"]


def test_stagings_own_pools_are_on_the_page() -> None:
    settings = staging()
    plan = plan_pools(settings.database, settings.services)
    assert not isinstance(plan, PoolRefusal)
    own = WORDS.partition("What staging does instead")[2]

    assert f"{plan.budget.usable} connections are shared among {BACKEND.processes + AUTH.processes}" in own
    for key, pool in plan.pools.items():
        assert f"{key} DB_POOL_SIZE {pool.pool_size} DB_MAX_OVERFLOW {pool.max_overflow}" in own
    assert f"{plan.pools['backend'].connections} a process, {plan.asked} in all." in own


def test_recycling_on_the_page_is_below_the_idle_cut_off() -> None:
    assert f"replaced after {RECYCLE_SECONDS} seconds" in WORDS
    assert f"idle for {IDLE_CUT_OFF_SECONDS} seconds" in WORDS
    assert RECYCLE_SECONDS < IDLE_CUT_OFF_SECONDS


def test_a_database_too_small_for_one_connection_a_process_is_refused() -> None:
    settings = staging(database__tier="db-g1-small")

    with pytest.raises(ValueError, match="together 32 at one connection each"):
        pools_that_fit(settings)
