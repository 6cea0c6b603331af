"""The load balancer's proxy: TLS at the front, routes by host and path, plain HTTP to revisions, WebSockets.

Owns HTTP/1.1 between a client and a revision. It reads `routes.json` of its folder at its start and on SIGHUP
and knows nothing of the cloud: `servers.routes` writes that file.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import h11

from sandbox.live.programs import matching

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK: Final = 65_536
CONNECT_S: Final = 5.0
_SWITCHING: Final = 101
_HOP_BY_HOP: Final = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding"}
_CUT: Final = (OSError, EOFError, ssl.SSLError, h11.RemoteProtocolError, h11.LocalProtocolError)


class Proxy:
    """The proxy of one public address.

    Args:
        folder: where its routes and its certificate lie.
    """

    def __init__(self, folder: Path) -> None:
        """Read the routes."""
        self._folder = folder
        self._routes: dict[str, Any] = {}
        self.read()

    def read(self) -> None:
        """Read the routes again; connections that are open go on as they began."""
        self._routes = json.loads((self._folder / "routes.json").read_text(encoding="utf-8"))

    async def run(self) -> None:
        """Serve until ended."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.read)
        servers = []
        for number, listener in enumerate(self._routes["listeners"]):
            context = None
            if listener["tls"]:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                context.load_cert_chain(self._folder / "certificate.pem")
                context.set_alpn_protocols(["http/1.1"])

            async def serve(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int = number
            ) -> None:
                await Connection(self, number, reader, writer).run()

            servers.append(
                await asyncio.start_server(serve, self._routes["address"], listener["port"], ssl=context)
            )
        await asyncio.gather(*(server.serve_forever() for server in servers))

    def listener(self, number: int) -> dict[str, Any]:
        """The routes of one port, as they are now."""
        found: dict[str, Any] = self._routes["listeners"][number]
        return found

    def address(self, place: str) -> str | None:
        """Where a revision is."""
        found: str | None = self._routes["addresses"].get(place)
        return found


class Connection:
    """One client.

    Args:
        proxy: whose client it is.
        number: which listener.
        reader: what the client says.
        writer: what it is told.
    """

    def __init__(
        self, proxy: Proxy, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Begin to listen."""
        self._proxy, self._number, self._reader, self._writer = proxy, number, reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        """Answer requests until one side has had enough."""
        try:
            with suppress(*_CUT):
                while await self._request():
                    self._http.start_next_cycle()
        finally:
            self._writer.close()

    async def _request(self) -> bool:
        """One request; whether another may follow on this connection."""
        request = await self._event()
        if not isinstance(request, h11.Request):
            return False
        listener = self._proxy.listener(self._number)
        host = _header(request, b"host").partition(":")[0]
        path = request.target.decode()
        action = matching.action(listener["map"], host, path)
        if "redirect" in action:
            status, location = matching.redirect(action["redirect"], host, path)
            return await self._say(status, [("Location", location)])
        backend = listener["backends"].get(action.get("service"))
        if backend is None:
            return await self._say(action.get("status", 404))
        upgrade = _header(request, b"upgrade").lower() == "websocket"
        refused = matching.refused(backend, self._client())
        if not refused and upgrade and (listener["refuseWebSockets"] or backend["refuseWebSockets"]):
            refused = 403
        if refused or not backend["targets"]:
            return await self._say(refused or 503)
        if backend["slow"]:
            await asyncio.sleep(backend["slow"])
        return await self._forward(request, _choose(backend["targets"]), upgrade=upgrade)

    async def _forward(self, request: h11.Request, target: dict[str, Any], *, upgrade: bool) -> bool:
        address = self._proxy.address(target["place"])
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(address, target["port"])
        except OSError:
            return await self._say(503)
        try:
            ahead = h11.Connection(h11.CLIENT)
            writer.write(ahead.send(self._onwards(request, upgrade=upgrade)) or b"")
            asking = asyncio.create_task(self._pass_body(ahead, writer)) if not upgrade else None
            if upgrade:
                writer.write(ahead.send(h11.EndOfMessage()) or b"")
            try:
                return await self._answer(ahead, reader, writer)
            finally:
                if asking is not None and not asking.done():
                    asking.cancel()
        finally:
            writer.close()

    def _onwards(self, request: h11.Request, *, upgrade: bool) -> h11.Request:
        """The request as the revision gets it: with what Google adds."""
        headers = [(name, value) for name, value in request.headers if name not in _HOP_BY_HOP]
        if _header(request, b"transfer-encoding"):
            headers.append((b"transfer-encoding", b"chunked"))
        proto = b"https" if self._proxy.listener(self._number)["tls"] else b"http"
        headers += [
            (b"x-forwarded-for", self._client().encode()),
            (b"x-forwarded-proto", proto),
            (b"via", b"1.1 google"),
            (b"connection", b"upgrade" if upgrade else b"close"),
        ]
        return h11.Request(method=request.method, target=request.target, headers=headers)

    async def _pass_body(self, ahead: h11.Connection, writer: asyncio.StreamWriter) -> None:
        while True:
            event = await self._event()
            if not isinstance(event, h11.Data | h11.EndOfMessage):
                return
            writer.write(ahead.send(event) or b"")
            await writer.drain()
            if isinstance(event, h11.EndOfMessage):
                return

    async def _answer(
        self, ahead: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Pass the revision's answer on; after a switch of protocols, pass everything both ways."""
        while True:
            event = ahead.next_event()
            if event is h11.NEED_DATA:
                ahead.receive_data(await reader.read(CHUNK))
            elif isinstance(event, h11.InformationalResponse):
                if event.status_code == _SWITCHING:
                    self._writer.write(self._http.send(event) or b"")
                    rest, told = ahead.trailing_data[0], self._http.trailing_data[0]
                    await self._both_ways(reader, writer, rest, told)
                    return False
            elif isinstance(event, h11.Response):
                headers = [(n, v) for n, v in event.headers if n not in _HOP_BY_HOP]
                if not _length_known(event):
                    headers.append((b"transfer-encoding", b"chunked"))
                await self._tell(h11.Response(status_code=event.status_code, headers=headers))
            elif isinstance(event, h11.Data):
                await self._tell(h11.Data(data=event.data))
            elif isinstance(event, h11.EndOfMessage):
                await self._tell(h11.EndOfMessage())
                return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
            else:
                return False

    async def _both_ways(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: bytes, told: bytes
    ) -> None:
        self._writer.write(rest)
        writer.write(told)
        ways = [
            asyncio.create_task(_pass(self._reader, writer)),
            asyncio.create_task(_pass(reader, self._writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(CHUNK))
        return event

    async def _tell(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()

    async def _say(self, status: int, headers: Sequence[tuple[str, str]] = ()) -> bool:
        """An answer of the load balancer's own; the connection ends with it."""
        body = f"{status} from the load balancer\n".encode()
        every = [*headers, ("content-length", str(len(body))), ("connection", "close"), ("via", "1.1 google")]
        await self._tell(h11.Response(status_code=status, headers=every))
        await self._tell(h11.Data(data=body))
        await self._tell(h11.EndOfMessage())
        return False

    def _client(self) -> str:
        return str(self._writer.get_extra_info("peername")[0])


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(*_CUT):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


def _choose(targets: list[dict[str, Any]]) -> dict[str, Any]:
    """A revision by its share of the traffic."""
    return random.choices(targets, [each["weight"] for each in targets])[0]  # noqa: S311 - a share, no secret


def _header(message: h11.Request | h11.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in message.headers if key == name), "")


def _length_known(response: h11.Response) -> bool:
    return bool(_header(response, b"content-length")) or response.status_code in {204, 304}


if __name__ == "__main__":
    asyncio.run(Proxy(Path(sys.argv[1])).run())
