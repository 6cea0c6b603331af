"""The files that a report names, as its reader finds them.

A finding tells its files as the engine does, from the program's folder, and so does the JSON. Owns making
paths of that for others: from the current folder for whoever opens them, from the top of the checkout for a
viewer that has the repository and does not know where in it the program lies.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contracts.waivers import RULE as OF_WAIVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policies.plan import Source
    from policies.report import Origin, Report
    from policies.rules import Finding


class Files:
    """The files of one report, told in one way."""

    def __init__(self, origin: Origin, tell: Callable[[Path], str]) -> None:
        """Takes what its files are told from.

        Args:
            origin: Where they lie.
            tell: How a path without links and dots is told.
        """
        self._origin = origin
        self._tell: Final = tell
        self._told: dict[tuple[str, tuple[Path, ...]], str] = {}

    @classmethod
    def from_here(cls, origin: Origin) -> Files:
        """As they are opened from the current folder.

        What lies outside of it, and of its checkout, is told by its whole path.
        """
        here = Path.cwd()
        top = checkout((here,)) or here
        return cls(origin, lambda path: os.path.relpath(path, here) if _below(path, top) else str(path))

    @classmethod
    def from_checkout(cls, origin: Origin) -> Files:
        """As the repository has them that the program lies in, or the current folder where it lies in none.

        What lies outside of it is told by its whole path.
        """
        top = checkout(origin.folders or (Path(),)) or Path.cwd()
        return cls(
            origin, lambda path: path.relative_to(top).as_posix() if _below(path, top) else path.as_posix()
        )

    def of(self, finding: Finding) -> Source | None:
        """Where the resource of a finding is declared; of a fault of a waiver, where that stands."""
        if finding.rule != OF_WAIVERS or finding.source is None:
            return self.source(finding.source)
        contracts = self._origin.contracts
        # No line of the stack's file decides it.
        own = replace(finding.source, settings=None, nearest=None)
        return self.source(own, () if contracts is None else (contracts.parent,))

    def source(self, source: Source | None, folders: Sequence[Path] = ()) -> Source | None:
        """A place with its files as the reader finds them."""
        if source is None:
            return None
        return replace(
            source,
            file=self.file(source.file, folders or self._origin.folders),
            settings=self._settings(source.settings),
            nearest=self._settings(source.nearest),
        )

    def judged(self, subject: str) -> str:
        """What was judged, as a file: the stack's, or that of the plan; else what the user called it."""
        return self.file(subject if self._origin.file is None else str(self._origin.file), (Path(),))

    def file(self, file: str, folders: Sequence[Path]) -> str:
        """A file of one of these folders: of the first that has it, else of the last."""
        key = (file, tuple(folders))
        if key not in self._told:
            self._told[key] = self._tell(_found(file, folders or (Path(),)))
        return self._told[key]

    def _settings(self, place: str | None) -> str | None:
        if place is None:
            return None
        file, _, line = place.rpartition(":")
        beside = self._origin.file
        return f"{self.file(file, self._origin.folders if beside is None else (beside.parent,))}:{line}"


def from_here(report: Report) -> Report:
    """A report whose findings name their files as they are opened from the current folder."""
    files = Files.from_here(report.origin)
    return replace(
        report,
        findings=[replace(one, source=files.of(one)) for one in report.findings],
        waived=[
            replace(one, finding=replace(one.finding, source=files.of(one.finding))) for one in report.waived
        ],
        advised=[replace(one, source=files.of(one)) for one in report.advised],
    )


def checkout(folders: Sequence[Path]) -> Path | None:
    """The top of the checkout that one of these folders lies in."""
    for folder in folders:
        whole = folder.resolve()
        for one in (whole, *whole.parents):
            # A file in a worktree and in a submodule.
            if (one / ".git").exists():
                return one
    return None


def _found(file: str, folders: Sequence[Path]) -> Path:
    path = Path()
    for folder in folders:
        path = folder.absolute() / file
        try:
            # GitHub shows nothing of a file that is a link or lies below one.
            path = path.resolve()
            if path.exists():
                break
        except (OSError, RuntimeError, ValueError):
            continue  # a name that no file can have, or links that lead in a circle
    return path


def _below(path: Path, top: Path) -> bool:
    # Of a name that no file can have the dots are left.
    return path.is_relative_to(top) and ".." not in path.parts
