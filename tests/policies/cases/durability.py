"""Cases of the rules about durability."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.kit import SQL, cluster, found, passes, redis, refuted, sql, unproven, valkey
from tests.policies.wire import Case, Declared, service

BACKUPS, REGIONAL, REPLICA, EVICTION = "sql-backups", "sql-regional", "redis-replica", "redis-eviction"
DELETION = "sql-deletion"
EARLY = (BACKUPS, REGIONAL, REPLICA, EVICTION, DELETION)

ENVIRONMENTS = """
environments:
  development: {projects: [netra-staging]}
  staging: {projects: [netra-other]}
"""
COVERED = "environments:\n  staging: {projects: [netra-staging]}\n"


def contract(name: str, *, sessions: bool) -> str:
    holds = "" if sessions else ", holdsSessions: false"
    return (
        f"service: {name}-{{environment}}\nenv: {{HOST: }}\ndestinations:\n  cache: {{host: HOST{holds}}}\n"
    )


LOSES = {"environments.yaml": COVERED, "web.yaml": contract("web", sessions=False)}
KEEPS = {"environments.yaml": COVERED, "web.yaml": contract("web", sessions=True)}
BOTH = {**LOSES, "api.yaml": contract("api", sessions=True)}


def backups(version: str = "POSTGRES_17", edition: str = "ENTERPRISE", **configuration: Any) -> Declared:
    settings = {"edition": edition, "backupConfiguration": configuration}
    return sql(settings=settings, databaseVersion=version)


def regional(availability: Any, **inputs: Any) -> Declared:
    return sql(settings={"availabilityType": availability}, **inputs)


def guarded(*, own: Any, **inputs: Any) -> Declared:
    return sql(settings={} if own is None else {"deletionProtectionEnabled": own}, **inputs)


def evicts(policy: Any, **inputs: Any) -> Declared:
    return redis(redisConfigs={"maxmemory-policy": policy}, **inputs)


def within(contracts: dict[str, str], case: Case) -> Case:
    return replace(case, contracts=contracts)


UNGUARDED = "SQL_DELETABLE"
CACHE = evicts("allkeys-lru")
WEB = service([], depends={"template": [CACHE.urn]})
API = service([], name="api-staging", resource="api", depends={"template": [CACHE.urn]})
SESSIONS, NONE, LOG = "REDIS_EVICTS_SESSIONS", "SQL_NO_BACKUPS", "SQL_NO_POINT_IN_TIME_RECOVERY"
CLONE = Declared(SQL, "db", {"name": "db", "project": "p", "clone": {"sourceInstanceName": "a"}})

CASES = [
    # sql-backups
    passes(
        BACKUPS, "backups and point-in-time recovery", backups(enabled=True, pointInTimeRecoveryEnabled=True)
    ),
    passes(BACKUPS, "MySQL with its binary log", backups("MYSQL_8_0", enabled=True, binaryLogEnabled=True)),
    passes(
        BACKUPS, "Enterprise Plus keeps the log by itself", backups(edition="ENTERPRISE_PLUS", enabled=True)
    ),
    passes(BACKUPS, "a replica has its primary's", sql(masterInstanceName="primary")),
    passes(BACKUPS, "a project for development", sql(project="netra-dev")),
    within({"environments.yaml": ENVIRONMENTS}, passes(BACKUPS, "development, as the contracts say", sql())),
    refuted(BACKUPS, "an empty primary is none", "db", NONE, sql(masterInstanceName=""), kind="missing"),
    refuted(BACKUPS, "backups are off", "db", NONE, backups(enabled=False, pointInTimeRecoveryEnabled=True)),
    refuted(
        BACKUPS,
        "no point-in-time recovery",
        "db",
        LOG,
        backups(enabled=True, pointInTimeRecoveryEnabled=False),
    ),
    refuted(BACKUPS, "it is not mentioned", "db", LOG, backups(enabled=Secret("true"))),
    refuted(
        BACKUPS,
        "switched off where it is on by itself",
        "db",
        LOG,
        backups(edition="ENTERPRISE_PLUS", enabled=True, pointInTimeRecoveryEnabled=False),
    ),
    refuted(
        BACKUPS,
        "MySQL without its binary log",
        "db",
        LOG,
        backups("MYSQL_8_0", enabled=True, pointInTimeRecoveryEnabled=True),
    ),
    refuted(BACKUPS, "nothing is said of backups", "db", NONE, sql(), kind="missing"),
    refuted(BACKUPS, "a project that nobody covers", "db", NONE, sql(project="elsewhere")),
    unproven(
        BACKUPS,
        "enabled is not known",
        "db",
        f"{NONE}_UNKNOWN",
        backups(enabled=UNKNOWN, pointInTimeRecoveryEnabled=True),
    ),
    unproven(BACKUPS, "the project is not known", "db", f"{NONE}_UNKNOWN", sql(project=UNKNOWN)),
    unproven(BACKUPS, "a clone leaves it to its origin", "db", f"{NONE}_UNKNOWN", CLONE),
    # sql-regional
    passes(REGIONAL, "in two zones", regional("REGIONAL")),
    passes(REGIONAL, "a read replica in one", regional("ZONAL", masterInstanceName="primary")),
    passes(REGIONAL, "development in one", regional("ZONAL", project="chat-sandbox-1")),
    passes(REGIONAL, "a server outside Google Cloud", sql(instanceType="ON_PREMISES_INSTANCE")),
    refuted(REGIONAL, "in one zone", "db", "SQL_ZONAL", regional("ZONAL")),
    refuted(
        REGIONAL,
        "a project whose name only begins alike",
        "db",
        "SQL_ZONAL",
        regional("ZONAL", project="devices"),
    ),
    refuted(REGIONAL, "no project is known", "db", "SQL_ZONAL", regional("ZONAL", project=None)),
    refuted(REGIONAL, "nothing is said of zones", "db", "SQL_ZONAL", sql(), kind="missing"),
    unproven(REGIONAL, "the availability is not known", "db", "SQL_ZONAL_UNKNOWN", regional(UNKNOWN)),
    unproven(REGIONAL, "a clone leaves it to its origin", "db", "SQL_ZONAL_UNKNOWN", CLONE),
    # sql-deletion
    passes(DELETION, "both switches are on", guarded(deletionProtection=True, own=True)),
    passes(DELETION, "the provider's alone, by default", sql()),
    passes(DELETION, "Cloud SQL's own alone", guarded(deletionProtection=False, own=True)),
    passes(
        DELETION, "a replica can be made again", sql(deletionProtection=False, masterInstanceName="primary")
    ),
    passes(DELETION, "a project for development", sql(deletionProtection=False, project="netra-dev")),
    refuted(DELETION, "the provider's is off", "db", UNGUARDED, sql(deletionProtection=Secret("false"))),
    refuted(DELETION, "both are off", "db", UNGUARDED, guarded(deletionProtection=False, own=False)),
    refuted(DELETION, "Cloud SQL's own is off", "db", UNGUARDED, guarded(own=False)),
    refuted(
        DELETION,
        "off, and the settings do not speak of it",
        "db",
        UNGUARDED,
        guarded(deletionProtection=False, own=None),
        kind="missing",
    ),
    unproven(
        DELETION, "the provider's is not known", "db", f"{UNGUARDED}_UNKNOWN", sql(deletionProtection=UNKNOWN)
    ),
    unproven(DELETION, "Cloud SQL's own is not known", "db", f"{UNGUARDED}_UNKNOWN", guarded(own=UNKNOWN)),
    # redis-replica
    passes(REPLICA, "the standard tier", redis(tier="STANDARD_HA")),
    passes(REPLICA, "a cluster with a replica", cluster(replicaCount=1)),
    passes(REPLICA, "Valkey with two", valkey(replicaCount=2)),
    passes(REPLICA, "the basic tier in development", redis(tier="BASIC", project="netra-development")),
    refuted(REPLICA, "the basic tier", "cache", "REDIS_NO_REPLICA", redis(tier="BASIC")),
    refuted(REPLICA, "a cluster without", "cache", "REDIS_NO_REPLICA", cluster(replicaCount=0)),
    refuted(REPLICA, "Valkey that says nothing", "cache", "REDIS_NO_REPLICA", valkey(), kind="missing"),
    refuted(REPLICA, "nothing is said of the tier", "cache", "REDIS_NO_REPLICA", redis(), kind="missing"),
    unproven(REPLICA, "the tier is not known", "cache", "REDIS_NO_REPLICA_UNKNOWN", redis(tier=UNKNOWN)),
    unproven(
        REPLICA, "the number is not known", "cache", "REDIS_NO_REPLICA_UNKNOWN", cluster(replicaCount=UNKNOWN)
    ),
    # redis-eviction
    passes(EVICTION, "nothing is evicted", evicts("noeviction")),
    passes(EVICTION, "a cluster that says nothing", cluster()),
    passes(EVICTION, "Valkey that keeps all", valkey(engineConfigs={"maxmemory-policy": "noeviction"})),
    within(LOSES, passes(EVICTION, "the contract says that all may be lost", CACHE)),
    within(BOTH, passes(EVICTION, "those who use this one may lose all", CACHE, WEB)),
    refuted(EVICTION, "the oldest go", "cache", SESSIONS, CACHE),
    refuted(EVICTION, "those about to expire go", "cache", SESSIONS, evicts("volatile-ttl")),
    refuted(EVICTION, "any go", "cache", SESSIONS, evicts("allkeys-random")),
    refuted(
        EVICTION,
        "a cluster that says so",
        "cache",
        SESSIONS,
        cluster(redisConfigs={"maxmemory-policy": "allkeys-lfu"}),
    ),
    refuted(
        EVICTION,
        "Valkey that says so",
        "cache",
        SESSIONS,
        valkey(engineConfigs={"maxmemory-policy": "volatile-lru"}),
    ),
    refuted(
        EVICTION,
        "other settings, and not this one",
        "cache",
        SESSIONS,
        redis(redisConfigs={"notify-keyspace-events": "Ex"}),
        kind="missing",
    ),
    refuted(EVICTION, "no settings at all", "cache", SESSIONS, redis(), kind="missing"),
    within(KEEPS, refuted(EVICTION, "the contract says nothing of sessions", "cache", SESSIONS, CACHE)),
    within(
        LOSES,
        refuted(
            EVICTION,
            "a project without contracts",
            "cache",
            SESSIONS,
            evicts("allkeys-lru", project="elsewhere"),
        ),
    ),
    within(
        BOTH,
        Case(
            EVICTION,
            "fail",
            "one of those who use it keeps sessions there",
            [CACHE, WEB, API],
            closed=found("cache", SESSIONS),
        ),
    ),
    within(BOTH, unproven(EVICTION, "nobody shows who uses it", "cache", f"{SESSIONS}_UNKNOWN", CACHE)),
    unproven(EVICTION, "the policy is not known", "cache", f"{SESSIONS}_UNKNOWN", evicts(UNKNOWN)),
]
