"""What the record and the user are told of an error.

Owns which errors speak for themselves, and that the rest say no value: an error that nobody foresaw may quote
what it was given.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from plumb import pulumi
from plumb.deploy.traffic import TrafficError
from policies.secrets.words import is_place, says_secret
from probes.scrub import Scrubber
from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST: Final = 2000
_SHORTEST: Final = 4
"""A shorter secret cannot be told from the words around it."""


class StackError(Exception):
    """A command of the stack failed.

    Args:
        said: Which, and why.
        words: What stands against the deploy, one thing each.
        facts: What the record keeps of it.
    """

    def __init__(self, said: str, words: Sequence[str] = (), facts: Mapping[str, Any] | None = None) -> None:
        """What was said, for whoever shows it."""
        super().__init__(said)
        self.words, self.facts = tuple(words), dict(facts or {})


class LockedError(StackError):
    """Another update has the stack: nothing was done, and nothing of the deploy is undone for it."""


SPEAKS: Final = (StackError, TrafficError, pulumi.PulumiError)
"""Errors whose words were written for the user."""


def words_of(error: Exception, environ: Mapping[str, str] = os.environ) -> str:
    """An error in words: its own where it was foreseen, else also its class and where it was raised."""
    if isinstance(error, SPEAKS):
        return scrubbed(str(error), environ)
    said = _without_input(error) if isinstance(error, ValidationError) else str(error)
    return scrubbed(f"{type(error).__name__}: {said} ({_where(error)})", environ)


def scrubbed(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text without the values of variables that are secrets by their names, and not too long."""
    named = {
        name: value
        for name, value in environ.items()
        if says_secret(name) and not is_place(value) and len(value) >= _SHORTEST
    }
    clean = Scrubber(named, named)(text.strip())
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}…"


def _without_input(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in found)


def _where(error: Exception) -> str:
    """The innermost line of Plumbline's own that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)]
    if not ours:
        return "nobody foresaw it"
    return f"{Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].lineno}"
