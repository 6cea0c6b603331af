"""What a person reads in a terminal or a log: grouped by resource, worst first, the outcome last.

Colours only where standard output is a terminal; a pipe gets the same lines without them.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from plumb.formats._files import from_here
from plumb.formats._words import drawn, grouped, held_by, kind, place, summary, visible
from policies.rules import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.report import NotJudged, Report, Waived
    from policies.rules import Finding

_STYLE: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
_INDENT: Final = 2
# Stands for a space at which no line may be broken; rich breaks at the one that Unicode has for this.
_UNBROKEN: Final = "\ue000"


def render(reports: Sequence[Report], terminal: Console | None = None) -> str:
    """The reports as text, one below the other.

    Args:
        reports: What was judged.
        terminal: Where it will be shown; standard output unless told.
    """
    target = terminal or Console()
    console = Console(
        file=StringIO(),
        width=target.width,
        force_terminal=target.is_terminal,
        color_system="auto" if target.is_terminal else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        for index, report in enumerate(reports):
            if index:
                console.print()
            _print(from_here(report), console)
    lines = captured.get().replace(_UNBROKEN, " ").splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _print(report: Report, console: Console) -> None:
    console.print(Text.assemble((visible(report.subject), "bold"), (f" ({visible(report.source)})", "dim")))
    for group in grouped(report.findings):
        console.print()
        # Unbroken: terminals and editors make a link of file:line. So is the outcome, for who reads a log.
        console.print(_heading(group.type, group.name, place(group.source)), soft_wrap=True)
        for finding in group.findings:
            console.print(Padding(_finding(finding), (0, 0, 0, _INDENT)))
    if report.waived:
        console.print("\nWaived", style="bold")
        for waived in report.waived:
            console.print(Padding(_waived(waived), (0, 0, 0, _INDENT)))
    if report.advised:
        console.print("\nAdvised", style="bold")
        for group in grouped(report.advised):
            for finding in group.findings:
                console.print(Padding(_advised(finding), (0, 0, 0, _INDENT)))
    if report.not_judged:
        console.print("\nNot judged", style="bold")
        for rule in report.not_judged:
            console.print(Padding(_not_judged(rule), (0, 0, 0, _INDENT)))
    console.print()
    console.print(Text(summary(report), style="bold red" if report.refused else "bold green"), soft_wrap=True)


def _heading(type_: str, name: str, where: str) -> Text:
    return Text.assemble((name, "bold"), "  ", type_, ("  " + where if where else "", "dim"))


def _finding(finding: Finding) -> Table:
    grid = _grid()
    certain = "" if finding.verdict is Verdict.REFUTED else f"  {finding.verdict}"
    title = Text.assemble(
        ("✗ ", _STYLE[finding.severity]),
        (str(finding.severity), _STYLE[finding.severity]),
        "  ",
        (visible(finding.rule), "bold"),
        "  ",
        visible(finding.cause),
        (certain, "magenta"),
    )
    grid.add_row(title)
    grid.add_row(Padding(Text(visible(finding.message)), (0, 0, 0, _INDENT)))
    body = _labelled()
    path = drawn(finding)
    if path:
        whole = path.replace(" ", _UNBROKEN).replace(f"{_UNBROKEN}→{_UNBROKEN}", " → ")
        body.add_row(Text("path", "dim"), Text(whole.replace(f"{_UNBROKEN}✗", " ✗")))
    body.add_row(Text("why", "dim"), Text(visible(finding.why)))
    body.add_row(Text("fix", "dim"), Text(visible(finding.fix), "green"))
    grid.add_row(Padding(body, (0, 0, 0, _INDENT)))
    return grid


def _waived(waived: Waived) -> Table:
    finding = waived.finding
    grid = _grid()
    grid.add_row(
        Text.assemble(
            "~ ", (visible(finding.rule), "bold"), f"  {visible(finding.name)}  {kind(finding.type)}"
        )
    )
    for told in (visible(finding.message), f"by {held_by(waived.waiver)}"):
        grid.add_row(Padding(Text(told), (0, 0, 0, _INDENT)))
    return grid


def _advised(finding: Finding) -> Table:
    grid = _grid()
    title = Text.assemble(
        "• ", (visible(finding.rule), "bold"), f"  {visible(finding.cause)}  {visible(finding.name)}"
    )
    title.append(f"  {kind(finding.type)}  {place(finding.source)}".rstrip(), "dim")
    grid.add_row(title)
    for told in (visible(finding.message), f"fix {visible(finding.fix)}"):
        grid.add_row(Padding(Text(told), (0, 0, 0, _INDENT)))
    return grid


def _not_judged(one: NotJudged) -> Text:
    return Text.assemble("? ", (visible(one.rule), "bold"), f"  {visible(one.why)}")


def _grid() -> Table:
    grid = Table.grid()
    grid.add_column(overflow="fold")
    return grid


def _labelled() -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, width=4)
    grid.add_column(overflow="fold")
    return grid
