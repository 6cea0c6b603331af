"""Everything that runs, kept as it must be.

Owns the way from what must run to what runs: side by side, each server by itself, one change at a time; what
died is started again. Knows no sort of server.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sandbox.live.server import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.live.server import Machine, Server, Sort, Spec

WORKERS: Final = 16
RESTART_AFTER_S: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """One server: what it must be, what it is, and what keeps it from being that."""

    sort: Sort
    wanted: Spec | None
    actual: Spec | None = None
    server: Server | None = None
    error: str = ""
    working: bool = False
    since: float = field(default_factory=time.time)

    @property
    def settled(self) -> bool:
        """Whether nothing is to be done: it is what it must be, or could not be made so."""
        return not self.working and self.actual == self.wanted

    @property
    def alive(self) -> bool:
        """Whether all its processes run."""
        return self.server is None or all(program.alive for program in self.server.programs)


class Fleet:
    """The servers.

    Args:
        machine: what each is started with.
    """

    def __init__(self, machine: Machine) -> None:
        """Nothing runs yet."""
        self._machine = machine
        self._entries: dict[str, Entry] = {}
        self._changed = threading.Condition()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="server")

    def converge(self, wanted: Iterable[tuple[Sort, Spec]]) -> None:
        """Say what must run from now on. Returns at once."""
        specs = {spec.key: (sort, spec) for sort, spec in wanted}
        with self._changed:
            for key, entry in self._entries.items():
                if key not in specs:
                    entry.wanted = None
            for key, (sort, spec) in specs.items():
                entry = self._entries.setdefault(key, Entry(sort, spec))
                entry.wanted = spec
            for key, entry in list(self._entries.items()):
                self._begin(key, entry)

    def settle(self, keys: Iterable[str] | None = None, *, timeout_s: float) -> dict[str, str]:
        """Wait until these (all when None) are what they must be, and return what keeps each from it.

        "" is for those that are ready; one that there is not is not in the answer.
        """
        end = time.monotonic() + timeout_s
        with self._changed:
            while True:
                chosen = [key for key in (self._entries if keys is None else keys) if key in self._entries]
                waiting = [key for key in chosen if not self._entries[key].settled]
                left = end - time.monotonic()
                if not waiting or left <= 0:
                    late = dict.fromkeys(waiting, f"was not ready within {timeout_s:g} s")
                    return {key: late.get(key) or self._entries[key].error for key in chosen}
                self._changed.wait(left)

    def retry(self) -> None:
        """Begin again with what could not be made ready."""
        with self._changed:
            for key, entry in list(self._entries.items()):
                if entry.error and entry.settled:
                    entry.actual = None
                    self._begin(key, entry)

    def mend(self) -> None:
        """Start again what has died."""
        with self._changed:
            for key, entry in self._entries.items():
                if entry.settled and not entry.alive:
                    entry.actual = None
                    threading.Timer(RESTART_AFTER_S, self._again, (key,)).start()

    def entries(self) -> dict[str, Entry]:
        """What there is at the moment."""
        with self._changed:
            return dict(self._entries)

    def stop(self) -> None:
        """End everything."""
        self.converge(())
        self.settle(timeout_s=10)

    def _again(self, key: str) -> None:
        with self._changed:
            if key in self._entries:
                self._begin(key, self._entries[key])

    def _begin(self, key: str, entry: Entry) -> None:
        if entry.settled and entry.wanted is None:
            del self._entries[key]
        elif not entry.working and entry.actual != entry.wanted:
            entry.working = True
            self._workers.submit(self._work, key, entry)

    def _work(self, key: str, entry: Entry) -> None:
        while True:
            with self._changed:
                wanted = entry.wanted
                if wanted == entry.actual:
                    entry.working = False
                    if wanted is None:
                        self._entries.pop(key, None)
                    self._changed.notify_all()
                    return
            error = self._step(entry, wanted)
            with self._changed:
                entry.actual, entry.error, entry.since = wanted, error, time.time()

    def _step(self, entry: Entry, wanted: Spec | None) -> str:
        try:
            if wanted is not None:
                self._wait_for_lower(entry.sort.rank)
            if (
                wanted is not None
                and entry.server is not None
                and entry.alive
                and entry.server.change(wanted)
            ):
                return ""
            if entry.server is not None:
                entry.server.stop()
                entry.server = None
            if wanted is not None:
                entry.server = entry.sort.start(wanted, self._machine)
        except NotReadyError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - one server's fault must not end the others: it is told
            _log.exception("%s", wanted.key if wanted else "a server that goes")
            return f"{type(error).__name__}: {error}"
        return ""

    def _wait_for_lower(self, rank: int) -> None:
        """A service looks for its database at its start."""
        lower = [key for key, entry in self.entries().items() if entry.sort.rank < rank]
        if lower:
            self.settle(lower, timeout_s=30)
