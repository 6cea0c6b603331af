"""What a judgement is made of: how certain it is, whom it binds, and what a rule says of one fault.

Owns what rules and the packages they share need of a judgement; it imports none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Resource


class Verdict(StrEnum):
    """How certain a rule is. What is proven is no finding."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNPROVEN = "unproven"


class Level(StrEnum):
    """Whether a finding refuses. What is advisory is shown in every output, and refuses nothing."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a rule's function says of one fault; the judge makes the finding of it.

    Attributes:
        verdict: `REFUTED` or `UNPROVEN`.
        cause: One word for the kind of fault, stable, in the style of Google's Connectivity Tests
            (`NO_ROUTE`).
        message: What is wrong, in one sentence that names the service and the variable or path.
        fix: What to do, for exactly this fault.
        path: The path that is broken, from the service to the place of the break.
        why: Why it matters here, where the contract says more than the rule.
        resource: Which resource is at fault, when it is not the one that was judged.
        level: Whether it refuses; a rule that binds some environments only advises in the others.
    """

    verdict: Verdict
    cause: str
    message: str
    fix: str
    path: Sequence[str] = ()
    why: str | None = None
    resource: Resource | None = None
    level: Level = Level.MANDATORY
