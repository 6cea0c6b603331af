"""Which checks there are: every module of `probes.checks` registers its own.

Adding a check is adding one file there.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from probes.assignment import Assignment
    from probes.context import Context

Subject = Literal["environment", "names", "database", "cache", "internet", "front-door", "golden-path"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: Unique; what the report calls it.
        subject: What it is about.
        deadline: Seconds it has, unless the assignment gives it others.
        heavy: Whether it loads the machine it runs on: it then begins after the others, whose times it would
            spoil.
        applies: Why it does not apply to an assignment; empty when it does.
        run: Makes it. Ends without a word, or raises how it failed.
    """

    name: str
    subject: Subject
    deadline: float
    heavy: bool
    applies: Callable[[Assignment], str]
    run: Callable[[Context], Awaitable[None]]


_CHECKS: Final[dict[str, Check]] = {}


def check(
    name: str,
    subject: Subject,
    *,
    deadline: float,
    applies: Callable[[Assignment], str],
    heavy: bool = False,
) -> Callable[[Callable[[Context], Awaitable[None]]], Callable[[Context], Awaitable[None]]]:
    """Registers a check.

    Raises:
        ValueError: Another check has the name.
    """

    def register(run: Callable[[Context], Awaitable[None]]) -> Callable[[Context], Awaitable[None]]:
        if name in _CHECKS and _CHECKS[name].run.__module__ != run.__module__:
            raise ValueError(f"two checks are called {name}")
        _CHECKS[name] = Check(name, subject, deadline, heavy, applies, run)
        return run

    return register


def checks() -> Sequence[Check]:
    """Every check, by name."""
    from probes import checks as package  # noqa: PLC0415 - its modules import this one

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return [_CHECKS[name] for name in sorted(_CHECKS)]


def when(wanted: object, otherwise: str) -> str:
    """For `applies`: nothing to say where something is wanted, else why not."""
    return "" if wanted else otherwise
