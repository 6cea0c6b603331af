"""What one judgement amounts to: everything a reader is shown, whatever the format.

Owns the shape that the judge's callers fill and the formats read. Renders nothing, judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts import Waiver
    from policies.rules import Finding
    from policies.rules.finding import Verdict


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that a waiver lets pass. It is shown all the same."""

    finding: Finding
    waiver: Waiver

    @property
    def key(self) -> tuple[str, ...]:
        """The finding's own."""
        return self.finding.key

    def to_json(self) -> dict[str, object]:
        """The finding, with who lets it pass, why and until when."""
        waiver = self.waiver
        return {
            **self.finding.to_json(),
            "waived": {
                "owner": waiver.owner,
                "reason": waiver.reason,
                "expires": waiver.until.isoformat() if waiver.break_glass else waiver.expires.isoformat(),
                "breakGlass": waiver.break_glass,
                "source": {"file": waiver.file, "line": waiver.line},
            },
        }

    def to_text(self) -> str:
        """What a reader is shown: who lets it pass and until when, and what it is."""
        waiver = self.waiver
        if waiver.break_glass:
            until = (
                f"{waiver.until:%Y-%m-%d %H:%M} UTC, in an emergency by {' and '.join(waiver.approved_by)}"
            )
        else:
            until = f"{waiver.expires} by {waiver.owner}"
        return f"waived until {until}: {waiver.reason}\n{self.finding.message}\nfix: {self.finding.fix}"


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule that could not be asked of this source, and why: the source hides what the rule looks at.

    Attributes:
        rule: The rule's id.
        why: What it could not tell, and of what.
        urn: Of which resource; empty where it is of all.
    """

    rule: str
    why: str
    urn: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One judgement.

    Attributes:
        subject: What was judged, as the user named it: a stack, a folder, a file.
        source: How it was read: `program`, `preview`, `state`, `engine`.
        findings: What refuses: all that is refuted or unproven and not waived.
        waived: What a waiver lets pass.
        not_judged: Rules this source cannot answer.
        resources: How many resources were looked at.
        rules: How many rules were held against them.
        held_against: The stacks of the other environment that this one was held against, where several were
            judged together.
        advised: What is advised and refuses nothing.
    """

    subject: str
    source: str
    findings: Sequence[Finding]
    waived: Sequence[Waived] = ()
    not_judged: Sequence[NotJudged] = ()
    resources: int = 0
    rules: int = 0
    held_against: Sequence[str] = ()
    advised: Sequence[Finding] = ()

    @property
    def refused(self) -> bool:
        """Whether anything stands in the way of the deploy."""
        return bool(self.findings)

    def count(self, verdict: Verdict) -> int:
        """How many findings have this verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)
