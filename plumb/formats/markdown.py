"""Markdown for a comment on a pull request: what refuses as a short table, all else folded.

Escaped so that no name or message can draw a table of its own, link somewhere, or call anybody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from plumb.formats._files import from_here
from plumb.formats._mermaid import mermaid
from plumb.formats._words import (
    as_many,
    drawn,
    ends,
    grouped,
    kind,
    outcome,
    parity,
    place,
    short_urn,
    summary,
    visible,
)
from policies.docs import address
from policies.rules import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policies.overview import Bar
    from policies.report import Changes, Report
    from policies.rules import Finding

_MARK: Final = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
}
_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|~#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_WIDTH: Final = 20
# What may not stand in an HTML comment, or would be another subject's mark.
_UNMARKED: Final = re.compile(r"[^A-Za-z0-9_./ ()]+")
_FENCED: Final = re.compile(r"`+")
# GitHub takes 65,536 characters in a comment, and refuses a longer one whole: each part has its room.
_ROOM: Final = {
    "rows": 24_000, "details": 12_000, "topology": 9_000, "changes": 4_000, "waivers": 4_000,
    "advice": 3_000, "capacity": 2_500, "not judged": 2_500,
}  # fmt: skip
_MOST: Final = 64_500
_HEADS: Final = 2_300
_MOST_SUBJECTS: Final = 12
_MOST_ROWS: Final = 50
_LONGEST_NAME: Final = 200


def render(reports: Sequence[Report]) -> str:
    """The reports as Markdown, one below the other. What a comment may hold they share.

    It begins with a mark that nobody sees and that stays the same: by it whoever posts the comment finds the
    one to edit.
    """
    of = len(reports)
    shown, room = reports[:_MOST_SUBJECTS], _shared(min(of, _MOST_SUBJECTS))
    lines = [marker(*(report.subject for report in reports))]
    if of > 1:
        lines += [*_together(reports), ""]
    lines.append("\n".join(_report(from_here(report), room) for report in shown))
    if of > _MOST_SUBJECTS:
        lines.append(f"{of - _MOST_SUBJECTS:,} more are left out here: `plumb check` shows all.\n")
    return "\n".join(lines)


def marker(*subjects: str) -> str:
    """The comment that a report begins with: whatever the order, the same subjects have the same."""
    longest = _LONGEST_NAME // len(subjects)
    said = sorted(_UNMARKED.sub("-", visible(one)[:longest]).strip("- ") for one in subjects)
    return f"<!-- plumbline report: {', '.join(said)} -->"


def _shared(of: int) -> Mapping[str, int]:
    """The room of each part in one of so many reports, which all need some for their heads."""
    if of == 1:
        return _ROOM
    each = (_MOST - of * _HEADS) // of
    return {part: room * each // sum(_ROOM.values()) for part, room in _ROOM.items()}


def _together(reports: Sequence[Report]) -> Iterator[str]:
    """The outcome of all, and how those fare that were held against one another."""
    refused = sum(report.refused for report in reports)
    mark = "❌" if refused else "✅"
    verb = f"refuses {refused} of {len(reports)}" if refused else f"lets all {len(reports)} pass"
    yield f"## {mark} Plumbline {verb}"
    told = parity(reports)
    if told:
        yield ""
        yield _text(_short(told))


def _report(report: Report, room: Mapping[str, int]) -> str:
    mark = "❌" if report.refused else "✅"
    verb = "refuses" if report.refused else "lets pass"
    head = f"### {mark} Plumbline {verb} {_code(_short(report.subject, _LONGEST_NAME))}"
    if report.refused:
        head += f": {outcome(report).partition(': ')[2]}"
    lines = [head]
    if report.changes is not None:
        lines += ["", *_changed(report.changes, room)]
    if report.refused:
        lines += ["", *_table(report, room), "", *_folded("Why, and how to mend it", _details(report, room))]
    lines += [*_topology(report, room), *_capacity(report, room)]
    if report.waived:
        lines += ["", *_waivers(report, room)]
    if report.advised:
        lines += ["", *_folded(f"Advised: {len(report.advised)}", _advice(report, room))]
    if report.not_judged:
        told = [[f"- {_code(one.rule)}: {_text(one.why)}"] for one in report.not_judged]
        lines += ["", *_folded(f"Not judged: {len(told)}", [*_fitting(told, room["not judged"], "-"), ""])]
    return "\n".join([*lines, "", f"<sub>{_text(_short(summary(report)))}</sub>", ""])


def _fitting(blocks: Sequence[Sequence[str]], room: int, before: str = "") -> Iterator[str]:
    """As many blocks as there is room for, and how many were left out."""
    left = 0
    for block in blocks:
        size = sum(len(line) + 1 for line in block)
        if left or size > room:
            left += 1
            continue
        room -= size
        yield from block
    if left:
        yield f"{before} and {left:,} more than a comment may hold: `plumb check` shows all.".strip()


def _changed(changes: Changes, room: Mapping[str, int]) -> Iterator[str]:
    counts = [f"**{len(changes.new)} new**", f"**{len(changes.fixed)} fixed**"]
    if changes.added is not None and changes.removed is not None:
        counts.append(f"{as_many(len(changes.added), 'resource')} added, {len(changes.removed)} removed")
    yield f"Against {_code(_short(changes.base, _LONGEST_NAME))}: {', '.join(counts)}"
    told = [[f"- fixed: {_code(one.rule)} {_code(one.name)} {_text(one.message)}"] for one in changes.fixed]
    told += [[f"- added: {_code(short_urn(urn))}"] for urn in changes.added or ()]
    told += [[f"- removed: {_code(short_urn(urn))}"] for urn in changes.removed or ()]
    if told:
        yield ""
        yield from _folded("What is fixed, added and removed", [*_fitting(told, room["changes"], "-"), ""])


def _topology(report: Report, room: Mapping[str, int]) -> Sequence[str]:
    drawn_ = mermaid(report)
    if not drawn_:
        return ()
    if sum(len(line) + 1 for line in drawn_) > room["topology"]:
        drawn_ = ["The topology is larger than a comment may hold: `plumb check --format html` draws it."]
    note = "Green is proven, red refuted, amber and dashed unproven; grey is there, and no route takes it."
    whole = all(served.verdict is Verdict.PROVEN for served in report.overview().services)
    title = "Topology: every route is proven" if whole else "Topology"
    return ["", *_folded(title, [*drawn_, "", f"<sub>{note}</sub>", ""], open_=not whole)]


def _capacity(report: Report, room: Mapping[str, int]) -> Sequence[str]:
    bars = report.overview().capacity
    if not bars:
        return ()
    rows = [[_bar(bar)] for bar in sorted(bars, key=lambda one: not one.exceeded)]
    head = ["| | Of | At full scale | |", "|---|---|---:|---|"]
    over = sum(bar.exceeded for bar in bars)
    title = f"Capacity: {over} exceeded" if over else "Capacity"
    return ["", *_folded(title, [*head, *_fitting(rows, room["capacity"], "| |"), ""])]


def _bar(bar: Bar) -> str:
    filled = _WIDTH if bar.used >= bar.limit else bar.used * _WIDTH // bar.limit
    mark = "🔴 " if bar.exceeded else ""
    drawn_ = f"`{'█' * filled}{'░' * (_WIDTH - filled)}`"
    least = "" if bar.exact else "at least "
    said = f"{least}{bar.used:,} of {bar.limit:,} {bar.unit}"
    return f"| {bar.kind} | {_text(bar.name)} | {said} | {mark}{drawn_} |"


def _table(report: Report, room: Mapping[str, int]) -> Iterator[str]:
    yield "| | Rule | Resource | What is wrong |"
    yield "|---|---|---|---|"
    new = frozenset() if report.changes is None else report.changes.new
    findings = [finding for group in grouped(report.findings) for finding in group.findings]
    left, shown = room["rows"], 0
    for finding in findings[:_MOST_ROWS]:
        where = place(finding.source)
        resource = _code(finding.name, cell=True) + (f"<br>{_code(where, cell=True)}" if where else "")
        mark = f"{_MARK[finding.severity]} {_grade(finding)}{', **new**' if finding.key in new else ''}"
        row = f"| {mark} | {_rule(finding.rule)} | {resource} | {_text(_short(finding.message))} |"
        if len(row) > left:
            break
        left, shown = left - len(row) - 1, shown + 1
        yield row
    if len(findings) > shown:
        yield f"| | | | and {len(findings) - shown:,} more: `plumb check` shows all |"


def _details(report: Report, room: Mapping[str, int]) -> Iterator[str]:
    blocks = []
    for group in grouped(report.findings):
        title = [f"#### {_code(group.name)} ({_text(group.type)})", ""]
        for finding in group.findings:
            blocks.append([*title, *_detail(finding)])
            title = []
    yield from _fitting(blocks, room["details"])


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


def _waivers(report: Report, room: Mapping[str, int]) -> Iterator[str]:
    yield "**Waived**"
    yield ""
    yield "| Rule | Resource | Owner | Until | Reason |"
    yield "|---|---|---|---|---|"
    rows = []
    for waived in sorted(report.waived, key=lambda one: (one.waiver.until, one.key)):
        finding, waiver = waived.finding, waived.waiver
        days = report.days_left(waiver)
        left = "" if days is None else f" ({as_many(days, 'day')} left)"
        resource = f"{_code(finding.name, cell=True)} ({_text(kind(finding.type))})"
        said = (ends(waiver) + left, waiver.reason)
        rule, owner = _rule(finding.rule), _text(waiver.owner)
        rows.append([f"| {rule} | {resource} | {owner} | {' | '.join(map(_text, said))} |"])
    yield from _fitting(rows, room["waivers"], "| | | | |")


def _advice(report: Report, room: Mapping[str, int]) -> Iterator[str]:
    told = [
        [f"- {_rule(one.rule)} {_code(one.cause)} {_code(one.name)}: {' fix: '.join(map(_text, said))}"]
        for group in grouped(report.advised)
        for one in group.findings
        for said in [(f"{_short(one.message)};", _short(one.fix))]
    ]
    yield from _fitting(told, room["advice"], "-")
    yield ""


def _folded(title: str, lines: Iterable[str], *, open_: bool = False) -> Iterator[str]:
    yield "<details open>" if open_ else "<details>"
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
