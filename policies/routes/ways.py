"""A workload's way out: a Serverless VPC Access connector, Direct VPC egress, or none.

Owns where each API keeps it, and what is wrong with the way itself: no such connector, another region. What
it joins is `joined`'s; does not look at where it leads.

https://cloud.google.com/run/docs/configuring/connecting-vpc
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network  # noqa: TC003 - the dataclass's fields are read
from typing import TYPE_CHECKING, Literal

from catalog.connector import firewall_tags
from policies.plan.references import Context, canonical
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, text
from policies.plan.workloads import shown_name
from policies.routes.access import Access, access_of, account_of, all_traffic_of, interface_tags
from policies.routes.joined import Joined, held_against, joined_by, unknown_network
from policies.routes.networks import (
    CONNECTOR,
    NETWORK,
    SUBNET,
    Net,
    context,
    declared_elsewhere,
    externals,
    named,
    net_of,
    network_of,
    read_range,
    stands,
)
from policies.routes.regions import connector_elsewhere, subnet_elsewhere, subnet_of_network
from policies.routes.route import Break
from policies.routes.shared_networks import range_on_shared_network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.rules.registry import World


@dataclass(frozen=True, slots=True)
class Way:
    """A workload's way into a network.

    Attributes:
        kind: Which one; `unknown` while nobody can tell.
        all_traffic: Whether everything goes that way, not only what is for private ranges.
        net: The network it leads into.
        region: The region it is in.
        tags: The network tags its traffic carries; `UNKNOWN` in it where one is unknown.
        account: The account its traffic is known by; None for a connector, which is Google's.
        subnet: The subnet its traffic comes from, where the plan declares it.
        subnet_name: The same subnet's name; None for a connector with a bare range.
        source: The range its traffic comes from.
        elsewhere: Whether the network is declared as one that lives elsewhere.
        hops: What a route passes on it.
        broken: What is wrong with it, for certain.
        doubted: What cannot be told of it.
    """

    kind: Literal["none", "connector", "direct", "unknown"]
    all_traffic: bool | Unknown = False
    net: Net | None = None
    region: str | None = None
    tags: frozenset[str | Unknown] = frozenset()
    account: str | Unknown | None = None
    subnet: Resource | None = None
    subnet_name: str | None = None
    source: IPv4Network | None = None
    elsewhere: bool = False
    hops: tuple[str, ...] = ()
    broken: Break | None = None
    doubted: Break | None = None


def way_of(resource: Resource, world: World) -> Way:
    """The way out of a workload."""
    access = access_of(resource)
    connector, interface = text(access.connector), bare(access.interface)
    all_traffic = all_traffic_of(access.egress)
    if isinstance(connector, str) and connector:
        return _by_connector(resource, world, access, all_traffic)
    if interface is not None and interface is not UNKNOWN:
        return _directly(resource, world, access, all_traffic)
    if isinstance(connector, Unknown) and (interface is None or _traced(resource, world, access)):
        return _by_connector(resource, world, access, all_traffic)
    if isinstance(connector, Unknown) or interface is UNKNOWN:
        return Way("unknown", all_traffic, doubted=_unknown_way(shown_name(resource), "vpcAccess"))
    return Way("none")


def connector_tags(world: World, connector: Resource) -> frozenset[str | Unknown]:
    """The network tags that a connector's instances carry."""
    name, region = text(connector.at("name")), world.plan.region_of(connector)
    if isinstance(name, str) and isinstance(region, str):
        return frozenset(firewall_tags(region, name))
    return frozenset({firewall_tags("", "")[0], UNKNOWN})


def _traced(resource: Resource, world: World, access: Access) -> bool:
    found = world.plan.refers(CONNECTOR, resource, *access.connector_path)
    return found is not None and not isinstance(found, Unknown)


def _by_connector(
    resource: Resource,
    world: World,
    access: Access,
    all_traffic: bool | Unknown,  # noqa: FBT001 - a fact
) -> Way:
    plan, shown = world.plan, shown_name(resource)
    found = plan.refers(CONNECTOR, resource, *access.connector_path)
    spelled = text(access.connector)
    if isinstance(found, Unknown):
        return Way("connector", all_traffic, doubted=_unknown_way(shown, "connector"))
    if found is None:
        return _connector_elsewhere(resource, world, str(spelled), all_traffic)
    name = shown_name(found)
    region, own_region = plan.region_of(found), plan.region_of(resource)
    joined = _of_connector(found, world)
    broken = joined.broken
    if isinstance(region, str) and isinstance(own_region, str) and region != own_region:
        broken = connector_elsewhere(shown, own_region, name, region)
    return Way(
        "connector",
        all_traffic,
        net=joined.net,
        region=region if isinstance(region, str) else None,
        tags=connector_tags(world, found),
        subnet=joined.subnet,
        subnet_name=joined.subnet_name,
        source=joined.source,
        elsewhere=joined.net is not None and declared_elsewhere(world, resource, joined.net),
        hops=(f"connector {name}",),
        broken=broken,
        doubted=joined.doubted,
    )


def _connector_elsewhere(
    resource: Resource,
    world: World,
    spelled: str,
    all_traffic: bool | Unknown,  # noqa: FBT001 - a fact
) -> Way:
    """A connector that the plan does not declare: external, in another region, or nobody's."""
    plan, shown = world.plan, shown_name(resource)
    here = context(plan, resource)
    meant = canonical(CONNECTOR, spelled, here)
    name = spelled.rsplit("/", 1)[-1]
    for external in externals(world, resource, "connector"):
        own = canonical(CONNECTOR, external.id, stands(external))
        if meant is None or own is None or not own.matches(meant):
            continue
        region = external.region or own.location or meant.location
        known = named(external.network, Context(own.project or meant.project)) if external.network else None
        net = known if isinstance(known, Net) else None
        broken = None
        if region and here.location and region != here.location:
            broken = connector_elsewhere(shown, here.location, name, region)
        return Way(
            "connector",
            all_traffic,
            net=net,
            region=region,
            tags=frozenset(firewall_tags(region, name)) if region else frozenset({UNKNOWN}),
            source=read_range(external.cidrs[0]) if external.cidrs else None,
            elsewhere=net is not None and declared_elsewhere(world, resource, net),
            hops=(f"connector {name} (declared external)",),
            broken=broken,
            doubted=None if net is not None else _network_unsaid(name),
        )
    for other in plan.index((CONNECTOR,), _by_name).get(name):
        there = plan.region_of(other)
        if "/" not in spelled and isinstance(there, str) and here.location is not None:
            return Way(
                "connector",
                all_traffic,
                hops=(f"connector {name}",),
                broken=connector_elsewhere(shown, here.location, name, there),
            )
    return Way(
        "connector",
        all_traffic,
        hops=(f"connector {name}",),
        doubted=Break(
            "VPC_CONNECTOR_UNKNOWN",
            f"{shown} goes out by the connector {name}, which neither this plan nor the externals declare",
            f"declare the connector {name} in the program, or under externals (kind: connector, id, network, "
            "region) where it lives elsewhere",
        ),
    )


def _by_name(_plan: Plan, resource: Resource) -> Iterator[Key]:
    name = text(resource.at("name"))
    if name is not None:
        yield name


def _of_connector(connector: Resource, world: World) -> Joined:
    plan, name = world.plan, shown_name(connector)
    subnet_name = text(connector.at("subnet", "name"))
    if subnet_name is None or subnet_name == "":
        net = network_of(plan, connector, "network")
        source = read_range(connector.at("ipCidrRange"))
        if isinstance(net, Net):
            return Joined(net, source=source, broken=range_on_shared_network(plan, connector, net))
        return Joined(source=source, doubted=unknown_network(f"the connector {name}"))
    project = text(connector.at("subnet", "projectId"))
    region = plan.region_of(connector)
    reference: Value = subnet_name
    if isinstance(subnet_name, str) and "/" not in subnet_name and isinstance(project, str) and project:
        where = f"regions/{region}/" if isinstance(region, str) else ""
        reference = f"projects/{project}/{where}subnetworks/{subnet_name}"
    joined = joined_by(world, connector, reference, ("subnet", "name"), f"the connector {name}")
    own = network_of(plan, connector, "network")
    return held_against(joined, own, f"the connector {name}")


def _directly(
    resource: Resource,
    world: World,
    access: Access,
    all_traffic: bool | Unknown,  # noqa: FBT001 - a fact
) -> Way:
    plan, shown = world.plan, shown_name(resource)
    who = f"direct VPC egress of {shown}"
    subnet, network = at(access.interface, "subnetwork"), at(access.interface, "network")
    own = _interface_network(plan, resource, access, network)
    elsewhere: Break | None = None
    if text(subnet) in (None, ""):
        # Without a subnet Cloud Run takes the one with the network's name, which auto mode networks have:
        # https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
        joined = Joined(own if isinstance(own, Net) else None)
        if isinstance(own, Net) and own.name is not None:
            found = plan.find(SUBNET, own.name, resource)
            if found is not None and not isinstance(found, Unknown):
                joined = Joined(own, found, shown_name(found), read_range(found.at("ipCidrRange")))
            else:
                joined = Joined(own, doubted=subnet_of_network(world, own, who))
    else:
        found_subnet = joined_by(world, resource, subnet, access.subnet_path, who)
        joined = held_against(found_subnet, own, who)
        if found_subnet.subnet is not None or found_subnet.net is None:
            # One that is declared external says its region itself.
            net = own if isinstance(own, Net) else None
            elsewhere = subnet_elsewhere(world, resource, subnet, found_subnet.subnet, net)
    if joined.net is None and joined.doubted is None:
        joined = Joined(joined.net, joined.subnet, joined.subnet_name, doubted=unknown_network(who))
    region = plan.region_of(resource)
    names = f" (subnet {joined.subnet_name})" if joined.subnet_name else ""
    return Way(
        "direct",
        all_traffic,
        net=joined.net,
        region=region if isinstance(region, str) else None,
        tags=interface_tags(access.interface),
        account=account_of(resource),
        subnet=joined.subnet,
        subnet_name=joined.subnet_name,
        source=joined.source,
        elsewhere=joined.net is not None and declared_elsewhere(world, resource, joined.net),
        hops=(f"direct VPC egress{names}",),
        broken=elsewhere or joined.broken,
        doubted=joined.doubted,
    )


def _interface_network(
    plan: Plan, resource: Resource, access: Access, network: Value
) -> Net | Unknown | None:
    if access.network_path:
        return network_of(plan, resource, *access.network_path)
    spelled = text(network)
    if not isinstance(spelled, str) or not spelled:
        return None
    found = plan.find(NETWORK, spelled, resource)
    if found is not None and not isinstance(found, Unknown):
        return net_of(plan, found)
    return named(spelled, context(plan, resource))


def _unknown_way(service: str, what: str) -> Break:
    return Break(
        "VPC_CONNECTOR_UNKNOWN",
        f"cannot tell by which way {service} goes out: its {what} is not known before the update and comes "
        "from no one connector of this plan",
        "name the connector of this program (connector.id), or write its id out: "
        "projects/PROJECT/locations/REGION/connectors/NAME",
    )


def _network_unsaid(connector: str) -> Break:
    return Break(
        "NETWORK_UNKNOWN",
        f"the connector {connector} is declared external without its network",
        "add `network: projects/PROJECT/global/networks/NAME` to the external",
    )
