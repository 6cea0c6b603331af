"""Redis answers over TLS, lets the service in, and keeps what it is given."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Final

from probes.context import FailedError, milliseconds
from probes.redis_client import cache_of, connected
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from probes.context import Context

_SECONDS: Final = 30
_SHORTER: Final = 10
NO_CACHE: Final = "the service has no cache"


@check(
    "cache",
    "cache",
    deadline=4,
    applies=lambda assignment: when(assignment.cache, NO_CACHE),
)
async def cache(context: Context) -> None:
    """PING, then SET, GET and EXPIRE on a key of its own, which is deleted."""
    key, written = f"plumb:verify:{uuid.uuid4()}", uuid.uuid4().hex
    async with connected(context) as redis:
        context.stage("waiting for PING")
        started = time.perf_counter()
        await redis.ping()
        context.observed["pingMs"] = milliseconds(time.perf_counter() - started)
        context.stage("waiting for SET, GET and EXPIRE")
        await redis.set(key, written, ex=_SECONDS)
        try:
            kept = await redis.get(key) == written
            await redis.expire(key, _SHORTER)
            expires = 0 < await redis.ttl(key) <= _SHORTER
        finally:
            await redis.delete(key)
        context.observed.update(kept=kept, expires=expires)
    if not (kept and expires):
        raise FailedError(Evidence.UNEXPECTED, "what was written was not read back, or does not expire")


@check(
    "cache-eviction",
    "cache",
    deadline=4,
    applies=lambda assignment: when(
        assignment.cache and assignment.cache.maxmemory_policy, "the contract asks for no eviction policy"
    ),
)
async def cache_eviction(context: Context) -> None:
    """The policy in force, from INFO: Memorystore takes no CONFIG.

    https://cloud.google.com/memorystore/docs/redis/supported-commands
    """
    wanted = cache_of(context).maxmemory_policy
    async with connected(context) as redis:
        context.stage("waiting for INFO")
        memory = await redis.info("memory")
    policy = str(memory.get("maxmemory_policy", ""))
    context.observed.update(policy=policy, wanted=wanted)
    if policy != wanted:
        raise FailedError(
            Evidence.EVICTS, f"maxmemory-policy is {policy or 'not told'}, and the contract asks for {wanted}"
        )
