"""Which Cloud SQL instances a service may be using.

Owns the traces: a socket that is mounted, the address in the contract's variable, what the service's template
comes from, and last that there is only one. Judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Final, TypeAlias

from catalog import cidr
from catalog.source import Breach
from policies.plan import Unknown
from policies.plan.values import at, bare, elements, text
from policies.plan.workloads import SERVICE_V1, SHAPES
from policies.sizing.instances import INSTANCE, is_replica
from policies.sizing.variables import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from contracts import Contracts
    from policies.plan import Plan, Resource, Value
    from policies.rules.registry import World

SOCKETS: Final = "/cloudsql/"
Addresses: TypeAlias = "Mapping[str, Resource]"
_PRIMARY: Final = "primary"
_INSIDE: Final = frozenset({"gcp:sql/database:Database", "gcp:sql/user:User"})
_V1_SOCKETS: Final = ("template", "metadata", "annotations", "run.googleapis.com/cloudsql-instances")


@dataclass(frozen=True, slots=True)
class Host:
    """Where a service finds its database, and at which port, as its environment says.

    Attributes:
        value: The host; `UNKNOWN` while it is, None when nothing says.
        port: Likewise the port.
    """

    value: str | Unknown | None
    port: str | Unknown | None


def host_of(service: Resource, world: World) -> Host:
    """What the contract's variables for the database hold; nothing without a contract."""
    required = world.requirements_of(service)
    to = None if required is None else required.destinations.database
    if to is None:
        return Host(None, None)
    env = numbers_of(service, required)

    def read(variable: str | None) -> str | Unknown | None:
        spelled = env.variables.get(variable or "", ())
        return text(spelled[-1].value) if spelled else None

    return Host(read(to.host), read(to.port))


def mounted(service: Resource) -> Sequence[Value]:
    """The instances whose sockets a service mounts, as it names them."""
    if service.type == SERVICE_V1:
        named = service.at(*_V1_SOCKETS)
        said = text(named)
        return [one.strip() for one in said.split(",") if one.strip()] if isinstance(said, str) else [named]
    volumes = elements(service.at(*SHAPES[service.type].pod, "volumes"))
    if isinstance(volumes, Unknown):
        return ()
    found: list[Value] = []
    for volume in volumes:
        names = elements(at(volume, "cloudSqlInstance", "instances"))
        found += [names] if isinstance(names, Unknown) else names
    return found


def candidates(service: Resource, world: World, addressed: Addresses) -> Sequence[Resource]:
    """The instances that it may be using: one when it is certain, none when it is none of this plan.

    Args:
        service: The service.
        world: The plan and the contracts.
        addressed: The instances by address (`addresses`).
    """
    host = host_of(service, world)
    if isinstance(host.value, str):
        if host.value.startswith(SOCKETS):
            return _found(service, world, [host.value.removeprefix(SOCKETS)])
        if host.value in addressed:
            return [addressed[host.value]]
        if _is_outside(host.value, world.contracts):
            return ()
    else:
        sockets = [one for one in mounted(service) if bare(one) is not None]
        by_socket = _found(service, world, [one for one in sockets if not isinstance(bare(one), Unknown)])
        if by_socket:
            return by_socket
        traced = list(dict.fromkeys(_traced(service, world)))
        if traced:
            return [one for one in traced if not is_replica(one)] or traced
    return world.plan.index((INSTANCE,), _role).get(_PRIMARY)


def addresses(plan: Plan) -> Addresses:
    """The instances by each of their addresses, where Google has answered with them."""
    return {address: one for one in plan.of_type((INSTANCE,)) for address in _addresses(one)}


def _role(_: Plan, instance: Resource) -> Iterator[str]:
    yield "replica" if is_replica(instance) else _PRIMARY


def _found(service: Resource, world: World, names: Sequence[Value]) -> Sequence[Resource]:
    found = (world.plan.find(INSTANCE, name, service) for name in names)
    return [one for one in found if one is not None and not isinstance(one, Unknown)]


def _addresses(instance: Resource) -> set[str]:
    listed = elements(at(instance.outputs, "ipAddresses"))
    values = [at(one, "ipAddress") for one in listed] if not isinstance(listed, Unknown) else []
    values += [at(instance.outputs, key) for key in ("privateIpAddress", "publicIpAddress", "dnsName")]
    return {said.removesuffix(".") for said in map(text, values) if isinstance(said, str) and said}


def _traced(service: Resource, world: World) -> Iterator[Resource]:
    """The instances that its template comes from, also by way of their databases and users."""
    for urn in service.property_dependencies.get("template", ()):
        source = world.plan.get(urn)
        if source is None:
            continue
        if source.type == INSTANCE:
            yield source
        elif source.type in _INSIDE:
            found = world.plan.refers(INSTANCE, source, "instance")
            if found is not None and not isinstance(found, Unknown):
                yield found


def _is_outside(host: str, contracts: Contracts) -> bool:
    return any(
        external.kind in {"address", "database"}
        and (external.id == host or (external.range is not None and _holds(external.range, host)))
        for external in contracts.externals
    )


def _holds(range_: str, host: str) -> bool:
    network = cidr.parse(range_)
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return False
    return not isinstance(network, Breach) and address in network
