"""How a fault of a contract file is told: file and line, what is wrong, why it matters, what to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One fault of one contract file.

    Attributes:
        file: The file as it was found, relative to where the contracts lie.
        line: Counted from 1.
    """

    file: str
    line: int
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        """Three lines: where and what, why, fix."""
        return f"{self.file}:{self.line}: {self.what}\n  why: {self.why}\n  fix: {self.fix}"


class ContractError(Exception):
    """Contracts that cannot be used: every problem of every file at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Takes the problems and orders them by file and line."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
