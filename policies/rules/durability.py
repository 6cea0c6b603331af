"""Rules about data that must outlive a zone, a mistake and a restart.

They hold everywhere but in development: see `policies.posture.scope`. They judge what is written; whether the
data is used by anything is not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import redis, sql
from policies import controls
from policies.plan.values import Unknown, text
from policies.plan.workloads import shown_name
from policies.posture import scope, stores
from policies.posture.values import ON, all_of, among, any_of
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource

_KEEPS: frozenset[str] = frozenset({"noeviction"})
_BACKUPS = ("settings", "backupConfiguration")


@rule(
    id="sql-backups",
    title="A Cloud SQL instance is backed up and can be recovered to a point in time",
    severity=Severity.HIGH,
    why="backups are off unless asked for: without them a dropped table is gone, and without point-in-time "
    "recovery everything since the last night with it",
    fix="in settings.backupConfiguration set enabled and pointInTimeRecoveryEnabled to true",
    types=(stores.SQL,),
    refutes_early=True,
    controls=(
        controls.CIS_SQL_BACKUPS,
        controls.SOC2_RECOVERY,
        controls.HIPAA_BACKUP,
        controls.HIPAA_CONTINGENCY,
    ),
)
def sql_backups(resource: Resource, world: World) -> Iterator[Claim]:
    """Automated backups and the log that recovery needs are on. A replica has neither: its primary does.

    Enterprise Plus keeps the log unless told otherwise.
    """
    if stores.is_replica(resource) or stores.is_elsewhere(resource):
        return
    name = shown_name(resource)
    backed_up = _unless_cloned(resource, among(resource.at(*_BACKUPS, "enabled"), ON))
    recoverable = _unless_cloned(resource, _keeps_log(resource))
    worst = all_of((backed_up, recoverable))
    if backed_up is worst:
        cause, lacks = "SQL_NO_BACKUPS", "automated backups"
    else:
        cause, lacks = "SQL_NO_POINT_IN_TIME_RECOVERY", "point-in-time recovery"
    yield from _claims(
        resource,
        world,
        worst,
        cause=cause,
        wrong=f"{name} has no {lacks}",
        fix=f"in settings.backupConfiguration set enabled and {_log_key(resource)} to true",
    )


@rule(
    id="sql-deletion",
    title="A Cloud SQL instance is protected from deletion",
    severity=Severity.HIGH,
    why="one destroy, one renamed resource or one click deletes an unprotected instance, its backups "
    "with it, and its name cannot be used again for a week",
    fix="leave deletionProtection true, and set settings.deletionProtectionEnabled to true as well",
    types=(stores.SQL,),
    refutes_early=True,
    controls=(controls.SOC2_RECOVERY, controls.HIPAA_CONTINGENCY),
)
def sql_deletion(resource: Resource, world: World) -> Iterator[Claim]:
    """Neither switch is off: the provider's `deletionProtection`, on by default, nor Cloud SQL's own.

    Cloud SQL's own holds against every tool: the provider's may be off beside it. A replica can be
    made again. To tear an instance down takes a waiver, a break-glass one in a hurry.
    """
    if stores.is_replica(resource) or stores.is_elsewhere(resource):
        return
    own = resource.at("settings", "deletionProtectionEnabled")
    verdict = any_of(
        (
            among(own, ON),
            all_of((among(own, ON, default="true"), among(resource.at("deletionProtection"), ON, "true"))),
        )
    )
    switch = (
        "deletionProtection is false"
        if among(resource.at("deletionProtection"), ON, "true") is Verdict.REFUTED
        else "settings.deletionProtectionEnabled is false"
    )
    yield from _claims(
        resource,
        world,
        verdict,
        cause="SQL_DELETABLE",
        wrong=f"{shown_name(resource)} can be deleted by mistake ({switch})",
        fix="set deletionProtection and settings.deletionProtectionEnabled to true",
    )


@rule(
    id="sql-regional",
    title="A Cloud SQL instance survives the loss of a zone",
    severity=Severity.HIGH,
    why="an instance of one zone is away as long as its zone is, and every service that needs it with it",
    fix="set settings.availabilityType to REGIONAL",
    types=(stores.SQL,),
    refutes_early=True,
    controls=(controls.SOC2_RECOVERY, controls.HIPAA_CONTINGENCY),
)
def sql_regional(resource: Resource, world: World) -> Iterator[Claim]:
    """`availabilityType` is REGIONAL; it is ZONAL when unset. A read replica may be of one zone."""
    if stores.is_replica(resource) or stores.is_elsewhere(resource):
        return
    said = among(resource.at("settings", "availabilityType"), frozenset({"REGIONAL"}))
    yield from _claims(
        resource,
        world,
        _unless_cloned(resource, said),
        cause="SQL_ZONAL",
        wrong=f"{shown_name(resource)} lives in one zone only",
        fix="set settings.availabilityType to REGIONAL",
    )


@rule(
    id="redis-replica",
    title="A Redis instance has a replica",
    severity=Severity.HIGH,
    why="a basic instance loses all it holds with its node, and with each change of size or version",
    fix="set tier to STANDARD_HA (on a cluster, replicaCount to 1 or more)",
    types=stores.CACHES,
    refutes_early=True,
    controls=(controls.SOC2_RECOVERY, controls.HIPAA_CONTINGENCY),
)
def redis_replica(resource: Resource, world: World) -> Iterator[Claim]:
    """The tier is STANDARD_HA; clusters and Valkey have at least one replica of each shard."""
    if resource.type == stores.REDIS:
        verdict = among(resource.at("tier"), frozenset({"STANDARD_HA"}))
        fix = "set tier to STANDARD_HA"
    else:
        none = frozenset({"0", "null"})
        verdict = _not(among(resource.at("replicaCount"), none, default="0"))
        fix = "set replicaCount to 1 or more"
    wrong = f"{shown_name(resource)} has no replica"
    yield from _claims(resource, world, verdict, cause="REDIS_NO_REPLICA", wrong=wrong, fix=fix)


@rule(
    id="redis-eviction",
    title="A Redis instance that holds sessions evicts nothing",
    severity=Severity.HIGH,
    why="when memory is full an evicting policy drops keys without a word and users are logged out; "
    "Memorystore's default, volatile-lru, drops exactly the keys with an expiry, which sessions have",
    fix="set redisConfigs.maxmemory-policy to noeviction, or holdsSessions to false in the contracts",
    types=stores.CACHES,
    refutes_early=True,
    controls=(controls.SOC2_RECOVERY,),
)
def redis_eviction(resource: Resource, world: World) -> Iterator[Claim]:
    """`maxmemory-policy` is noeviction, unless the contracts say that the cache holds no sessions.

    Who says nothing of a cache is taken to keep sessions in it. Clusters and Valkey are held to what
    they say only.
    """
    sessions = scope.holds_sessions(resource, world)
    if sessions is Verdict.REFUTED:
        return
    key = "engineConfigs" if resource.type == stores.VALKEY else "redisConfigs"
    default = redis.DEFAULT_EVICTION_POLICY if resource.type == stores.REDIS else "noeviction"
    policy = resource.at(key, "maxmemory-policy")
    verdict = among(policy, _KEEPS, default)
    if verdict is Verdict.REFUTED and sessions is Verdict.UNPROVEN:
        verdict = Verdict.UNPROVEN
    said = text(policy)
    how = said if isinstance(said, str) and said in redis.EVICTION_POLICIES else "no policy of Memorystore's"
    if said is None:
        how = f"{default}, Memorystore's default"
    yield from _claims(
        resource,
        world,
        verdict,
        cause="REDIS_EVICTS_SESSIONS",
        wrong=f"{shown_name(resource)} drops sessions when its memory is full (maxmemory-policy is {how})",
        fix=f"set {key}.maxmemory-policy to noeviction; for a cache whose keys may all be lost, write "
        "`holdsSessions: false` under destinations.cache of the contracts that use it",
    )


def _claims(  # noqa: PLR0913 - what one claim is made of
    resource: Resource, world: World, verdict: Verdict, *, cause: str, wrong: str, fix: str
) -> Iterator[Claim]:
    """What is wrong, unless the resource's project is one for development."""
    place = scope.must_last(resource, world)
    if verdict is Verdict.PROVEN or place is Verdict.REFUTED:
        return
    name = shown_name(resource)
    if verdict is Verdict.REFUTED and place is Verdict.PROVEN:
        yield Claim(Verdict.REFUTED, cause, wrong, fix, (name,))
    elif verdict is Verdict.REFUTED:
        message = f"{wrong}, and its project is not known: only one for development may have it so"
        yield Claim(Verdict.UNPROVEN, f"{cause}_UNKNOWN", message, fix, (name,))
    else:
        message = f"cannot tell whether {wrong}: what decides it is not known before the update"
        yield Claim(Verdict.UNPROVEN, f"{cause}_UNKNOWN", message, f"{fix}; write it out", (name,))


def _unless_cloned(instance: Resource, verdict: Verdict) -> Verdict:
    """A clone without settings takes its origin's, which this plan need not show."""
    if (
        verdict is Verdict.REFUTED
        and instance.at("settings") is None
        and stores.takes_after_another(instance)
    ):
        return Verdict.UNPROVEN
    return verdict


def _keeps_log(instance: Resource) -> Verdict:
    default = "true" if _is_enterprise_plus(instance) else "false"
    recovery = among(instance.at(*_BACKUPS, "pointInTimeRecoveryEnabled"), ON, default)
    log = among(instance.at(*_BACKUPS, "binaryLogEnabled"), ON)
    version = text(instance.at("databaseVersion"))
    if isinstance(version, Unknown):
        return any_of((all_of((recovery, log)), Verdict.UNPROVEN))
    return log if version is not None and version.startswith("MYSQL") else recovery


def _log_key(instance: Resource) -> str:
    version = text(instance.at("databaseVersion"))
    return (
        "binaryLogEnabled"
        if isinstance(version, str) and version.startswith("MYSQL")
        else "pointInTimeRecoveryEnabled"
    )


def _is_enterprise_plus(instance: Resource) -> bool:
    edition, version = text(instance.at("settings", "edition")), text(instance.at("databaseVersion"))
    if edition is None and isinstance(version, str) and version in sql.VERSIONS:
        edition = sql.default_edition(version)
    return isinstance(edition, str) and edition == "ENTERPRISE_PLUS"


def _not(verdict: Verdict) -> Verdict:
    return {Verdict.PROVEN: Verdict.REFUTED, Verdict.REFUTED: Verdict.PROVEN}.get(verdict, verdict)
