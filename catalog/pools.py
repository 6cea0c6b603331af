"""Connection pools: how large each service's may be, so that all of them together fit the database.

Owns the derivation and its refusal. Does not know how a service is told of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.sql_sizing import Budget, budget

RECYCLE_SECONDS = 540
"""Age at which a pool replaces a connection: below the cut-off, so that none was idle for longer."""
CANDIDATE_INSTANCES = 1
"""Instances of a tagged revision without traffic that are reckoned with while it is checked."""
OVERFLOW_PART = 3
"""One connection in so many is overflow: opened under load, closed after."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A service that uses the database.

    Attributes:
        service: Its key.
        max_instances: Most instances of all revisions that receive traffic; at least 1.
        candidate_instances: Instances that a tagged revision without traffic may add during a rollout.
        workers: Worker processes an instance, each with a pool of its own; at least 1.
        share: Weight when connections are shared out; at least 1.
    """

    service: str
    max_instances: int
    candidate_instances: int = 0
    workers: int = 1
    share: int = 1

    @property
    def processes(self) -> int:
        """Processes, each with a pool, at full scale with a rollout under way."""
        return (self.max_instances + self.candidate_instances) * self.workers

    def __str__(self) -> str:
        """The count, as messages print it."""
        return (
            f"{self.service}: ({self.max_instances} instances + {self.candidate_instances} of a candidate) "
            f"x {self.workers} workers = {self.processes}"
        )


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool of one worker process.

    Attributes:
        pool_size: Connections kept open; at least 1.
        max_overflow: Further connections under load.
        recycle_seconds: Age at which a connection is replaced.
    """

    pool_size: int
    max_overflow: int
    recycle_seconds: int = RECYCLE_SECONDS

    @property
    def connections(self) -> int:
        """Most connections of the process."""
        return self.pool_size + self.max_overflow


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """Pools that fit.

    Attributes:
        pools: Pool of each worker process, by service.
        budget: What there was to share.
        asked: Connections that all pools open at most.
    """

    pools: Mapping[str, Pool]
    budget: Budget
    asked: int


@dataclass(frozen=True, slots=True)
class PoolRefusal:
    """No pools fit: even one connection a process is too much.

    Attributes:
        demands: The services that ask.
        budget: What there is to share.
    """

    demands: tuple[Demand, ...]
    budget: Budget

    @property
    def asked(self) -> int:
        """Connections needed if every process opened one."""
        return sum(demand.processes for demand in self.demands)

    @property
    def max_connections_needed(self) -> int:
        """Smallest `max_connections` at which every process gets one connection."""
        return max(self.budget.max_connections, max_connections_for(self.asked))

    @property
    def arithmetic(self) -> str:
        """Which service asks what, and what there is, in one line."""
        asks = "; ".join(str(demand) for demand in self.demands)
        return f"{asks}; together {self.asked} at one connection each, and there are {self.budget}"


def derive_pools(max_connections: int, demands: Sequence[Demand]) -> PoolPlan | PoolRefusal:
    """Share the database's connections out among services.

    Every process of a service gets `share` times as much as one of a service with share 1, as many as fit;
    what is left goes, one a process, to whoever has least for its share. The result always fits, no pool is
    empty, and no service's pool could grow by one.

    Args:
        max_connections: The instance's flag.
        demands: The services, each once.

    Returns:
        The plan, or the refusal with its arithmetic when not even one connection a process fits.
    """
    room = budget(max_connections)
    if sum(demand.processes for demand in demands) > room.usable:
        return PoolRefusal(tuple(demands), room)
    weighted = sum(demand.processes * demand.share for demand in demands)
    unit = room.usable // weighted if weighted else 0
    sizes = {demand.service: max(1, unit * demand.share) for demand in demands}
    left = room.usable - sum(demand.processes * sizes[demand.service] for demand in demands)
    while grown := min(
        (demand for demand in demands if demand.processes <= left),
        key=lambda demand: sizes[demand.service] / demand.share,
        default=None,
    ):
        sizes[grown.service] += 1
        left -= grown.processes
    pools = {service: split(size) for service, size in sizes.items()}
    return PoolPlan(pools, room, room.usable - left)


def split(connections: int) -> Pool:
    """Divide a process's connections: a third of them, rounded down, is overflow."""
    overflow = connections // OVERFLOW_PART
    return Pool(pool_size=connections - overflow, max_overflow=overflow)


def connections_asked(demand: Demand, pool: Pool) -> int:
    """Connections that a service opens at full scale with this pool, a rollout under way."""
    return demand.processes * pool.connections


def max_connections_for(asked: int) -> int:
    """Smallest `max_connections` that leaves so many for services."""
    needed = asked
    while (short := asked - budget(needed).usable) > 0:
        needed += short  # each one more leaves at most one more, so that this never goes too far
    return needed
