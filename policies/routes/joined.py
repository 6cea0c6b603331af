"""The subnet or the network that a way joins.

Owns how a subnet is found, in the plan or among the externals, and whether it and the network that is named
beside it contradict one another. Which way names them, and from where, is `ways`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network  # noqa: TC003 - the dataclass's fields are read
from typing import TYPE_CHECKING

from policies.plan.references import Context, canonical
from policies.plan.values import Unknown, Value, text
from policies.plan.workloads import shown_name
from policies.routes.networks import (
    SUBNET,
    Net,
    both,
    context,
    externals,
    named,
    network_of,
    read_range,
    stands,
)
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts import External
    from policies.plan import Plan, Resource
    from policies.rules.registry import World


@dataclass(frozen=True, slots=True)
class Joined:
    """The subnet or network that a way joins.

    Attributes:
        net: The network; None where nobody can tell.
        subnet: The subnet, where the plan declares it.
        subnet_name: Its name; None for a connector with a bare range.
        source: The range that its traffic comes from.
        doubted: What cannot be told of it.
        broken: What is wrong with it, for certain.
    """

    net: Net | None = None
    subnet: Resource | None = None
    subnet_name: str | None = None
    source: IPv4Network | None = None
    doubted: Break | None = None
    broken: Break | None = None


def joined_by(world: World, near: Resource, reference: Value, path: Sequence[str | int], who: str) -> Joined:
    """What a subnet leads into.

    Args:
        world: The world.
        near: Who names the subnet.
        reference: How it is named.
        path: Where that stands in `near`.
        who: What joins it, as a message says it.
    """
    plan = world.plan
    found = plan.find(SUBNET, reference, near) if path == () else _find_or_refer(plan, near, reference, path)
    if isinstance(found, Unknown):
        return Joined(doubted=unknown_network(who))
    spelled = text(reference)
    name = spelled.rsplit("/", 1)[-1] if isinstance(spelled, str) else None
    if found is None:
        external = _subnet_elsewhere(world, reference, near)
        if external is not None:
            own = canonical(SUBNET, external.id, stands(external))
            project = external.project if own is None else own.project
            net = named(external.network or "", Context(project or context(plan, near).project))
            return Joined(
                net if isinstance(net, Net) else None,
                subnet_name=name,
                source=read_range(external.cidrs[0]) if external.cidrs else None,
            )
        doubted = Break(
            "SUBNET_UNKNOWN",
            f"{who} joins the subnet {name}, which neither this plan nor the externals declare: nobody can "
            "tell its network",
            "declare the subnet under externals: kind: subnetwork, network: its network's id, "
            f"id: projects/HOST/regions/REGION/subnetworks/{name}",
        )
        return Joined(subnet_name=name, doubted=doubted)
    own_net = network_of(plan, found, "network")
    return Joined(
        net=own_net if isinstance(own_net, Net) else None,
        subnet=found,
        subnet_name=shown_name(found),
        source=read_range(found.at("ipCidrRange")),
        doubted=None if isinstance(own_net, Net) else unknown_network(f"the subnet {shown_name(found)}"),
    )


def _find_or_refer(
    plan: Plan, near: Resource, reference: Value, path: Sequence[str | int]
) -> Resource | Unknown | None:
    if isinstance(text(reference), Unknown):
        return plan.refers(SUBNET, near, *path)
    return plan.find(SUBNET, reference, near)


def held_against(joined: Joined, own: Net | Unknown | None, who: str) -> Joined:
    """The subnet's network, held against the network that is named beside it."""
    if not isinstance(own, Net):
        return joined
    if joined.net is None:
        return Joined(own, joined.subnet, joined.subnet_name, joined.source)
    if joined.net.same(own) is False:
        subnets, owns = both(joined.net, own)
        broken = Break(
            "ROUTE_WRONG_NETWORK",
            f"{who} names the network {owns} and the subnet {joined.subnet_name}, which is on {subnets}",
            f"name one network: {owns} with a subnet of it, or the subnet's own network {subnets}",
        )
        return Joined(joined.net, joined.subnet, joined.subnet_name, joined.source, broken=broken)
    return joined


def _subnet_elsewhere(world: World, reference: Value, near: Resource) -> External | None:
    """The external that a subnet is declared as."""
    spelled = text(reference)
    meant = canonical(SUBNET, spelled, context(world.plan, near)) if isinstance(spelled, str) else None
    for external in externals(world, near, "subnetwork"):
        own = canonical(SUBNET, external.id, stands(external))
        if meant is not None and own is not None and own.matches(meant) and external.network:
            return external
    return None


def unknown_network(who: str) -> Break:
    """The doubt about something whose network only the update will tell."""
    return Break(
        "NETWORK_UNKNOWN",
        f"cannot tell the network of {who}: it is not known before the update",
        "name the network of this program (network.id), or write its id out: "
        "projects/PROJECT/global/networks/NAME",
    )
