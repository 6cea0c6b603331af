"""A connection to the service's Redis, as the service itself would open it.

Owns which of the server's words mean what. The instance's own certificate authority (`REDIS_CA_CERT`) proves
who answers: it signs for that one instance, and its certificates carry no name that could be checked.
https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from typing import TYPE_CHECKING, Any, Final

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from probes.context import FailedError, SkippedError
from probes.network import evidence_of as evidence_of_network
from probes.network import reach
from probes.report import Evidence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from probes.assignment import Cache
    from probes.context import Context

TLS_PORT: Final = 6378
PLAIN_PORT: Final = 6379
_SILENT_SECONDS: Final = 1
_SAID: Final = (
    (r"WRONGPASS|invalid (username-)?password", Evidence.PASSWORD_WRONG),
    (r"NOAUTH|Authentication required", Evidence.PASSWORD_ASKED),
    (r"without any password configured|no password is set", Evidence.PASSWORD_NOT_ASKED),
    (r"max number of clients", Evidence.TOO_MANY_CLIENTS),
    (r"CERTIFICATE_VERIFY_FAILED", Evidence.TLS_UNTRUSTED),
    (r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE", Evidence.TLS_MISSING),
    (r"SSL", Evidence.TLS_FAILED),
)


class _Trusting(Connection):
    """A connection that trusts one authority and no other; the library's own adds the system's."""

    def __init__(self, tls: ssl.SSLContext, **options: Any) -> None:  # noqa: ANN401 - the library's own options
        self._tls = tls
        super().__init__(**options)

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), "ssl": self._tls}


def _trusting(variable: str, certificate: str) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    try:
        tls.load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError):
        raise FailedError(Evidence.TLS_UNTRUSTED, f"{variable} holds no certificate in PEM") from None
    return tls


def cache_of(context: Context) -> Cache:
    """The assignment's cache.

    Raises:
        SkippedError: There is none; the registry does not let it come to that.
    """
    if context.assignment.cache is None:
        raise SkippedError("the service has no cache")
    return context.assignment.cache


@contextlib.asynccontextmanager
async def connected(context: Context) -> AsyncIterator[Redis]:
    """A client on one connection, logged in over TLS.

    Raises:
        FailedError: There is no connection, or a command on it failed, and how that looked.
        SkippedError: A variable that says where it is has no value.
    """
    names = cache_of(context)
    host, port = context.value(names.host), context.number(names.port, TLS_PORT)
    certificate = context.value(names.ca_cert)
    await reach(context, host, port, (TLS_PORT, PLAIN_PORT))
    context.stage("waiting for Redis to answer over TLS")
    pool = ConnectionPool(
        connection_class=_Trusting,
        tls=_trusting(names.ca_cert, certificate),
        host=host,
        port=port,
        password=context.environ.get(names.password) or None,
        decode_responses=True,
        protocol=2,
        # The check's own deadline ends every wait.
        socket_timeout=None,
        socket_connect_timeout=None,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,
    )
    client = Redis(connection_pool=pool, single_connection_client=True)
    try:
        await _log_in(client, host, port)
        yield client
    except RedisError as error:
        raise FailedError(evidence_of(error), f"{type(error).__name__}: {error}") from None
    except OSError as error:
        raise FailedError(evidence_of_network(error), f"{type(error).__name__}: {error}") from None
    finally:
        with contextlib.suppress(RedisError, OSError):
            await client.aclose()
            await pool.aclose()


async def _log_in(client: Redis, host: str, port: int) -> None:
    """Connects; a server without TLS says nothing to a handshake, so a silent one is asked without."""
    waiting = asyncio.ensure_future(client.initialize())
    try:
        done, _ = await asyncio.wait({waiting}, timeout=_SILENT_SECONDS)
        if not done and await _answers_plainly(host, port):
            raise FailedError(Evidence.TLS_MISSING, "the server answers without TLS, and to no TLS handshake")
        await waiting
    finally:
        waiting.cancel()


async def _answers_plainly(host: str, port: int) -> bool:
    with contextlib.suppress(OSError):
        async with asyncio.timeout(_SILENT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"PING\r\n")
                return (await reader.read(1)) in (b"+", b"-")
            finally:
                writer.close()
    return False


def evidence_of(error: RedisError) -> Evidence:
    """What the server's words say."""
    said = " ".join(str(one) for one in _chain(error))
    return next((evidence for pattern, evidence in _SAID if re.search(pattern, said)), Evidence.UNEXPECTED)


def _chain(error: BaseException | None) -> list[Any]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
