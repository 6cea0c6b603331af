"""`python -m sandbox.live.start`: see to it that the live sandbox of SANDBOX_STATE runs.

Owns the start: one supervisor a state folder, in a universe of its own, that outlives the command. The socket
is made here, in the machine's own network namespace, and handed over as standard input: inside, nobody could
be reached. What it prints when the machine cannot is one line; the exit status is then 2.
"""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING, Final

from sandbox.live import universe
from sandbox.live.client import Live, LiveError, address
from sandbox.live.needs import NEEDS
from sandbox.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

KEEPS_DATA: Final = ("gcp:redis/instance:Instance", "gcp:sql/databaseInstance:DatabaseInstance")
_BACKLOG: Final = 128
_LOSES: Final = (
    "the live sandbox starts anew: what was in its databases and caches is gone, "
    "and everything that the cloud holds is started again"
)


def ensure(state: Path) -> Live:
    """The live sandbox of a state folder, started when none runs.

    Raises:
        LiveError: this machine cannot, or it did not come up; the text is one line.
    """
    live = Live.connect(state)
    if live is not None:
        return live
    reason = _why_not(state)
    if reason:
        raise LiveError(reason)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            listener.bind(address(state))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return Live(state)  # another command has just started it
        listener.listen(_BACKLOG)
        _start(state, listener)
    return Live(state)


def _why_not(state: Path) -> str | None:
    if state.resolve().is_relative_to(universe.RUN):
        return f"the live sandbox has a {universe.RUN} of its own: SANDBOX_STATE must lie elsewhere"
    return universe.why_not(NEEDS)


def _start(state: Path, listener: socket.socket) -> None:
    """Start the universe with the supervisor in it, and wait until that says it is up."""
    argv = universe.command([sys.executable, "-m", "sandbox.live.supervisor", str(state.resolve())])
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own command
            argv,
            cwd=universe.__file__.rpartition("/sandbox/")[0],
            env={**os.environ, "SANDBOX_STATE": str(state.resolve())},
            stdin=listener.fileno(),
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
        listener.close()
        if process.stdout is not None and process.stdout.readline():
            return
        process.kill()
        process.wait()
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        raise LiveError(f"the live sandbox did not come up: {lines[-1] if lines else 'it said nothing'}")


def _holds_something(state: Path) -> bool:
    """Whether the cloud has things whose servers lose what they held."""
    path = state / "cloud.sqlite"
    if not path.exists():
        return False
    marks = ", ".join("?" * len(KEEPS_DATA))
    with closing(sqlite3.connect(path, timeout=30)) as cloud:
        found = cloud.execute(f"SELECT 1 FROM thing WHERE type IN ({marks}) LIMIT 1", KEEPS_DATA)  # noqa: S608
        return found.fetchone() is not None  # the marks are question marks; the types are bound


def main() -> int:
    """Start it, and say so when it has lost what it held."""
    state = Settings.from_environment().state
    runs = Live.connect(state) is not None
    try:
        ensure(state)
        if not runs and _holds_something(state):
            sys.stderr.write(f"{_LOSES}\n")
    except LiveError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
