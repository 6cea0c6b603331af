"""What `plumb size` prints: as text for a person, as JSON for a program.

Owns the words and the order. Colour only where standard output is a terminal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from components.settings.problem import flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from plumb.sizing.proposal import Proposal
    from policies.rules import Finding


@dataclass(frozen=True, slots=True)
class Sizing:
    """Everything that one run has found.

    Attributes:
        stack: The stack.
        service: The service that was sized; None where nothing was asked of one.
        asked: What was asked for, in words.
        refused: What the sizing rules refuse of what was asked for.
        proposal: What is proposed instead, or what stops there being a proposal.
        rules: The rules that what is proposed was held against.
    """

    stack: str
    service: str | None
    asked: str
    refused: Sequence[Finding]
    proposal: Proposal
    rules: Sequence[str]


def as_json(sizing: Sizing, difference: str | None) -> str:
    """The sizing for a program, with the change to the stack's file where that was wanted."""
    proposal = sizing.proposal
    content: dict[str, object] = {
        "stack": sizing.stack,
        "service": sizing.service,
        "asked": {
            "what": sizing.asked,
            "refused": [
                {"rule": one.rule, "cause": one.cause, "message": one.message, "fix": one.fix}
                for one in sizing.refused
            ],
        },
        "arithmetic": [{"what": step.what, "sum": step.sum} for step in proposal.steps],
        "fits": not proposal.unfit,
        "unfit": [{"limit": one.limit, "change": one.change} for one in proposal.unfit],
        "changes": []
        if proposal.unfit
        else [{"setting": one.name, "now": one.now, "then": one.then} for one in proposal.changes],
        "rules": list(sizing.rules),
        "notes": proposal.notes,
    }
    if difference is not None:
        content["difference"] = difference
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def print_text(sizing: Sizing, console: Console) -> None:
    """The sizing for a person."""
    proposal = sizing.proposal
    _line(console, Text(", ".join(filter(None, (sizing.stack, sizing.service))), "bold"))
    _line(console)
    _print_asked(sizing, console)
    _heading(console, "The arithmetic", "bold")
    _rows(console, [(step.what, step.sum) for step in proposal.steps])
    if proposal.unfit:
        _heading(console, "Nothing fits", "bold red")
        for one in proposal.unfit:
            _rows(console, [("limit", one.limit), ("change", one.change)])
    else:
        _heading(console, "What works", "bold green")
        _rows(console, [(one.name, f"{flow(one.then)}  (now {flow(one.now)})") for one in proposal.changes])
        if not proposal.changes:
            _line(console, "  the stack as it is: nothing smaller does")
        _line(console, Text(f"  held against {len(sizing.rules)} sizing rules: none refuses it", "dim"))
    for note in proposal.notes:
        _line(console)
        _rows(console, [("note", note)])


def print_difference(difference: str, console: Console) -> None:
    """A change to a file, removed lines red and added ones green on a terminal."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in difference.splitlines():
        _line(console, Text(line, styles.get(line[:1], "")))


def _print_asked(sizing: Sizing, console: Console) -> None:
    if not sizing.refused:
        _line(console, Text.assemble(("✓ ", "green"), f"{sizing.asked}: no sizing rule refuses it"))
        return
    rules = ", ".join(sorted({one.rule for one in sizing.refused}))
    _line(console, Text.assemble(("✗ ", "bold red"), f"{sizing.asked}: refused by {rules}"))
    _rows(console, [(one.rule, f"{one.message}. {_sentence(one.why)}") for one in sizing.refused])


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _heading(console: Console, words: str, style: str) -> None:
    _line(console)
    _line(console, Text(words, style))


def _rows(console: Console, rows: Sequence[tuple[str, str]]) -> None:
    """Names and what is said of each: a table on a terminal, unbroken lines anywhere else."""
    if not console.is_terminal:
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            _line(console, f"  {name:<{width}}  {value}")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    console.print(Padding(table, (0, 0, 0, 2)))


def _line(console: Console, words: Text | str = "") -> None:
    console.print(words, soft_wrap=True)
