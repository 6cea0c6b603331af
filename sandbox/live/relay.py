"""Slowness on purpose: a relay in front of a real server.

Owns the start of the relay (`programs.relay` is the program). The server behind it listens on the loopback of
its place while the relay has its address and port.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.live import inside, processes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sandbox.live.processes import Program

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay that runs."""

    program: Program


def relayed(  # noqa: PLR0913, PLR0917 - two ends, a place, a delay and how its protocol begins
    name: str,
    at: Sequence[str],
    listen: tuple[str, int],
    to: tuple[str, int],
    seconds: str,
    protocol: str,
    certificate: Path | None,
) -> Relay:
    """Start a relay and wait until it listens.

    Args:
        name: of the thing, for the log.
        at: the place.
        listen: address and port that clients know.
        to: where the server listens meanwhile.
        seconds: how late each answer is.
        protocol: `postgresql` or `redis`.
        certificate: the server's certificate and key, when it takes TLS.
    """
    settings = {
        "listen": listen,
        "to": to,
        "seconds": float(seconds),
        "protocol": protocol,
        "certificate": str(certificate) if certificate else None,
    }
    argv = processes.python("sandbox.live.programs.relay", json.dumps(settings))
    program = processes.start(f"relay-{name}", argv, at=at, env=processes.plain_environment())
    for _ in inside.ticks(_PATIENCE_S):
        if inside.listens(inside.namespace(at), *listen) or not program.alive:
            break
    return Relay(program)
