"""The cheapest database, shares and connector for what services need, and what stops there being one.

Owns the choice. Does not own what services need (`load`, `pools`), nor what an instance bears (`sql_sizing`).

Cheapest means fewest vCPUs, then least memory, and no price is needed to say so: with more vCPUs a tier's
least memory only grows, so that the tier with the fewest vCPUs that has the memory has the least memory too.
Whatever a vCPU and a gigabyte cost, no other tier that fits costs less of both, or less of one. Connectors of
different machine types have no such order; there the vCPUs of all instances count first, then their memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from catalog import connector, sql
from catalog.pools import Demand, PoolPlan, PoolRefusal, derive_pools, max_connections_for
from catalog.sql_sizing import (
    MAX_CONNECTIONS,
    check_max_connections,
    default_max_connections,
    memory_for,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

MOST_SHARE = 100
"""Largest weight that a service's share of connections may have."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a service needs of the database.

    Attributes:
        demand: Its processes, with its share as it is.
        connections: Connections that each process needs at least.
    """

    demand: Demand
    connections: int

    @property
    def together(self) -> int:
        """Connections of all its processes."""
        return self.demand.processes * self.connections

    def __str__(self) -> str:
        """The product, as it is printed."""
        return f"{self.demand}, x {self.connections} connections = {self.together}"


@dataclass(frozen=True, slots=True)
class Site:
    """What a database may be, whatever services need.

    Attributes:
        edition: Its edition, which sizing does not change.
        disk_type: Its disk, which sizing does not change: it moves by a migration.
        shared_core: Whether it may share its core.
        least_vcpus: Fewest vCPUs that it keeps.
        least_memory_mb: Least memory that it keeps, in MB.
    """

    edition: sql.Edition
    disk_type: sql.DiskType
    shared_core: bool = False
    least_vcpus: int = 1
    least_memory_mb: int = 0


@dataclass(frozen=True, slots=True)
class SizedDatabase:
    """The cheapest database.

    Attributes:
        tier: Its tier.
        max_connections: Connections that it must have.
        flag: What the flag is set to; None when Google's default for the tier is enough.
        shares: The share of each service.
        plan: The pools that follow.
        needed_mb: Memory that the connections need.
    """

    tier: sql.Tier
    max_connections: int
    flag: int | None
    shares: Mapping[str, int]
    plan: PoolPlan
    needed_mb: int


@dataclass(frozen=True, slots=True)
class SizedConnector:
    """The cheapest connector.

    Attributes:
        machine: Its machine type.
        max_instances: Its most instances.
    """

    machine: connector.MachineType
    max_instances: int

    @property
    def cost(self) -> tuple[int, int]:
        """Thousandths of a vCPU, then MB, of all instances: what one choice is compared by with another."""
        return self.max_instances * self.machine.milli_vcpus, self.max_instances * self.machine.memory_mb


@dataclass(frozen=True, slots=True)
class Unfit:
    """That nothing fits.

    Attributes:
        limit: What stops it.
        change: What would help.
    """

    limit: str
    change: str


def size_database(needs: Sequence[Need], site: Site, written: int | None = None) -> SizedDatabase | Unfit:
    """The cheapest database whose derived pools give every process what it needs.

    What does as it is stays: a flag that is written, and shares.

    Args:
        needs: The services that use it, each once, with their shares as they are.
        site: What it may be.
        written: The flag `max_connections` as it is; None where Google's default holds.
    """
    shares, asked = shares_for(needs)
    needed = max(int(MAX_CONNECTIONS.low), max_connections_for(asked))
    memory = memory_for(needed)
    tier = cheapest_tier(site, memory)
    if tier is None or not MAX_CONNECTIONS.holds(needed):
        return _no_tier(site, needed, memory)
    default = default_max_connections(tier.memory_mb)
    flag = None if default >= needed else needed
    if written is not None and written >= needed and check_max_connections(written, tier.memory_mb) is None:
        flag = written
    kept: Mapping[str, int] = {need.demand.service: need.demand.share for need in needs}
    plan = _shared(needs, kept, flag or default)
    if plan is None:
        kept, plan = shares, _shared(needs, shares, flag or default)
    if plan is None:  # max_connections_for has said that so many are enough
        raise ValueError(f"{needed} connections are not enough for {asked}")
    return SizedDatabase(tier, needed, flag, kept, plan, memory)


def _shared(needs: Sequence[Need], shares: Mapping[str, int], connections: int) -> PoolPlan | None:
    """The pools by these shares; None when a process gets less than it needs."""
    plan = derive_pools(
        connections, [replace(need.demand, share=shares[need.demand.service]) for need in needs]
    )
    if isinstance(plan, PoolRefusal):
        return None
    enough = all(plan.pools[need.demand.service].connections >= need.connections for need in needs)
    return plan if enough else None


def shares_for(needs: Sequence[Need]) -> tuple[Mapping[str, int], int]:
    """The smallest shares by which each process gets what it needs, and the connections that takes.

    A share gives a multiple of one unit. Without rounding that unit is what all needs are multiples of; where
    shares would then be too large, a larger unit wastes least.
    """
    most = max((need.connections for need in needs), default=1)
    best: tuple[int, int] | None = None
    for unit in range(1, most + 1):
        if ceil(most / unit) <= MOST_SHARE:
            asked = sum(need.demand.processes * unit * ceil(need.connections / unit) for need in needs)
            best = min(best or (asked, -unit), (asked, -unit))
    asked, unit = best if best is not None else (0, -1)
    return {need.demand.service: ceil(need.connections / -unit) for need in needs}, asked


def cheapest_tier(site: Site, memory_mb: int) -> sql.Tier | None:
    """The tier with fewest vCPUs, then least memory, that has so much memory; None when there is none."""
    tiers = sql.smallest_tiers(site.edition, site.disk_type, max(memory_mb, site.least_memory_mb))
    fit = [
        tier
        for tier in tiers
        if tier.vcpus >= site.least_vcpus and (site.shared_core or not tier.shared_core)
    ]
    return min(fit, key=lambda tier: (tier.vcpus, tier.memory_mb), default=None)


def size_connector(mbps: Fraction) -> SizedConnector | Unfit:
    """The cheapest connector that carries so many Mbps at full size."""
    sizes = range(int(connector.MAX_INSTANCES.low), int(connector.MAX_INSTANCES.high) + 1)
    fit = [
        SizedConnector(machine, instances)
        for machine in connector.MACHINE_TYPES.values()
        for instances in sizes
        if machine.mbps(instances) >= mbps
    ]
    if fit:
        return min(fit, key=lambda one: one.cost)
    largest = max(connector.MACHINE_TYPES.values(), key=lambda machine: machine.most_mbps)
    return Unfit(
        f"{ceil(mbps)} Mbps pass no connector: {sizes[-1]} instances of {largest.name} carry "
        f"{largest.most_mbps} ({connector.SCALING})",
        "move less through it, or write egress.via: direct, which carries a gigabit an instance of a service",
    )


def _no_tier(site: Site, needed: int, memory: int) -> Unfit:
    largest = sql.largest_tier(site.edition, site.disk_type)
    kept = f" on at least {site.least_vcpus} vCPUs" if site.least_vcpus > 1 else ""
    memory = max(memory, site.least_memory_mb)
    return Unfit(
        f"{needed} connections need {memory} MB{kept}, and the largest tier of {site.edition} on "
        f"{site.disk_type}, {largest.name}, has {largest.memory_mb} MB and {largest.vcpus} vCPUs",
        "lower the pool, the most instances or the workers, or let a request give its connection back sooner",
    )
