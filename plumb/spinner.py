"""A line on the terminal that says what is being done and for how many seconds.

Drawn by a thread, on standard error, and gone without a trace when the work has ended, however it ends.
Standard output and what the work itself prints are left alone.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner as Drawing
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import ConsoleOptions, RenderResult

# Often enough to be seen moving; each drawing takes the interpreter away from the work.
_DRAWN_PER_SECOND = 5


class Spinner:
    """Shown from some time after the block began until it ends."""

    def __init__(self, what: str, *, after: float, console: Console | None = None) -> None:
        """Takes what is being done, and after how many seconds that is worth saying."""
        self._what = what
        self._began = time.monotonic()
        self._drawing = Drawing("dots")
        self._live = Live(
            self,
            console=console or Console(stderr=True, highlight=False),
            refresh_per_second=_DRAWN_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._show, args=(after,), daemon=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line, however narrow the terminal."""
        seconds = time.monotonic() - self._began
        frame = self._drawing.render(console.get_time())
        line = Text.assemble(
            frame if isinstance(frame, Text) else "", f" {self._what}  ", (f"{seconds:.0f} s", "dim")
        )
        line.truncate(options.max_width, overflow="ellipsis")
        yield line

    def __enter__(self) -> Self:
        """Begins to wait."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the line away."""
        self._ended.set()
        self._thread.join()

    def _show(self, after: float) -> None:
        if self._ended.wait(after):
            return
        with self._live:
            self._ended.wait()
