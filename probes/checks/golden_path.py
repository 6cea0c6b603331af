"""What a user does, end to end: log in, open the socket, send a message, and get the first token in time."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from websockets.exceptions import ConnectionClosed

from probes.context import FailedError, SkippedError, milliseconds
from probes.front import UNAUTHORIZED_CLOSE, opened, token_of
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from probes.assignment import GoldenPath
    from probes.context import Context

NONE: Final = "the contract gives no golden path"


@check(
    "golden-path",
    "golden-path",
    deadline=4.5,
    applies=lambda assignment: when(assignment.golden_path, NONE),
)
async def golden_path(context: Context) -> None:
    """The steps of the contract, within its budget."""
    steps = context.assignment.golden_path
    if steps is None:
        raise SkippedError(NONE)
    started = time.perf_counter()
    token = await token_of(context, steps.login)
    context.observed["loginMs"] = milliseconds(time.perf_counter() - started)
    async with opened(context, steps.socket, token) as socket:
        context.observed["openMs"] = milliseconds(time.perf_counter() - started)
        await socket.send(json.dumps({key: context.filled(text, token) for key, text in steps.send.items()}))
        context.stage("waiting for the first token")
        await _first(context, steps, socket)
    took = time.perf_counter() - started
    context.observed.update(firstTokenMs=milliseconds(took), budgetMs=milliseconds(steps.seconds))
    if took > steps.seconds:
        raise FailedError(
            Evidence.SLOW, f"the first token came after {took:.1f} s, and {steps.seconds:g} s is the budget"
        )


async def _first(context: Context, steps: GoldenPath, socket: ClientConnection) -> None:
    """Reads until a message holds what is expected."""
    try:
        while True:
            message = _read(await socket.recv())
            if all(message.get(key) == value for key, value in steps.expect.items()):
                return
            kind = message.get("type")
            context.observed["lastMessage"] = kind if isinstance(kind, str) else "no type"
            if kind == "error":
                raise FailedError(Evidence.UNEXPECTED, f"the service answers with an error: {message}")
    except ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else None
        context.observed["closeCode"] = code
        evidence = Evidence.UNAUTHORIZED if code in UNAUTHORIZED_CLOSE else Evidence.CLOSED_EARLY
        raise FailedError(evidence, f"the WebSocket was closed (code {code}) before a token") from None


def _read(message: str | bytes) -> dict[str, object]:
    try:
        found = json.loads(message)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
