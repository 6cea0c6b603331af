from __future__ import annotations

import ipaddress

import pytest

from sandbox.errors import ApiError
from tests.sandbox.world import REDIS, SQL, SUBNETWORK, cache, database

DAY_S = 86_400


@pytest.fixture
def network(world):
    made = world.network()
    world.private_access(made)
    return made


def test_an_instance_has_an_address_in_the_reserved_range(world, network):
    made = world.up(SQL, "db", **database(network.id))
    assert ipaddress.IPv4Address(made["privateIpAddress"]) in ipaddress.IPv4Network("10.20.0.0/16")
    assert made["firstIpAddress"] == made["privateIpAddress"]
    assert made["connectionName"] == "netra-staging:us-central1:postgres"
    assert made["serverCaCerts"][0]["cert"].startswith("-----BEGIN CERTIFICATE-----")


def test_an_instance_without_private_access_is_refused(world):
    with pytest.raises(ApiError, match="doesn't have at least 1 private services connection"):
        world.up(SQL, "db", **database(world.network().id))


@pytest.mark.usefixtures("network")
def test_private_access_on_another_network_does_not_help(world):
    with pytest.raises(ApiError, match="The network other doesn't have"):
        world.up(SQL, "db", **database(world.network("other").id))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "POSTGRES_99"}, "POSTGRES_99"),
        ({"tier": "db-nope"}, r"Invalid Tier \(db-nope\)"),
        ({"tier": "db-custom-3-16384"}, "Invalid Tier"),
        ({"tier": "db-custom-4-16000"}, "Invalid Tier"),
        (
            {"edition": "ENTERPRISE_PLUS"},
            r"Invalid Tier \(db-custom-4-16384\) for \(ENTERPRISE_PLUS\) Edition",
        ),
        ({"edition": None}, r"for \(ENTERPRISE_PLUS\) Edition"),
        ({"edition": "ENTERPRISE", "tier": "db-perf-optimized-N-2"}, r"for \(ENTERPRISE\) Edition"),
        ({"ipConfiguration": {"ipv4Enabled": False}}, "At least one of Public IP, Private IP or PSC"),
        ({"databaseFlags": [{"name": "max_connections", "value": "5"}]}, "max_connections is 5"),
        ({"ipConfiguration": {"privateNetwork": "projects/x/global/networks/y"}}, "was not found"),
    ],
)
def test_an_instance_that_cannot_be_passes_preview_and_fails_at_create(world, network, changes, said):
    inputs = database(network.id, **changes)
    assert world.failures(SQL, "db", **inputs) == []
    with pytest.raises(ApiError, match=said) as refusal:
        world.up(SQL, "db", **inputs)
    assert refusal.value.status == 400
    assert str(refusal.value).startswith("Error, failed to create instance: googleapi: Error 400")


def test_postgres_15_takes_a_custom_tier_without_an_edition(world, network):
    made = world.up(SQL, "db", **database(network.id, version="POSTGRES_15", edition=None))
    assert made["settings"]["tier"] == "db-custom-4-16384"


def test_an_update_is_judged_as_a_create_is(world, network):
    made = world.up(SQL, "db", **database(network.id))
    with pytest.raises(ApiError, match="Invalid Tier"):
        world.change(made, **database(network.id, tier="db-nope"))


def test_an_update_keeps_the_address_and_counts_the_settings(world, network):
    made = world.up(SQL, "db", **database(network.id))
    changed = world.change(made, **database(network.id, tier="db-custom-8-32768"))
    assert changed["privateIpAddress"] == made["privateIpAddress"]
    assert (made["settings"]["version"], changed["settings"]["version"]) == (1, 2)


def test_the_name_of_a_deleted_instance_cannot_be_used_for_a_week(world, network):
    made = world.up(SQL, "db", **database(network.id))
    world.down(made)
    world.clock.now += 6.9 * DAY_S
    with pytest.raises(ApiError, match="one week from the deletion date"):
        world.up(SQL, "db", **database(network.id))
    world.clock.now += 0.2 * DAY_S
    world.up(SQL, "db", **database(network.id))


def test_an_instance_takes_its_databases_and_users_along(world, network):
    instance = world.up(SQL, "db", **database(network.id))
    login = {"name": "netra", "instance": "postgres", "password": "hunter2"}
    user = world.up("gcp:sql/user:User", "u", **login)
    schema = world.up("gcp:sql/database:Database", "d", name="netra", instance="postgres")
    world.down(instance)
    assert not world.exists(user)
    assert not world.exists(schema)


def test_a_database_needs_its_instance(world):
    with pytest.raises(ApiError, match="The Cloud SQL instance does not exist"):
        world.up("gcp:sql/database:Database", "d", name="netra", instance="postgres")


def test_an_instance_protected_in_the_cloud_is_not_deleted(world, network):
    made = world.up(SQL, "db", **database(network.id, deletionProtectionEnabled=True))
    with pytest.raises(ApiError, match="The instance is protected"):
        world.down(made)


def test_redis_has_a_host_in_its_range_and_the_port_of_its_mode(world, network):
    plain = world.up(REDIS, "a", **cache(network.id, reservedIpRange="10.30.0.0/29"))
    assert (plain["host"], plain["port"], plain["authString"]) == ("10.30.0.4", 6379, "")
    guarded = world.up(
        REDIS,
        "b",
        **cache(network.id, name="guarded", authEnabled=True, transitEncryptionMode="SERVER_AUTHENTICATION"),
    )
    assert guarded["port"] == 6378
    assert guarded["authString"]
    assert guarded["serverCaCerts"][0]["cert"].startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.usefixtures("network")
def test_redis_without_a_network_joins_the_one_named_default(world):
    with pytest.raises(ApiError, match="network 'default' was not found"):
        world.up(REDIS, "r", **cache(None))
    default = world.network("default")
    assert world.up(REDIS, "r", **cache(None))["authorizedNetwork"] == default.id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"memorySizeGb": 0}, "memory_size_gb"),
        ({"memorySizeGb": 301}, "memory_size_gb"),
        ({"redisVersion": "REDIS_99_9"}, "redis_version"),
        ({"reservedIpRange": "10.30.0.0/28"}, "not a /29"),
        ({"reservedIpRange": "10.10.0.0/29"}, "overlaps subnetwork 'a'"),
        ({"redisConfigs": {"maxmemory-policy": "never"}}, "maxmemory-policy"),
    ],
)
def test_redis_that_cannot_be_passes_preview_and_fails_at_create(world, network, changes, said):
    world.up(SUBNETWORK, "a", name="a", network=network.id, region="us-central1", ipCidrRange="10.10.0.0/20")
    assert world.failures(REDIS, "r", **cache(network.id, **changes)) == []
    with pytest.raises(ApiError, match=said):
        world.up(REDIS, "r", **cache(network.id, **changes))


def test_redis_behind_private_access_lies_in_the_reserved_range(world, network):
    made = world.up(REDIS, "r", **cache(network.id, connectMode="PRIVATE_SERVICE_ACCESS"))
    assert ipaddress.IPv4Address(made["host"]) in ipaddress.IPv4Network("10.20.0.0/16")
    with pytest.raises(ApiError, match="Google private service access is not enabled"):
        world.up(
            REDIS,
            "s",
            **cache(world.network("other").id, name="second", connectMode="PRIVATE_SERVICE_ACCESS"),
        )


def test_two_caches_do_not_share_a_range(world, network):
    one = world.up(REDIS, "a", **cache(network.id))
    other = world.up(REDIS, "b", **cache(network.id, name="second"))
    assert one["effectiveReservedIpRange"] != other["effectiveReservedIpRange"]
