"""The server has as many connections as all pools of all services will ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from probes.context import FailedError, SkippedError
from probes.postgres import connect, database_of, evidence_of
from probes.registry import check
from probes.report import Evidence

if TYPE_CHECKING:
    from probes.assignment import Assignment
    from probes.context import Context

# `reserved_connections` is there since PostgreSQL 16.
_QUERY: Final = """
SELECT current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int
         + coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int
"""


def _applies(assignment: Assignment) -> str:
    if assignment.database is None:
        return "the service has no database"
    return "" if assignment.database.connections_asked is not None else "nobody counted what all pools ask"


@check("database-capacity", "database", deadline=4, applies=_applies)
async def database_capacity(context: Context) -> None:
    """What the server allows against what is asked and what must be left beside it."""
    names = database_of(context)
    connection = await connect(context)
    try:
        context.stage("waiting for the server's settings")
        row = await (await connection.execute(_QUERY)).fetchone()
    except psycopg.Error as error:
        raise FailedError(evidence_of(error), str(error).strip()) from None
    finally:
        await connection.close()
    if row is None or names.connections_asked is None:
        raise SkippedError("the server does not tell its settings")
    most, kept_by_server = int(row[0]), int(row[1])
    kept = max(kept_by_server, names.connections_reserved)
    context.observed.update(maxConnections=most, reserved=kept, asked=names.connections_asked)
    if names.connections_asked + kept > most:
        raise FailedError(
            Evidence.TOO_FEW_CONNECTIONS,
            f"all pools ask for {names.connections_asked} connections, {kept} are kept back, and the server "
            f"has {most} (max_connections)",
        )
