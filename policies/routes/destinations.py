"""What a workload wants to reach: what its contract requires, and what its own environment refers to.

Owns how a variable is bound to the resource it comes from. An address that is known is bound to the resource
whose output it is; one that is unknown, to the resources its `template` depends on. Before the plan is whole
nothing tells whose an address is: then it is bound to everything of the kind seen so far, and only when none
of it can be reached is that certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Final, Literal

from catalog.cidr import PRIVATE
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import JOB, SERVICE_V1, shown_name
from policies.routes.networks import CONNECTOR, NETWORK, REDIS, SQL, SUBNET, externals, read_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from contracts import External
    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.plan.workloads import Environment
    from policies.routes.route import Kind
    from policies.rules.registry import World

TYPES: Final = {"cache": REDIS, "database": SQL}
# What else can stand for a cache or a database: an endpoint of Private Service Connect, a machine, a cluster.
ENDPOINTS: Final = frozenset(
    {
        "gcp:alloydb/instance:Instance",
        "gcp:compute/address:Address",
        "gcp:compute/forwardingRule:ForwardingRule",
        "gcp:compute/instance:Instance",
        "gcp:memorystore/instance:Instance",
        "gcp:redis/cluster:Cluster",
    }
)
# Those of them that are one kind's alone: they are candidates as much as an instance is.
ALIKE: Final[Mapping[str, Sequence[str]]] = {
    "cache": ("gcp:redis/cluster:Cluster", "gcp:memorystore/instance:Instance"),
    "database": ("gcp:alloydb/instance:Instance",),
}
# What a template depends on without taking a host from it.
_NO_HOSTS: Final = ("gcp:secretmanager/", "gcp:serviceaccount/", "gcp:sql/database:", "gcp:sql/user:")
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
_URL: Final = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?(?P<rest>[^/?#]*)", re.IGNORECASE)
_HOST_PORT: Final = re.compile(r"^(?P<host>[^:,\s]+)(?::(?P<port>\d+))?$")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host, and the port where one is written beside it."""

    host: str
    port: str | None

    @property
    def address(self) -> IPv4Address | None:
        """The host as an address; None for a name."""
        try:
            return IPv4Address(self.host)
        except (AddressValueError, ValueError):
            return None

    @property
    def private(self) -> bool:
        """Whether it is an address of a private range."""
        address = self.address
        return address is not None and any(address in range_ for range_ in PRIVATE)


def endpoints(value: str) -> Sequence[Endpoint]:
    """The hosts that a value names: `host`, `host:port`, a URL, or several of them with commas between.

    A range in CIDR notation is none: it says who may come, not where to go.
    """
    # A password may hold a comma: several URLs are told by a second scheme.
    whole = value.split(",") if value.count("://") != 1 else [value]
    found: list[Endpoint] = []
    for part in whole:
        url = _URL.match(part.strip())
        for host in (url["rest"] if url else part).split(","):
            read = _HOST_PORT.match(host.strip())
            if read is not None and "/" not in read["host"]:
                found.append(Endpoint(read["host"], read["port"]))
    return found


def containers(workload: Resource) -> Sequence[Value]:
    """The containers of a workload, sidecars too; none while they are unknown."""
    path: tuple[str, ...] = ("template", "containers")
    if workload.type == JOB:
        path = ("template", "template", "containers")
    elif workload.type == SERVICE_V1:
        path = ("template", "spec", "containers")
    found = elements(workload.at(*path))
    return () if isinstance(found, Unknown) else found


def comes_from(world: World, workload: Resource, type_: str) -> Sequence[Resource]:
    """The resources of a type that a workload's unknown values may come from."""
    sources = (world.plan.get(urn) for urn in workload.property_dependencies.get("template", ()))
    return [one for one in sources if one is not None and one.type == type_]


def candidates_for(world: World, workload: Resource, kind: Kind) -> Sequence[Resource]:
    """The caches, or the databases, that a workload's unknown values may come from, clusters too."""
    types = (TYPES[kind], *ALIKE[kind])
    return [one for type_ in types for one in comes_from(world, workload, type_)]


def endpoints_of(world: World, workload: Resource) -> Sequence[Resource]:
    """The endpoints that a workload's unknown values may come from."""
    sources = (world.plan.get(urn) for urn in workload.property_dependencies.get("template", ()))
    return [one for one in sources if one is not None and one.type in ENDPOINTS]


def only_from(world: World, workload: Resource, type_: str) -> bool:
    """Whether nothing else than instances of a type can have given a workload an unknown host."""
    if world.plan.looked_up:
        return False
    sources = [world.plan.get(urn) for urn in workload.property_dependencies.get("template", ())]
    return all(
        one is not None
        and (one.type in (type_, CONNECTOR, NETWORK, SUBNET) or one.type.startswith(_NO_HOSTS))
        for one in sources
    )


def owner(world: World, address: str) -> Resource | None:
    """The cache or database that has this address; known once outputs are."""
    return next(iter(owners(world, address)), None)


def owners(world: World, address: str) -> Sequence[Resource]:
    """All that have this address: on networks of their own, several may."""
    return world.plan.index((REDIS, SQL), _addresses).get(address) if world.closed else ()


def mode_of(found: Resource, address: Endpoint) -> Literal["private", "public", "read"]:
    """Which of its addresses an instance has this one for: a private one may be of a public range."""
    if text(at(found.outputs, "readEndpoint")) == address.host != text(at(found.outputs, "host")):
        return "read"
    private = text(at(found.outputs, "privateIpAddress"))
    own = found.type == REDIS or address.private or private == address.host
    return "private" if own else "public"


def _addresses(_plan: Plan, resource: Resource) -> Iterator[Key]:
    outputs = resource.outputs
    keys = ("host", "readEndpoint", "privateIpAddress", "publicIpAddress", "firstIpAddress")
    spelled = [text(at(outputs, key)) for key in keys]
    listed = elements(at(outputs, "ipAddresses"))
    if not isinstance(listed, Unknown):
        spelled += [text(at(one, "ipAddress")) for one in listed]
    yield from {one for one in spelled if isinstance(one, str) and one}


def declared_external(world: World, workload: Resource, host: str) -> External | None:
    """The external that a host is declared as: by its id, or by the range it is in."""
    address = Endpoint(host, None).address
    for external in externals(world, workload, "cache", "database", "address", "range"):
        if external.id == host:
            return external
        ranges = (read_range(one) for one in external.cidrs)
        if address is not None and any(one is not None and address in one for one in ranges):
            return external
    return None


def sidecars(workload: Resource) -> bool:
    """Whether a workload has another container, that may listen on localhost."""
    return len(containers(workload)) > 1


def unknown_values(env: Environment, but: frozenset[str]) -> bool:
    """Whether a variable, other than some, has a value that is not known."""
    return any(
        bare(variable.value) is UNKNOWN
        for name, variables in env.variables.items()
        if name not in but
        for variable in variables
    )


def shown_wrong(found: Resource) -> str:
    """What to call an instance of the other kind."""
    return f"{'Redis' if found.type == REDIS else 'Cloud SQL'} {shown_name(found)}"
