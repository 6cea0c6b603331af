"""A TCP relay that makes a server slow: each of its answers arrives so many seconds later.

Owns TLS at both ends, for a delay that begins under TLS would make connecting slow, not answering. PostgreSQL
is let through until it is ready for the first query; after that each answer is late. Redis is late from the
first answer on.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
import sys
from contextlib import suppress
from typing import Any, Final

_CHUNK: Final = 65_536
_SSL_REQUEST: Final = 80_877_103
_GSS_REQUEST: Final = 80_877_104
_READY_FOR_QUERY: Final = b"Z"


class Relay:
    """One relay.

    Args:
        settings: as `sandbox.live.relay` writes them.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        """Load the server's certificate."""
        self._to = tuple(settings["to"])
        self._seconds = float(settings["seconds"])
        self._postgresql = settings["protocol"] == "postgresql"
        self._listen = tuple(settings["listen"])
        self._server_tls: ssl.SSLContext | None = None
        if settings["certificate"]:
            self._server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server_tls.load_cert_chain(settings["certificate"])
        # The server behind is on this machine's loopback, with a certificate for another address.
        self._client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client_tls.check_hostname = False
        self._client_tls.verify_mode = ssl.CERT_NONE

    async def run(self) -> None:
        """Serve until ended."""
        tls = None if self._postgresql else self._server_tls
        server = await asyncio.start_server(self._connection, *self._listen, ssl=tls)
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
                if self._postgresql:
                    await self._postgresql_connection(reader, writer)
                else:
                    tls = self._client_tls if self._server_tls else None
                    ahead = await asyncio.open_connection(*self._to, ssl=tls)
                    await self._both_ways(reader, writer, *ahead, delayed=True)
        finally:
            writer.close()

    async def _postgresql_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self._to)
        head = await reader.readexactly(8)
        if struct.unpack("!II", head)[1] == _GSS_REQUEST:
            writer.write(b"N")
            head = await reader.readexactly(8)
        if struct.unpack("!II", head)[1] == _SSL_REQUEST and self._server_tls is not None:
            up_writer.write(head)
            await up_reader.readexactly(1)
            await up_writer.start_tls(self._client_tls)
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(self._server_tls)
        else:
            up_writer.write(head)
        await self._both_ways(reader, writer, up_reader, up_writer, delayed=False)

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
        *,
        delayed: bool,
    ) -> None:
        asking = asyncio.create_task(_pass(reader, up_writer))
        try:
            if not delayed:
                await _until_ready(up_reader, writer)
            while data := await up_reader.read(_CHUNK):
                await asyncio.sleep(self._seconds)
                writer.write(data)
                await writer.drain()
        finally:
            asking.cancel()
            up_writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()


async def _until_ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass PostgreSQL's messages on up to and with the first that says it is ready."""
    while True:
        head = await reader.readexactly(5)
        body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
        writer.write(head + body)
        await writer.drain()
        if head[:1] == _READY_FOR_QUERY:
            return


if __name__ == "__main__":
    asyncio.run(Relay(json.loads(sys.argv[1])).run())
