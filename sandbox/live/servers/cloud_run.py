"""Cloud Run services: each revision that serves is a process in a network namespace of its own.

Owns which revisions run, their environment, and the startup probe that decides whether one is ready. A
revision runs when it gets traffic, when a tag names it, and when it is the latest. Real: environment,
secrets, port, startup probe, restart. Not as at Google: the image (every service runs
`sandbox.live.standin`), the number of instances (one), CPU and memory, liveness probes.
https://cloud.google.com/run/docs/container-contract
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sandbox.live import containers, inside, processes
from sandbox.live.server import NotReadyError, Sort, Spec
from sandbox.services.cloudrunv2 import SERVICE, TEMPLATES, served, start_is_over

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.cloud import Cloud, Thing
    from sandbox.live.containers import Container
    from sandbox.live.processes import Program
    from sandbox.live.server import Faults, Machine

STARTS_WITHIN_S: Final = 30.0
"""When the sandbox gives up, however long the probe would go on; Google goes on for up to four minutes."""
_LOOK_EVERY_S: Final = 0.1
_OK: Final = range(200, 400)


@dataclass(frozen=True, slots=True)
class Probe:
    """A startup probe."""

    port: int
    path: str | None = None
    timeout_s: float = 1.0
    allowed_s: float = 240.0
    delay_s: float = 0.0
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Revision(Spec):
    """What one revision must be."""

    service: str
    name: str
    container: Container
    probe: Probe


def revisions(thing: Thing) -> list[str]:
    """Names of the revisions of a service that run."""
    body = thing.body
    serving = [revision for revision, percent, tag in served(body) if revision and (percent or tag)]
    latest = str(body.get("latestCreatedRevision") or "").rpartition("/")[2]
    return sorted({*serving, *([latest] if latest else [])})


def place_of(service_id: str, revision: str) -> str:
    """The place, and key, of a revision."""
    return f"{service_id}/revisions/{revision}"


def template_of(thing: Thing, revision: str) -> dict[str, Any]:
    """The template that a revision was made from."""
    kept: dict[str, dict[str, Any]] = thing.body.get(TEMPLATES) or {}
    return kept.get(revision) or thing.body.get("template") or {}


def places(cloud: Cloud) -> Iterator[Thing]:
    """For the fabric: a thing for each revision that runs, as a service that has that revision's template."""
    for thing in cloud.all(SERVICE):
        if cloud.exists(thing):
            for name in revisions(thing):
                body = {**thing.body, "template": template_of(thing, name)}
                yield replace(thing, id=place_of(thing.id, name), name=name, body=body)


def environment(container: Container, service: str, revision: str, machine: Machine) -> dict[str, str]:
    """The whole environment of a revision's container, with what Cloud Run sets.

    Raises:
        NotReadyError: a secret cannot be read.
    """
    given = {
        "PORT": str(container.port),
        "K_SERVICE": service,
        "K_REVISION": revision,
        "K_CONFIGURATION": service,
    }
    return container.environment(machine.cloud, given, machine.bundle)


def tell_ready(cloud: Cloud, place: str) -> bool:
    """What was started is ready, whether or not somebody still waits for it; True: the cloud has changed."""
    service, _, revision = place.partition("/revisions/")
    with cloud.transaction():
        return start_is_over(cloud, service, revision)


def specs(cloud: Cloud, faults: Faults) -> Iterator[Revision]:
    """One for each revision that runs."""
    for thing in cloud.all(SERVICE):
        if not cloud.exists(thing):
            continue
        for name in revisions(thing):
            template = template_of(thing, name)
            container = containers.of_template(template, thing.project)
            yield Revision(
                place_of(thing.id, name),
                faults=faults.of(thing.id) | faults.of(place_of(thing.id, name)),
                service=thing.name,
                name=name,
                container=container,
                probe=_probe(template, container),
            )


def _probe(template: Mapping[str, Any], container: Container) -> Probe:
    for each in template.get("containers") or ():
        declared = each.get("startupProbe")
        if declared and (each.get("ports") or len(template["containers"]) == 1):
            http = declared.get("httpGet")
            tcp = declared.get("tcpSocket") or {}
            period = float(declared.get("periodSeconds") or 10)
            return Probe(
                port=int((http or tcp).get("port") or container.port),
                path=str(http.get("path") or "/") if http is not None else None,
                timeout_s=float(declared.get("timeoutSeconds") or 1),
                allowed_s=period * float(declared.get("failureThreshold") or 3),
                delay_s=float(declared.get("initialDelaySeconds") or 0),
            )
    return Probe(port=container.port, declared=False)


class Server:
    """One revision's process."""

    def __init__(self, spec: Revision, machine: Machine) -> None:
        """Start it and wait for its startup probe."""
        self.spec = spec
        self._at = machine.fabric.prefix(spec.key)
        self.programs: Sequence[Program] = ()
        if spec.fault("stop") is None:
            self._start(machine)

    def change(self, spec: Spec) -> bool:
        """A revision never changes; only what was broken on purpose asks for a new start."""
        return (
            isinstance(spec, Revision)
            and replace(spec, faults=self.spec.faults) == self.spec
            and (spec.fault("stop") == self.spec.fault("stop"))
        )

    def stop(self) -> None:
        """End it."""
        for program in self.programs:
            program.stop()
        self.programs = ()

    def _start(self, machine: Machine) -> None:
        spec = self.spec
        try:
            env = environment(spec.container, spec.service, spec.name, machine)
        except NotReadyError as error:
            raise self._not_ready(str(error)) from None
        argv = processes.python("sandbox.live.standin")
        program = processes.start(f"run-{spec.name}", argv, at=self._at, env=env)
        self.programs = (program,)
        name = inside.namespace(self._at)
        said = ""
        for _ in inside.ticks(min(spec.probe.allowed_s + spec.probe.delay_s, STARTS_WITHIN_S), _LOOK_EVERY_S):
            if not program.alive:
                break
            said = inside.call(name, self._ask)
            if not said:
                return
        why = said or f"the process ended: {program.said()}"
        self.stop()
        raise self._not_ready(f"{self._words()} ({why})")

    def _ask(self) -> str:
        """What the probe has against it, "" when it passes."""
        probe = self.spec.probe
        connection = http.client.HTTPConnection("127.0.0.1", probe.port, timeout=probe.timeout_s)
        try:
            if probe.path is None:
                connection.connect()
                return ""
            connection.request("GET", probe.path, headers={"User-Agent": "GoogleHC/1.0"})
            answer = connection.getresponse()
            said = answer.read(500).decode(errors="replace").strip()
        except (OSError, http.client.HTTPException) as error:
            return f"port {probe.port}: {error or type(error).__name__}"
        else:
            return "" if answer.status in _OK else f"GET {probe.path} answered {answer.status}: {said}"
        finally:
            connection.close()

    def _words(self) -> str:
        probe = self.spec.probe
        if probe.declared:
            return "The user-provided container failed the configured startup probe checks."
        return (
            "The user-provided container failed to start and listen on the port defined provided by the "
            f"PORT={probe.port} environment variable within the allocated timeout."
        )

    def _not_ready(self, why: str) -> NotReadyError:
        return NotReadyError(f"Revision '{self.spec.name}' is not ready and cannot serve traffic. {why}")


def start(spec: Spec, machine: Machine) -> Server:
    """Start one revision."""
    if not isinstance(spec, Revision):
        raise TypeError(spec)
    return Server(spec, machine)


def _latest(thing_id: str, body: Mapping[str, Any]) -> str:
    return place_of(thing_id, str(body.get("latestCreatedRevision") or "").rpartition("/")[2])


SORT: Final = Sort(
    name="cloud-run",
    types={SERVICE: _latest},
    specs=specs,
    start=start,
    rank=1,
    faults={
        "stop": "no instance runs",
        "slow:SECONDS": "the load balancer gets each of its answers so much later",
        "refuse-websockets": "the load balancer refuses every WebSocket to it",
    },
)
