"""Rules about routes: a service reaches its database, its cache and the internet.

They report what `policies.routes` has found. Whether a way's subnet is large enough, and whether ranges
overlap, is for `network`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from policies.plan.workloads import WORKLOADS
from policies.routes import routes_of
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.routes.route import Kind, Route


@rule(
    id="route-cache",
    title="Every service reaches the caches that its contract or its environment names",
    severity=Severity.CRITICAL,
    why="Memorystore has only a private address: without a connector or direct egress into its very network, "
    "in its region and to its port, every call waits until it times out",
    fix="let the service go out into the network of the cache (vpcAccess), in its region, to its port",
    types=WORKLOADS,
    refutes_early=True,
)
def route_cache(resource: Resource, world: World) -> Iterator[Claim]:
    """Each cache: the way out, its region and network, the instance's network and port, firewalls, routes.

    Clusters too. The address takes writes, unless the contract says readOnly. Firewall policies and VPC
    firewall rules are asked in Google's order; a policy of the organisation that the plan does not declare is
    not seen by anybody who reads the plan. A machine is let in to only where a rule for ingress says so.
    """
    return _claims(resource, world, "cache")


@rule(
    id="route-database",
    title="Every service reaches the databases that its contract or its environment names",
    severity=Severity.CRITICAL,
    why="a service that cannot reach its database starts, and answers nobody: each request waits for a "
    "connection that never comes",
    fix="let the service go out into the network of the database (vpcAccess), or use the /cloudsql socket",
    types=WORKLOADS,
    refutes_early=True,
)
def route_database(resource: Resource, world: World) -> Iterator[Claim]:
    """Each database: by its private address, its public one, or its socket, whichever the service is told.

    It runs, and takes writes unless the contract says readOnly; one for Private Service Connect takes the
    endpoint's project. A name is looked up in the plan's own zones, as the service's network sees them.
    """
    return _claims(resource, world, "database")


@rule(
    id="route-internet",
    title="Every service reaches the hosts on the internet that its contract names",
    severity=Severity.CRITICAL,
    why="with ALL_TRAFFIC every call outside goes into the network; without Cloud NAT and a default route "
    "it ends there: each provider is out of reach",
    fix="add Cloud NAT in the region, registered before the service, or send PRIVATE_RANGES_ONLY",
    types=WORKLOADS,
    refutes_early=True,
)
def route_internet(resource: Resource, world: World) -> Iterator[Claim]:
    """Each host: by Google's own path, or through the network, its default route, NAT and firewalls.

    Where everything goes into the network, the hosts in URLs of the environment count too, those of sidecars
    among them. Of default routes the lowest priority number wins, and one to an appliance needs no NAT.
    Google's own APIs are reached by Private Google Access, also by a virtual range of a private zone.
    """
    return _claims(resource, world, "internet")


def _claims(resource: Resource, world: World, kind: Kind) -> Iterator[Claim]:
    own = f"route-{kind}"
    found: dict[tuple[str, ...], list[Route]] = defaultdict(list)
    for route in routes_of(resource, world, (kind,)):
        if route.cause is not None and route.verdict is not Verdict.PROVEN and route.rule == own:
            found[route.cause, *route.hops].append(route)
    for routes in found.values():
        first, others = routes[0], [route.destination for route in routes[1:]]
        message = first.message + (f"; likewise {', '.join(others)}" if others else "")
        yield Claim(first.verdict, first.cause or "", message, first.fix, first.hops)
