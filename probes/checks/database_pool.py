"""A pool of the configured size really opens, at once, and its connections can be replaced."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import psycopg

from probes.context import FailedError, milliseconds
from probes.postgres import connect, database_of, evidence_of
from probes.registry import check
from probes.report import Evidence

if TYPE_CHECKING:
    from probes.assignment import Assignment
    from probes.context import Context

_FREE: Final = """
SELECT current_setting('max_connections')::int
       - current_setting('superuser_reserved_connections')::int
       - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int
       - count(*)::int
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


def _applies(assignment: Assignment) -> str:
    if assignment.database is None:
        return "the service has no database"
    return "" if assignment.database.pool_connections is not None else "the service keeps no pool"


@check("database-pool", "database", deadline=3, applies=_applies, heavy=True)
async def database_pool(context: Context) -> None:
    """As many connections at once as one process may open; then each is closed and opened anew.

    They are opened only where they are free: a check must not take the service's last connections.
    """
    names = database_of(context)
    size = names.pool_connections or 1
    context.observed["size"] = size
    first = await connect(context)
    opened: list[Any] = []
    try:
        await _only_if_free(context, first, size)
        context.stage(f"opening {size} connections at once")
        started = time.perf_counter()
        before = await _open(context, size, opened)
        context.observed["openedMs"] = milliseconds(time.perf_counter() - started)
        context.stage("replacing every connection")
        await _close(opened)
        after = await _open(context, size, opened)
        context.observed.update(opened=len(before), recycled=len(after - before))
        if len(before) < size or after & before:
            raise FailedError(
                Evidence.UNEXPECTED, "connections of the pool are shared: something pools in between"
            )
    except psycopg.Error as error:
        raise FailedError(evidence_of(error), str(error).strip()) from None
    finally:
        await _close([first, *opened])


async def _only_if_free(context: Context, connection: psycopg.AsyncConnection[Any], size: int) -> None:
    context.stage("counting free connections")
    row = await (await connection.execute(_FREE)).fetchone()
    free = int(row[0]) if row else 0
    context.observed["free"] = free
    if free < size:
        raise FailedError(
            Evidence.TOO_MANY_CLIENTS,
            f"one process may open {size} connections, and {max(free, 0)} are free: none was opened",
        )


async def _open(context: Context, size: int, opened: list[Any]) -> set[int]:
    """Opens connections at once and returns the servers' processes behind them."""

    async def one() -> int:
        connection = await connect(context, look_first=False)
        opened.append(connection)
        return connection.info.backend_pid

    done = await asyncio.gather(*(one() for _ in range(size)), return_exceptions=True)
    failed = [each for each in done if isinstance(each, BaseException)]
    if failed:
        context.observed["opened"] = size - len(failed)
        raise failed[0]
    return {pid for pid in done if isinstance(pid, int)}


async def _close(connections: list[Any]) -> None:
    await asyncio.gather(*(each.close() for each in connections), return_exceptions=True)
    connections.clear()
