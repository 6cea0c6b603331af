"""The internet: the external hosts that contracts name, each with a certificate, all in one process.

Owns which hosts and ports there are. They answer TLS as the real ones do and HTTP with next to nothing: what
matters is whether a service can reach them.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import contracts
from sandbox.live import containers, inside, processes
from sandbox.live.server import NotReadyError, Sort, Spec
from sandbox.services.cloudrunv2 import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts.model import InternetHost
    from sandbox.cloud import Cloud
    from sandbox.live.processes import Program
    from sandbox.live.server import Faults, Machine

PLACE: Final = "internet"
_PATIENCE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Internet(Spec):
    """Hosts with the ports that they answer on."""

    hosts: tuple[tuple[str, int], ...]


def hosts(cloud: Cloud) -> set[tuple[str, int]]:
    """External hosts: those that contracts name, and those in the variables that contracts point to."""
    found: set[tuple[str, int]] = set()
    variables: dict[str, int] = {}
    folder = Path(os.environ.get("PLUMB_CONTRACTS") or processes.ROOT / "contracts")
    for destination in _named(
        folder, tuple(path.stat().st_mtime_ns for path in sorted(folder.glob("*.yaml")))
    ):
        if destination.host:
            found.add((destination.host, destination.port))
        elif destination.host_from:
            variables[destination.host_from] = destination.port
    for service in cloud.all(SERVICE):
        plain = containers.of_template(service.body.get("template") or {}, service.project).plain
        found |= {(value, variables[name]) for name, value in plain if name in variables and value}
    return found


@cache
def _named(folder: Path, edition: tuple[int, ...]) -> tuple[InternetHost, ...]:
    """The external hosts of all contracts; read again when a file has changed (`edition`)."""
    del edition
    every = contracts.load(folder).services.values()
    return tuple(host for contract in every for host in contract.destinations.internet)


def specs(cloud: Cloud, faults: Faults) -> Iterator[Internet]:
    """One, as soon as there is a service that could call."""
    if any(cloud.exists(thing) for thing in cloud.all(SERVICE)):
        yield Internet(PLACE, faults=faults.of(PLACE), hosts=tuple(sorted(hosts(cloud))))


class Server:
    """The process that answers for all of them."""

    def __init__(self, spec: Internet, machine: Machine) -> None:
        """Start it and wait until it listens."""
        self.programs: Sequence[Program] = ()
        if spec.fault("stop") is not None or not spec.hosts:
            return
        names = sorted({host for host, _ in spec.hosts})
        addresses = machine.fabric.internet(names)
        folder = machine.data / "internet"
        folder.mkdir(parents=True, exist_ok=True)
        certificate = folder / "certificate.pem"
        made = machine.authority.issue(names[0], hosts=names)
        certificate.touch(mode=0o600)
        certificate.write_text(made.certificate + made.key, encoding="ascii")
        listen = [(addresses[host], port) for host, port in spec.hosts]
        at = machine.fabric.prefix(PLACE)
        settings = json.dumps({"certificate": str(certificate), "listen": listen})
        argv = processes.python("sandbox.live.programs.internet", settings)
        program = processes.start("internet", argv, at=at, env=processes.plain_environment())
        self.programs = (program,)
        for _ in inside.ticks(_PATIENCE_S):
            if not program.alive:
                raise NotReadyError(f"the stand-in for the internet ended: {program.said()}")
            if all(inside.listens(inside.namespace(at), *each) for each in listen):
                return
        self.stop()
        raise NotReadyError("the stand-in for the internet did not answer")

    def change(self, spec: Spec) -> bool:
        """Other hosts are another certificate: a new start."""
        del spec
        return False

    def stop(self) -> None:
        """End it."""
        for program in self.programs:
            program.stop()
        self.programs = ()


def start(spec: Spec, machine: Machine) -> Server:
    """Start the internet."""
    if not isinstance(spec, Internet):
        raise TypeError(spec)
    return Server(spec, machine)


SORT: Final = Sort(
    name="internet",
    types={},
    specs=specs,
    start=start,
    faults={"stop": "no external host answers"},
)
