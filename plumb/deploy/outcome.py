"""What a gate or the probes say to a deploy.

Owns the shape alone: `checks` fills it in, `rollout` decides by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gate or the probes said.

    Attributes:
        passed: Whether the deploy may go on.
        words: One line for each thing that stands against it.
        facts: What is kept of it in the record.
    """

    passed: bool
    words: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Checks(Protocol):
    """What is asked before and after."""

    def gate(self) -> Outcome:
        """Judge the stack by the rules, offline."""

    def probe(self, *, candidate: bool) -> Outcome:
        """Ask the deployed services; through the candidate hosts where `candidate`."""
