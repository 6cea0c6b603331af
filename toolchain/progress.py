"""Run a long command and show that it works: a live line on a terminal, else a plain one now and then."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from toolchain.places import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PLAIN_EVERY_SECONDS = 20.0
LIVE_EVERY_SECONDS = 0.5
LINES_SHOWN_ON_FAILURE = 15


def run(
    label: str,
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    counted: Callable[[int], str] = lambda _lines: "",
) -> None:
    """Run `command`, showing `label`, what `counted` makes of the number of lines printed, and seconds.

    Raises:
        ToolchainError: the command failed; the text ends with the last lines it printed.
    """
    started = time.monotonic()
    lines: deque[str] = deque(maxlen=LINES_SHOWN_ON_FAILURE)
    seen = 0
    with subprocess.Popen(  # noqa: S603 - arguments are our own list
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:

        def read() -> None:
            nonlocal seen
            for line in process.stdout or ():
                lines.append(line.rstrip())
                seen += 1

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        show = _Display(label)
        while True:
            show.update(counted(seen), time.monotonic() - started)
            try:
                process.wait(timeout=LIVE_EVERY_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
            except KeyboardInterrupt:
                process.terminate()
                raise
        reader.join(timeout=LIVE_EVERY_SECONDS)
    show.end(time.monotonic() - started, failed=bool(process.returncode))
    if process.returncode:
        raise ToolchainError(f"{label} failed (exit code {process.returncode}):\n  " + "\n  ".join(lines))


class _Display:
    def __init__(self, label: str) -> None:
        self._label = label
        self._live = sys.stderr.isatty()
        self._next = 0.0

    def update(self, detail: str, seconds: float) -> None:
        if seconds < self._next:
            return
        self._next = seconds + (LIVE_EVERY_SECONDS if self._live else PLAIN_EVERY_SECONDS)
        text = f"{self._label}: {detail + ', ' if detail else ''}{seconds:.0f} s"
        self._write(f"\r\033[K{text}" if self._live else f"{text}\n")

    def end(self, seconds: float, *, failed: bool) -> None:
        text = f"{self._label}: {'failed' if failed else 'done'} after {seconds:.0f} s\n"
        self._write(f"\r\033[K{text}" if self._live else text)

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
