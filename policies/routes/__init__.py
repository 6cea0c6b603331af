"""Routes: whether a service reaches what it must, hop by hop, and why not.

Owns the topology: a workload's way out, networks, what stands in the way, destinations. The rules over it are
in `policies.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan.workloads import WORKLOADS
from policies.routes.binding import routes_of
from policies.routes.route import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Resource
    from policies.rules.registry import World

__all__ = ["Route", "explain", "routes_of"]


def explain(resource: Resource, world: World) -> Sequence[Route]:
    """Every route of a workload with its proof; nothing for a resource that is none.

    Args:
        resource: A Cloud Run service or job.
        world: The whole plan (`closed`): before that, only what is certain already is told.
    """
    return routes_of(resource, world) if resource.type in WORKLOADS else ()
