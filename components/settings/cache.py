"""Settings of Memorystore for Redis. AUTH and TLS are no settings: they are always on."""

from typing import Literal

from components.settings.base import Section
from components.settings.fields import RedisMemoryGb, RedisName, RedisRange, RedisVersion


class CacheSettings(Section):
    """The Redis instance, on the services' network, with AUTH and TLS (port 6378)."""

    name: RedisName
    """Instance id: 1 to 40 lower-case letters, digits and hyphens, a letter first."""
    version: RedisVersion
    """Redis version, for example `REDIS_7_2`."""
    tier: Literal["STANDARD_HA", "BASIC"]
    """`STANDARD_HA` keeps a replica in a second zone; `BASIC` loses its data with its node."""
    memory_size_gb: RedisMemoryGb
    """Memory in GB, 1 to 300."""
    reserved_ip_range: RedisRange
    """A /29 that nothing else uses, for example `10.30.0.0/29` (connect mode DIRECT_PEERING)."""
    maxmemory_policy: Literal[
        "noeviction",
        "allkeys-lru",
        "volatile-lru",
        "allkeys-random",
        "volatile-random",
        "volatile-ttl",
        "allkeys-lfu",
        "volatile-lfu",
    ] = "noeviction"
    """What Redis does when its memory is full. Default `noeviction`: sessions are not thrown away."""
