"""How drift is shown: as text, as JSON, and as Markdown for an issue.

Owns the words. Names and values are whatever somebody wrote at Google: each is made harmless to what
shows it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from plumb.formats._words import kind, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from plumb.drift import Change, Drift, Drifted

_LONGEST_VALUE: Final = 200
_MOST_ROWS: Final = 150
"""GitHub refuses an issue of more than 65,536 characters whole."""


def as_text(drift: Drift) -> str:
    """For a terminal."""
    lines = [_headline(drift)]
    for one in drift.drifted:
        lines += ["", f"{visible(one.name)}  {kind(one.type)}  {visible(one.id)}"]
        lines += ["  gone: it does not exist any more"] if one.gone else map(_line, one.changes)
    if drift.drifted:
        lines += ["", *_next(drift.stack)]
    return "\n".join(lines) + "\n"


def as_json(drift: Drift) -> str:
    """For a program."""
    resources = [
        {
            "urn": one.urn,
            "type": one.type,
            "name": one.name,
            "id": one.id,
            "gone": one.gone,
            "changes": [
                {"path": each.path, "old": each.old, "new": each.new, "usedBy": list(each.used_by)}
                for each in one.changes
            ],
        }
        for one in drift.drifted
    ]
    whole = {"stack": drift.stack, "lookedAt": drift.looked_at, "drifted": resources}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def as_markdown(drift: Drift) -> str:
    """For an issue."""
    if not drift.drifted:
        return f"### ✅ {_code(drift.stack)}: no drift\n\n{_headline(drift)}\n"
    lines = [f"### ❌ {_code(drift.stack)}: drift", "", _headline(drift), ""]
    lines += ["| Resource | Property | In the state | At Google |", "|---|---|---|---|"]
    rows = [row for one in drift.drifted for row in _rows(one)]
    lines += rows[:_MOST_ROWS]
    if len(rows) > _MOST_ROWS:
        lines.append(f"| and {len(rows) - _MOST_ROWS:,} more: {_code(f'plumb drift {drift.stack}')} | | | |")
    lines += ["", *_next(drift.stack), ""]
    return "\n".join(lines)


FORMATS: Final[Mapping[str, Callable[[Drift], str]]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}


def _headline(drift: Drift) -> str:
    count = len(drift.drifted)
    if not count:
        return f"{visible(drift.stack)}: no drift; {drift.looked_at} resources are as the stack left them"
    are = "resource is" if count == 1 else "resources are"
    return f"{visible(drift.stack)}: {count} of {drift.looked_at} {are} not as the stack left them"


def _next(stack: str) -> tuple[str, str]:
    return (
        f"To put back what the program says: `pulumi up --refresh --stack {visible(stack)}`.",
        "To keep what is there: write it into the stack's file first, and the preview shows no change.",
    )


def _line(change: Change) -> str:
    words = f"  {visible(change.path)}: {_side(change.old)} → {_side(change.new)}"
    if change.used_by:
        words += f"  (still told the old one: {', '.join(map(visible, change.used_by))})"
    return words


def _rows(one: Drifted) -> Iterator[str]:
    resource = f"{_code(one.name)}<br>{_code(kind(one.type))}"
    if one.gone:
        yield f"| {resource} | | | **gone** |"
    for change in one.changes:
        told = (
            f"<br>still told the old one: {', '.join(map(_code, change.used_by))}" if change.used_by else ""
        )
        old, new = _code(_side(change.old)), _code(_side(change.new))
        yield f"| {resource} | {_code(change.path)}{told} | {old} | {new} |"


def _side(value: str | None) -> str:
    if value is None:
        return "nothing"
    shown = visible(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"


def _code(text: str) -> str:
    """A code span in a table, which neither its own backticks nor a bar can end."""
    shown = visible(text)
    fence = "`" * (max(map(len, re.findall(r"`+", shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{space}{shown}{space}{fence}".replace("|", "\\|")
