"""What can be asked of the live sandbox while it runs: JSON lines over its socket.

Owns the requests and their answers: one request a connection, a stream of replies, `done` or an `error` at
the end. Only root and the owner of the state folder are answered.
"""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from sandbox.live import processes, runs
from sandbox.live.server import NotReadyError
from sandbox.live.servers import SORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.live.fleet import Fleet
    from sandbox.live.reconcile import Reconciler
    from sandbox.live.server import Faults, Machine, Sort

WAIT_S: Final = 300.0
_TAIL: Final = 20_000
_log = logging.getLogger(__name__)


class Control:
    """The answers.

    Args:
        state: whose owner may ask.
        listener: where requests arrive.
        machine: what runs need.
        fleet: the servers.
        reconciler: the passes.
        faults: what is broken on purpose.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - it stands between all of them and the outside
        self,
        state: Path,
        listener: socket.socket,
        machine: Machine,
        fleet: Fleet,
        reconciler: Reconciler,
        faults: Faults,
    ) -> None:
        """Nobody is answered yet."""
        self._owner = state.stat().st_uid
        self._listener, self._machine, self._fleet = listener, machine, fleet
        self._reconciler, self._faults = reconciler, faults
        self._begun = time.time()
        self.asked_at = time.monotonic()
        self.stopping = threading.Event()
        self._operations: dict[str, Callable[[dict[str, Any]], Iterator[dict[str, Any]]]] = {
            "status": self._status,
            "reconcile": self._reconcile,
            "settle": self._settle,
            "run-job": self._run_job,
            "run-outside": self._run_outside,
            "exec": self._exec,
            "fault": self._fault,
            "mend": self._mend,
            "log": self._show_log,
            "stop": self._stop,
        }

    def serve(self) -> None:
        """Answer for ever, each connection in a thread of its own."""
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rw", encoding="utf-8") as stream:
            try:
                if not self._may_ask(connection):
                    raise NotReadyError("only root and the owner of the state folder may ask")  # noqa: TRY301
                line = stream.readline()
                if not line:
                    return
                request = json.loads(line)
                self.asked_at = time.monotonic()
                for reply in self._answer(request):
                    stream.write(json.dumps(reply) + "\n")
                    stream.flush()
            except (BrokenPipeError, ConnectionResetError):
                return  # who asked has gone
            except NotReadyError as error:
                _tell(stream, str(error))
            except Exception as error:  # noqa: BLE001 - a fault of ours must reach who asked, and the log
                _log.exception("a request failed")
                _tell(stream, f"{type(error).__name__}: {error}")
            finally:
                self.asked_at = time.monotonic()
            if self.stopping.is_set():
                return

    def _may_ask(self, connection: socket.socket) -> bool:
        given = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return struct.unpack("3i", given)[1] in {0, self._owner}

    def _answer(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        operation = self._operations.get(str(request.get("op")))
        if operation is None:
            raise NotReadyError(f"{request.get('op')!r} is none of {', '.join(sorted(self._operations))}")
        return operation(request)

    def _status(self, _: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._reconciler.now(WAIT_S)
        things = []
        for key, entry in sorted(self._fleet.entries().items()):
            programs = list(entry.server.programs) if entry.server else []
            things.append(
                {
                    "thing": key,
                    "sort": entry.sort.name,
                    "state": "starting" if not entry.settled else "failed" if entry.error else "ready",
                    "error": entry.error,
                    "faults": sorted(entry.wanted.faults) if entry.wanted else [],
                    "address": self._machine.fabric.address(key),
                    "processes": [{"name": each.name, "pid": each.process.pid} for each in programs],
                    "since": entry.since,
                }
            )
        yield {
            "done": True,
            "since": self._begun,
            "wanted": self._reconciler.wanted,
            "error": self._reconciler.error,
            "notes": ["PostgreSQL 15 stands in for every version"],
            "things": things,
        }

    def _reconcile(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if request.get("retry", True):
            self._fleet.retry()
        yield {"done": True, "things": self._made_so()}

    def _made_so(self) -> dict[str, str]:
        """Everything as the cloud says by now, and what keeps each thing from being ready."""
        self._reconciler.now(WAIT_S)
        found = self._fleet.settle(timeout_s=WAIT_S)
        if self._reconciler.error:
            raise NotReadyError(self._reconciler.error)
        return found

    def _settle(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        token, thing_id = str(request["type"]), str(request["id"])
        self._reconciler.now(WAIT_S)
        keys = [
            sort.types[token](thing_id, request.get("body") or {}) for sort in SORTS if token in sort.types
        ]
        errors = self._fleet.settle(keys, timeout_s=WAIT_S) if keys else {}
        yield {"done": True, "error": self._reconciler.error or " ".join(filter(None, errors.values()))}

    def _run_job(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._made_so()
        with self._machine.cloud.reading() as cloud:
            thing = runs.find_job(cloud, str(request["job"]))
        run = runs.job(self._machine, thing, request.get("args") or [], request.get("env") or {})
        yield from self._lines(run)

    def _run_outside(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._made_so()
        run = runs.outside(self._machine, request.get("argv") or [], request.get("env") or {})
        yield from self._lines(run)

    def _exec(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from self._lines(runs.at(self._machine, str(request["place"]), request["argv"]))

    @staticmethod
    def _lines(run: runs.Run) -> Iterator[dict[str, Any]]:
        for reply in run.lines():
            yield {"done": True, **reply} if "exit" in reply else reply

    def _fault(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        thing, sort = self._find(str(request["thing"]))
        fault = str(request["fault"])
        known = {name.partition(":")[0]: name for name in sort.faults}
        wanted = known.get(fault.partition(":")[0])
        if wanted is None or (":" in wanted) != (":" in fault) or not _is_number(fault):
            listed = "\n".join(f"  {name:20} {what}" for name, what in sort.faults.items())
            raise NotReadyError(f"{fault!r} is no fault of {thing}. Its faults:\n{listed}")
        others = {
            each for each in self._faults.of(thing) if each.partition(":")[0] != fault.partition(":")[0]
        }
        self._faults.by_thing[thing] = frozenset({*others, fault})
        self._made_so()
        yield {"done": True, "thing": thing}

    def _mend(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        thing, _ = self._find(str(request["thing"]))
        self._faults.by_thing.pop(thing, None)
        self._made_so()
        yield {"done": True, "thing": thing}

    def _find(self, name: str) -> tuple[str, Sort]:
        """A thing that something stands for, by its id or its short name."""
        found: dict[str, Sort] = {}
        for key, entry in self._fleet.entries().items():
            thing = key.partition("/revisions/")[0]
            if name in {key, thing, thing.rpartition("/")[2]}:
                found[key if name == key else thing] = entry.sort
        if len(found) == 1:
            return next(iter(found.items()))
        listed = "\n".join(sorted({f"  {key}" for key in found or self._fleet.entries()}))
        raise NotReadyError(
            f"{name}: {'more than one thing' if found else 'nothing of that name runs'}:\n{listed}"
        )

    @staticmethod
    def _show_log(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        name = str(request.get("name") or "")
        every = sorted(path.stem for path in processes.LOGS.glob("*.log"))
        if name and name not in every:
            raise NotReadyError(f"there is no log {name}; logs: {', '.join(every)}")
        text = (
            (processes.LOGS / f"{name}.log").read_text(errors="replace")[-_TAIL:]
            if name
            else "\n".join(every)
        )
        yield {"done": True, "text": text}

    def _stop(self, _: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._fleet.stop()
        yield {"done": True}
        self.stopping.set()


def _is_number(fault: str) -> bool:
    _, colon, value = fault.partition(":")
    try:
        return not colon or float(value) >= 0
    except ValueError:
        return False


def _tell(stream: Any, message: str) -> None:  # noqa: ANN401 - a text stream
    try:
        stream.write(json.dumps({"error": {"message": message}}) + "\n")
        stream.flush()
    except OSError:
        return
