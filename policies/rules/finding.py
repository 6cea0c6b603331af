"""What a rule says: findings, their verdict and their severity.

Owns the shape of a finding and how it is written, as JSON and as the text a developer reads. Never holds the
value of a property: a finding names variables, resources and secrets, not what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from policies.verdict import Claim, Level, Verdict

if TYPE_CHECKING:
    from policies.plan import Source

__all__ = ["RULE_FAILED", "SHORTEST_DRAWN_PATH", "Claim", "Finding", "Level", "Severity", "Verdict"]


# The cause of a finding that says no more than that its rule broke down.
RULE_FAILED: Final = "RULE_FAILED"


class Severity(StrEnum):
    """How much harm a finding foretells; the engine's own four words."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one resource.

    Attributes:
        rule: The id of the rule.
        why: Why it matters here, where the contract says it; else why the rule exists.
        source: Where the resource is declared, where the source of the plan tells.
        level: Whether it refuses.
    """

    rule: str
    severity: Severity
    verdict: Verdict
    cause: str
    urn: str
    type: str
    name: str
    message: str
    why: str
    fix: str
    path: tuple[str, ...] = ()
    source: Source | None = None
    level: Level = Level.MANDATORY

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two findings one: rule, resource and place, whatever their words."""
        return (self.rule, self.urn, *self.path)

    def to_json(self) -> dict[str, object]:
        """The finding as the interface has it; `source` is null where nobody tells."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "verdict": str(self.verdict),
            "level": str(self.level),
            "cause": self.cause,
            "resource": {"urn": self.urn, "type": self.type, "name": self.name},
            "message": self.message,
            "fix": self.fix,
            "path": list(self.path),
            "source": None if self.source is None else _place(self.source),
        }

    def to_text(self) -> str:
        """What a developer reads: what is wrong, the path if it has steps, why, and what to do."""
        lines = [self.message]
        if len(self.path) > SHORTEST_DRAWN_PATH:
            lines.append(f"path: {' → '.join(self.path)} ✗ {self.cause}")
        return "\n".join([*lines, f"why: {self.why}", f"fix: {self.fix}"])


def _place(source: Source) -> dict[str, object]:
    """Where the resource is declared; where the stack's file decides it, too, if that is known."""
    place: dict[str, object] = {"file": source.file, "line": source.line}
    return place if source.settings is None else {**place, "settings": source.settings}


# A path of a service and one variable says nothing that the message does not.
SHORTEST_DRAWN_PATH: Final = 2
