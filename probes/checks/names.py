"""Every host name that the service is told can be resolved."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from probes.context import FailedError
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from probes.assignment import Assignment
    from probes.context import Context

SECONDS: Final = 4


@check(
    "names",
    "names",
    deadline=SECONDS,
    applies=lambda assignment: when(list(_wanted(assignment)), "the service is told no host by name"),
)
async def names(context: Context) -> None:
    """All of them at once."""
    hosts = sorted({_host(context, each) for each in _wanted(context.assignment)} - {""})
    context.observed["asked"] = len(hosts)
    context.stage("waiting for the resolver", Evidence.NAME_UNKNOWN)
    found = await asyncio.gather(*(_resolves(host) for host in hosts))
    unknown = [host for host, there in zip(hosts, found, strict=True) if not there]
    if unknown:
        context.observed["unknown"] = unknown
        raise FailedError(Evidence.NAME_UNKNOWN, f"no address for {', '.join(unknown)}")


def _wanted(assignment: Assignment) -> Iterator[str]:
    """Names, `$VARIABLE` for one that a variable holds."""
    for host in assignment.internet:
        yield host.host or f"${host.host_from}"
    for part in (assignment.web_sockets, assignment.golden_path):
        if part is not None:
            yield urlsplit(part.socket.url).hostname or ""
            if part.login is not None:
                yield urlsplit(part.login.url).hostname or ""


def _host(context: Context, wanted: str) -> str:
    return context.environ.get(wanted[1:], "") if wanted.startswith("$") else wanted


async def _resolves(host: str) -> bool:
    try:
        return bool(await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return False
