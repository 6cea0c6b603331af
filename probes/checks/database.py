"""PostgreSQL logs the service in, over TLS as it is told to, and answers trivial queries in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import psycopg

from probes.context import FailedError, milliseconds, percentile
from probes.postgres import connect, database_of, evidence_of
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from probes.context import Context

QUERIES: Final = 20
_PART_OF_THE_DEADLINE: Final = 0.6


@check(
    "database",
    "database",
    deadline=4,
    applies=lambda assignment: when(assignment.database, "the service has no database"),
)
async def database(context: Context) -> None:
    """One connection, then `SELECT 1` as often as the time allows, twenty times at most."""
    connection = await connect(context)
    try:
        await _ask(context, connection)
    except psycopg.Error as error:
        raise FailedError(evidence_of(error), str(error).strip()) from None
    finally:
        await connection.close()


async def _ask(context: Context, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    names = database_of(context)
    context.observed["encrypted"] = connection.pgconn.ssl_in_use
    running = connection.info.server_version // 10_000
    context.observed["serverVersion"] = running
    if names.version is not None and running != names.version:
        context.notes.append(
            f"the server is PostgreSQL {running}, and the settings ask for {names.version}: "
            f"{running} stands in for {names.version}"
        )
    context.stage("waiting for SELECT 1")
    samples: list[float] = []
    while len(samples) < QUERIES and context.left > context.deadline * (1 - _PART_OF_THE_DEADLINE):
        started = time.perf_counter()
        await connection.execute("SELECT 1")
        samples.append(time.perf_counter() - started)
        context.observed["queries"] = len(samples)
        context.observed["p50Ms"] = milliseconds(percentile(samples, 0.5))
        context.observed["p95Ms"] = milliseconds(percentile(samples, 0.95))
    if not samples:
        raise FailedError(Evidence.SLOW, "the login alone took the time there was for queries")
    slowest = milliseconds(percentile(samples, 0.95))
    if slowest > names.p95_ms:
        raise FailedError(
            Evidence.SLOW,
            f"95 of 100 SELECT 1 take up to {slowest:g} ms, and {names.p95_ms:g} ms is the most allowed",
        )
