"""The shapes in which a report is shown: one module each, with `render(reports) -> str`.

Owns finding them: the package lists itself, so a new format is a new file and nothing else (a module whose
name begins with an underscore is none). Only the format that is asked for is imported. Prints nothing.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.report import Report


def formats() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(sorted(one.name for one in iter_modules(__path__) if not one.name.startswith("_")))


def render(reports: Sequence[Report], form: str) -> str:
    """The reports of one command in one of the formats.

    Raises:
        ValueError: There is no such format.
    """
    if form not in formats():
        raise ValueError(f"there is no format {form!r}; there are {', '.join(formats())}")
    rendered: str = import_module(f"{__name__}.{form}").render(reports)
    return rendered
