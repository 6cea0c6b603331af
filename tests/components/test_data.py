"""Database and cache."""

from __future__ import annotations

import pytest

from components.platform import Platform
from tests.components.recorder import AUTH_STRING, Cloud, run
from tests.components.stacks import staging

NETWORK = "projects/netra-staging/global/networks/netra"


def _sql(cloud: Cloud) -> dict:
    return cloud.one("sql/databaseInstance:DatabaseInstance").inputs


def test_the_database_has_a_private_address_only_and_speaks_tls_only(cloud: Cloud) -> None:
    assert _sql(cloud)["settings"]["ipConfiguration"] == {
        "ipv4Enabled": False,
        "privateNetwork": NETWORK,
        "allocatedIpRange": "netra-private-services",
        "sslMode": "ENCRYPTED_ONLY",
    }


def test_the_database_is_regional_backed_up_and_of_the_edition_that_has_its_tier(cloud: Cloud) -> None:
    instance = _sql(cloud)
    settings = instance["settings"]

    assert (instance["name"], instance["databaseVersion"]) == ("netra-postgres", "POSTGRES_17")
    assert (settings["edition"], settings["tier"]) == ("ENTERPRISE", "db-custom-4-16384")
    assert settings["availabilityType"] == "REGIONAL"
    assert settings["backupConfiguration"] == {
        "enabled": True,
        "startTime": "08:00",
        "pointInTimeRecoveryEnabled": True,
        "transactionLogRetentionDays": 6,
        "backupRetentionSettings": {"retainedBackups": 8, "retentionUnit": "COUNT"},
    }
    assert settings["maintenanceWindow"] == {"day": 7, "hour": 4, "updateTrack": "stable"}
    assert settings["insightsConfig"]["queryInsightsEnabled"] is True
    assert settings["deletionProtectionEnabled"] is True


def test_a_backup_after_a_late_maintenance_starts_the_next_day() -> None:
    cloud = run(lambda: Platform("platform", staging(database__maintenance__hour=22)))

    assert _sql(cloud)["settings"]["backupConfiguration"]["startTime"] == "02:00"


def test_the_flags_follow_from_the_tiers_memory(cloud: Cloud) -> None:
    assert _sql(cloud)["settings"]["databaseFlags"] == [
        {"name": "max_connections", "value": "500"},
        {"name": "shared_buffers", "value": str(16384 // 3 * 128)},
    ]


def test_a_disk_that_grew_is_not_shrunk_by_the_next_update(cloud: Cloud) -> None:
    instance = cloud.one("sql/databaseInstance:DatabaseInstance")

    assert instance.inputs["settings"]["diskAutoresize"] is True
    assert instance.ignore_changes == ("settings.diskSize",)


def test_the_database_waits_for_its_peering(cloud: Cloud) -> None:
    instance = cloud.one("sql/databaseInstance:DatabaseInstance")

    assert cloud.one("servicenetworking/connection:Connection").urn in instance.depends_on


def test_each_database_has_its_own_user_with_its_own_password(cloud: Cloud) -> None:
    databases, users = cloud.of("sql/database:Database"), cloud.of("sql/user:User")

    assert {each.inputs["name"] for each in databases.values()} == {"netra", "auth"}
    assert {each.inputs["name"]: each.inputs["password"] for each in users.values()} == {
        "netra-app": "netra-canary",
        "auth-app": "auth-canary",
    }
    instance = cloud.one("sql/databaseInstance:DatabaseInstance").urn
    assert {each.deleted_with for each in [*databases.values(), *users.values()]} == {instance}


def test_a_tier_that_does_not_exist_is_refused() -> None:
    changed = staging().database.model_copy(update={"tier": "db-nope"})
    with pytest.raises(ValueError, match="'db-nope'"):
        run(lambda: Platform("platform", staging().model_copy(update={"database": changed})))


def test_the_cache_is_on_the_services_network_with_auth_tls_and_a_replica(cloud: Cloud) -> None:
    cache = cloud.one("redis/instance:Instance").inputs

    assert cache["authorizedNetwork"] == NETWORK
    assert (cache["connectMode"], cache["reservedIpRange"]) == ("DIRECT_PEERING", "10.30.0.0/29")
    assert (cache["tier"], cache["redisVersion"], cache["memorySizeGb"]) == ("STANDARD_HA", "REDIS_7_2", 4)
    assert cache["authEnabled"] is True
    assert cache["transitEncryptionMode"] == "SERVER_AUTHENTICATION"


def test_the_cache_throws_no_session_away(cloud: Cloud) -> None:
    cache = cloud.one("redis/instance:Instance").inputs

    assert cache["redisConfigs"] == {"maxmemory-policy": "noeviction"}
    assert cache["persistenceConfig"] == {"persistenceMode": "RDB", "rdbSnapshotPeriod": "TWELVE_HOURS"}


def test_the_cache_is_maintained_in_the_databases_window(cloud: Cloud) -> None:
    (window,) = cloud.one("redis/instance:Instance").inputs["maintenancePolicy"]["weeklyMaintenanceWindows"]

    assert window["day"] == "SUNDAY"
    assert window["startTime"]["hours"] == 4


def test_the_cache_hands_out_its_cas_oldest_first_and_its_port_as_text(cloud: Cloud) -> None:
    outputs = cloud.outputs[cloud.component("Cache").urn]

    assert outputs["serverCaCert"] == "-----BEGIN CERTIFICATE-----\nold\n-----BEGIN CERTIFICATE-----\nnew"
    assert (outputs["host"], outputs["port"]) == ("10.30.0.4", "6378")
    assert outputs["authString"] == AUTH_STRING
