"""Memorystore for Redis: tiers, versions, sizes, ports, ranges.

Owns what an instance may be. Does not own its route: an unset network means the one named `default`.
"""

from catalog import cidr
from catalog.source import Breach, Limit, Source

TIERS_DOC = Source("https://cloud.google.com/memorystore/docs/redis/redis-tiers")
VERSIONS_DOC = Source("https://cloud.google.com/memorystore/docs/redis/supported-versions")
NETWORKING = Source("https://cloud.google.com/memorystore/docs/redis/networking")
TLS = Source("https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption")
CONFIGS = Source("https://cloud.google.com/memorystore/docs/redis/supported-redis-configurations")

ZONES = Source(
    "https://cloud.google.com/ruby/docs/reference/google-cloud-redis-v1beta1/latest/Google-Cloud-Redis-V1beta1-Instance"
)
ZONE_OF_REGION = Source(ZONES.url, checked=False)
"""That a zone is one of the instance's region follows from what a zone is; the page does not say so."""
OTHER_ZONE = "the alternative zone must be a different one from the zone in location_id"

PORT = 6379
TLS_PORT = 6378
DEFAULT_NETWORK = "default"
"""Network of an instance whose `authorized_network` is not set."""
MAX_CLIENTS = 65_000
QUOTAS = Source("https://cloud.google.com/memorystore/docs/redis/quotas")
CLIENTS = Limit(
    "a Memorystore for Redis instance serves at most 65000 clients", 0, MAX_CLIENTS, QUOTAS, step=1
)
RANGE_PREFIX = 29
READ_REPLICA_RANGE_PREFIX = 28

READ_REPLICAS_DOC = Source("https://cloud.google.com/memorystore/docs/redis/about-read-replicas")
"""Also that the read endpoint leads to the replicas, which take no writes."""

TIERS = ("BASIC", "STANDARD_HA")
DEFAULT_TIER, REPLICATED_TIER = TIERS
READ_REPLICAS = "READ_REPLICAS_ENABLED"
VERSIONS = ("REDIS_3_2", "REDIS_4_0", "REDIS_5_0", "REDIS_6_X", "REDIS_7_0", "REDIS_7_2")
CONNECT_MODES = ("DIRECT_PEERING", "PRIVATE_SERVICE_ACCESS")
EVICTION_POLICIES = (
    "noeviction",
    "allkeys-lru",
    "volatile-lru",
    "allkeys-random",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lfu",
    "volatile-lfu",
)
DEFAULT_EVICTION_POLICY = "volatile-lru"
"""Memorystore's default, which throws sessions away when memory is full."""

MEMORY_GB = Limit("a Memorystore for Redis instance has 1 to 300 GB", 1, 300, TIERS_DOC, step=1)
REPLICAS = Limit("a standard tier instance with read replicas has 1 to 5 of them", 1, 5, TIERS_DOC, step=1)
NO_REPLICAS = Limit("a BASIC instance has no replica", 0, 0, TIERS_DOC, step=1)
ONE_REPLICA = Limit("a standard tier instance without read replicas has 1 replica", 1, 1, TIERS_DOC, step=1)
READ_REPLICA_LEAST_MEMORY_GB = 5
READ_REPLICA_MEMORY_GB = Limit(
    "an instance with read replicas has 5 to 300 GB",
    READ_REPLICA_LEAST_MEMORY_GB,
    300,
    READ_REPLICAS_DOC,
    step=1,
)
READ_REPLICA_VERSIONS = VERSIONS[VERSIONS.index("REDIS_5_0") :]


def check_version(version: str) -> Breach | None:
    """Whether Memorystore has this version."""
    if version in VERSIONS:
        return None
    return Breach(
        f"is {version!r}", f"Memorystore for Redis has {', '.join(VERSIONS)}", VERSIONS_DOC, VERSIONS[-1]
    )


def check_tier(tier: str) -> Breach | None:
    """Whether Memorystore has this tier."""
    if tier in TIERS:
        return None
    return Breach(
        f"is {tier!r}", f"Memorystore for Redis has the tiers {', '.join(TIERS)}", TIERS_DOC, TIERS[-1]
    )


def check_range(text: str) -> Breach | None:
    """Whether an instance may reserve this range: a /29 (DIRECT_PEERING, no read replicas)."""
    return cidr.check(text) or cidr.check_prefix(
        text,
        shortest=RANGE_PREFIX,
        longest=RANGE_PREFIX,
        says=f"Memorystore for Redis reserves a /{RANGE_PREFIX} with DIRECT_PEERING and no read replicas",
        source=NETWORKING,
    )


def replicas(tier: str, *, read_replicas: bool) -> Limit:
    """How many replicas an instance may have."""
    if tier == "BASIC":
        return NO_REPLICAS
    return REPLICAS if read_replicas else ONE_REPLICA


def check_read_replica_version(version: str) -> Breach | None:
    """Whether instances of this version may have read replicas."""
    if version in READ_REPLICA_VERSIONS:
        return None
    why = f"read replicas begin with {READ_REPLICA_VERSIONS[0]}"
    return Breach(f"is {version!r}", why, READ_REPLICAS_DOC, VERSIONS[-1])


def check_reserved(text: str, *, read_replicas: bool) -> Breach | None:
    """Whether the range is large enough for the instance; None also when it is not well formed."""
    longest = READ_REPLICA_RANGE_PREFIX if read_replicas else RANGE_PREFIX
    return cidr.check_prefix(
        text,
        shortest=0,
        longest=longest,
        says=f"Memorystore for Redis reserves a /{longest}"
        + (" with read replicas" if read_replicas else ""),
        source=READ_REPLICAS_DOC if read_replicas else NETWORKING,
    )


def port(*, tls: bool) -> int:
    """Port on which an instance answers."""
    return TLS_PORT if tls else PORT
