"""What is asked of what there is: connections, memory, throughput and addresses, as bars.

Owns which of a plan's numbers are worth a bar. The sums are those of the rules (`policies.sizing`,
`policies.routes.crowding`) and the catalogue's. What stands in a secret has no bar: a bar shows numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog import connector as connectors
from catalog import sql_sizing
from catalog.direct_egress import addresses_given
from policies.limits import number
from policies.plan import Secret, Unknown
from policies.plan.values import text
from policies.plan.workloads import shown_name
from policies.routes.crowding import crowds, needs_of
from policies.routes.networks import CONNECTOR
from policies.routes.ways import way_of
from policies.sizing.instances import (
    INSTANCE,
    flag,
    flags_are_secret,
    is_postgres,
    max_connections,
    tier_of,
)
from policies.sizing.ledger import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Resource
    from policies.rules.registry import World

_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One quantity.

    Attributes:
        kind: `connections`, `memory`, `throughput` or `addresses`.
        name: Of what, as routes have it.
        urn: Its resource; None where the plan does not declare it.
        used: What is asked, at full scale.
        limit: What may be asked.
        total: All there is, where a part is kept free.
        unit: Of all three.
        exact: Whether that is all: False while something that adds to it is not known.
        terms: The sum, in words.
    """

    kind: str
    name: str
    urn: str | None
    used: int
    limit: int
    total: int
    unit: str
    exact: bool
    terms: Sequence[str]

    @property
    def exceeded(self) -> bool:
        """Whether more is asked than may be."""
        return self.used > self.limit


def capacity_of(world: World) -> Sequence[Bar]:
    """The bars of a whole plan."""
    bars: list[Bar] = []
    for instance in world.plan.of_type((INSTANCE,)):
        if is_postgres(instance) and not flags_are_secret(instance):
            bars += _connections(world, instance)
            bars += _memory(instance)
    for connector in world.plan.of_type((CONNECTOR,)):
        bars += _throughput(connector)
    for crowd in crowds(world).values():
        bars += _addresses(world, crowd)
    return bars


def _connections(world: World, instance: Resource) -> Iterator[Bar]:
    most = max_connections(instance)
    if isinstance(most, Unknown):
        return
    book, room = ledger(world), sql_sizing.budget(most)
    asks = book.asks(instance)
    more = [f"and {len(asks) - _NAMED} more"] if len(asks) > _NAMED else []
    yield Bar(
        "connections",
        f"Cloud SQL {shown_name(instance)}",
        instance.urn,
        book.sums[instance.urn],
        room.usable,
        most,
        "connections",
        all(ask.exact for ask in asks) and not book.possible[instance.urn],
        [*map(str, asks[:_NAMED]), *more, f"for services: {room}"],
    )


def _memory(instance: Resource) -> Iterator[Bar]:
    tier, connections = tier_of(instance), max_connections(instance)
    pages = flag(instance, "shared_buffers")
    if tier is None or isinstance(connections, Unknown) or isinstance(pages, Unknown):
        return
    memory = tier.memory_mb
    buffers = sql_sizing.shared_buffers_mb(memory) if pages is None else pages // sql_sizing.PAGES_PER_MB
    yield Bar(
        "memory",
        f"Cloud SQL {shown_name(instance)} ({tier.name})",
        instance.urn,
        sql_sizing.memory_needed_mb(connections, buffers),
        memory,
        memory,
        "MB",
        exact=True,
        terms=[
            f"{connections} connections at {sql_sizing.MB_PER_CONNECTION} MB",
            f"{buffers} MB of shared_buffers",
        ],
    )


def _throughput(connector: Resource) -> Iterator[Bar]:
    """What a connector may grow to, of what its machine type can: what is asked of it no plan tells."""
    said = text(connector.at("machineType"))
    name = connectors.DEFAULT_MACHINE_TYPE if said is None else said
    machine = connectors.MACHINE_TYPES.get(name) if isinstance(name, str) else None
    if machine is None:
        return  # connector-limits says so
    read = [_plain(connector, one) for one in ("minInstances", "maxInstances", "maxThroughput")]
    least, most, throughput = read
    if most is None and throughput is not None:
        mbps, how = throughput, "sized by throughput (maxThroughput)"
    else:
        least = connectors.DEFAULT_MIN_INSTANCES if least is None else least
        most = connectors.DEFAULT_MAX_INSTANCES if most is None else most
        mbps = machine.mbps(most)
        how = f"{least} instances carry {machine.mbps(least)} Mbps, {most} carry {mbps}"
    yield Bar(
        "throughput",
        f"connector {shown_name(connector)} ({machine.name})",
        connector.urn,
        mbps,
        machine.most_mbps,
        machine.most_mbps,
        "Mbps",
        exact=True,
        terms=[how, "what services send through it no plan tells"],
    )


def _plain(resource: Resource, name: str) -> int | None:
    value = resource.at(name)
    read = None if isinstance(value, Secret) else number(value)
    return int(read) if isinstance(read, int | float) else None


def _addresses(world: World, crowd: Sequence[Resource]) -> Iterator[Bar]:
    way = way_of(crowd[0], world)
    if way.source is None:
        return
    needs, given = needs_of(crowd), addresses_given(way.source)
    yield Bar(
        "addresses",
        f"subnet {way.subnet_name} ({way.source})",
        None if way.subnet is None else way.subnet.urn,
        needs.addresses,
        given,
        given,
        "addresses",
        needs.exact,
        [f"instances at full scale: {needs.terms}"],
    )
