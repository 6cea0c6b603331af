"""The sorts of server, one file each, and their list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.live.servers import cloud_run, internet, load_balancer, postgresql, redis

if TYPE_CHECKING:
    from sandbox.live.server import Sort

SORTS: Final[tuple[Sort, ...]] = (
    redis.SORT,
    postgresql.SORT,
    internet.SORT,
    cloud_run.SORT,
    load_balancer.SORT,
)
