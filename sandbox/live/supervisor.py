"""The live sandbox's first program: keeps what runs as the cloud says, and answers who asks.

Owns its own life: it ends when the cloud is gone, when it holds nothing more after it held something, and
after a while in which nobody asked anything. Everything it started ends with it, for the universe does.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Final

from sandbox.authority import Authority
from sandbox.cloud import Cloud
from sandbox.live import processes, universe
from sandbox.live.control import Control
from sandbox.live.fleet import Fleet
from sandbox.live.reconcile import Reconciler, SharedFabric
from sandbox.live.server import Faults, Machine
from sandbox.live.servers import cluster

IDLE_MINUTES: Final = "SANDBOX_LIVE_IDLE_MINUTES"
_DEFAULT_IDLE_MINUTES: Final = 30.0
_LINGER_S: Final = 3.0
"""How long nothing must be left before it ends: a replacement deletes before it creates."""
_LOOK_EVERY_S: Final = 0.5


class Supervisor:
    """Everything of one state folder.

    Args:
        state: the folder that holds the cloud.
        listener: where requests arrive.
    """

    def __init__(self, state: Path, listener: socket.socket) -> None:
        """Make an authority and open the cloud; nothing runs yet."""
        self._path = state / "cloud.sqlite"
        cloud = Cloud(self._path)
        self._inode = self._path.stat().st_ino
        authority = Authority.make("Plumbline sandbox internet CA")
        bundle = universe.DATA / "authorities.pem"
        bundle.write_text(authority.certificate, encoding="ascii")
        machine = Machine(SharedFabric(), universe.DATA, authority, bundle, cloud)
        faults = Faults()
        fleet = Fleet(machine)
        self.reconciler = Reconciler(cloud, machine.fabric, fleet, faults)
        self._control = Control(state, listener, machine, fleet, self.reconciler, faults)

    def run(self) -> None:
        """Work until there is a reason to end."""
        for work in (self.reconciler.run, self._control.serve, _make_template):
            threading.Thread(target=work, daemon=True).start()
        had = 0
        while not self._control.stopping.wait(_LOOK_EVERY_S):
            had = max(had, self.reconciler.wanted)
            quiet = time.monotonic() - max(self._control.asked_at, self.reconciler.changed_at)
            emptied = had and not self.reconciler.wanted and quiet > _LINGER_S
            if emptied or self._is_gone() or quiet > _idle_s():
                return

    def _is_gone(self) -> bool:
        try:
            return self._path.stat().st_ino != self._inode
        except OSError:
            return True


def _make_template() -> None:
    """The first database then starts at once."""
    cluster.template(universe.DATA / "postgresql")


def _idle_s() -> float:
    try:
        return float(os.environ[IDLE_MINUTES]) * 60
    except (KeyError, ValueError):
        return _DEFAULT_IDLE_MINUTES * 60


def main() -> None:
    """Run until the end; leaving it at once ends the universe."""
    processes.LOGS.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=processes.LOGS / "supervisor.log", format="%(asctime)s %(name)s %(message)s")
    listener = socket.socket(fileno=os.dup(0))
    Supervisor(Path(sys.argv[1]), listener).run()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
