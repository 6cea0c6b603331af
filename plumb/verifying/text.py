"""What a person reads: per service each check a line, a failure with its cause, rule and fix.

Colours only where standard output is a terminal; a pipe gets the same lines without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from plumb.formats._words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from plumb.verifying.verdict import Route, Verdict
    from probes.report import Cause, Result, Scalar

_MARK = {"passed": ("✓", "green"), "failed": ("✗", "bold red"), "skipped": ("-", "dim")}
_MOST_SHOWN = 4


def show(stack: str, verdicts: Sequence[Verdict], console: Console) -> None:
    """Prints every verdict, and the outcome last."""
    console.print(Text.assemble((visible(stack), "bold"), (" (deployed)", "dim")))
    for verdict in verdicts:
        console.print()
        _service(verdict, console)
    console.print()
    console.print(_outcome(verdicts), soft_wrap=True)


def _service(verdict: Verdict, console: Console) -> None:
    report = verdict.report
    took = "" if report is None else f"  {report.took_seconds:g} s"
    name = verdict.service if report is None else f"{verdict.service}  {report.service}"
    console.print(Text.assemble((visible(name), "bold"), (took, "dim")), soft_wrap=True)
    if report is None:
        console.print(Text(f"  ? {visible(verdict.error)}", "bold magenta"), soft_wrap=True)
    else:
        for result in report.checks:
            console.print(_check(result), soft_wrap=True)
    for route in verdict.routes:
        console.print(_route(route), soft_wrap=True)
    if report is not None:
        for number, cause in enumerate(report.causes, 1):
            console.print(Padding(_cause(number, cause), (1 if number == 1 else 0, 0, 0, 2)))
        for note in report.notes:
            console.print(Text(f"  note: {visible(note)}", "dim"), soft_wrap=True)


def _check(result: Result) -> Text:
    mark, style = _MARK[result.status]
    said = result.reason if result.status != "passed" else _numbers(result.observed.items())
    evidence = f"{result.evidence}  " if result.evidence else ""
    return Text.assemble(
        (f"  {mark} ", style),
        (f"{result.name:<21}", "bold" if result.status == "failed" else ""),
        (evidence, "magenta"),
        (visible(said), "dim" if result.status != "failed" else ""),
    )


def _numbers(observed: Iterable[tuple[str, Scalar | list[str]]]) -> str:
    shown = [f"{name} {value}" for name, value in observed if not isinstance(value, list)]
    return ", ".join(shown[-_MOST_SHOWN:])


def _route(route: Route) -> Text:
    mark, style = _MARK["passed" if route.passed else "failed"]
    said = f"{route.result}  {', '.join(route.causes)}".rstrip()
    return Text.assemble((f"  {mark} ", style), f"{f'Google: to {route.to}':<21}", visible(said))


def _cause(number: int, cause: Cause) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, width=5)
    grid.add_column(overflow="fold")
    grid.add_row(
        Text(f"{number}.", "bold"), Text.assemble((cause.cause, "bold red"), f"  {visible(cause.says)}")
    )
    rule = cause.rule or "none: no plan shows this"
    for label, said, style in (("rule", rule, "cyan"), ("fix", visible(cause.fix), "green")):
        grid.add_row(Text(label, "dim"), Text(said, style))
    return grid


def _outcome(verdicts: Sequence[Verdict]) -> Text:
    unknown = [verdict.service for verdict in verdicts if verdict.report is None]
    failed = [verdict.service for verdict in verdicts if verdict.report is not None and not verdict.passed]
    if unknown:
        return Text(f"not verified: {', '.join(unknown)}", "bold magenta")
    if failed:
        return Text(f"failed: {', '.join(failed)}", "bold red")
    return Text(f"passed: {', '.join(verdict.service for verdict in verdicts)}", "bold green")
