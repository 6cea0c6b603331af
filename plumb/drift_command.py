"""`plumb drift`: its arguments, what it prints, how it exits."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import Annotated, Final

import typer

FORMATS: Final = ("text", "json", "markdown")
COULD_NOT_TELL: Final = 2


def drift(
    stack: Annotated[str, typer.Argument(help="The stack, e.g. staging.")],
    form: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there instead of printing it.")
    ] = None,
) -> None:
    """Say what was changed or deleted behind a stack's back: resource, property, old and new value.

    Reads only, and takes no lock. Exits with 0 when there is no drift, 1 when there is, 2 when it could not
    tell.
    """
    from plumb import drift_report  # noqa: PLC0415 - only here: the words of all formats
    from plumb.drift import DriftError  # noqa: PLC0415 - likewise
    from plumb.drift import drift as look  # noqa: PLC0415 - likewise
    from policies.files import write_whole  # noqa: PLC0415 - likewise

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(FORMATS)}", param_hint="--format")
    try:
        found = look(stack)
        text = drift_report.FORMATS[form](found)
        if output is None:
            sys.stdout.write(text)
        else:
            write_whole(output, text)
    except (DriftError, OSError) as error:
        sys.stderr.write(f"plumb drift: {error}\n")
        raise typer.Exit(COULD_NOT_TELL) from None
    raise typer.Exit(1 if found.drifted else 0)
