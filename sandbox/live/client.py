"""How to speak with the live sandbox that belongs to a state folder.

Owns the address, the connection, and one method for each thing that can be asked. The address is a name in
the kernel's abstract space: it is gone with the process that listens, whatever ended that.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE_S: Final = 330.0
"""Longer than anything that is asked may take."""


class LiveError(Exception):
    """The live sandbox could not do what it was asked; the text says what and why."""


def address(state: Path) -> str:
    """Where the supervisor of a state folder listens."""
    name = sha256(str(state.resolve()).encode()).hexdigest()[:24]
    return f"\0plumbline-live-{name}"


@dataclass(frozen=True, slots=True)
class Live:
    """The live sandbox of one state folder."""

    state: Path

    @classmethod
    def connect(cls, state: Path) -> Live | None:
        """The live sandbox of a state folder; None when none runs."""
        live = cls(state)
        try:
            live._open().close()
        except OSError:
            return None
        return live

    def status(self) -> dict[str, Any]:
        """What runs, where, and since when."""
        return self._ask({"op": "status"})

    def reconcile(self, *, retry: bool = True) -> dict[str, str]:
        """Make everything what the cloud says, and wait: by id, "" or what keeps it from being ready.

        Args:
            retry: whether what could not be made ready before, and is to be as it was then, is begun again; a
                service that finds no store takes half a minute to fail.
        """
        things: dict[str, str] = self._ask({"op": "reconcile", "retry": retry})["things"]
        return things

    def settle(self, token: str, thing_id: str, body: Mapping[str, object]) -> str:
        """Wait until what stands for a thing is ready; what keeps it from that, or ""."""
        known = {name: body.get(name) for name in ("latestCreatedRevision", "instance", "project")}
        return str(self._ask({"op": "settle", "type": token, "id": thing_id, "body": known})["error"])

    def run_job(
        self,
        job: str,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        *,
        on_line: Callable[[str], None] = lambda _: None,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> int:
        """Run a Cloud Run job once, at its place and with its environment; its exit status.

        Args:
            job: the job's id, or its short name.
            args: in the place of the container's arguments; none: its own.
            env: variables that this run overrides.
            on_line: called with each line of standard output.
            on_log: called with each line of standard error.
        """
        request = {"op": "run-job", "job": job, "args": [*args], "env": {**(env or {})}}
        return self._run(request, on_line, on_log)

    def run_outside(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        on_line: Callable[[str], None] = lambda _: None,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> int:
        """Run `python -m probes ARGV` where a user on the internet is; its exit status."""
        request = {"op": "run-outside", "argv": [*argv], "env": {**(env or {})}}
        return self._run(request, on_line, on_log)

    def execute(
        self,
        place: str,
        argv: Sequence[str],
        *,
        on_line: Callable[[str], None] = lambda _: None,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> int:
        """Run any command at a place, with the environment of the container there; its exit status."""
        return self._run({"op": "exec", "place": place, "argv": [*argv]}, on_line, on_log)

    def fault(self, thing: str, fault: str) -> str:
        """Break something; what was broken, by its id."""
        return str(self._ask({"op": "fault", "thing": thing, "fault": fault})["thing"])

    def mend(self, thing: str) -> str:
        """Take all faults of a thing back."""
        return str(self._ask({"op": "mend", "thing": thing})["thing"])

    def log(self, name: str) -> str:
        """The end of a program's log; without a name, which logs there are."""
        return str(self._ask({"op": "log", "name": name})["text"])

    def stop(self) -> None:
        """End it, with everything that runs in it."""
        self._ask({"op": "stop"})

    def _run(
        self, request: dict[str, Any], on_line: Callable[[str], None], on_log: Callable[[str], None]
    ) -> int:
        for reply in self._replies(request):
            if "line" in reply:
                on_line(str(reply["line"]))
            elif "log" in reply:
                on_log(str(reply["log"]))
            elif "exit" in reply:
                return int(reply["exit"])
        raise LiveError("the live sandbox ended in the middle of a run")

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        for reply in self._replies(request):
            if reply.get("done"):
                return reply
        raise LiveError("the live sandbox ended before it had answered")

    def _replies(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        try:
            with self._open() as connection, connection.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                for line in stream:
                    reply: dict[str, Any] = json.loads(line)
                    if "error" in reply and not reply.get("done"):
                        raise LiveError(str(reply["error"]["message"]))
                    yield reply
        except OSError as error:
            raise LiveError(f"the live sandbox of {self.state} does not answer: {error}") from None

    def _open(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE_S)
        try:
            connection.connect(address(self.state))
        except OSError:
            connection.close()
            raise
        return connection
