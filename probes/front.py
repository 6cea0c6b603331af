"""Log in and open a WebSocket through the load balancer, as the assignment describes both.

Owns the two steps that several checks take, and what an HTTP status means there.
"""

from __future__ import annotations

import contextlib
import http
from typing import TYPE_CHECKING, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

from probes.context import FailedError
from probes.network import evidence_of, trusted, words_of
from probes.report import Evidence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from probes.assignment import Login, Socket
    from probes.context import Context

UNAUTHORIZED_CLOSE: Final = range(4401, 4404)
"""Codes by which applications close a socket whose token they do not take."""


async def token_of(context: Context, login: Login | None) -> str:
    """A token from the login; an empty one where the assignment has no login.

    Raises:
        FailedError: There is none, and how that looked.
    """
    if login is None:
        return ""
    headers = {name: context.filled(value) for name, value in login.headers.items()}
    body = {name: context.filled(value) for name, value in login.json_body.items()}
    context.stage("waiting for the login", Evidence.TIMEOUT)
    try:
        # What a proxy's variables say is not the way that the service goes.
        async with httpx.AsyncClient(verify=trusted(), trust_env=False, timeout=context.deadline) as client:
            answer = await client.post(login.url, headers=headers, json=body)
    except httpx.TransportError as error:
        raise FailedError(*_of_transport(error, "the login")) from None
    if answer.status_code != http.HTTPStatus.OK:
        context.observed["status"] = answer.status_code
        raise FailedError(*of_status(answer.status_code, "the login"))
    token = _token(answer, login.token)
    context.scrub.hide(token, "$token")
    return token


def _token(answer: httpx.Response, key: str) -> str:
    with contextlib.suppress(ValueError):
        found = answer.json()
        if isinstance(found, dict) and isinstance(found.get(key), str) and found[key]:
            return str(found[key])
    raise FailedError(Evidence.UNEXPECTED, f"the login answers without {key}")


@contextlib.asynccontextmanager
async def opened(context: Context, socket: Socket, token: str) -> AsyncIterator[ClientConnection]:
    """A WebSocket that was opened.

    Raises:
        FailedError: It was not, or broke, and how that looked.
    """
    headers = {name: context.filled(value, token) for name, value in socket.headers.items()}
    context.stage("waiting for the WebSocket's handshake", Evidence.TIMEOUT)
    try:
        async with connect(
            socket.url,
            additional_headers=headers,
            ssl=trusted() if socket.url.startswith("wss:") else None,
            proxy=None,
            open_timeout=context.deadline,
            close_timeout=0.5,
        ) as connection:
            yield connection
    except InvalidStatus as error:
        context.observed["status"] = error.response.status_code
        raise FailedError(*of_status(error.response.status_code, "the WebSocket's handshake")) from None
    except InvalidHandshake as error:
        raise FailedError(Evidence.UNEXPECTED, f"{type(error).__name__}: {error}") from None
    except WebSocketException as error:
        raise FailedError(_of_close(error), f"the WebSocket was closed: {error}") from None
    except OSError as error:
        raise FailedError(evidence_of(error), f"the WebSocket: {words_of(error)}") from None


def of_status(status: int, what: str) -> tuple[Evidence, str]:
    """What a status says that is not the one that was hoped for."""
    refused = status in {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN}
    name = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else "unknown"
    return (
        Evidence.UNAUTHORIZED if refused and what == "the login" else Evidence.HTTP_STATUS,
        f"{what} is answered with HTTP {status} ({name})",
    )


def _of_transport(error: httpx.TransportError, what: str) -> tuple[Evidence, str]:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return evidence_of(cause), f"{what}: {words_of(cause)}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return Evidence.TIMEOUT, f"{what}: no answer in time"
    return Evidence.UNEXPECTED, f"{what}: {type(error).__name__}: {error}"


def _of_close(error: WebSocketException) -> Evidence:
    received = getattr(error, "rcvd", None)
    if received is not None and received.code in UNAUTHORIZED_CLOSE:
        return Evidence.UNAUTHORIZED
    return Evidence.CLOSED_EARLY
