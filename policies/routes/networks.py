"""Networks and subnets as routes see them: declared in the plan, or only named.

Owns when two references mean one network. An unknown one is `UNKNOWN`: it is never taken for the same, nor
for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import TYPE_CHECKING, Final

from policies.plan.references import Context, Name, canonical, name_of
from policies.plan.values import UNKNOWN, Unknown, Value, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from contracts import External
    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.rules.registry import World

NETWORK: Final = "gcp:compute/network:Network"
SUBNET: Final = "gcp:compute/subnetwork:Subnetwork"
CONNECTOR: Final = "gcp:vpcaccess/connector:Connector"
REDIS: Final = "gcp:redis/instance:Instance"
SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
GLOBAL_ADDRESS: Final = "gcp:compute/globalAddress:GlobalAddress"
ROUTER: Final = "gcp:compute/router:Router"
NAT: Final = "gcp:compute/routerNat:RouterNat"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
ROUTE: Final = "gcp:compute/route:Route"
PEERING: Final = "gcp:compute/networkPeering:NetworkPeering"
CONNECTION: Final = "gcp:servicenetworking/connection:Connection"


@dataclass(frozen=True, slots=True)
class Net:
    """A network.

    Attributes:
        urn: Its resource in the plan; None when it is only named.
        name: Its name in Google Cloud; None while that is unknown.
        project: Its project; None when nothing says.
        shown: What to call it in a message.
    """

    urn: str | None
    name: str | None
    project: str | None
    shown: str

    def same(self, other: Net) -> bool | Unknown:
        """Whether both are one network."""
        if self.urn is not None and other.urn is not None:
            return self.urn == other.urn
        if self.name is None or other.name is None:
            return UNKNOWN
        return Name(self.name, self.project, None).matches(Name(other.name, other.project, None))


def both(one: Net, other: Net) -> tuple[str, str]:
    """What to call two networks so that they can be told apart."""
    if one.shown != other.shown:
        return one.shown, other.shown
    return f"{one.project or '?'}/{one.shown}", f"{other.project or '?'}/{other.shown}"


def context(plan: Plan, resource: Resource) -> Context:
    """Where a resource stands: what its references mean where they leave something out."""
    project, region = plan.project_of(resource), plan.region_of(resource)
    return Context(project if isinstance(project, str) else None, region if isinstance(region, str) else None)


def network_of(
    plan: Plan, resource: Resource, *path: str | int, default: str | None = None
) -> Net | Unknown | None:
    """The network that an input of a resource names.

    Args:
        plan: Where the network may be declared.
        resource: Who refers to it.
        path: The input.
        default: The network's name where the input is not set.

    Returns:
        The network, `UNKNOWN`, or None when the input is not set and there is no default.
    """
    value: Value = resource.at(*path)
    spelled = text(value)
    if spelled is None or spelled == "":
        if default is None:
            return None
        value = spelled = default
        found = plan.find(NETWORK, default, resource)
    else:
        found = plan.refers(NETWORK, resource, *path)
    if isinstance(found, Unknown) or (isinstance(spelled, Unknown) and found is None):
        return UNKNOWN
    if found is not None:
        return net_of(plan, found)
    return named(str(spelled), context(plan, resource))


def net_of(plan: Plan, network: Resource) -> Net:
    """A network that the plan declares."""
    own = name_of(NETWORK, network.inputs, context(plan, network))
    name = None if own is None else own.name
    return Net(network.urn, name, None if own is None else own.project, name or network.name)


def named(reference: str, near: Context) -> Net | Unknown:
    """A network that is only named, in any spelling."""
    meant = canonical(NETWORK, reference, near)
    return UNKNOWN if meant is None else Net(None, meant.name, meant.project, meant.name)


def _by_network(_plan: Plan, resource: Resource) -> Iterator[Key]:
    """Index key of a resource with a `network`: the network's bare name; `UNKNOWN` while it is unknown."""
    spelled = text(resource.at("network"))
    if isinstance(spelled, Unknown):
        yield UNKNOWN
    elif spelled:
        yield spelled.rsplit("/", 1)[-1]


def _by_network_traced(plan: Plan, resource: Resource) -> Iterator[Key]:
    """The same once dependencies are known: an unknown network is traced to its resource."""
    net = network_of(plan, resource, "network")
    if net is not None:
        yield net.name or UNKNOWN if isinstance(net, Net) else UNKNOWN


def on_network(world: World, type_: str, net: Net) -> tuple[Sequence[Resource], bool]:
    """The resources of a type whose `network` is this one.

    Returns:
        The resources, and whether those are all: False while others may be on it.
    """
    index = world.plan.index((type_,), _by_network_traced if world.closed else _by_network)
    alike = () if net.name is None else index.get(net.name)
    return those_on(world, net, (*alike, *index.get(UNKNOWN)))


def those_on(world: World, net: Net, resources: Iterable[Resource]) -> tuple[Sequence[Resource], bool]:
    """Those of some resources whose `network` is this one, and whether there is no doubt about the others."""
    found: list[Resource] = []
    complete = True
    for one in resources:
        own = network_of(world.plan, one, "network")
        same = own.same(net) if isinstance(own, Net) else UNKNOWN
        if same is True:
            found.append(one)
        elif same is UNKNOWN:
            complete = False
    return found, complete


def may_be_on(world: World, type_: str, net: Net) -> Iterator[tuple[Resource, bool | Unknown]]:
    """The resources of a type whose `network` is this one, or may be: each with whether it is."""
    index = world.plan.index((type_,), _by_network_traced if world.closed else _by_network)
    for one in (*(() if net.name is None else index.get(net.name)), *index.get(UNKNOWN)):
        own = network_of(world.plan, one, "network")
        same = own.same(net) if isinstance(own, Net) else UNKNOWN
        if same is not False:
            yield one, same


def is_ours(world: World, net: Net) -> bool:
    """Whether this program makes a network, and so all that is on it; one that it only reads is another's."""
    network = None if net.urn is None else world.plan.get(net.urn)
    return network is not None and network.declared


def externals(world: World, resource: Resource, *kinds: str) -> Iterator[External]:
    """What is declared to live elsewhere, where the resource lives; in a project of no environment, all."""
    environment = world.environment_of(resource)
    for kind in kinds:
        if environment is not None:
            yield from world.contracts.outside(environment, kind)
        else:
            yield from (one for one in world.contracts.externals if one.kind == kind)


def stands(external: External) -> Context:
    """Where an external stands: what its id and its network mean where they leave something out."""
    return Context(external.project, external.region)


def declared_elsewhere(world: World, resource: Resource, net: Net) -> bool:
    """Whether a network is declared as one that lives elsewhere: with its peering, routes and NAT."""
    return any(
        isinstance(other := named(spelled, Context(external.project)), Net) and other.same(net) is True
        for external in externals(world, resource, "network", "subnetwork")
        for spelled in (external.id if external.kind == "network" else None, external.network)
        if spelled
    )


def read_range(value: Value) -> IPv4Network | None:
    """A range in CIDR notation, or one address; None for anything else, also while it is unknown."""
    spelled = text(value)
    if not isinstance(spelled, str):
        return None
    try:
        return IPv4Network(spelled, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
