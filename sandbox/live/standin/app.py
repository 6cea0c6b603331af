"""The stand-in application's HTTP and WebSocket answers."""

from __future__ import annotations

import hmac
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from sandbox.live.standin import tokens
from sandbox.live.standin.stores import Stores, reason

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from sandbox.live.standin.settings import Settings

UNAUTHORIZED: Final = 4401
"""Close code of a WebSocket whose token is not good."""
_ANSWER: Final = ("All", " systems", " answer", ".")


def application(settings: Settings) -> Starlette:
    """The application.

    Args:
        settings: its environment.
    """
    stores = Stores(settings)

    async def health(_: Request) -> JSONResponse:
        """Whether database and cache answer."""
        faults = await stores.faults()
        if faults:
            return JSONResponse({"status": "unavailable", "causes": faults}, 503)
        return JSONResponse({"status": "ok"})

    async def log_in(request: Request) -> JSONResponse:
        """A token for a service that knows the secret."""
        given = request.headers.get("x-service-secret", "")
        same = hmac.compare_digest(given.encode(), settings.service_secret.encode())
        try:
            service = str(dict(await request.json()).get("service_id") or "")
        except (ValueError, TypeError):
            service = ""
        if not given or not same or not service or not settings.jwt_secret:
            return JSONResponse({"error": "the service is not known, or its secret differs"}, 401)
        token = tokens.sign(service, settings.jwt_secret)
        return JSONResponse({"access_token": token, "token_type": "Bearer"})

    async def chat(socket: WebSocket) -> None:
        """A conversation: each message is answered token by token."""
        await socket.accept()
        scheme, _, token = socket.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or tokens.verify(token, settings.jwt_secret) is None:
            await socket.close(UNAUTHORIZED, "the token is not good")
            return
        with suppress(WebSocketDisconnect):
            while True:
                await _converse(socket, stores, await socket.receive_text())

    return Starlette(
        routes=[
            Route("/auth/service", log_in, methods=["POST"]),
            WebSocketRoute("/ws", chat),
            Route("/{path:path}", health, methods=["GET"]),
        ]
    )


async def _converse(socket: WebSocket, stores: Stores, text: str) -> None:
    try:
        message = dict(json.loads(text))
    except (ValueError, TypeError):
        message = {}
    if message.get("type") != "message":
        await socket.send_json({"type": "error", "text": "a message has type and text"})
        return
    for name, ask in (
        ("database", stores.ask_database),
        ("cache", stores.ask_cache),
        ("model", stores.ask_model),
    ):
        try:
            await ask()
        except Exception as error:  # noqa: BLE001 - whatever fails, the client is told which
            await socket.send_json({"type": "error", "cause": name, "text": f"{name}: {reason(error)}"})
            return
    for word in _ANSWER:
        await socket.send_json({"type": "token", "text": word})
    await socket.send_json({"type": "end"})
