"""What one judgement amounts to: everything a reader is shown, whatever the format.

Owns the shape that the judge's callers fill and the formats read. Renders nothing, judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from contracts import Waiver
    from policies.overview import Overview
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
class Changes:
    """What a judgement says otherwise than an earlier one, such as that of the base branch.

    Attributes:
        base: What it is compared with, as the user named it.
        new: The keys of the findings that the base does not have.
        fixed: What the base is refused for, and this is not.
        added: The URNs of resources that the base does not have; None where the base does not list any.
        removed: Likewise those that only the base has.
    """

    base: str
    new: frozenset[tuple[str, ...]]
    fixed: Sequence[Finding]
    added: Sequence[str] | None = None
    removed: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the files lie that a judgement names; what is not known is told from the current folder.

    Attributes:
        folders: Where resources are declared: a file is of the first that has it, else of the last.
        file: What was judged, as a file: the stack's file of a program, else that of the plan or the state.
        contracts: The folder of the contracts.
    """

    folders: Sequence[Path] = ()
    file: Path | None = None
    contracts: Path | None = None


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
        look: Works out what the plan is beside its findings; only some formats show it.
        at: The moment of the judgement, from which the days of a waiver are counted.
        changes: What is otherwise than in the base, where there is one.
        held_against: The stacks of the other environment that this one was held against, where several were
            judged together.
        advised: What is advised and refuses nothing.
        origin: Where the files of its findings lie.
    """

    subject: str
    source: str
    findings: Sequence[Finding]
    waived: Sequence[Waived] = ()
    not_judged: Sequence[NotJudged] = ()
    resources: int = 0
    rules: int = 0
    look: Callable[[], Overview] | None = None
    at: datetime | None = None
    changes: Changes | None = None
    held_against: Sequence[str] = ()
    advised: Sequence[Finding] = ()
    origin: Origin = field(default_factory=Origin)

    def overview(self) -> Overview:
        """Every route, the topology and what is left; empty where the judge had no plan to look at."""
        # Imported here: what is shown as text needs none of it.
        from policies.overview import Overview  # noqa: PLC0415

        return Overview() if self.look is None else self.look()

    def days_left(self, waiver: Waiver) -> int | None:
        """Whole days until a waiver ends; None where the moment of the judgement is not known."""
        return None if self.at is None else max(0, (waiver.until - self.at).days)

    @property
    def refused(self) -> bool:
        """Whether anything stands in the way of the deploy."""
        return bool(self.findings)

    def count(self, verdict: Verdict) -> int:
        """How many findings have this verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)
