"""The ranges of addresses on each network: who has them, and which share an address.

Owns where each type keeps its ranges. Whether a range is well formed is for the rules about limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from policies.plan.references import Context
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.networks import (
    CONNECTOR,
    GLOBAL_ADDRESS,
    REDIS,
    SUBNET,
    Net,
    named,
    network_of,
    read_range,
)
from policies.routes.services import PSA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from ipaddress import IPv4Network

    from policies.plan import Plan, Resource
    from policies.rules.registry import World

TYPES: Final = (SUBNET, CONNECTOR, GLOBAL_ADDRESS, REDIS)


@dataclass(frozen=True, slots=True)
class Held:
    """A range that somebody has on a network.

    Attributes:
        shown: Who has it, as messages call it.
        range: The range.
        resource: Who has it, where the plan declares it.
    """

    shown: str
    range: IPv4Network
    resource: Resource | None


@dataclass(frozen=True, slots=True)
class Clash:
    """Two ranges that share an address; `later` came after the other.

    `network` is the one that both are on; None where the network of one is not known.
    """

    earlier: Held
    later: Held
    network: str | None


_tables: WeakKeyDictionary[Plan, tuple[int, Mapping[str, Sequence[Clash]]]] = WeakKeyDictionary()


def clashes(world: World, resource: Resource) -> Sequence[Clash]:
    """The clashes that are this resource's fault: its range came after the other. Of a whole plan only."""
    plan = world.plan
    known = _tables.get(plan)
    if known is None or known[0] != len(plan.arrived):
        known = (len(plan.arrived), _all(world))
        _tables[plan] = known
    return known[1].get(resource.urn, ())


def unread(resource: Resource) -> bool:
    """Whether a range of a resource is not known: it may clash with anything."""
    return any(bare(value) is UNKNOWN for _, value in _written(resource))


def _network_key(resource: Resource) -> str:
    return "authorizedNetwork" if resource.type == REDIS else "network"


def _all(world: World) -> Mapping[str, Sequence[Clash]]:
    networks: dict[tuple[str | None, ...], list[Held]] = {}
    shown: dict[tuple[str | None, ...], str] = {}
    adrift: list[Held] = []
    for resource in (one for one in world.plan if one.type in TYPES):
        default = "default" if resource.type == REDIS else None
        net = network_of(world.plan, resource, _network_key(resource), default=default)
        if isinstance(net, Net):
            shown[_key(net)] = net.shown
            networks.setdefault(_key(net), []).extend(_held(resource))
        elif net is UNKNOWN:
            adrift += _held(resource)
    everywhere = [one for held in networks.values() for one in held]
    _add_externals(world, networks)
    found: dict[str, list[Clash]] = {}
    for key, held in networks.items():
        for earlier, later in _overlapping(held):
            at_fault = later.resource or earlier.resource
            if at_fault is not None:
                found.setdefault(at_fault.urn, []).append(Clash(earlier, later, shown.get(key, "")))
    # Which network decides only where there is something to clash with.
    unplaced = {id(one) for one in adrift}
    for earlier, later in _overlapping([*everywhere, *adrift]) if adrift else ():
        if unplaced & {id(earlier), id(later)} and later.resource is not None:
            found.setdefault(later.resource.urn, []).append(Clash(earlier, later, None))
    return found


def _key(net: Net) -> tuple[str | None, ...]:
    return (net.urn,) if net.urn is not None else (net.project, net.name)


def _add_externals(world: World, networks: dict[tuple[str | None, ...], list[Held]]) -> None:
    """The ranges that are declared to be taken already come before all that is declared here."""
    for external in world.contracts.externals:
        if external.kind not in ("range", "subnetwork", "connector", "cache") or not external.network:
            continue
        net = named(external.network, Context(external.project))
        if not isinstance(net, Net):
            continue
        for key, held in networks.items():
            resource = world.plan.get(key[0] or "") if len(key) == 1 else None
            own = Net(None, key[-1], key[0], "") if len(key) > 1 else _declared(world, resource)
            if own is not None and own.same(net) is True:
                ranges = [one for one in map(read_range, external.cidrs) if one is not None]
                held[:0] = [Held(f"external {external.id}", one, None) for one in ranges]


def _declared(world: World, network: Resource | None) -> Net | None:
    if network is None:
        return None
    name, project = text(network.at("name")), world.plan.project_of(network)
    return Net(
        None, name if isinstance(name, str) else None, project if isinstance(project, str) else None, ""
    )


def _held(resource: Resource) -> Iterator[Held]:
    for shown, value in _written(resource):
        range_ = read_range(value)
        if range_ is not None:
            yield Held(shown, range_, resource)


def _written(resource: Resource) -> Iterator[tuple[str, Value]]:
    """What a resource says of its ranges; nothing where Google chooses one that is free."""
    name = shown_name(resource)
    if resource.type == SUBNET:
        yield f"subnet {name}", resource.at("ipCidrRange")
        secondary = elements(resource.at("secondaryIpRanges"))
        for one in () if isinstance(secondary, Unknown) else secondary:
            yield f"secondary range of subnet {name}", at(one, "ipCidrRange")
    elif resource.type == CONNECTOR:
        if bare(resource.at("subnet")) is None:
            yield f"connector {name}", resource.at("ipCidrRange")
    elif resource.type == REDIS:
        if text(resource.at("connectMode")) != PSA:
            yield f"Redis {name}", resource.at("reservedIpRange")
    else:
        yield from _reserved(resource, name)


def _reserved(address: Resource, name: str) -> Iterator[tuple[str, Value]]:
    first, length = address.at("address"), text(address.at("prefixLength"))
    if bare(first) is UNKNOWN or (bare(first) is not None and isinstance(length, Unknown)):
        yield f"reserved range {name}", UNKNOWN
    elif bare(first) is not None and length is not None:
        yield f"reserved range {name}", f"{text(first)}/{length}"


def _overlapping(held: Sequence[Held]) -> Iterator[tuple[Held, Held]]:
    """Pairs that share an address, each in the order they came; in one pass over the sorted ranges."""
    order = {id(one): index for index, one in enumerate(held)}
    open_: list[Held] = []
    for one in sorted(held, key=lambda each: (int(each.range.network_address), each.range.prefixlen)):
        start = int(one.range.network_address)
        while open_ and int(open_[-1].range.broadcast_address) < start:
            open_.pop()
        # Ranges in CIDR notation nest or lie apart: what is still open holds this one.
        for other in open_[-1:]:
            yield (other, one) if order[id(other)] < order[id(one)] else (one, other)
        open_.append(one)
