"""Everything that a supervisor keeps for one state folder, put together.

Owns which parts there are and how they know one another. When it all ends is `supervisor`'s.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sandbox.authority import Authority
from sandbox.cloud import Cloud
from sandbox.live import universe
from sandbox.live.control import Control
from sandbox.live.fleet import Fleet
from sandbox.live.reconcile import Reconciler, SharedFabric
from sandbox.live.server import Faults, Machine
from sandbox.live.servers import cluster

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Keeper:
    """The parts.

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
        self._reconciler = Reconciler(cloud, machine.fabric, fleet, faults)
        self._control = Control(state, listener, machine, fleet, self._reconciler, faults)
        self._begun = time.monotonic()

    @property
    def works(self) -> Sequence[Callable[[], None]]:
        """What is to be done for ever, each in a thread of its own."""
        return (self._reconciler.run, self._control.serve, _make_template)

    @property
    def stopping(self) -> threading.Event:
        """Set when it was asked to end."""
        return self._control.stopping

    @property
    def emptied(self) -> bool:
        """Whether something stood for a thing of the cloud, and nothing does any more."""
        return self._reconciler.had and not self._reconciler.wanted

    @property
    def busy_at(self) -> float:
        """When something was last asked or changed."""
        return max(self._begun, self._control.asked_at, self._reconciler.changed_at)

    @property
    def is_gone(self) -> bool:
        """Whether the cloud that it was made for is there no more."""
        try:
            return self._path.stat().st_ino != self._inode
        except OSError:
            return True


def _make_template() -> None:
    """The first database then starts at once."""
    cluster.template(universe.DATA / "postgresql")
