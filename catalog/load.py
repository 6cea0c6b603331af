"""From a load to instances, connections, clients and throughput: Little's law, and the headroom kept.

Owns the sums, exact where they are rounded up. Does not own what a load is served by (`sizing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from catalog.source import Source

LITTLE = "requests at a time = requests a second x seconds each (Little's law)"
AUTOSCALING = Source("https://cloud.google.com/run/docs/configuring/scaling-controls")
CONCURRENCY_TARGET = Fraction(6, 10)
"""Part of its concurrency at which Cloud Run keeps an instance: it starts another before it is full."""
HEADROOM = Fraction(2, 10)
"""Part kept free of what is measured in bytes; this project's, as the margin of connections is."""
MEGABIT = 1_000_000
BITS_PER_KIB = 8 * 1024
KIB_PER_GB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Load:
    """What is expected of one service at its peak.

    Attributes:
        requests_per_second: Requests that begin in a second, agent runs among them.
        seconds_each: How long one takes.
        web_sockets: WebSockets open at a time; each takes a place of an instance for as long as it is open.
        connection_seconds: For how long a request holds a database connection; None: as long as it takes.
        kib_each: KiB that a request moves through the connector, both ways; None where nobody knows.
        session_kib: KiB that the cache keeps for each open WebSocket; None where nobody knows.
    """

    requests_per_second: float = 0
    seconds_each: float = 1
    web_sockets: int = 0
    connection_seconds: float | None = None
    kib_each: float | None = None
    session_kib: float | None = None

    @property
    def requests(self) -> Fraction:
        """Requests at a time, by Little's law; WebSockets come on top."""
        return _exact(self.requests_per_second) * _exact(self.seconds_each)

    @property
    def holding(self) -> Fraction:
        """Requests at a time that hold a database connection."""
        held = self.seconds_each if self.connection_seconds is None else self.connection_seconds
        return _exact(self.requests_per_second) * _exact(min(held, self.seconds_each))

    @property
    def mbps(self) -> Fraction:
        """What passes the connector, in Mbps; 0 where nobody knows."""
        return _exact(self.requests_per_second) * _exact(self.kib_each or 0) * BITS_PER_KIB / MEGABIT

    @property
    def session_gb(self) -> Fraction:
        """What the cache keeps for sessions, in GB; 0 where nobody knows."""
        return Fraction(self.web_sockets) * _exact(self.session_kib or 0) / KIB_PER_GB


def instances_for(load: Load, concurrency: int) -> int:
    """Instances that carry a load at the concurrency at which Cloud Run keeps them; at least 1."""
    return max(1, ceil((load.requests + load.web_sockets) / (concurrency * CONCURRENCY_TARGET)))


def connections_for(load: Load, processes: int, concurrency: int, workers: int) -> int:
    """Connections that each worker process needs; at least 1.

    Never more than the requests that it can be answering: an instance takes `concurrency` at a time.

    Args:
        load: The load.
        processes: Worker processes that share it.
        concurrency: Requests that an instance answers at a time.
        workers: Worker processes an instance.
    """
    share = ceil(load.holding / (processes * CONCURRENCY_TARGET))
    return max(1, min(share, ceil(Fraction(concurrency, workers))))


def with_headroom(amount: Fraction) -> Fraction:
    """The capacity of which an amount leaves the headroom free."""
    return amount / (1 - HEADROOM)


def _exact(number: float) -> Fraction:
    """The number as it was typed: 0.1 is a tenth, so that no sum is rounded up by what a float adds."""
    return Fraction(str(number))
