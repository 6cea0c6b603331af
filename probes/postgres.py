"""A connection to the service's PostgreSQL, as the service itself would open it.

Owns which of the server's words mean what. What is asked over the connection is the checks' own.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

import psycopg

from probes.context import FailedError, SkippedError, milliseconds
from probes.network import reach
from probes.report import Evidence

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

    from probes.assignment import Database
    from probes.context import Context

PORT: Final = 5432
_SSL_MODES: Final = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_SAID: Final = (
    (r"password authentication failed|SCRAM", Evidence.PASSWORD_WRONG),
    (r"no password supplied", Evidence.PASSWORD_ASKED),
    (r"too many (clients|connections)|remaining connection slots", Evidence.TOO_MANY_CLIENTS),
    (r"database .* does not exist", Evidence.DATABASE_UNKNOWN),
    (r"server does not support SSL", Evidence.TLS_MISSING),
    (r"certificate verify failed|root certificate|does not match host name", Evidence.TLS_UNTRUSTED),
    (r"no pg_hba\.conf entry|pg_hba\.conf rejects", Evidence.NOT_ADMITTED),
    (r"SSL error|SSL SYSCALL", Evidence.TLS_FAILED),
    (r"Connection refused", Evidence.REFUSED),
    (r"timeout expired|timed out", Evidence.SLOW),
)


def database_of(context: Context) -> Database:
    """The assignment's database.

    Raises:
        SkippedError: There is none; the registry does not let it come to that.
    """
    if context.assignment.database is None:
        raise SkippedError("the service has no database")
    return context.assignment.database


async def connect(context: Context, *, look_first: bool = True) -> psycopg.AsyncConnection[TupleRow]:
    """Opens one connection; the caller closes it.

    Args:
        context: Takes `connectMs` (TCP) and `loginMs` (TLS and login).
        look_first: Whether a bare TCP connection is tried before, to tell no way from no server.

    Raises:
        FailedError: There is no connection, and how that looked.
        SkippedError: A variable that says where it is has no value.
    """
    names = database_of(context)
    host, port = context.value(names.host), context.number(names.port, PORT)
    mode = context.value(names.ssl_mode)
    if mode not in _SSL_MODES:
        raise FailedError(Evidence.UNEXPECTED, f"{names.ssl_mode} holds no mode that PostgreSQL knows")
    if look_first and not host.startswith("/"):
        await reach(context, host, port, (PORT,))
    context.stage("waiting for PostgreSQL to log the service in")
    started = time.perf_counter()
    try:
        connection = await psycopg.AsyncConnection.connect(
            host=host,
            port=port,
            dbname=context.value(names.name),
            user=context.value(names.user),
            password=context.environ.get(names.password, ""),
            sslmode=mode,
            application_name="plumb-verify",
            autocommit=True,
        )
    except psycopg.Error as error:
        raise FailedError(evidence_of(error), str(error).strip()) from None
    if look_first:
        context.observed["loginMs"] = milliseconds(time.perf_counter() - started)
    return connection


def evidence_of(error: psycopg.Error) -> Evidence:
    """What the server's words say."""
    said = str(error)
    return next((evidence for pattern, evidence in _SAID if re.search(pattern, said)), Evidence.UNEXPECTED)
