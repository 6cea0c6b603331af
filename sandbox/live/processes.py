"""Programs that stand for things: started at a place, with a log, and ended by their id.

Owns start, end and log of one operating-system process. Which program, and when, is its server's matter.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.live import universe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
LOGS: Final = universe.DATA / "log"
PATH: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_PATIENCE_S: Final = 5.0
_TAIL_BYTES: Final = 4000


@dataclass(frozen=True, slots=True)
class Program:
    """One process that was started.

    Attributes:
        name: what `live status` calls it.
        process: the process.
        log: where its output goes.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by force when it does not go."""
        if self.alive:
            self.process.send_signal(how)
            try:
                self.process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self) -> str:
        """The last line of its log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
                lines = file.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1] if lines else ""


def start(name: str, argv: Sequence[str], *, at: Sequence[str], env: Mapping[str, str]) -> Program:
    """Start a program at a place with exactly this environment.

    Args:
        name: names its log.
        argv: the program and its arguments.
        at: the place, as what is put before a command (`Fabric.prefix`).
        env: the whole environment.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name.replace('/', '_')}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - what the caller was made to run
            [*at, *argv],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(name, process, log)


def python(module: str, *arguments: str) -> list[str]:
    """A program of ours: `python -m module`."""
    return [sys.executable, "-m", module, *arguments]


def plain_environment() -> dict[str, str]:
    """The environment of a program that needs nothing."""
    return {"PATH": PATH, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
