"""By which route packets for the internet leave a network: its internet gateway, an appliance, or none.

Owns default routes, their priorities, and routes that are nearly as wide. Cloud NAT is `internet`'s.

https://cloud.google.com/vpc/docs/routes#routeselection
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import TYPE_CHECKING, Final

from catalog.cidr import PRIVATE
from policies.plan.values import UNKNOWN, bare
from policies.plan.workloads import shown_name
from policies.routes.detours import tagged_for
from policies.routes.guards import ANYWHERE, every
from policies.routes.networks import ROUTE, Net, may_be_on, read_range
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Resource
    from policies.plan.values import Value
    from policies.routes.ways import Way
    from policies.rules.registry import World

_APPLIANCES: Final = ("nextHopInstance", "nextHopIlb", "nextHopIp", "nextHopVpnTunnel")
# Of the default route that Google makes, and of a route that says none:
# https://cloud.google.com/vpc/docs/routes#default-route
_DEFAULT_PRIORITY: Final = 1000
# A route for a partner's public range is narrower than this: it is taken to be for nobody else.
_WIDE: Final = 8


@dataclass(frozen=True, slots=True)
class Exit:
    """How packets for the internet leave a network.

    Attributes:
        appliance: The route that takes all of them to a machine, a load balancer or a tunnel.
        broken: Why none leaves.
        doubted: What cannot be told of it.
        may_carry: Whether what cannot be told is a route to an appliance, which needs no Cloud NAT.
    """

    appliance: Resource | None = None
    broken: Break | None = None
    doubted: Break | None = None
    may_carry: bool = False


@dataclass(frozen=True, slots=True)
class _Wide:
    """A route for everything, or for much of it."""

    route: Resource
    range: IPv4Network | None
    priority: float | None
    appliance: bool
    certain: bool


def exit_of(world: World, way: Way, net: Net) -> Exit:
    """The exit of a way's traffic from a network."""
    wide = list(_wide(world, way, net))
    certain, unsure = [one for one in wide if one.certain], [one for one in wide if not one.certain]
    part = [one for one in certain if one.range != ANYWHERE]
    network = None if net.urn is None else world.plan.get(net.urn)
    deleted: Value = None if network is None else bare(network.at("deleteDefaultRoutesOnCreate"))
    whole = [(one.priority, one) for one in certain if one.range == ANYWHERE]
    first = min([*(priority for priority, _ in whole if priority is not None), *_own(deleted)], default=None)
    winners = [one for priority, one in whole if priority == first]
    covered = _cover_all(part)
    strays = [one for one in (part if covered else [*part, *unsure]) if one.appliance]
    if covered and all(one.appliance for one in part):
        return Exit(appliance=part[0].route)
    if strays:
        return _appliance(strays[0].route, net, certain=False)
    if first is None and not covered:
        if unsure or deleted is UNKNOWN:
            return Exit(doubted=_none(net, "may have no route"))
        return Exit(broken=_none(net, "has no route"))
    if not winners or not all(one.appliance for one in winners) or _own(deleted) == [first]:
        return Exit()
    # Google's own default route, where it may be there, comes before one that is no better.
    beaten = deleted is UNKNOWN and first is not None and first >= _DEFAULT_PRIORITY
    return _appliance(winners[0].route, net, certain=not beaten)


def _appliance(route: Resource, net: Net, *, certain: bool) -> Exit:
    return Exit(appliance=route) if certain else Exit(doubted=_may_lead(route, net), may_carry=True)


def _own(deleted: Value) -> list[float]:
    """The priority of the default route that Google makes with a network; nothing where it is deleted."""
    return [] if deleted is True or deleted is UNKNOWN else [_DEFAULT_PRIORITY]


def _wide(world: World, way: Way, net: Net) -> Sequence[_Wide]:
    found: list[_Wide] = []
    for route, here in may_be_on(world, ROUTE, net):
        written = route.at("destRange")
        range_ = read_range(written)
        if range_ is None and bare(written) is not UNKNOWN:
            continue
        if range_ is not None and (range_.prefixlen > _WIDE or any(range_.subnet_of(p) for p in PRIVATE)):
            continue
        led = every(here, tagged_for(route, way), True if range_ is not None else UNKNOWN)
        if led is False:
            continue
        told = bare(route.at("priority"))
        told = _DEFAULT_PRIORITY if told is None else told
        priority = float(told) if isinstance(told, int | float) else None
        appliance = any(bare(route.at(hop)) not in (None, "") for hop in _APPLIANCES)
        found.append(_Wide(route, range_, priority, appliance, led is True and priority is not None))
    return found


def _cover_all(part: Sequence[_Wide]) -> bool:
    return ANYWHERE in collapse_addresses(one.range for one in part if one.range is not None)


def _may_lead(route: Resource, net: Net) -> Break:
    return Break(
        "NO_ROUTE",
        f"cannot tell whether the route {shown_name(route)} of {net.shown} takes packets for the internet, "
        "and where what it leads to sends them",
        f"write destRange, tags and priority of {shown_name(route)} out, and let it take only what it is for",
    )


def _none(net: Net, what: str) -> Break:
    return Break(
        "NO_ROUTE",
        f"the network {net.shown} deletes its default routes (deleteDefaultRoutesOnCreate), and {what} "
        "to the internet gateway",
        f"add a compute.Route on {net.shown}: destRange 0.0.0.0/0, nextHopGateway default-internet-gateway",
    )
