"""The live sandbox's first program: keeps what runs as the cloud says, and answers who asks.

Owns its own life: it ends when the cloud is gone, when it holds nothing more after it held something, and
after a while in which nobody asked anything. Everything it started ends with it, for the universe does.

It says `up` before it loads anything large: whoever started it waits for that and no longer.
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

IDLE_MINUTES: Final = "SANDBOX_LIVE_IDLE_MINUTES"
_DEFAULT_IDLE_MINUTES: Final = 30.0
_LINGER_S: Final = 3.0
"""How long nothing must be left before it ends: a replacement deletes before it creates."""
_LOOK_EVERY_S: Final = 0.5


def main() -> None:
    """Run until the end; leaving it at once ends the universe."""
    listener = socket.socket(fileno=os.dup(0))
    sys.stdout.write("up\n")
    sys.stdout.flush()
    from sandbox.live import processes  # noqa: PLC0415 - after the word that it is up, as all that follows
    from sandbox.live.keeper import Keeper  # noqa: PLC0415 - likewise

    processes.LOGS.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=processes.LOGS / "supervisor.log", format="%(asctime)s %(name)s %(message)s")
    keeper = Keeper(Path(sys.argv[1]), listener)
    for work in keeper.works:
        threading.Thread(target=work, daemon=True).start()
    while not keeper.stopping.wait(_LOOK_EVERY_S):
        quiet = time.monotonic() - keeper.busy_at
        if (keeper.emptied and quiet > _LINGER_S) or keeper.is_gone or quiet > _idle_s():
            break
    os._exit(0)


def _idle_s() -> float:
    try:
        return float(os.environ[IDLE_MINUTES]) * 60
    except (KeyError, ValueError):
        return _DEFAULT_IDLE_MINUTES * 60


if __name__ == "__main__":
    main()
