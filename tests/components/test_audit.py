"""Audit logs of our own stacks, and keys of our own where they are switched on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.keys import AGENTS, ROLE, ROTATION_SECONDS
from catalog.logging import AUDITED
from components.platform import Platform
from components.settings import PlatformSettings
from contracts import load
from policies.judge import Judge
from policies.rules import registered
from tests.components import recorder
from tests.components.test_monitoring import deployed, plan_of

if TYPE_CHECKING:
    from tests.components.recorder import Cloud

ROOT = Path(__file__).parents[2]
RULES = [one for one in registered() if one.id in ("audit-logs", "audit-logs-kept", "customer-managed-keys")]


def settings(**changes: object) -> PlatformSettings:
    staging = PlatformSettings.from_stack_file(ROOT / "Pulumi.staging.yaml")
    assert staging.audit is not None
    return staging.model_copy(update={"audit": staging.audit.model_copy(update=changes)})


@pytest.fixture(scope="module")
def own_keys() -> Cloud:
    return recorder.run(lambda: Platform("platform", settings(customer_managed_keys=True)), preview=True)


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    return recorder.run(lambda: Platform("platform", settings()), preview=True)


def test_reads_and_writes_of_secrets_database_and_services_are_recorded(cloud: Cloud) -> None:
    configs = cloud.of("projects/iAMAuditConfig:IAMAuditConfig").values()
    logged = {
        one.inputs["service"]: {each["logType"] for each in one.inputs["auditLogConfigs"]} for one in configs
    }
    assert set(logged) == set(AUDITED)
    assert all(kinds >= {"DATA_READ", "DATA_WRITE"} for kinds in logged.values())


def test_audit_logs_lead_to_a_bucket_that_keeps_them(cloud: Cloud) -> None:
    bucket = cloud.one("logging/projectBucketConfig:ProjectBucketConfig")
    sink = cloud.one("logging/projectSink:ProjectSink")
    assert bucket.inputs["retentionDays"] == 90
    assert bucket.protect
    assert sink.inputs["destination"] == (
        "logging.googleapis.com/projects/netra-staging/locations/us-central1/buckets/platform-audit"
    )
    assert "cloudaudit.googleapis.com" in sink.inputs["filter"]
    # Nothing is recorded before there is somewhere to keep it.
    for config in cloud.of("projects/iAMAuditConfig:IAMAuditConfig").values():
        assert sink.urn in config.depends_on


def test_without_keys_of_our_own_no_key_and_no_api_of_theirs_is_declared(cloud: Cloud) -> None:
    assert cloud.of("kms/cryptoKey:CryptoKey") == {}
    enabled = {one.inputs["service"] for one in cloud.of("projects/service:Service").values()}
    assert "cloudkms.googleapis.com" not in enabled


def test_each_store_is_encrypted_with_a_key_of_its_own_in_the_right_place(own_keys: Cloud) -> None:
    def key(location: str, of: str) -> str:
        return f"projects/netra-staging/locations/{location}/keyRings/platform/cryptoKeys/{of}"

    database = own_keys.one("sql/databaseInstance:DatabaseInstance").inputs
    assert database["encryptionKeyName"] == key("us-central1", "database")
    assert own_keys.one("redis/instance:Instance").inputs["customerManagedKey"] == key("us-central1", "cache")
    repository = own_keys.one("artifactregistry/repository:Repository").inputs
    assert repository["kmsKeyName"] == key("us-central1", "registry")
    for secret in own_keys.of("secretmanager/secret:Secret").values():
        # Secrets replicate automatically: Secret Manager wants a global key then.
        encryption = secret.inputs["replication"]["auto"]["customerManagedEncryption"]
        assert encryption == {"kmsKeyName": key("global", "secrets")}


def test_every_key_rotates_is_protected_and_usable_by_its_agent_before_its_store(own_keys: Cloud) -> None:
    keys = own_keys.of("kms/cryptoKey:CryptoKey")
    assert {one.inputs["name"] for one in keys.values()} == set(AGENTS)
    for one in keys.values():
        assert one.inputs["rotationPeriod"] == f"{ROTATION_SECONDS}s"
        assert one.protect
    grants = own_keys.of("kms/cryptoKeyIAMMember:CryptoKeyIAMMember")
    assert {one.inputs["role"] for one in grants.values()} == {ROLE}
    waits = [
        ("database", own_keys.one("sql/databaseInstance:DatabaseInstance")),
        ("cache", own_keys.one("redis/instance:Instance")),
        ("registry", own_keys.one("artifactregistry/repository:Repository")),
        *(("secrets", one) for one in own_keys.of("secretmanager/secret:Secret").values()),
    ]
    for of, store in waits:
        assert grants[f"keys-{of}-use"].urn in store.depends_on


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_our_stacks_keep_what_the_contracts_name(stack: str) -> None:
    judge = Judge(RULES, load(ROOT / "contracts"))
    assert list(judge.closed(plan_of(deployed(stack, preview=True), stack))) == []
