"""What all commands do alike with a terminal: progress, and `--quiet`.

Progress is shown on standard error, only where that is a terminal, and only of what takes its time: a line
that came and went at once would be noise. Colour is rich's to decide, which respects NO_COLOR and
FORCE_COLOR. Owns nothing of what a command prints.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Context

SHOWN_AFTER_SECONDS: Final = 0.5
QUIET: Final = ("--quiet", "-q")
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


class Commands(TyperGroup):
    """The commands. Each may be told to be quiet, before its name or after it."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Takes `--quiet` out, wherever it stands, and hands on the rest."""
        end = args.index("--") if "--" in args else len(args)
        own = [each for each in args[:end] if each not in QUIET]
        _quiet.set(len(own) < end)
        return super().parse_args(ctx, [*own, *args[end:]])


def is_quiet() -> bool:
    """Whether the user asked for results alone."""
    return _quiet.get()


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows, while the block runs, what is being done and for how long; nothing where nobody would see it."""
    if is_quiet() or not sys.stderr.isatty() or os.environ.get("TERM") in (None, "", "dumb"):
        yield
        return
    from plumb.spinner import Spinner  # noqa: PLC0415 - a pipe needs no thread and nothing drawn

    with Spinner(what, after=SHOWN_AFTER_SECONDS):
        yield
