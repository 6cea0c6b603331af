"""Cases of the rule about Memorystore instances that Google cannot make."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.rules.limits_redis import INSTANCE
from tests.policies.wire import Case, Declared, service

RULE = "redis-limits"
EARLY = (RULE,)
HA = {"tier": "STANDARD_HA"}
READ: dict[str, Any] = {**HA, "readReplicasMode": "READ_REPLICAS_ENABLED", "memorySizeGb": 5}


def redis(*, read_only: bool = False, **given: Any) -> Declared:
    inputs = {"name": "cache", "region": "us-central1", "memorySizeGb": 1, **given}
    return Declared(
        INSTANCE, "cache", {k: v for k, v in inputs.items() if v is not None}, read_only=read_only
    )


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset(("cache", cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found)


def unknown(name: str, resource: Declared) -> Case:
    return Case(RULE, "unknown", name, [resource], closed=frozenset({("cache", "LIMIT_UNKNOWN")}))


CASES = [
    both("pass", "the smallest", redis()),
    both(
        "pass",
        "the largest, with a replica",
        redis(**HA, memorySizeGb=300, replicaCount=1, redisVersion="REDIS_7_2"),
    ),
    both("pass", "memory as text", redis(memorySizeGb="4")),
    both("pass", "a BASIC instance that says it has no replica", redis(tier="BASIC", replicaCount=0)),
    both("pass", "five read replicas", redis(**READ, replicaCount=5, reservedIpRange="10.30.0.0/28")),
    both("pass", "read replicas in a larger range", redis(**READ, reservedIpRange="10.30.0.0/26")),
    both("pass", "a range with room to grow", redis(**HA, reservedIpRange="10.30.0.0/28")),
    both(
        "pass", "a range by its name", redis(connectMode="PRIVATE_SERVICE_ACCESS", reservedIpRange="reserved")
    ),
    both("pass", "secret memory", redis(memorySizeGb=Secret(4))),
    Case(RULE, "pass", "one that exists already", [redis(memorySizeGb=0, read_only=True)]),
    both("fail", "no memory", redis(memorySizeGb=0), "REDIS_MEMORY"),
    both("fail", "too much memory", redis(memorySizeGb=301), "REDIS_MEMORY"),
    both("fail", "half a GB", redis(memorySizeGb=0.5), "REDIS_MEMORY"),
    both("fail", "too much memory, secret", redis(memorySizeGb=Secret(301)), "REDIS_MEMORY"),
    both("fail", "a version that there is not", redis(redisVersion="REDIS_99_9"), "REDIS_VERSION"),
    both("fail", "a version of Redis itself", redis(redisVersion="7.2"), "REDIS_VERSION"),
    both("fail", "a tier that there is not", redis(tier="PREMIUM"), "REDIS_TIER"),
    both("fail", "BASIC with replicas", redis(tier="BASIC", replicaCount=1), "REDIS_REPLICAS"),
    both("fail", "no tier, which is BASIC, with replicas", redis(replicaCount=2), "REDIS_REPLICAS"),
    both("fail", "two replicas that nobody may read", redis(**HA, replicaCount=2), "REDIS_REPLICAS"),
    both("fail", "six read replicas", redis(**READ, replicaCount=6), "REDIS_REPLICAS"),
    both("fail", "read replicas of BASIC", redis(**{**READ, "tier": "BASIC"}), "REDIS_REPLICAS_TIER"),
    both(
        "fail", "read replicas with too little memory", redis(**{**READ, "memorySizeGb": 4}), "REDIS_MEMORY"
    ),
    both("fail", "read replicas of an old version", redis(**READ, redisVersion="REDIS_4_0"), "REDIS_VERSION"),
    both("fail", "a range that is too small", redis(reservedIpRange="10.30.0.0/30"), "REDIS_RANGE_SIZE"),
    both(
        "fail",
        "a range that is too small for read replicas",
        redis(**READ, reservedIpRange="10.30.0.0/29"),
        "REDIS_RANGE_SIZE",
    ),
    Case(RULE, "missing", "no cache at all", [service([])]),
    both("missing", "nothing said but its memory", redis(name=None)),
    unknown("the memory", redis(memorySizeGb=UNKNOWN)),
    unknown("the version", redis(redisVersion=UNKNOWN)),
    unknown("the tier", redis(tier=UNKNOWN)),
    unknown("whether replicas are read", redis(**HA, readReplicasMode=UNKNOWN)),
    unknown("the replicas", redis(**HA, replicaCount=UNKNOWN)),
    unknown("the range", redis(reservedIpRange=UNKNOWN)),
    both("pass", "two zones", redis(**HA, locationId="us-central1-a", alternativeLocationId="us-central1-b")),
    both("fail", "a zone of another region", redis(locationId="us-east1-b"), "REDIS_ZONE"),
    both(
        "fail",
        "one zone twice",
        redis(**HA, locationId="us-central1-a", alternativeLocationId="us-central1-a"),
        "REDIS_ZONE",
    ),
    both("pass", "a zone of a region that is not known", redis(region=UNKNOWN, locationId="us-east1-b")),
    unknown("the zone", redis(locationId=UNKNOWN)),
]
