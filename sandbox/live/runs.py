"""Programs that run once: a Cloud Run job's container, and probes from outside.

Owns one run: its place, its environment, its two streams and its end. Every job's image is stood in for by
`python -m probes` of this repository.
https://cloud.google.com/run/docs/container-contract#jobs-env-vars
"""

from __future__ import annotations

import queue
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.live import containers, processes
from sandbox.live.server import NotReadyError
from sandbox.live.servers import cloud_run
from sandbox.services.cloudrunv2 import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

    from sandbox.cloud import Cloud, Thing
    from sandbox.live.server import Machine

JOB: Final = "gcp:cloudrunv2/job:Job"
TASK_SECONDS: Final = 600.0
"""A task's own timeout where it declares none. https://cloud.google.com/run/docs/configuring/task-timeout"""
TIMED_OUT: Final = 1
_STREAMS: Final = 2


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be run.

    Attributes:
        at: its place, as what is put before a command.
        argv: the program.
        env: its whole environment.
        seconds: when it is ended, if it has not ended by itself.
    """

    at: Sequence[str]
    argv: Sequence[str]
    env: Mapping[str, str]
    seconds: float = TASK_SECONDS

    def lines(self) -> Iterator[dict[str, object]]:
        """What it says, line by line, and at last `{"exit": N}`. Whoever stops reading ends it."""
        process = subprocess.Popen(  # noqa: S603 - what the caller was made to run
            [*self.at, *self.argv],
            cwd=processes.ROOT,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        said: queue.Queue[tuple[str, str] | None] = queue.Queue()
        for name, stream in (("line", process.stdout), ("log", process.stderr)):
            if stream is not None:
                threading.Thread(target=_read, args=(name, stream, said), daemon=True).start()
        end = time.monotonic() + self.seconds
        try:
            ended = 0
            while ended < _STREAMS:
                item = said.get(timeout=max(0.0, end - time.monotonic()))
                if item is None:
                    ended += 1
                else:
                    yield {item[0]: item[1]}
            yield {"exit": process.wait()}
        except queue.Empty:
            yield {"log": f"it was ended after {self.seconds:g} s, its timeout"}
            yield {"exit": TIMED_OUT}
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _read(name: str, stream: IO[str], said: queue.Queue[tuple[str, str] | None]) -> None:
    for line in stream:
        said.put((name, line.rstrip("\n")))
    said.put(None)


def find_job(cloud: Cloud, name: str) -> Thing:
    """A job by its id or its short name.

    Raises:
        NotReadyError: there is none, or more than one.
    """
    found = [each for each in cloud.all(JOB) if name in {each.id, each.name} and cloud.exists(each)]
    if len(found) != 1:
        listed = ", ".join(each.id for each in found or cloud.all(JOB)) or "none"
        what = f"means {len(found)} jobs" if found else "there is no such job"
        raise NotReadyError(f"{name}: {what}; jobs: {listed}")
    return found[0]


def job(machine: Machine, thing: Thing, args: Sequence[str], env: Mapping[str, str]) -> Run:
    """One execution of a job, of its one task.

    Raises:
        NotReadyError: a secret cannot be read, as when an instance cannot start.
    """
    template = (thing.body.get("template") or {}).get("template") or {}
    container = containers.of_template(template, thing.project)
    execution = f"{thing.name}-{secrets.token_hex(3)}"
    given = {
        "CLOUD_RUN_JOB": thing.name,
        "CLOUD_RUN_EXECUTION": execution,
        "CLOUD_RUN_TASK_INDEX": "0",
        "CLOUD_RUN_TASK_ATTEMPT": "0",
        "CLOUD_RUN_TASK_COUNT": "1",
    }
    whole = {**container.environment(machine.cloud, given, machine.bundle), **env}
    argv = [sys.executable, "-m", "probes", *(args or container.args)]
    seconds = str(template.get("timeout") or "").removesuffix("s")
    allowed = float(seconds) if seconds.replace(".", "", 1).isdigit() else TASK_SECONDS
    return Run(machine.fabric.prefix(thing.id), argv, whole, allowed)


def outside(machine: Machine, argv: Sequence[str], env: Mapping[str, str]) -> Run:
    """Probes where a user on the internet is."""
    whole = {"PATH": processes.PATH, "SSL_CERT_FILE": str(machine.bundle), **env}
    return Run(machine.fabric.prefix("outside"), [sys.executable, "-m", "probes", *argv], whole)


def at(machine: Machine, place: str, argv: Sequence[str]) -> Run:
    """Any command at any place, as one would log in there: with a container's environment where it has one.

    Args:
        machine: what runs need.
        place: `outside`, `internet`, or the id or short name of a service, job or instance.
        argv: the command.

    Raises:
        NotReadyError: there is no such place.
    """
    env = {"PATH": processes.PATH, "SSL_CERT_FILE": str(machine.bundle)}
    with machine.cloud.reading() as cloud:
        things = [*cloud_run.places(cloud), *cloud.all()]
    for thing in things:
        found = {thing.id, thing.name, thing.id.partition("/revisions/")[0], _service(thing.id)}
        if place not in found or machine.fabric.address(thing.id) is None:
            continue
        template = thing.body.get("template") or {}
        if thing.type == SERVICE:
            container = containers.of_template(template, thing.project)
            env = cloud_run.environment(container, _service(thing.id), thing.name, machine)
        elif thing.type == JOB:
            container = containers.of_template(template.get("template") or {}, thing.project)
            env = container.environment(machine.cloud, {}, machine.bundle)
        return Run(machine.fabric.prefix(thing.id), argv, env)
    try:
        return Run(machine.fabric.prefix(place), argv, env)
    except LookupError as error:
        raise NotReadyError(str(error)) from None


def _service(place: str) -> str:
    """Short name of the service that a revision's place is of."""
    return place.partition("/revisions/")[0].rpartition("/")[2]
