"""How many connections a Cloud SQL instance can bear, and the flags that follow from its memory.

Owns Google's defaults for `max_connections` and `shared_buffers`, and the margins of this project (the
constants that name no source). Does not own pools: see `pools`.
"""

from dataclasses import dataclass

from catalog.source import Breach, Limit, Source

FLAGS = Source("https://cloud.google.com/sql/docs/postgres/flags")
MEMORY = Source("https://cloud.google.com/sql/docs/postgres/manage-memory-usage-best-practices")
POSTGRES_MEMORY = Source("https://www.postgresql.org/docs/current/runtime-config-resource.html")
SOCKETS = Source("https://cloud.google.com/sql/docs/postgres/quotas#cloud-run-connection-limits")

MAX_CONNECTIONS = Limit("the flag max_connections is 14 to 262143", 14, 262_143, FLAGS, step=1)
DEFAULT_MAX_CONNECTIONS = (
    (120, 1000),
    (60, 800),
    (30, 600),
    (15, 500),
    (7.5, 400),
    (6, 200),
    (3.75, 100),
    (1.6, 50),
    (0, 25),
)
"""Google's default by memory: from so many GB on, so many connections."""

CONNECTIONS_PER_INSTANCE_OVER_SOCKET = 100
"""Connections that one Cloud Run instance may hold to a Cloud SQL instance over the built-in socket."""

MARGIN = 0.20
"""Part of `max_connections` kept free for what nobody counted (migrations, consoles, a second rollout)."""
SUPERUSER_RESERVED = 3
"""PostgreSQL's `superuser_reserved_connections`: not for services."""
RESERVED = 10
"""Connections kept for Google's own agents and for people who look at a fault."""
MB_PER_CONNECTION = 10
"""Memory that one connection is reckoned to take, in MB."""
MOST_SHARED_BUFFERS = 0.40
"""Largest part of memory for `shared_buffers`: PostgreSQL's advice, for it also relies on the page cache."""
SHARED_BUFFERS = 1 / 3
"""Part of memory that `shared_buffers` is set to: Cloud SQL's default."""
DEFAULT_WORK_MEM_KB = 4096
PAGES_PER_MB = 128
"""Google's unit for `shared_buffers` is a page of 8 KiB."""


def default_max_connections(memory_mb: int) -> int:
    """`max_connections` that Cloud SQL sets for an instance with so much memory."""
    memory_gb = memory_mb / 1024
    return next(connections for least, connections in DEFAULT_MAX_CONNECTIONS if memory_gb >= least)


def shared_buffers_mb(memory_mb: int) -> int:
    """Memory for `shared_buffers`, in MB: a third of the instance's."""
    return int(memory_mb * SHARED_BUFFERS)


def most_connections(memory_mb: int) -> int:
    """Connections that memory holds beside `shared_buffers`, at 10 MB each."""
    return (memory_mb - shared_buffers_mb(memory_mb)) // MB_PER_CONNECTION


def memory_for(connections: int) -> int:
    """Least memory, in MB, that holds so many connections beside `shared_buffers`."""
    memory = connections * MB_PER_CONNECTION
    while (short := connections - most_connections(memory)) > 0:
        memory += short  # a MB more never makes room for more than one, so that this never goes too far
    return memory


def flags(memory_mb: int, max_connections: int | None = None) -> dict[str, str]:
    """Database flags derived from the tier's memory, in Google's units, as text.

    Args:
        memory_mb: Memory of the tier, in MB.
        max_connections: The number decided; None takes Google's default for the memory.
    """
    connections = default_max_connections(memory_mb) if max_connections is None else max_connections
    pages = shared_buffers_mb(memory_mb) * PAGES_PER_MB
    return {"max_connections": str(connections), "shared_buffers": str(pages)}


def check_max_connections(value: int, memory_mb: int) -> Breach | None:
    """Whether the flag is allowed and memory holds so many connections."""
    breach = MAX_CONNECTIONS.check(value)
    most, buffers = most_connections(memory_mb), shared_buffers_mb(memory_mb)
    if breach is not None or value <= most:
        return breach
    why = (
        f"{value} connections at {MB_PER_CONNECTION} MB and {buffers} MB of shared_buffers need "
        f"{value * MB_PER_CONNECTION + buffers} MB, and the tier has {memory_mb} MB"
    )
    return Breach(f"is {value}", why, MEMORY, min(most, default_max_connections(memory_mb)))


def check_shared_buffers(pages: int, memory_mb: int) -> Breach | None:
    """Whether `shared_buffers`, in pages of 8 KiB, stays within 40 % of memory."""
    most = int(memory_mb * MOST_SHARED_BUFFERS) * PAGES_PER_MB
    if pages <= most:
        return None
    why = f"shared_buffers above 40 % of memory ({most} pages of 8 KiB here) starves the page cache"
    return Breach(f"is {pages}", why, POSTGRES_MEMORY, shared_buffers_mb(memory_mb) * PAGES_PER_MB)


def check_connections_memory(value: int, buffers_mb: int, memory_mb: int) -> Breach | None:
    """Whether memory holds so many connections beside so many MB of `shared_buffers`."""
    needed = value * MB_PER_CONNECTION + buffers_mb
    if needed <= memory_mb:
        return None
    why = (
        f"{value} connections at {MB_PER_CONNECTION} MB and {buffers_mb} MB of shared_buffers need "
        f"{needed} MB, and the tier has {memory_mb} MB"
    )
    most = max(0, memory_mb - buffers_mb) // MB_PER_CONNECTION
    return Breach(f"is {value}", why, MEMORY, min(most, default_max_connections(memory_mb)))


def check_work_mem(kilobytes: int, buffers_mb: int, memory_mb: int) -> Breach | None:
    """Whether one sort of one query leaves memory for `shared_buffers`; more than that is not certain."""
    most = (memory_mb - buffers_mb) * 1024
    if kilobytes <= most:
        return None
    why = f"one sort may take all memory that {buffers_mb} MB of shared_buffers leave ({max(0, most)} kB)"
    return Breach(f"is {kilobytes}", why, MEMORY, DEFAULT_WORK_MEM_KB)


@dataclass(frozen=True, slots=True)
class Budget:
    """What services may use of an instance's connections.

    Attributes:
        max_connections: All there are.
        margin: Kept free, a fifth, rounded up.
        reserved: Kept for superusers and people.
    """

    max_connections: int
    margin: int
    reserved: int

    @property
    def usable(self) -> int:
        """Left for services; never below 0."""
        return max(0, self.max_connections - self.margin - self.reserved)

    def __str__(self) -> str:
        """The sum, as messages print it."""
        return (
            f"{self.max_connections} - {self.margin} (margin of {MARGIN:.0%}) - {self.reserved} (reserved) "
            f"= {self.usable}"
        )


def budget(max_connections: int) -> Budget:
    """Connections that services may use between them."""
    return Budget(
        max_connections=max_connections,
        margin=-(-max_connections * 20 // 100),
        reserved=SUPERUSER_RESERVED + RESERVED,
    )
