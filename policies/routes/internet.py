"""The route to the internet: Google's own path, or through the network and Cloud NAT.

Owns which Cloud NAT serves which traffic, and the default route. With PRIVATE_RANGES_ONLY, or with no way
into a network at all, public traffic takes Google's own path and needs neither.

https://cloud.google.com/run/docs/configuring/connecting-vpc#manage, https://cloud.google.com/nat/docs/overview
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.detours import tagged_for
from policies.routes.firewalls import guard, guards_are_certain
from policies.routes.guards import ANYWHERE, Goal
from policies.routes.networks import NAT, ROUTE, ROUTER, SUBNET, Net, on_network, read_range
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.routes.route import Trace
    from policies.routes.ways import Way
    from policies.rules.registry import World

_APPLIANCES: Final = ("nextHopInstance", "nextHopIlb", "nextHopIp", "nextHopVpnTunnel")
_BARE: Final = "the connector's own range"
_ALL: Final = "ALL_SUBNETWORKS_"
_GOOGLE_APIS: Final = (".googleapis.com", ".gcr.io", ".pkg.dev")


def to_internet(world: World, trace: Trace, way: Way, host: str, port: int | None) -> None:
    """Walks on from a workload to a host on the internet."""
    if way.kind == "none" or way.all_traffic is False:
        trace.hop("Google's own path to the internet", host)
        return
    if way.all_traffic is UNKNOWN:
        trace.doubt(
            Break(
                "EGRESS_UNKNOWN",
                f"cannot tell whether {trace.hops[0]} sends everything into its network: vpcAccess.egress is "
                "not known before the update",
                "write vpcAccess.egress out: PRIVATE_RANGES_ONLY or ALL_TRAFFIC",
            )
        )
    trace.hop(*way.hops)
    if way.broken is not None:
        trace.refute(way.broken)
    if way.doubted is not None:
        trace.doubt(way.doubted)
    if trace.broken is not None or way.net is None:
        return
    trace.hop(f"network {way.net.shown}" + (" (declared external)" if way.elsewhere else ""))
    if way.elsewhere or way.all_traffic is UNKNOWN:
        trace.hop(host)
        return
    _leave(world, trace, way, way.net, host)
    goal = Goal(None, port, public=True)
    broken, doubted = guard(world, way, way.net, goal, host)
    if doubted is not None and world.closed:
        trace.doubt(doubted)
    if broken is not None and guards_are_certain(world, way.net):
        trace.refute(broken)
    trace.hop(host)


def _leave(world: World, trace: Trace, way: Way, net: Net, host: str) -> None:
    default = _default_route(world, way, net)
    if isinstance(default, Break):
        if world.closed:
            trace.refute(default)
        return
    if default is not None:
        trace.hop(f"route {shown_name(default)}")
        return
    if host.endswith(_GOOGLE_APIS) and way.subnet is not None:
        access = bare(way.subnet.at("privateIpGoogleAccess"))
        if access is True:
            trace.hop("Private Google Access")
            return
    _translated(world, trace, way, net, host)


def _default_route(world: World, way: Way, net: Net) -> Resource | Break | None:
    """The route that carries everything to an appliance; a break where there is no way to the internet."""
    routes, complete = on_network(world, ROUTE, net)
    everywhere = [
        route for route in routes if read_range(route.at("destRange")) == ANYWHERE and tagged_for(route, way)
    ]
    for route in everywhere:
        if any(bare(route.at(hop)) not in (None, "") for hop in _APPLIANCES):
            return route
    network = None if net.urn is None else world.plan.get(net.urn)
    deleted = None if network is None else bare(network.at("deleteDefaultRoutesOnCreate"))
    if deleted is not True or everywhere or not complete:
        return None
    return Break(
        "NO_ROUTE",
        f"the network {net.shown} deletes its default routes (deleteDefaultRoutesOnCreate), and no route "
        "leads to the internet gateway",
        f"add a compute.Route on {net.shown}: destRange 0.0.0.0/0, nextHopGateway default-internet-gateway",
    )


def _translated(world: World, trace: Trace, way: Way, net: Net, host: str) -> None:
    """Through a Cloud NAT that covers the way's traffic."""
    on, complete = _nats(world, net)
    here = [
        nat for nat in on if way.region is None or world.plan.region_of(nat) in (way.region, UNKNOWN, None)
    ]
    covering = [(nat, covered) for nat in here if (covered := _covers(world, nat, way)) is not False]
    for nat, covered in covering:
        if covered is True and not _without_addresses(world, nat):
            trace.hop(f"Cloud NAT {shown_name(nat)}")
            return
    shown = f"{trace.hops[0]} sends everything into the network {net.shown} (ALL_TRAFFIC)"
    where = way.region or "its region"
    empty = [nat for nat, covered in covering if covered is True]
    if empty:
        trace.refute(
            Break(
                "CLOUD_NAT_NO_ADDRESSES",
                f"{shown}, and its Cloud NAT {shown_name(empty[0])} has no addresses: MANUAL_ONLY "
                "without natIps",
                f"give {shown_name(empty[0])} addresses (natIps), or natIpAllocateOption AUTO_ONLY",
            )
        )
        return
    broken = Break(
        "NO_ROUTE",
        f"{shown}, and {_no_nat(on, here, way, where)}: {host} is out of reach",
        f"add a compute.RouterNat in {where} on a compute.Router of {net.shown}, with "
        "sourceSubnetworkIpRangesToNat ALL_SUBNETWORKS_ALL_IP_RANGES, and let the service depend on it; or "
        "set vpcAccess.egress to PRIVATE_RANGES_ONLY",
    )
    if covering or not complete:
        trace.doubt(broken)
    elif net.urn is None:
        trace.doubt(
            Break(
                "NAT_UNKNOWN",
                f"{shown}, which this plan does not declare: nobody can tell whether it has Cloud NAT in "
                f"{where}",
                f"declare {net.shown} under externals (kind: network) where it lives elsewhere, or add "
                "Cloud NAT",
            )
        )
    else:
        trace.refute(broken)


def _no_nat(on: list[Resource], here: list[Resource], way: Way, where: str) -> str:
    if here:
        names = ", ".join(shown_name(nat) for nat in here)
        return f"Cloud NAT {names} does not cover {way.subnet_name or _BARE}"
    if on:
        names = ", ".join(shown_name(nat) for nat in on)
        return f"Cloud NAT {names} is not in {where}"
    return f"that network has no Cloud NAT in {where}"


def _nats(world: World, net: Net) -> tuple[list[Resource], bool]:
    """The Cloud NATs for the internet on a network, and whether no other may be on it."""
    plan = world.plan
    routers, complete = on_network(world, ROUTER, net)
    index = plan.index((NAT,), _by_router_traced if world.closed else _by_router)
    on: list[Resource] = []
    for router in routers:
        name = text(router.at("name"))
        on += [
            nat
            for nat in (index.get(name) if isinstance(name, str) else ())
            if plan.refers(ROUTER, nat, "router") is router and text(nat.at("type")) != "PRIVATE"
        ]
    unknown = index.get(UNKNOWN)
    for nat in unknown:
        found = plan.refers(ROUTER, nat, "router")
        if found is not None and not isinstance(found, Unknown) and found in routers:
            on.append(nat)
        elif isinstance(found, Unknown):
            complete = False
    return on, complete


def _by_router(_plan: Plan, nat: Resource) -> Iterator[Key]:
    spelled = text(nat.at("router"))
    if spelled is not None:
        yield spelled if isinstance(spelled, Unknown) else spelled.rsplit("/", 1)[-1]


def _by_router_traced(plan: Plan, nat: Resource) -> Iterator[Key]:
    found = plan.refers(ROUTER, nat, "router")
    name = text(found.at("name")) if found is not None and not isinstance(found, Unknown) else None
    if isinstance(name, str):
        yield name
    else:
        yield from _by_router(plan, nat)


def _covers(world: World, nat: Resource, way: Way) -> bool | Unknown:
    which = text(nat.at("sourceSubnetworkIpRangesToNat"))
    if isinstance(which, Unknown):
        return UNKNOWN
    if (which or "").startswith(_ALL):
        return True
    if way.subnet_name is None:
        # The hidden subnet of a connector with a bare range cannot be named in a list.
        return False if way.kind == "connector" else UNKNOWN
    listed = elements(nat.at("subnetworks"))
    if isinstance(listed, Unknown):
        return UNKNOWN
    answers = [_lists(world, nat, one, index, way) for index, one in enumerate(listed)]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def _lists(world: World, nat: Resource, listed: object, index: int, way: Way) -> bool | Unknown:
    ranges = elements(nat.at("subnetworks", index, "sourceIpRangesToNats"))
    if not isinstance(ranges, Unknown) and not {text(one) for one in ranges} & {
        "ALL_IP_RANGES",
        "PRIMARY_IP_RANGE",
        UNKNOWN,
    }:
        return False
    del listed
    name = nat.at("subnetworks", index, "name")
    found = world.plan.refers(SUBNET, nat, "subnetworks", index, "name")
    spelled = text(name)
    if found is not None and not isinstance(found, Unknown):
        return found is way.subnet if way.subnet is not None else shown_name(found) == way.subnet_name
    if isinstance(spelled, str):
        return way.subnet is None and spelled.rsplit("/", 1)[-1] == way.subnet_name
    return UNKNOWN


def _without_addresses(world: World, nat: Resource) -> bool:
    if text(nat.at("natIpAllocateOption")) != "MANUAL_ONLY":
        return False
    if any(bare(at(nat.inputs, key)) not in (None, []) for key in ("natIps", "initialNatIps")):
        return False
    separately = world.plan.of_type(("gcp:compute/routerNatAddress:RouterNatAddress",))
    return next(separately, None) is None
