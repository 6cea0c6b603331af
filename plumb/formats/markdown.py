"""Markdown for a comment on a pull request: what refuses as a short table, all else folded.

Escaped so that no name or message can draw a table of its own, link somewhere, or call anybody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from plumb.formats._words import drawn, ends, grouped, kind, outcome, place, summary, visible
from policies.docs import address
from policies.rules import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.report import Report
    from policies.rules import Finding

_MARK: Final = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
}
_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|~#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_FENCED: Final = re.compile(r"`+")
# GitHub takes 65,536 characters in a comment, and refuses a longer one whole.
_MOST_ROWS: Final = 50
_MOST_ADVICE: Final = 10
_MOST_DETAILS: Final = 40_000


def render(reports: Sequence[Report]) -> str:
    """The reports as Markdown, one below the other. What a comment may hold they share."""
    return "\n".join(_report(report, len(reports)) for report in reports)


def _report(report: Report, of: int) -> str:
    mark = "❌" if report.refused else "✅"
    verb = "refuses" if report.refused else "lets pass"
    lines = [f"### {mark} Plumbline {verb} {_code(report.subject)}"]
    if report.refused:
        count = outcome(report).partition(": ")[2]
        lines[0] += f": {count}"
        lines += ["", *_table(report, of), "", *_folded("Why, and how to mend it", _details(report, of))]
    if report.waived:
        lines += ["", *_waivers(report)]
    if report.advised:
        lines += ["", *_folded(f"Advised: {len(report.advised)}", _advice(report, of))]
    if report.not_judged:
        told = [f"- {_code(one.rule)}: {_text(one.why)}" for one in report.not_judged]
        lines += ["", *_folded(f"Not judged: {len(told)}", iter([*told, ""]))]
    return "\n".join([*lines, "", f"<sub>{_text(summary(report))}</sub>", ""])


def _table(report: Report, of: int) -> Iterator[str]:
    yield "| | Rule | Resource | What is wrong |"
    yield "|---|---|---|---|"
    findings = [finding for group in grouped(report.findings) for finding in group.findings]
    most = max(1, _MOST_ROWS // of)
    for finding in findings[:most]:
        where = place(finding.source)
        resource = _code(finding.name, cell=True) + (f"<br>{_code(where, cell=True)}" if where else "")
        mark = f"{_MARK[finding.severity]} {_grade(finding)}"
        yield f"| {mark} | {_rule(finding.rule)} | {resource} | {_text(_short(finding.message))} |"
    if len(findings) > most:
        yield f"| | | | and {len(findings) - most:,} more: `plumb check` shows all |"


def _details(report: Report, of: int) -> Iterator[str]:
    written = 0
    for group in grouped(report.findings):
        told = [f"#### {_code(group.name)} ({_text(group.type)})", ""]
        for finding in group.findings:
            told += _detail(finding)
        written += sum(map(len, told))
        if written > _MOST_DETAILS // of:
            yield "There is more than a comment may hold: `plumb check` shows all."
            return
        yield from told


def _detail(finding: Finding) -> Iterator[str]:
    path = drawn(finding)
    yield f"**{_text(finding.rule)}** {_code(finding.cause)}: {_text(finding.message)}"
    yield ""
    if path:
        yield _code(path)
        yield ""
    yield f"- why: {_text(finding.why)}"
    yield f"- fix: {_text(finding.fix)}"
    yield ""


def _waivers(report: Report) -> Iterator[str]:
    yield "**Waived**"
    yield ""
    yield "| Rule | Resource | Owner | Until | Reason |"
    yield "|---|---|---|---|---|"
    for waived in report.waived:
        finding, waiver = waived.finding, waived.waiver
        resource = f"{_code(finding.name, cell=True)} ({_text(kind(finding.type))})"
        yield (
            f"| {_rule(finding.rule)} | {resource} | {_text(waiver.owner)} | {_text(ends(waiver))} "
            f"| {_text(waiver.reason)} |"
        )


def _advice(report: Report, of: int) -> Iterator[str]:
    findings = [finding for group in grouped(report.advised) for finding in group.findings]
    most = _MOST_ADVICE // of
    for finding in findings[:most]:
        yield (
            f"- {_rule(finding.rule)} {_code(finding.cause)} {_code(finding.name)}: "
            f"{_text(_short(finding.message))}; fix: {_text(_short(finding.fix))}"
        )
    if len(findings) > most:
        yield f"- and {len(findings) - most:,} more: `plumb check` shows all"
    yield ""


def _folded(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield "<details>"
    yield f"<summary>{title}</summary>"
    yield ""
    yield from lines
    yield "</details>"


def _grade(finding: Finding) -> str:
    return str(finding.severity) + (" (unproven)" if finding.verdict is Verdict.UNPROVEN else "")


def _rule(id_: str) -> str:
    page = address(id_)
    shown = _code(id_, cell=True)
    return f"[{shown}]({page})" if page is not None and page.startswith("http") else shown


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _text(text: str) -> str:
    """Text that means only what it says, in a table too; `@`, written as HTML, calls nobody."""
    escaped = _SPECIAL.sub(lambda match: "\\" + match[0], visible(text).replace("&", "&amp;"))
    return escaped.replace("@", "&#64;")


def _code(text: str, *, cell: bool = False) -> str:
    """A code span that its own text cannot end; in a table a bar must be escaped inside one too."""
    shown = visible(text)
    fence = "`" * (max((len(run) for run in _FENCED.findall(shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    span = f"{fence}{space}{shown}{space}{fence}"
    return span.replace("|", "\\|") if cell else span
