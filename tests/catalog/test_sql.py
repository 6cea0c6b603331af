"""Cloud SQL: tiers, editions, versions, and how many connections memory holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import sql, sql_sizing
from catalog.source import Breach


@pytest.mark.parametrize(
    "tier",
    [
        sql.Tier("db-f1-micro", "shared-core", 1, 614, "ENTERPRISE", "PD_SSD"),
        sql.Tier("db-g1-small", "shared-core", 1, 1740, "ENTERPRISE", "PD_SSD"),
        sql.Tier("db-custom-1-3840", "custom", 1, 3840, "ENTERPRISE", "PD_SSD"),
        sql.Tier("db-custom-1-6656", "custom", 1, 6656, "ENTERPRISE", "PD_SSD"),
        sql.Tier("db-custom-4-16384", "custom", 4, 16_384, "ENTERPRISE", "PD_SSD"),
        sql.Tier("db-custom-96-638976", "custom", 96, 638_976, "ENTERPRISE", "PD_SSD"),
        sql.Tier("db-custom-N4-2-4096", "custom-n4", 2, 4096, "ENTERPRISE", "HYPERDISK_BALANCED"),
        sql.Tier("db-perf-optimized-N-2", "perf-optimized", 2, 16_384, "ENTERPRISE_PLUS", "PD_SSD"),
        sql.Tier("db-perf-optimized-N-128", "perf-optimized", 128, 884_736, "ENTERPRISE_PLUS", "PD_SSD"),
        sql.Tier("db-c4a-highmem-4", "c4a", 4, 32_768, "ENTERPRISE_PLUS", "HYPERDISK_BALANCED"),
    ],
    ids=lambda tier: tier.name,
)
def test_a_tier_is_read_from_its_name(tier):
    assert sql.parse_tier(tier.name) == tier
    assert tier.shared_core == (tier.name in ("db-f1-micro", "db-g1-small"))


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("db-nope", "db-custom-4-16384"),
        ("db-n1-standard-2", "db-custom-4-16384"),
        ("db-perf-optimized-N-3", "db-custom-4-16384"),
        ("db-custom-3-8192", "db-custom-2-8192"),
        ("db-custom-98-98304", "db-custom-96-98304"),
        ("db-custom-0-3840", "db-custom-1-3840"),
        ("db-custom-1-3584", "db-custom-1-3840"),
        ("db-custom-1-6912", "db-custom-1-6656"),
        ("db-custom-4-16385", "db-custom-4-16384"),
        ("db-custom-8-7168", "db-custom-8-7424"),
        ("db-custom-N4-3-8192", "db-custom-N4-2-8192"),
        ("db-custom-N4-2-3840", "db-custom-N4-2-4096"),
    ],
)
def test_a_tier_that_google_does_not_make_is_refused_with_one_that_it_does(name, right):
    breach = sql.parse_tier(name)
    assert isinstance(breach, Breach)
    assert breach.example == right
    assert isinstance(sql.parse_tier(breach.example), sql.Tier)


@given(st.integers(0, 200), st.integers(0, 1_000_000), st.booleans())
def test_what_is_suggested_for_a_custom_tier_is_always_a_tier(vcpus, memory_mb, n4):
    tier = sql.parse_tier(f"db-custom-{'N4-' if n4 else ''}{vcpus}-{memory_mb}")
    if isinstance(tier, Breach):
        tier = sql.parse_tier(tier.example)
    assert isinstance(tier, sql.Tier)


@pytest.mark.parametrize(
    ("version", "edition"),
    [("POSTGRES_15", "ENTERPRISE"), ("POSTGRES_16", "ENTERPRISE_PLUS"), ("POSTGRES_9_6", "ENTERPRISE")],
)
def test_from_postgresql_16_on_the_default_edition_is_enterprise_plus(version, edition):
    assert sql.default_edition(version) == edition


def test_versions_are_those_of_the_edition():
    assert sql.check_version("POSTGRES_17", "ENTERPRISE_PLUS") is None
    assert sql.check_version("POSTGRES_99", "ENTERPRISE").example == "POSTGRES_18"
    assert sql.check_version("POSTGRES_11", "ENTERPRISE_PLUS").example == "POSTGRES_12"


def test_an_edition_takes_only_its_own_tiers():
    custom, perf = sql.parse_tier("db-custom-4-16384"), sql.parse_tier("db-perf-optimized-N-4")
    assert sql.check_edition("ENTERPRISE", custom) is None
    assert sql.check_edition("ENTERPRISE_PLUS", perf) is None
    assert sql.check_edition("ENTERPRISE_PLUS", custom).example == "ENTERPRISE"
    assert sql.check_edition("ENTERPRISE", perf).example == "ENTERPRISE_PLUS"


@pytest.mark.parametrize(
    ("memory_mb", "connections"),
    [
        (614, 25),
        (1740, 50),
        (3840, 100),
        (6143, 100),
        (6144, 200),
        (7679, 200),
        (7680, 400),
        (15_359, 400),
        (15_360, 500),
        (30_719, 500),
        (30_720, 600),
        (61_439, 600),
        (61_440, 800),
        (122_879, 800),
        (122_880, 1000),
        (884_736, 1000),
    ],
)
def test_google_s_default_for_max_connections_goes_by_memory(memory_mb, connections):
    assert sql_sizing.default_max_connections(memory_mb) == connections


@given(st.integers(614, 900_000))
def test_memory_always_holds_google_s_default(memory_mb):
    default = sql_sizing.default_max_connections(memory_mb)
    assert sql_sizing.check_max_connections(default, memory_mb) is None


def test_flags_are_in_google_s_units():
    assert sql_sizing.flags(16_384) == {"max_connections": "500", "shared_buffers": str(5461 * 128)}
    assert sql_sizing.flags(16_384, 600)["max_connections"] == "600"


@given(st.integers(614, 900_000))
def test_derived_shared_buffers_stay_within_forty_percent_of_memory(memory_mb):
    assert (
        sql_sizing.check_shared_buffers(int(sql_sizing.flags(memory_mb)["shared_buffers"]), memory_mb) is None
    )


def test_the_incident_s_shared_buffers_are_refused():
    two_gb = 2 * 1024 * 128
    breach = sql_sizing.check_shared_buffers(two_gb, 1740)
    assert breach.example == 580 * 128


def test_connections_that_memory_does_not_hold_are_refused_with_the_sum():
    assert sql_sizing.check_max_connections(1092, 16_384) is None
    breach = sql_sizing.check_max_connections(1093, 16_384)
    assert breach.why == (
        "1093 connections at 10 MB and 5461 MB of shared_buffers need 16391 MB, and the tier has 16384 MB"
    )
    assert breach.example == 500
    assert sql_sizing.check_max_connections(13, 16_384).example == 14


@pytest.mark.parametrize(
    ("connections", "usable"), [(500, 387), (100, 67), (25, 7), (14, 0), (16, 0), (17, 0), (18, 1)]
)
def test_a_budget_keeps_a_fifth_and_thirteen_back(connections, usable):
    assert sql_sizing.budget(connections).usable == usable


def test_a_budget_shows_its_sum():
    assert str(sql_sizing.budget(500)) == "500 - 100 (margin of 20%) - 13 (reserved) = 387"
