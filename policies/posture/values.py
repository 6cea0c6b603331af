"""How certain a written value is: among those allowed, certainly not, or not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan.values import Unknown, Value, text
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

ON = frozenset({"true"})
OFF = frozenset({"false"})


def among(value: Value, allowed: Container[str], default: str = "") -> Verdict:
    """Whether a value is one of those allowed: proven, refuted, or unproven while it is unknown.

    Args:
        value: What the program says.
        allowed: What it may say; booleans as `true` and `false` (`ON`, `OFF`).
        default: What Google or the provider takes where the program says nothing.
    """
    said = text(value)
    if isinstance(said, Unknown):
        return Verdict.UNPROVEN
    return Verdict.PROVEN if (default if said is None else said) in allowed else Verdict.REFUTED


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Proven when all are; refuted when one is."""
    found = set(verdicts)
    if Verdict.REFUTED in found:
        return Verdict.REFUTED
    return Verdict.UNPROVEN if Verdict.UNPROVEN in found else Verdict.PROVEN


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Proven when one is; refuted when all are."""
    found = set(verdicts)
    if Verdict.PROVEN in found:
        return Verdict.PROVEN
    return Verdict.UNPROVEN if Verdict.UNPROVEN in found else Verdict.REFUTED


def negated(verdict: Verdict) -> Verdict:
    """Proven when it is refuted, and the other way round."""
    return {Verdict.PROVEN: Verdict.REFUTED, Verdict.REFUTED: Verdict.PROVEN}.get(verdict, verdict)
