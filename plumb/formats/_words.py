"""What all formats say alike: order, names, places, counts; and what no format may let through.

Names and messages hold whatever the judged program wrote. Owns making that harmless to whatever shows it, as
far as that does not depend on the format.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.rules import Severity, Verdict
from policies.rules.finding import SHORTEST_DRAWN_PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts import Waiver
    from policies.plan import Source
    from policies.report import Report
    from policies.rules import Finding

WORST_FIRST: Final = {
    severity: rank
    for rank, severity in enumerate((Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW))
}
# Control characters steer a terminal and are not XML; lone surrogates and the two noncharacters are in no
# file; the direction marks make a line read differently from what it says.
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one resource, worst first."""

    type: str
    name: str
    source: Source | None
    findings: Sequence[Finding]


def visible(text: str) -> str:
    """The text on one line, with whatever cannot be seen written out."""
    return _INVISIBLE.sub(_written_out, text)


def grouped(findings: Sequence[Finding]) -> list[Group]:
    """The findings by resource; the resource with the worst one comes first."""
    by_urn: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=_worst_first):
        by_urn.setdefault(finding.urn, []).append(finding)
    return [Group(kind(of[0].type), visible(of[0].name), of[0].source, of) for of in by_urn.values()]


def kind(type_: str) -> str:
    """A type as people write it: `gcp:cloudrunv2:Service` for `gcp:cloudrunv2/service:Service`."""
    return visible(re.sub(r"^([^:]*:[^:/]*)/[^:]*:", r"\1:", type_))


def place(source: Source | None) -> str:
    """Where something is declared, and which line of the stack's file decides it."""
    if source is None:
        return ""
    settings = "" if source.settings is None else f" ({visible(source.settings)})"
    return f"{visible(source.file)}:{source.line}{settings}"


def drawn(finding: Finding) -> str:
    """The path up to the place of the break; nothing where the message says as much."""
    if len(finding.path) <= SHORTEST_DRAWN_PATH:
        return ""
    return f"{' → '.join(visible(step) for step in finding.path)} ✗ {visible(finding.cause)}"


def held_by(waiver: Waiver) -> str:
    """Who answers for a waiver, until when, and why."""
    broken = f" (glass broken by {', '.join(map(visible, waiver.approved_by))})" if waiver.break_glass else ""
    return f"{visible(waiver.owner)} until {ends(waiver)}{broken}: {visible(waiver.reason)}"


def ends(waiver: Waiver) -> str:
    """The last day of a waiver; the minute of one that lasts a day."""
    return f"{waiver.until:%Y-%m-%d %H:%M} UTC" if waiver.break_glass else str(waiver.expires)


def held_against(report: Report) -> str:
    """The stacks that it was held against, where there were any."""
    return ", ".join(map(visible, report.held_against))


def outcome(report: Report) -> str:
    """Whether anything stands in the way, and how much."""
    if not report.refused:
        return "passed"
    counts = ((report.count(verdict), verdict) for verdict in (Verdict.REFUTED, Verdict.UNPROVEN))
    return "refused: " + ", ".join(f"{count} {verdict}" for count, verdict in counts if count)


def summary(report: Report) -> str:
    """The outcome in one line, with all counts."""
    also = [f"{len(report.waived)} waived"] if report.waived else []
    also += [f"{len(report.advised)} advised"] if report.advised else []
    unasked = len({one.rule for one in report.not_judged})
    also += [f"{_many(unasked, 'rule')} not judged"] if unasked else []
    looked = f"{_many(report.resources, 'resource')}, {_many(report.rules, 'rule')}"
    looked += f", held against {held_against(report)}" if report.held_against else ""
    return f"{'; '.join([outcome(report), *also])} ({looked})"


def as_json(value: object) -> str:
    """The value as JSON that can be written to a file, which no lone surrogate can."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "replace").decode()


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _written_out(match: re.Match[str]) -> str:
    character = match[0]
    return " " if character in "\t\n\r" else character.encode("unicode_escape").decode()


def _worst_first(finding: Finding) -> tuple[object, ...]:
    return (WORST_FIRST[finding.severity], finding.verdict, *finding.key)
