"""A TLS handshake with each host on the internet. No request is sent and no key is spent."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from probes.context import FailedError, milliseconds
from probes.network import evidence_of, tls, words_of
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from probes.assignment import Host
    from probes.context import Context

SECONDS: Final = 4
_EACH: Final = 0.9
# Private Google Access leads to these, with and without a way to the internet.
_GOOGLES_OWN: Final = (".googleapis.com", ".gcr.io", ".pkg.dev")
_NO_WAY_OUT: Final = frozenset({Evidence.TIMEOUT, Evidence.UNREACHABLE})


@check(
    "internet",
    "internet",
    deadline=SECONDS,
    applies=lambda assignment: when(assignment.internet, "the contract names no host on the internet"),
)
async def internet(context: Context) -> None:
    """All of them at once. None in reach is another fault than one that is away."""
    wanted = [(_name(context, host), host.port) for host in context.assignment.internet]
    context.stage("waiting for TLS handshakes", Evidence.TIMEOUT)
    found = await asyncio.gather(*(_shake(context, host, port) for host, port in wanted))
    failed = {
        f"{host}:{port}": problem
        for (host, port), problem in zip(wanted, found, strict=True)
        if problem is not None
    }
    if not failed:
        return
    evidence = {evidence for evidence, _ in failed.values()}
    said = "; ".join(f"{host}: {words}" for host, (_, words) in failed.items())
    abroad = {f"{host}:{port}" for host, port in wanted if not host.endswith(_GOOGLES_OWN)}
    if abroad <= set(failed) and len(abroad) > 1 and evidence <= _NO_WAY_OUT:
        raise FailedError(
            Evidence.ALL_HOSTS_OUT, f"none of {len(abroad)} hosts on the internet is in reach: {said}"
        )
    raise FailedError(evidence.pop() if len(evidence) == 1 else Evidence.UNEXPECTED, said)


def _name(context: Context, host: Host) -> str:
    return host.host if host.host is not None else context.value(str(host.host_from))


async def _shake(context: Context, host: str, port: int) -> tuple[Evidence, str] | None:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(context.deadline * _EACH), tls(host, port) as session:
            context.observed[f"{host}:{port}"] = (
                f"{session.version()} in {milliseconds(time.perf_counter() - started):g} ms"
            )
    except OSError as error:
        context.observed[f"{host}:{port}"] = evidence_of(error).value
        return evidence_of(error), words_of(error)
    return None
