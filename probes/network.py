"""TCP and TLS as the checks use them: one try, and what became of it as evidence.

Owns which error of the operating system means what. Knows no protocol above.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from probes.context import FailedError, milliseconds
from probes.report import Evidence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from probes.context import Context

_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EACCES, errno.EPERM})
_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
# The first that fits counts.
_KINDS: Final[tuple[tuple[type[OSError], Evidence], ...]] = (
    (socket.gaierror, Evidence.NAME_UNKNOWN),
    (ssl.SSLCertVerificationError, Evidence.TLS_UNTRUSTED),
    (ssl.SSLError, Evidence.TLS_FAILED),
    (ConnectionRefusedError, Evidence.REFUSED),
    (TimeoutError, Evidence.TIMEOUT),
    (ConnectionResetError, Evidence.TLS_FAILED),
)
_QUICK_LOOK_SECONDS: Final = 0.5
_WORDS: Final = {
    Evidence.TIMEOUT: "nothing answers the connection: packets go in and none come back",
    Evidence.UNREACHABLE: "the network has no way there",
    Evidence.REFUSED: "the address answers, and nothing listens on that port",
    Evidence.NAME_UNKNOWN: "the name cannot be resolved",
}


def evidence_of(error: OSError) -> Evidence:
    """What an error at connecting says."""
    if isinstance(error, ssl.SSLError) and any(sign in str(error) for sign in _NO_TLS):
        return Evidence.TLS_MISSING
    for kind, evidence in _KINDS:
        if isinstance(error, kind):
            return evidence
    return Evidence.UNREACHABLE if error.errno in _NO_WAY else Evidence.UNEXPECTED


def words_of(error: OSError) -> str:
    """The error in words: ours where the evidence is plain, the library's beside them."""
    said = _WORDS.get(evidence_of(error), "")
    own = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{said} ({own})" if said else own


async def reach(context: Context, host: str, port: int, usual: tuple[int, ...] = ()) -> None:
    """Opens a TCP connection and closes it: is there a way, and does anything listen?

    Args:
        context: Takes `connectMs`.
        host: Name or address.
        port: The port that the service is told.
        usual: Ports on which such a server usually listens; tried when that one is refused.

    Raises:
        FailedError: There is no connection, and how that looked.
    """
    context.stage("waiting for a TCP connection", Evidence.TIMEOUT)
    started = time.perf_counter()
    try:
        await _touch(host, port)
    except OSError as error:
        evidence = evidence_of(error)
        if evidence is Evidence.REFUSED and (found := await _listening(host, set(usual) - {port})):
            context.observed["answersOnPort"] = found
            words = f"nothing listens on the port that the service is told, and port {found} answers"
            raise FailedError(Evidence.OTHER_PORT, words) from None
        raise FailedError(evidence, words_of(error)) from None
    context.observed["connectMs"] = milliseconds(time.perf_counter() - started)


async def _touch(host: str, port: int) -> None:
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _listening(host: str, ports: set[int]) -> int | None:
    for port in sorted(ports):
        with contextlib.suppress(OSError):
            await asyncio.wait_for(_touch(host, port), _QUICK_LOOK_SECONDS)
            return port
    return None


def trusted() -> ssl.SSLContext:
    """TLS that trusts what the system trusts; `SSL_CERT_FILE` says otherwise, as for every program."""
    return _trusting(os.environ.get("SSL_CERT_FILE"))


@lru_cache(maxsize=1)
def _trusting(_: str | None) -> ssl.SSLContext:
    # Reading every authority takes longer than a handshake, and a hundred handshakes are timed.
    return ssl.create_default_context()


@contextlib.asynccontextmanager
async def tls(host: str, port: int) -> AsyncIterator[ssl.SSLObject]:
    """A TLS connection to a host, its certificate verified; nothing is sent over it.

    Raises:
        OSError: There is none.
    """
    _, writer = await asyncio.open_connection(host, port, ssl=trusted(), server_hostname=host)
    try:
        yield writer.get_extra_info("ssl_object")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
