"""`plumb check`: the rules, offline.

Owns the command's arguments, what it prints and how it exits. What is judged is `subjects`', how is
`judging`'s, in which shape it is shown is the formats'.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import Annotated

import typer

from plumb.formats import formats, render
from plumb.terminal import is_quiet, working
from policies.files import write_whole

COULD_NOT_JUDGE = 2


def check(  # noqa: PLR0913, PLR0917 - typer makes an option of each
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROGRAM|STACK|plan.json|state.json]…",
            help="A program's folder, a stack of the program here, or what `pulumi preview --json` or "
            "`pulumi stack export` wrote. Several are judged each, and staging is held against production.",
            show_default="the program here",
        ),
    ] = None,
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="Which stack of the program.")] = None,
    forms: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            help=f"One of {', '.join(formats())}. Several are written in one run, each to its own --output.",
            show_default="text",
        ),
    ] = None,
    outputs: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="Write it there instead of printing it; of several formats the first to the first file.",
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What to compare with: a report made with --format json, or a plan, of the base branch. "
            "Several are compared with a report of the same.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds after which a program is stopped that has not ended.")
    ] = 120.0,
) -> None:
    """Judge programs, previews or states by all policies, without an engine and without credentials.

    Of several, each is judged, and staging is held against production.
    Exits with 0 when nothing is refused, 1 when something is, 2 when it could not judge.
    """
    forms, outputs = forms or ["text"], outputs or []
    for form in forms:
        if form not in formats():
            raise typer.BadParameter(f"{form!r} is none of {', '.join(formats())}", param_hint="--format")
    if len(outputs) != len(forms) and (outputs or len(forms) > 1):
        raise typer.BadParameter(
            f"{len(forms)} of --format and {len(outputs)} of --output; name a file for each format",
            param_hint="--output",
        )
    gc.disable()  # a process of a second that drops nothing: walking what it imported is a tenth of it

    from plumb.judging import JudgingError, judge  # noqa: PLC0415 - collected no more
    from plumb.subject import SubjectError  # noqa: PLC0415 - likewise
    from plumb.subjects import subjects  # noqa: PLC0415 - likewise

    try:
        with working(f"judging {', '.join(named or ()) or 'the program here'}"):
            held = subjects(named or (), stack, os.environ, deadline=timeout)
            reports = [judge(one.subject, os.environ, one.beside) for one in held]
            if base is not None:
                from plumb.base import compared  # noqa: PLC0415 - few compare

                reports = compared(reports, base, os.environ)
            texts = [render(reports, form) for form in forms]
        refused = any(one.refused for one in reports)
        for output, text in zip(outputs, texts, strict=False):
            write_whole(output, text)
        if not outputs and (refused or forms != ["text"] or not is_quiet()):
            sys.stdout.write(texts[0])
    except (SubjectError, JudgingError, OSError) as error:
        sys.stderr.write(f"plumb check: {error}\n")
        raise typer.Exit(COULD_NOT_JUDGE) from None
    raise typer.Exit(1 if refused else 0)
