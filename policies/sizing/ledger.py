"""Who asks what of which database, kept up as the plan grows.

Owns the sums over services. Early, each service is counted once, when it comes, for the one database it can
be using then: the cost of a service does not grow with their number. At the end all is counted anew, for then
the plan tells what comes from where.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from catalog.sql import POOLER_PORT
from policies.plan.workloads import WORKLOADS
from policies.sizing.databases import addresses, candidates, host_of
from policies.sizing.demand import ask_of
from policies.sizing.instances import pools_itself

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts import Contracts
    from policies.plan import Plan, Resource
    from policies.rules.registry import World
    from policies.sizing.databases import Addresses
    from policies.sizing.demand import Ask


@dataclass(frozen=True, slots=True)
class Entry:
    """One service.

    Attributes:
        ask: What it asks.
        used: The databases that it may be using: one when that is certain.
    """

    ask: Ask
    used: Sequence[Resource]


@dataclass(eq=False)
class Ledger:
    """The asks of one plan.

    Attributes:
        contracts: What the services were read by.
        addressed: The databases by address, as far as they are told.
        read: How many arrivals have been counted.
        sums: By a database's URN what is asked of it for certain.
        possible: By a database's URN what may be asked of it beside that, by services that may use others.
    """

    contracts: Contracts
    addressed: Addresses
    read: int = 0
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    possible: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _asks: dict[str, dict[str, Ask]] = field(default_factory=lambda: defaultdict(dict))
    _entries: dict[str, Entry] = field(default_factory=dict)

    def asks(self, database: Resource) -> Sequence[Ask]:
        """Who asks of a database for certain, those who ask most first."""
        return sorted(self._asks[database.urn].values(), key=lambda ask: (-ask.connections, ask.shown))

    def catch_up(self, world: World) -> None:
        """Counts the services that came since."""
        arrived = world.plan.arrived
        while self.read < len(arrived):
            resource = arrived[self.read]
            self.read += 1
            if resource.type in WORKLOADS and world.plan.get(resource.urn) is resource:
                self._take_back(resource.urn)
                self._count(resource, world)

    def entry(self, service: Resource) -> Entry | None:
        """What is written of a service; None for one that keeps no pool."""
        return self._entries.get(service.urn)

    def _count(self, service: Resource, world: World) -> None:
        ask = ask_of(service, world)
        if ask is None:
            return
        found = candidates(service, world, self.addressed)
        # Early nothing is certain of a service that may use several, and asking each would cost their number.
        asked = found if world.closed or len(found) == 1 else ()
        entry = Entry(ask, [one for one in asked if not _through_pooler(service, one, world)])
        self._entries[service.urn] = entry
        for one in entry.used:
            if len(found) == 1:
                self.sums[one.urn] += ask.connections
                self._asks[one.urn][service.urn] = ask
            else:
                self.possible[one.urn] += ask.connections

    def _take_back(self, urn: str) -> None:
        # The same service may come twice: once to be replaced, once as what replaces it.
        entry = self._entries.pop(urn, None)
        for one in () if entry is None else entry.used:
            ask = self._asks[one.urn].pop(urn, None)
            if ask is not None:
                self.sums[one.urn] -= ask.connections
            elif entry is not None:
                self.possible[one.urn] -= entry.ask.connections


_ledgers: Final[WeakKeyDictionary[Plan, dict[bool, Ledger]]] = WeakKeyDictionary()


def ledger(world: World) -> Ledger:
    """The plan's ledger, kept up to now; at the end another one than before, made once."""
    kept = _ledgers.setdefault(world.plan, {})
    found = kept.get(world.closed)
    stale = found is not None and world.closed and found.read < len(world.plan.arrived)
    if found is None or stale or found.contracts is not world.contracts:
        found = kept[world.closed] = Ledger(world.contracts, addresses(world.plan) if world.closed else {})
    found.catch_up(world)
    return found


def _through_pooler(service: Resource, database: Resource, world: World) -> bool:
    """Whether it reaches a database through managed connection pooling, which opens few connections."""
    if not pools_itself(database):
        return False
    port = host_of(service, world).port
    return not isinstance(port, str) or port == str(POOLER_PORT)
