"""Global load balancers: each public address is a TLS proxy.

Owns the way from forwarding rules to routes: target proxy, URL map, backend services, serverless network
endpoint groups, services and their tags. What it finds is written to a file that the proxy (`programs.proxy`)
reads again while it runs, so that no connection is cut when a route changes.

Real: managed certificates (signed by the sandbox's own authority) for their hosts and no others, hosts and
paths, redirects, faults that answer for a backend, traffic by percent and tag, ingress and invoker of the
service, WebSockets, Cloud Armor's rules by address. Not as at Google: rate limits count nothing, Cloud
Armor's expressions match nothing, header rewrites, CDN, buckets; HTTP/1.1 only.
https://cloud.google.com/load-balancing/docs/https
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.live import inside, processes
from sandbox.live.server import NotReadyError, Sort, Spec
from sandbox.live.servers import routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.cloud import Cloud
    from sandbox.live.processes import Program
    from sandbox.live.server import Faults, Machine

_PATIENCE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class LoadBalancer(Spec):
    """What one public address must be: `routes` is JSON, as the proxy reads it."""

    address: str
    ports: tuple[int, ...]
    hosts: tuple[str, ...]
    routes: str


def specs(cloud: Cloud, faults: Faults) -> Iterator[LoadBalancer]:
    """One for each address that a global forwarding rule has."""
    by_address: dict[str, list[routes.Listener]] = {}
    for listener in routes.listeners(cloud, faults):
        by_address.setdefault(listener.address, []).append(listener)
    for address, listeners in by_address.items():
        yield LoadBalancer(
            listeners[0].rule,
            faults=frozenset().union(*(faults.of(each.rule) for each in listeners)),
            address=address,
            ports=tuple(each.port for each in listeners),
            hosts=tuple(sorted({host for each in listeners for host in each.certificate_hosts})),
            routes=json.dumps([each.routes for each in listeners], sort_keys=True),
        )


class Server:
    """One proxy."""

    def __init__(self, spec: LoadBalancer, machine: Machine) -> None:
        """Start it and wait until it listens."""
        self.spec = spec
        self._machine = machine
        self._folder = machine.data / "load-balancer" / spec.key.replace("/", "_")
        self._at = machine.fabric.prefix(spec.key)
        self.programs: Sequence[Program] = ()
        if spec.fault("stop") is None:
            self._start()

    def change(self, spec: Spec) -> bool:
        """Routes change while it runs; another port or host is another start."""
        if not isinstance(spec, LoadBalancer):
            return False
        old, self.spec = self.spec, spec
        if (old.address, old.ports, old.hosts) != (spec.address, spec.ports, spec.hosts):
            return False
        if (old.fault("stop") is None) != (spec.fault("stop") is None):
            return False
        self._write()
        for program in self.programs:
            program.process.send_signal(signal.SIGHUP)
        return True

    def stop(self) -> None:
        """End it."""
        for program in self.programs:
            program.stop()
        self.programs = ()

    def _start(self) -> None:
        spec = self.spec
        self._folder.mkdir(parents=True, exist_ok=True)
        certificate = self._folder / "certificate.pem"
        certificate.unlink(missing_ok=True)
        if spec.hosts:
            made = self._machine.authority.issue(spec.hosts[0], hosts=spec.hosts)
            certificate.touch(mode=0o600)
            certificate.write_text(made.certificate + made.key, encoding="ascii")
        self._write()
        program = processes.start(
            f"load-balancer-{spec.address}",
            processes.python("sandbox.live.programs.proxy", str(self._folder)),
            at=self._at,
            env=processes.plain_environment(),
        )
        self.programs = (program,)
        name = inside.namespace(self._at)
        for _ in inside.ticks(_PATIENCE_S):
            if not program.alive:
                raise NotReadyError(f"the load balancer's proxy ended: {program.said()}")
            if all(inside.listens(name, spec.address, port) for port in spec.ports):
                return
        self.stop()
        raise NotReadyError(f"the load balancer at {spec.address} did not answer")

    def _write(self) -> None:
        """The routes with the addresses that the network gave to the revisions, as a whole file."""
        listeners = json.loads(self.spec.routes)
        addresses: dict[str, str | None] = {}
        for listener in listeners:
            for backend in listener["backends"].values():
                for target in backend["targets"]:
                    place = target["place"]
                    addresses[place] = self._machine.fabric.address(place)
        path = self._folder / "routes.json"
        fresh = self._folder / "routes.json.new"
        fresh.write_text(
            json.dumps({"address": self.spec.address, "listeners": listeners, "addresses": addresses}),
            encoding="utf-8",
        )
        fresh.replace(path)


def start(spec: Spec, machine: Machine) -> Server:
    """Start one load balancer."""
    if not isinstance(spec, LoadBalancer):
        raise TypeError(spec)
    return Server(spec, machine)


def _rule(thing_id: str, _: Mapping[str, object]) -> str:
    return thing_id


SORT: Final = Sort(
    name="load-balancer",
    types={routes.FORWARDING_RULE: _rule},
    specs=specs,
    start=start,
    rank=2,
    faults={
        "stop": "nothing listens at the public address",
        "refuse-websockets": "it refuses every WebSocket",
    },
)
