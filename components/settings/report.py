"""All that is wrong with a stack's settings, as one block of text with files and lines.

Owns the wording of the block and the error that carries it. Does not find anything wrong by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.settings.problem import Problem, dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from components.settings.document import Document


class SettingsError(Exception):
    """The settings are wrong; the message is the whole block.

    Attributes:
        problems: What is wrong, in the order of the file.
    """

    def __init__(self, document: Document, problems: Iterable[Problem]) -> None:
        """Set the problems in order and write the block."""
        self.problems = sorted(problems, key=lambda problem: problem.line or document.line(problem.path))
        super().__init__(render(document, self.problems))


def render(document: Document, problems: list[Problem]) -> str:
    """The block: a headline, then what, why and fix of each problem."""
    number = len(problems)
    headline = f"{number} settings are wrong" if number > 1 else "1 setting is wrong"
    return "\n".join([f"{headline} in {document.name}", *(_lines(document, problem) for problem in problems)])


def _lines(document: Document, problem: Problem) -> str:
    line = problem.line or document.line(problem.path)
    what = f"{dotted(problem.path)} {problem.what}"
    if problem.beside is not None:
        what = f"{what} {dotted(problem.beside)} (line {document.line(problem.beside)})"
    return f"{document.name}:{line}: {what}\n  why: {problem.why}\n  fix: {problem.fix}"
