"""Stand-ins for external hosts: TLS with a good certificate, and an answer that gives nothing away."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from contextlib import suppress
from typing import Final

_BODY: Final = b'{"error": {"message": "stand-in of the sandbox: no key was looked at"}}'
_ANSWER: Final = (
    b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nconnection: close\r\n"
    b"content-length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)
_PATIENCE_S: Final = 30.0


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE_S):
                await reader.readuntil(b"\r\n\r\n")
            writer.write(_ANSWER)
            await writer.drain()
    finally:
        writer.close()


async def _main(certificate: str, listen: list[tuple[str, int]]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    servers = [await asyncio.start_server(_answer, *each, ssl=context) for each in listen]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    asyncio.run(_main(settings["certificate"], [(each[0], each[1]) for each in settings["listen"]]))
