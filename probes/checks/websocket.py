"""A WebSocket opens through the host that users come by, stays open, and does so many times in a row."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from probes.context import FailedError, SkippedError, milliseconds, percentile
from probes.front import UNAUTHORIZED_CLOSE, opened, token_of
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from probes.assignment import WebSockets
    from probes.context import Context

AT_ONCE: Final = 8
"""Handshakes in flight: few enough to load nothing, enough to be done in time over a long way."""
_PART_OF_THE_DEADLINE: Final = 0.7
NONE: Final = "the contract asks for no WebSocket"


@check(
    "websocket",
    "front-door",
    deadline=4,
    applies=lambda assignment: when(assignment.web_sockets, NONE),
)
async def websocket(context: Context) -> None:
    """One socket, open for some seconds, a ping answered at the end."""
    wanted = _wanted(context)
    token = await token_of(context, wanted.login)
    started = time.perf_counter()
    async with opened(context, wanted.socket, token) as socket:
        context.observed["handshakeMs"] = milliseconds(time.perf_counter() - started)
        context.stage("keeping the WebSocket open", Evidence.CLOSED_EARLY)
        waiting = asyncio.ensure_future(socket.wait_closed())
        done, _ = await asyncio.wait({waiting}, timeout=wanted.open_seconds)
        waiting.cancel()
        if done:
            code = socket.close_code
            context.observed["closeCode"] = code
            raise FailedError(
                Evidence.UNAUTHORIZED if code in UNAUTHORIZED_CLOSE else Evidence.CLOSED_EARLY,
                f"the WebSocket was closed (code {code}) before {wanted.open_seconds:g} s had passed",
            )
        await (await socket.ping())
        context.observed["openSeconds"] = wanted.open_seconds


@check(
    "websocket-handshakes",
    "front-door",
    deadline=4,
    heavy=True,
    applies=lambda assignment: when(assignment.web_sockets, NONE),
)
async def handshakes(context: Context) -> None:
    """Many handshakes, a few in flight at a time; one that is lost is one too many.

    Where there is no time for all of them, as over a long way, those that were made count.
    """
    wanted = _wanted(context)
    token = await token_of(context, wanted.login)
    taken: list[float] = []
    lost: list[FailedError] = []
    left = iter(range(wanted.handshakes))

    async def some() -> None:
        for _ in left:
            if context.left < context.deadline * (1 - _PART_OF_THE_DEADLINE):
                return
            started = time.perf_counter()
            try:
                async with opened(context, wanted.socket, token):
                    taken.append(time.perf_counter() - started)
            except FailedError as error:
                lost.append(error)
            _count(context, taken, len(lost))

    context.observed["asked"] = wanted.handshakes
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    if lost:
        all_alike = not taken and len({error.evidence for error in lost}) == 1
        evidence = lost[0].evidence if all_alike else Evidence.HANDSHAKES_LOST
        tried = len(taken) + len(lost)
        words = f"{len(lost)} of {tried} handshakes failed, the first: {lost[0]}"
        raise FailedError(evidence, words)


def _count(context: Context, taken: list[float], lost: int) -> None:
    tried = len(taken) + lost
    context.observed.update(tried=tried, succeeded=len(taken), rate=round(len(taken) / tried, 3))
    if taken:
        context.observed["p95Ms"] = milliseconds(percentile(taken, 0.95))


def _wanted(context: Context) -> WebSockets:
    if context.assignment.web_sockets is None:
        raise SkippedError(NONE)
    return context.assignment.web_sockets
