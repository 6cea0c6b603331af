"""Rules about Memorystore for Redis: what the API refuses at create though every preview passes.

Owns memory, version, replicas, zones and the size of the reserved range. Whether that range is one at all is
for `cidr-limits`, where the instance can be reached from for the rules about routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import redis
from catalog.source import Breach
from policies.limits import Subject, zone
from policies.plan import tokens
from policies.plan.workloads import shown_name
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.rules.finding import Claim

INSTANCE: Final = tokens.REDIS_INSTANCE


@rule(
    id="redis-limits",
    title="A Memorystore instance is one that Google Cloud can make",
    severity=Severity.HIGH,
    why="Google's preview accepts any memory, version and number of replicas; the create fails after the "
    "update has begun",
    fix="set memorySizeGb, redisVersion, tier, readReplicasMode and replicaCount to values that go together",
    types=(INSTANCE,),
    refutes_early=True,
)
def redis_limits(resource: Resource, world: World) -> Iterator[Claim]:
    """Memory and version exist; replicas, tier and range go together; zones are two of its region."""
    if not resource.declared:
        return  # it exists: Google has accepted it
    subject = Subject(resource, f"the Memorystore instance {shown_name(resource)}")
    memory = subject.hold("REDIS_MEMORY", redis.MEMORY_GB, "memorySizeGb")
    version = subject.hold_text("REDIS_VERSION", redis.check_version, "redisVersion")
    before = len(subject.claims)
    tier = subject.hold_text("REDIS_TIER", redis.check_tier, "tier")
    mode = subject.text("readReplicasMode")
    if len(subject.claims) == before:
        read_replicas = mode == redis.READ_REPLICAS
        _replicas(subject, tier or redis.DEFAULT_TIER, read_replicas=read_replicas)
        if read_replicas:
            _read_replicas(subject, tier or redis.DEFAULT_TIER, memory, version)
        if subject.text("connectMode") != "PRIVATE_SERVICE_ACCESS":  # there the range is a name
            subject.hold_text(
                "REDIS_RANGE_SIZE",
                lambda said: redis.check_reserved(said, read_replicas=read_replicas),
                "reservedIpRange",
            )
    _zones(subject, world)
    yield from subject.claims


def _zones(subject: Subject, world: World) -> None:
    first, second = (
        zone(subject, "REDIS_ZONE", world.plan, redis.ZONE_OF_REGION, key)
        for key in ("locationId", "alternativeLocationId")
    )
    if first is not None and first == second:
        breach = Breach(f"is {second!r}, as locationId is", redis.OTHER_ZONE, redis.ZONES)
        subject.judge("REDIS_ZONE", ("alternativeLocationId",), breach)


def _replicas(subject: Subject, tier: str, *, read_replicas: bool) -> None:
    limit = redis.replicas(tier, read_replicas=read_replicas)
    subject.hold("REDIS_REPLICAS", limit, "replicaCount")


def _read_replicas(subject: Subject, tier: str, memory: float | None, version: str | None) -> None:
    path = ("readReplicasMode",)
    if tier != redis.REPLICATED_TIER:
        why = f"only the tier {redis.REPLICATED_TIER} has read replicas"
        breach = Breach(f"is {redis.READ_REPLICAS} with tier {tier}", why, redis.READ_REPLICAS_DOC)
        subject.refute("REDIS_REPLICAS_TIER", path[0], breach, fix=f"set tier to {redis.REPLICATED_TIER}")
    if memory is not None:
        subject.judge("REDIS_MEMORY", ("memorySizeGb",), redis.READ_REPLICA_MEMORY_GB.check(memory))
    if version is not None:
        subject.judge("REDIS_VERSION", ("redisVersion",), redis.check_read_replica_version(version))
