"""From what the cloud says to what runs: again and again, whenever the cloud has changed.

Owns one pass (read, wire, run, name), its order, and knowing when the next is due. Knows no sort of server.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from sandbox.live import names
from sandbox.live.fabric import Fabric
from sandbox.live.runs import JOB
from sandbox.live.servers import SORTS, cloud_run, internet
from sandbox.services.cloudrunv2 import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.cloud import Cloud, Thing
    from sandbox.live.fleet import Fleet
    from sandbox.live.server import Faults, Sort, Spec

LOOK_EVERY_S: Final = 0.5
STOPS_WITHIN_S: Final = 10.0
_RUN: Final = frozenset({SERVICE})
_log = logging.getLogger(__name__)


class SharedFabric(Fabric):
    """The network, for several threads: nobody reads it while it is being changed."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        super().__init__()
        self._lock = threading.RLock()

    def apply(self, things: Iterable[Thing]) -> None:
        """As the fabric does."""
        with self._lock:
            super().apply(things)

    def internet(self, hosts: Iterable[str]) -> Mapping[str, str]:
        """As the fabric does, and nothing when each host has its address already."""
        with self._lock:
            wanted = set(hosts)
            if wanted <= self._hosts.keys():
                return dict(self._hosts)
            return super().internet(sorted(wanted))

    def space(self, place: str) -> str:
        """As the fabric does."""
        with self._lock:
            return super().space(place)

    def address(self, place: str) -> str | None:
        """As the fabric does."""
        with self._lock:
            return super().address(place)


class Reconciler:
    """Passes, in a thread of their own.

    Args:
        cloud: what should be.
        fabric: the network.
        fleet: the servers.
        faults: what is broken on purpose.
    """

    def __init__(self, cloud: Cloud, fabric: Fabric, fleet: Fleet, faults: Faults) -> None:
        """No pass is made yet."""
        self._cloud, self._fabric, self._fleet, self._faults = cloud, fabric, fleet, faults
        self._names = names.Names()
        self._turn = threading.Condition()
        self._asked = self._made = 0
        self._edition = -1
        self._due_at = 0.0
        self._told: set[str] = set()
        self.error = ""
        self.wanted = 0
        """How many things there are that something stands for."""
        self.had = False
        """Whether there ever was one: it may have come and gone between two looks."""
        self.changed_at = time.monotonic()

    def now(self, timeout_s: float) -> None:
        """Have a pass begin and end after this call."""
        with self._turn:
            self._asked += 1
            mine = self._asked
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._made >= mine, timeout_s)

    def run(self) -> None:
        """Make passes for ever."""
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._asked > self._made, LOOK_EVERY_S)
                asked = self._asked
            edition = self._cloud.edition
            if asked > self._made or edition != self._edition or self._cloud.clock() >= self._due_at > 0:
                self._edition = edition
                self._pass_or_tell()
            self._fleet.mend()
            self._complete()
            with self._turn:
                self._made = asked
                self._turn.notify_all()

    def _pass_or_tell(self) -> None:
        try:
            self._pass()
            self.error = ""
        except Exception as error:  # noqa: BLE001 - told in every answer, and tried again
            _log.exception("a pass failed")
            self.error = f"{type(error).__name__}: {error}"
            self._edition = -1

    def _pass(self) -> None:
        with self._cloud.reading() as cloud:
            every = cloud.all()
            things = [thing for thing in every if cloud.exists(thing)]
            wired = [thing for thing in things if thing.type not in _RUN] + list(cloud_run.places(cloud))
            wanted: list[tuple[Sort, Spec]] = [
                (sort, spec) for sort in SORTS for spec in sort.specs(cloud, self._faults)
            ]
            jobs = sum(thing.type == JOB for thing in things)
            external = {host for host, _ in internet.hosts(cloud)} if wanted or jobs else set()
        now = self._cloud.clock()
        moments = [t for thing in every for t in (thing.ready_at, thing.gone_at or 0.0) if t > now]
        self._due_at = min(moments, default=0.0)
        self._retire({spec.key: spec for _, spec in wanted})
        self._fabric.apply(wired)
        addresses = self._fabric.internet(external)
        with self._cloud.reading() as cloud:
            self._names.table = names.table(cloud, self._fabric, addresses)
        self._names.listen(self._fabric)
        self._fleet.converge(wanted)
        self.wanted, self.changed_at = len(wanted) + jobs, time.monotonic()
        self.had = self.had or self.wanted > 0

    def _complete(self) -> None:
        """Tell the cloud what has started: an operation goes on when whoever asked for it was killed."""
        for key, entry in self._fleet.entries().items():
            ready = entry.settled and not entry.error and entry.wanted and not entry.wanted.faults
            if entry.sort is cloud_run.SORT and ready and key not in self._told:
                self._told.add(key)
                if cloud_run.tell_ready(self._cloud, key):
                    self._edition = -1

    def _retire(self, wanted: Mapping[str, Spec]) -> None:
        """End what goes before its place goes."""
        staying = [
            (entry.sort, entry.wanted)
            for key, entry in self._fleet.entries().items()
            if key in wanted and entry.wanted is not None
        ]
        going = [key for key in self._fleet.entries() if key not in wanted]
        if going:
            self._fleet.converge(staying)
            self._fleet.settle(going, timeout_s=STOPS_WITHIN_S)
