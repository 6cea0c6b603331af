"""What a scan finds: reads, places where it cannot tell, files that are no Python."""

from __future__ import annotations

from dataclasses import dataclass, field

ANY = "*"
"""Stands in a name for a part that is known only when the code runs."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands.

    Attributes:
        file: The file, as the user would name it.
        line: The line, from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        """As terminals and editors make a link of it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads a variable.

    Attributes:
        names: The variable; several when any one of them will do. A `*` stands for what is not known.
        place: Where.
        required: Whether the code gives no value of its own where the variable is not set.
        secret: Whether the code itself says that it is a secret, by its type.
    """

    names: tuple[str, ...]
    place: Place
    required: bool
    secret: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every part of the name is known."""
        return not any(ANY in name for name in self.names)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A place that reads what the tree does not tell."""

    place: Place
    what: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that could not be read as Python."""

    place: Place
    what: str


@dataclass
class Found:
    """Everything that was found.

    Attributes:
        files: How many files were read.
        reads: The reads, in the order of the files.
        unclear: Where it cannot tell.
        faults: Files that are no Python.
    """

    files: int = 0
    reads: list[Read] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
