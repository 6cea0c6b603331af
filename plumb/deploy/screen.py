"""What a deploy shows while it runs and when it ends: lines for people, or JSON for machines.

Owns both forms. What happens is `rollout`'s, what is kept of it the record's: for machines the entries of the
record are printed as they are written, and one line more.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, Protocol

from rich.console import Console

if TYPE_CHECKING:
    from typing import TextIO

    from plumb.deploy.journal import Entry

_COLOURS: Final = {
    "deployed": "bold green",
    "failed": "bold red",
    "returned": "bold yellow",
    "superseded": "bold yellow",
}


class Screen(Protocol):
    """Where a deploy is followed."""

    @property
    def engine(self) -> TextIO:
        """Where the engine's own output goes."""

    def say(self, step: str, words: str) -> None:
        """A step, and what of it."""

    def entry(self, entry: Entry) -> None:
        """An entry that the record has now."""

    def end(self, code: int, outcome: str, words: str = "") -> None:
        """How it ended: the exit code, and in a word; words where no step has said them."""


class ForPeople:
    """Lines on standard output, errors on standard error."""

    @property
    def engine(self) -> TextIO:
        """Where the engine's own output goes."""
        return sys.stdout

    def say(self, step: str, words: str) -> None:
        """A line, and those that belong to it under it."""
        _print(sys.stdout, step, words)

    def entry(self, entry: Entry) -> None:
        """People read the steps."""

    def end(self, code: int, outcome: str, words: str = "") -> None:
        """Only what no step has said."""
        del code, outcome
        if words:
            sys.stderr.write(f"plumb deploy: {words}\n")


class ForMachines:
    """The record's entries on standard output, a last line with how it ended; all else on standard error."""

    def __init__(self, stack: str) -> None:
        """The stack's name goes into the last line."""
        self._stack = stack

    @property
    def engine(self) -> TextIO:
        """Where the engine's own output goes."""
        return sys.stderr

    def say(self, step: str, words: str) -> None:
        """As people are told, out of the machine's way."""
        _print(sys.stderr, step, words)

    def entry(self, entry: Entry) -> None:
        """The line that the record has."""
        self._line(entry.line())

    def end(self, code: int, outcome: str, words: str = "") -> None:
        """The last line, whatever happened."""
        self._line(json.dumps({"stack": self._stack, "exit": code, "outcome": outcome, "words": words}))

    def _line(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _print(file: TextIO, step: str, words: str) -> None:
    out = Console(file=file, highlight=False, soft_wrap=True)
    first, *rest = words.splitlines() or [""]
    out.print(f"[{_COLOURS.get(step, 'bold')}]{step:<12}[/] ", end="")
    out.print("\n".join([first, *(f"{'':<13}{line}" for line in rest)]), markup=False)
