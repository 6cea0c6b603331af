"""Rules about the network that routes run over: addresses that are live, ranges, subnets, private services.

A route itself is judged in `routes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import connector as connector_facts
from catalog import direct_egress
from policies.plan.values import UNKNOWN, Unknown, text
from policies.plan.workloads import WORKLOADS, environments, shown_name
from policies.routes.addresses import holder
from policies.routes.crowding import crowd_of, needs_of
from policies.routes.destinations import declared_external, endpoints, owner
from policies.routes.networks import CONNECTOR, REDIS, SQL, SUBNET, Net, read_range
from policies.routes.ranges import TYPES, clashes, unread
from policies.routes.services import peered, peered_network
from policies.routes.ways import way_of
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.routes.route import Break

# Numbers with dots that are no addresses.
_NOT_ADDRESSES: Final = "VERSION"
_OTHER_STACK: Final = "pulumi:pulumi:StackReference"


@rule(
    id="route-address",
    title="No service is told a private address that nothing has",
    severity=Severity.CRITICAL,
    why="an address that is written out outlives what it was the address of: the next instance gets another, "
    "and every call goes nowhere until it times out",
    fix="take the address from the resource it belongs to, or declare it under externals",
    types=WORKLOADS,
    refutes_early=False,
)
def route_address(resource: Resource, world: World) -> Iterator[Claim]:
    """Each private address in the environment is an output of the plan, or declared external.

    Before the first update every real address is unknown: one that is written out cannot be right.
    """
    if not world.closed:
        return
    shown = shown_name(resource)
    for name in dict.fromkeys(_stale(resource, world)):
        message = f"{name} of {shown} holds a private address that nothing in this plan has"
        fix = (
            f"set {name} from the resource it belongs to (instance.host, instance.private_ip_address), or "
            "declare the address under externals: kind: address, id, network"
        )
        if _is_certain(resource, world, name):
            message += ", and what it could belong to has another, or gets one only when it is created"
            yield Claim(Verdict.REFUTED, "ADDRESS_STALE", message, fix, (shown, name))
        else:
            yield Claim(Verdict.UNPROVEN, "ADDRESS_UNKNOWN", message, fix, (shown, name))


def _stale(resource: Resource, world: World) -> Iterator[str]:
    for env in environments(resource):
        for name, variables in env.variables.items():
            if _NOT_ADDRESSES in name.upper():
                continue
            for value in (text(variable.value) for variable in variables):
                if not isinstance(value, str):
                    continue
                hosts = [told.host for told in endpoints(value) if told.private]
                if any(not _is_live(resource, world, host) for host in hosts):
                    yield name


def _is_live(resource: Resource, world: World, host: str) -> bool:
    return (
        owner(world, host) is not None
        or declared_external(world, resource, host) is not None
        or holder(world.plan, host) is not None
    )


def _is_certain(resource: Resource, world: World, variable: str) -> bool:
    """Whether the plan has what the address is meant to be of, and that has another.

    What comes from another stack may be that stack's own.
    """
    sources = (world.plan.get(urn) for urn in resource.property_dependencies.get("template", ()))
    if any(one is not None and one.type == _OTHER_STACK for one in sources):
        return False
    required = world.requirements_of(resource)
    if required is not None:
        wanted = required.destinations
        for destination, type_ in ((wanted.cache, REDIS), (wanted.database, SQL)):
            if destination is not None and destination.host == variable:
                return next(iter(world.plan.of_type((type_,))), None) is not None
    return world.plan.preview and any(
        UNKNOWN in (text(one.outputs.get("host")), text(one.outputs.get("privateIpAddress")))
        for one in world.plan.of_type((REDIS, SQL))
    )


@rule(
    id="private-service-access",
    title="Cloud SQL and Memorystore find private services access on their network, made before them",
    severity=Severity.HIGH,
    why="Google refuses to create an instance with a private address before the network is peered with its "
    "services; where the order is luck, one deploy in some fails half-way",
    fix="reserve a range (compute.GlobalAddress, VPC_PEERING), add a servicenetworking.Connection, and let "
    "the instance depend on it",
    types=(SQL, REDIS),
    refutes_early=True,
)
def private_service_access(resource: Resource, world: World) -> Iterator[Claim]:
    """A connection on the instance's own network, with a range reserved for it, and before the instance.

    It is with Google's own services (servicenetworking.googleapis.com), with a /24 or larger for Cloud SQL.

    Before the plan is whole, a connection that was not seen yet is refuted where the plan declares the
    network: an instance that depends on it comes after it.
    """
    net = peered_network(world, resource) if resource.declared else None
    if net is None:
        return
    shown = f"{'Redis' if resource.type == REDIS else 'Cloud SQL'} {shown_name(resource)}"
    if isinstance(net, Unknown):
        yield Claim(
            Verdict.UNPROVEN,
            "NETWORK_UNKNOWN",
            f"cannot tell whether {shown} finds private services access: its network is not known",
            "name the network of this program (network.id), or write its id out: "
            "projects/PROJECT/global/networks/NAME",
            (shown,),
        )
        return
    broken, doubted = peered(world, resource, net)
    yield from _claim(Verdict.REFUTED, broken, shown, net)
    yield from _claim(Verdict.UNPROVEN, doubted, shown, net)


def _claim(verdict: Verdict, why: Break | None, shown: str, net: Net) -> Iterator[Claim]:
    if why is not None:
        yield Claim(verdict, why.cause, why.message, why.fix, (shown, f"network {net.shown}"))


@rule(
    id="direct-egress-subnet",
    title="A subnet for Direct VPC egress is large enough for every service in it",
    severity=Severity.HIGH,
    why="each instance takes two addresses in blocks of sixteen, and a rollout runs two revisions at once: "
    "when the subnet is used up, new instances do not start",
    fix="give the subnet a larger range, at least /26",
    types=WORKLOADS,
    refutes_early=True,
)
def direct_egress_subnet(resource: Resource, world: World) -> Iterator[Claim]:
    """The subnet is /26 or larger, and holds the most instances of all services in it, a candidate's too."""
    way = way_of(resource, world)
    if way.kind != "direct" or way.broken is not None:
        return
    shown, subnet = shown_name(resource), f"subnet {way.subnet_name}"
    if way.source is None:
        # An unknown network is for the rules about routes; a subnet in auto mode has /20.
        if way.subnet is not None or (way.subnet_name is not None and way.doubted is None):
            yield Claim(
                Verdict.UNPROVEN,
                "SUBNET_RANGE_UNKNOWN",
                f"cannot tell whether the {subnet} is large enough for {shown}: its range is not known",
                "write ipCidrRange out, or give the external subnetwork its range",
                (subnet,),
                resource=way.subnet,
            )
        return
    if direct_egress.check_range(str(way.source)) and way.source.prefixlen > direct_egress.SMALLEST_PREFIX:
        yield Claim(
            Verdict.REFUTED,
            "SUBNET_TOO_SMALL",
            f"the {subnet} is {way.source}: Direct VPC egress takes /{direct_egress.SMALLEST_PREFIX} or "
            "larger",
            f"give the {subnet} a range of /{direct_egress.SMALLEST_PREFIX} or larger, such as "
            f"/{direct_egress.prefix_for(needs_of([resource]).addresses)}",
            (subnet,),
            resource=way.subnet,
        )
        return
    crowd = crowd_of(world, resource, way)
    if crowd and crowd[0] is resource:
        needs, given = needs_of(crowd), direct_egress.addresses_given(way.source)
        if needs.addresses > given:
            verdict, cause = Verdict.REFUTED, "SUBNET_TOO_SMALL"
        elif needs.exact:
            return
        else:
            verdict, cause = Verdict.UNPROVEN, "INSTANCES_UNKNOWN"
        yield Claim(
            verdict,
            cause,
            f"the {subnet} gives {given} addresses, and at full scale with a candidate its services "
            f"({needs.terms}) take {needs.addresses}{'' if needs.exact else ' or more'}",
            f"give the {subnet} a range of /{direct_egress.prefix_for(needs.addresses)} or larger, or lower "
            "scaling.maxInstanceCount",
            (subnet,),
            resource=way.subnet,
        )


@rule(
    id="network-ranges",
    title="No two ranges of a network share an address, and a connector's subnet is its own",
    severity=Severity.HIGH,
    why="the second of two ranges that overlap is refused at create, when half of the deploy is done",
    fix="move one of the two to a range that is free",
    types=TYPES,
    refutes_early=False,
)
def network_ranges(resource: Resource, world: World) -> Iterator[Claim]:
    """Subnets, connectors, ranges reserved for private services and for Memorystore, on one network each."""
    if not world.closed:
        return
    for clash in clashes(world, resource):
        one, other = clash.later, clash.earlier
        between = f"{one.shown} ({one.range}) and {other.shown} ({other.range}) share addresses"
        if clash.network is not None:
            yield Claim(
                Verdict.REFUTED,
                "RANGES_OVERLAP",
                f"{between} of {clash.network}",
                f"give {one.shown} a range of its own, outside {other.range}",
                (f"network {clash.network}", other.shown, one.shown),
            )
        else:
            yield Claim(
                Verdict.UNPROVEN,
                "RANGE_UNKNOWN",
                f"{between}, and nobody can tell whether they are on one network: that of one is not known",
                "name the network of this program (network.id), write its id out, or give each a range of "
                "its own",
                (other.shown, one.shown),
            )
    if unread(resource):
        shown = shown_name(resource)
        yield Claim(
            Verdict.UNPROVEN,
            "RANGE_UNKNOWN",
            f"cannot tell whether the range of {shown} is free: it is not known before the update",
            f"write the range of {shown} out, or leave it out where Google may choose one",
            (shown,),
        )
    if resource.type == CONNECTOR:
        yield from _connector_subnet(resource, world)


def _connector_subnet(connector: Resource, world: World) -> Iterator[Claim]:
    subnet = world.plan.refers(SUBNET, connector, "subnet", "name")
    if subnet is None or isinstance(subnet, Unknown):
        return
    range_ = read_range(subnet.at("ipCidrRange"))
    shown = shown_name(connector)
    if range_ is not None and range_.prefixlen != connector_facts.RANGE_PREFIX:
        yield Claim(
            Verdict.REFUTED,
            "CONNECTOR_SUBNET_SIZE",
            f"the connector {shown} takes a subnet of {range_}: a connector takes a "
            f"/{connector_facts.RANGE_PREFIX}, no larger and no smaller",
            f"make a subnet of /{connector_facts.RANGE_PREFIX} for the connector {shown} alone",
            (f"connector {shown}", f"range {range_}"),
        )
