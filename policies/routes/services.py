"""Private services access: the peering by which a network reaches Cloud SQL and some of Memorystore.

https://cloud.google.com/vpc/docs/configure-private-services-access
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.cidr import PRIVATE_SERVICES, SMALLEST_PRIVATE_SERVICES_PREFIX
from policies.plan.values import UNKNOWN, Unknown, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.networks import (
    CONNECTION,
    GLOBAL_ADDRESS,
    REDIS,
    Net,
    declared_elsewhere,
    is_ours,
    network_of,
    on_network,
)
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Resource
    from policies.rules.registry import World

RULE: Final = "private-service-access"
CAUSE: Final = "GOOGLE_MANAGED_SERVICE_NO_PEERING"
PSA: Final = "PRIVATE_SERVICE_ACCESS"
_PURPOSE: Final = "VPC_PEERING"
# https://cloud.google.com/vpc/docs/configure-private-services-access#creating-connection
_GOOGLE: Final = "servicenetworking.googleapis.com"


def peered_network(world: World, instance: Resource) -> Net | Unknown | None:
    """The network whose private services access an instance needs; None when it needs none."""
    if instance.type != REDIS:
        return network_of(world.plan, instance, "settings", "ipConfiguration", "privateNetwork")
    mode = text(instance.at("connectMode"))
    if isinstance(mode, Unknown):
        return UNKNOWN
    return network_of(world.plan, instance, "authorizedNetwork", default="default") if mode == PSA else None


def peered(world: World, instance: Resource, net: Net) -> tuple[Break | None, Break | None]:
    """Whether private services access is there for an instance, and before it.

    Returns:
        What is wrong for certain; and what cannot be told.
    """
    shown = f"{'Redis' if instance.type == REDIS else 'Cloud SQL'} {shown_name(instance)}"
    if declared_elsewhere(world, instance, net):
        return None, None
    on, complete = _connections(world, net)
    if not on:
        return _absent(shown, net, certain=complete and is_ours(world, net))
    ranges = [range_ for connection in on for range_ in _ranges(world, connection)]
    wrong = next((why for why in (_wrong_range(world, one, net) for one in ranges) if why), None)
    if wrong is not None:
        return _break(f"private services access of {net.shown} has no range for {shown}: {wrong}", net), None
    small, perhaps = _too_small(world, instance, net, [address for _, address in ranges])
    if small is not None:
        return small, None
    if world.closed and not any(waits_for(world, instance, connection) for connection in on):
        return Break(
            CAUSE,
            f"{shown} does not wait for the private services access of {net.shown}: Google refuses to "
            "create it "
            "before the connection exists",
            f"let {shown} depend on it: opts=ResourceOptions(depends_on=[{on[0].name}])",
            RULE,
        ), None
    return None, perhaps


def _connections(world: World, net: Net) -> tuple[Sequence[Resource], bool]:
    """The connections of a network with Google's own services, and whether those are all.

    Others peer with whoever offers theirs in the same way, NetApp among them.
    """
    on, complete = on_network(world, CONNECTION, net)
    services = [text(one.at("service")) for one in on]
    found = [one for one, service in zip(on, services, strict=True) if service in (None, "", _GOOGLE)]
    return found, complete and UNKNOWN not in services


def waits_for(world: World, resource: Resource, other: Resource) -> bool:
    """Whether a resource is created after another, by however many steps."""
    seen: set[str] = set()
    rest = [resource.urn]
    while rest:
        urn = rest.pop()
        found = world.plan.get(urn)
        if found is None or urn in seen:
            continue
        seen.add(urn)
        if found is other:
            return True
        rest += found.dependencies
        for urns in found.property_dependencies.values():
            rest += urns
    return False


def only_range(world: World, net: Net) -> Resource | None:
    """The one reserved range that private services access of a network takes every address from.

    None when there are several, when one is not in the plan, and as long as another may come.
    """
    on, complete = _connections(world, net)
    if not (complete and world.closed and len(on) == 1):
        return None
    listed = elements(on[0].at("reservedPeeringRanges"))
    if isinstance(listed, Unknown) or len(listed) != 1:
        return None
    range_ = allocated(world, text(listed[0]), on[0], net)
    return None if isinstance(range_, Unknown) else range_


def allocated(
    world: World, name: str | Unknown | None, near: Resource, net: Net | Unknown | None
) -> Resource | Unknown | None:
    """The reserved range of a name: in the project of its network, which need not be that of who names it."""
    if isinstance(name, str) and "/" not in name and isinstance(net, Net) and net.project is not None:
        name = f"projects/{net.project}/global/addresses/{name}"
    return world.plan.find(GLOBAL_ADDRESS, name, near)


def _too_small(
    world: World, instance: Resource, net: Net, ranges: Sequence[Resource | None]
) -> tuple[Break | None, Break | None]:
    """Whether no range that an instance of Cloud SQL may take its address from is large enough for it."""
    if instance.type == REDIS:
        return None, None
    shown = f"Cloud SQL {shown_name(instance)}"
    own = text(instance.at("settings", "ipConfiguration", "allocatedIpRange"))
    if isinstance(own, str) and own:
        meant = allocated(world, own, instance, net)
        ranges = [None if isinstance(meant, Unknown) else meant]
    # What this plan does not declare was made by somebody else, who knows how large it is.
    lengths = [None if one is None else text(one.at("prefixLength")) for one in ranges]
    if any(one is None or (isinstance(one, str) and _is_enough(one)) for one in lengths) or not lengths:
        return None, None
    least = f"/{SMALLEST_PRIVATE_SERVICES_PREFIX}"
    fix = f"reserve {least} or larger for private services access of {net.shown}; Google advises a /16"
    if UNKNOWN in lengths:
        message = f"cannot tell whether {shown} finds a free block: how large the range is, is not known yet"
        return None, Break("PRIVATE_SERVICES_RANGE_TOO_SMALL", message, fix, RULE)
    message = (
        f"{shown} takes a block of {least} from the range that is reserved on {net.shown}, which is a "
        f"/{lengths[0]} ({PRIVATE_SERVICES})"
    )
    return Break("PRIVATE_SERVICES_RANGE_TOO_SMALL", message, fix, RULE), None


def _is_enough(length: str) -> bool:
    return not length.isdigit() or int(length) <= SMALLEST_PRIVATE_SERVICES_PREFIX


def _absent(shown: str, net: Net, *, certain: bool) -> tuple[Break | None, Break | None]:
    if certain:
        message = f"{shown} has a private address on {net.shown}, which has no private services access"
        return _break(f"{message}: nothing peers {net.shown} with Google's services", net), None
    message = (
        f"cannot tell whether {net.shown} has private services access, which {shown} needs: this plan "
        "does not "
        "declare it"
    )
    return None, Break(
        CAUSE,
        message,
        f"declare the network {net.shown} under externals (kind: network) where it lives elsewhere, with its "
        "peering; or add a servicenetworking.Connection on it",
        RULE,
    )


def _break(message: str, net: Net) -> Break:
    return Break(
        CAUSE,
        message,
        f"add a compute.GlobalAddress (purpose VPC_PEERING, network {net.shown}) and a "
        "servicenetworking.Connection with its name among reservedPeeringRanges, and let the instance depend "
        "on the connection",
        RULE,
    )


def _ranges(world: World, connection: Resource) -> Sequence[tuple[str | None, Resource | None]]:
    """The reserved ranges a connection names: each by name, and its resource where the plan has it."""
    listed = elements(connection.at("reservedPeeringRanges"))
    if isinstance(listed, Unknown):
        return ()
    if not listed:
        return [(None, None)]
    net = network_of(world.plan, connection, "network")
    found: list[tuple[str | None, Resource | None]] = []
    for value in listed:
        spelled = text(value)
        if isinstance(spelled, str):
            named = allocated(world, spelled, connection, net)
            found.append((spelled, named if not isinstance(named, Unknown) else None))
    return found


def _wrong_range(world: World, range_: tuple[str | None, Resource | None], net: Net) -> str | None:
    name, address = range_
    if name is None:
        return "its connection names no reserved range"
    if address is None:
        return None
    purpose = bare(address.at("purpose"))
    if purpose is not UNKNOWN and purpose != _PURPOSE:
        return f"the range {name} is not reserved for it (purpose is not {_PURPOSE})"
    own = network_of(world.plan, address, "network")
    if isinstance(own, Net) and own.same(net) is False:
        return f"the range {name} is reserved on the network {own.shown}"
    return None
