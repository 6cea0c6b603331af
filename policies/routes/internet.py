"""The route to the internet: Google's own path, or through the network and Cloud NAT.

Owns which Cloud NAT serves which traffic, and the default route. With PRIVATE_RANGES_ONLY, or with no way
into a network at all, public traffic takes Google's own path and needs neither.

https://cloud.google.com/run/docs/configuring/connecting-vpc#manage, https://cloud.google.com/nat/docs/overview
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.exits import Exit, exit_of
from policies.routes.firewalls import guard, guards_are_certain
from policies.routes.google_apis import VIRTUAL, is_google, leads_to, virtual_range
from policies.routes.guards import Goal, every
from policies.routes.names import record_of
from policies.routes.networks import NAT, ROUTER, SUBNET, Net, is_ours, on_network
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.routes.hosts import Host
    from policies.routes.route import Trace
    from policies.routes.ways import Way
    from policies.rules.registry import World

_ADDRESS: Final = "gcp:compute/routerNatAddress:RouterNatAddress"
_BARE: Final = "the connector's own range"
_MACHINES: Final = "ENDPOINT_TYPE_VM"
_ALL: Final = "ALL_SUBNETWORKS_"


def to_internet(world: World, trace: Trace, way: Way, host: Host) -> None:
    """Walks on from a workload to a host on the internet."""
    if way.kind == "none" or way.all_traffic is False:
        trace.hop("Google's own path to the internet", host.shown)
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
        trace.hop(host.shown)
        return
    goal = _leave(world, trace, way, way.net, host)
    broken, doubted = guard(world, way, way.net, goal, host.shown)
    if doubted is not None and world.closed:
        trace.doubt(doubted)
    if broken is not None and guards_are_certain(world, way.net):
        trace.refute(broken)
    trace.hop(host.shown)


def _leave(world: World, trace: Trace, way: Way, net: Net, host: Host) -> Goal:
    """Out of the network; gives where packets go, as exactly as it is known then."""
    leaves, virtual = _exit(world, way, net, host)
    goal = Goal(virtual, host.port, public=True)
    if leaves.doubted is not None and world.closed:
        trace.doubt(leaves.doubted)
    if leaves.broken is not None:
        if world.closed:
            trace.refute(leaves.broken)
        return goal
    if leaves.appliance is not None:
        trace.hop(f"route {shown_name(leaves.appliance)}")
        return goal
    google = host.name is not None and is_google(host.name)
    access = UNKNOWN if way.subnet is None else bare(way.subnet.at("privateIpGoogleAccess"))
    if google and access is True:
        trace.hop("Private Google Access")
        return goal
    unsure = (google and access is UNKNOWN) or _looked_up_here(world, net, host)
    broken, doubted = _translated(world, trace, way, net, host.shown)
    if broken is not None:
        # Where there may be another way out, the absence of Cloud NAT is not the end.
        (trace.doubt if unsure or leaves.may_carry else trace.refute)(broken)
    if doubted is not None:
        trace.doubt(doubted)
    return goal


def _looked_up_here(world: World, net: Net, host: Host) -> bool:
    """Whether the network's own zones may give a host of the internet another, private address."""
    record = None if host.name is None else record_of(world, host.name, net)
    return record is not None and record.seen is not False


def _exit(world: World, way: Way, net: Net, host: Host) -> tuple[Exit, IPv4Network | None]:
    """The exit for a host, and the virtual range of Google's that it is looked up to."""
    leaves = exit_of(world, way, net)
    if host.name is None or not is_google(host.name) or not world.closed:
        return leaves, None
    virtual = virtual_range(world, net, host.name)
    if virtual is not None and leads_to(world, net, virtual):
        return Exit(), virtual
    if leaves.broken is not None and any(leads_to(world, net, one) for one in VIRTUAL):
        return Exit(doubted=_unresolved(net, host.shown), may_carry=True), virtual
    return leaves, virtual


def _translated(
    world: World, trace: Trace, way: Way, net: Net, host: str
) -> tuple[Break | None, Break | None]:
    """Through a Cloud NAT that covers the way's traffic: why there is none, and why there may be none.

    Whether the hidden subnet of a connector's bare range has Private Google Access is not confirmed; that
    Cloud NAT for all subnets serves it neither: Google says that NAT cannot be configured for it by name.
    https://cloud.google.com/run/docs/configuring/vpc-connectors
    """
    on, complete = _nats(world, net)
    here = [
        nat for nat in on if way.region is None or world.plan.region_of(nat) in (way.region, UNKNOWN, None)
    ]
    answers = [(nat, every(_serves_machines(nat), _covers(world, nat, way))) for nat in here]
    covering = [(nat, covered) for nat, covered in answers if covered is not False]
    without = {nat.urn: _without_addresses(world, nat) for nat, _ in covering}
    for nat, covered in covering:
        if covered is True and without[nat.urn] is False:
            trace.hop(f"Cloud NAT {shown_name(nat)}")
            return None, None
    shown = f"{trace.hops[0]} sends everything into the network {net.shown} (ALL_TRAFFIC)"
    where = way.region or "its region"
    empty = [nat for nat, covered in covering if covered is True]
    if empty:
        certain = all(without[nat.urn] is True for nat in empty)
        none = _no_addresses(shown, empty[0], certain=certain)
        return (none, None) if certain else (None, none)
    broken = Break(
        "NO_ROUTE",
        f"{shown}, and {_no_nat(on, here, way, where)}: {host} is out of reach",
        f"add a compute.RouterNat in {where} on a compute.Router of {net.shown}, with "
        "sourceSubnetworkIpRangesToNat ALL_SUBNETWORKS_ALL_IP_RANGES, and let the service depend on it; or "
        "set vpcAccess.egress to PRIVATE_RANGES_ONLY",
    )
    if covering or not complete:
        return None, broken
    if is_ours(world, net):
        return broken, None
    return None, Break(
        "NAT_UNKNOWN",
        f"{shown}, which this plan does not declare: nobody can tell whether it has Cloud NAT in {where}",
        f"declare {net.shown} under externals (kind: network) where it lives elsewhere, or add Cloud NAT",
    )


def _unresolved(net: Net, host: str) -> Break:
    return Break(
        "NO_ROUTE",
        f"cannot tell whether {host} is looked up to a virtual range of Google's: only that has a route out "
        f"of {net.shown}, and no private zone of this plan leads to it",
        f"declare the private dns.ManagedZone of {net.shown} for the host's domain, and its RecordSet with "
        "199.36.153.8 to 199.36.153.11",
    )


def _no_addresses(shown: str, nat: Resource, *, certain: bool) -> Break:
    name, has = shown_name(nat), "has no addresses: MANUAL_ONLY without natIps"
    if not certain:
        has = "may have no addresses: there are no natIps, and natIpAllocateOption or an address is not known"
    return Break(
        "CLOUD_NAT_NO_ADDRESSES",
        f"{shown}, and its Cloud NAT {name} {has}",
        f"give {name} addresses (natIps), or natIpAllocateOption AUTO_ONLY",
    )


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


def _serves_machines(nat: Resource) -> bool | Unknown:
    """Whether Cloud NAT is for machines at all, and not for load balancers' proxies: without a type it is."""
    listed = elements(nat.at("endpointTypes"))
    kinds = [UNKNOWN] if isinstance(listed, Unknown) else [text(one) for one in listed]
    if not kinds or _MACHINES in kinds:
        return True
    return UNKNOWN if UNKNOWN in kinds else False


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


def _without_addresses(world: World, nat: Resource) -> bool | Unknown:
    option = text(nat.at("natIpAllocateOption"))
    if any(bare(at(nat.inputs, key)) not in (None, []) for key in ("natIps", "initialNatIps")):
        return False
    if isinstance(option, Unknown) or option != "MANUAL_ONLY":
        return UNKNOWN if isinstance(option, Unknown) else False
    # Addresses may be given to it one by one, by a resource of their own that names it.
    names = {text(one.at("routerNat")) for one in world.plan.of_type((_ADDRESS,))}
    if text(nat.at("name")) in names:
        return False
    return UNKNOWN if UNKNOWN in names else True
