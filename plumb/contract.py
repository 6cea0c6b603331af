"""`plumb contract`: contracts held against what they are contracts of.

Owns the commands' arguments and how they exit. What they print is `contract_report`'s.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import Annotated, Final

import typer

from plumb.terminal import working

DIFFERS: Final = 1
COULD_NOT_SCAN: Final = 2
contract = typer.Typer(help="Contracts, and the code that they are of.", no_args_is_help=True)


@contract.callback()
def group() -> None:
    """Contracts, and the code that they are of."""


@contract.command("scan")
def scan_command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The service's code: a folder, or one file.")],
    *,
    service: Annotated[
        str | None,
        typer.Option(
            help="The contract, by its name or its service's.",
            show_default="as the folder is called, or the only one",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 also where it cannot tell what the code reads.")
    ] = False,
    form: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """Hold what a Python service reads from its environment against its contract. Nothing of it is run.

    Exits with 0 when there is nothing to do, 1 when they differ, 2 when code or contract could not be read.
    """
    if form not in ("text", "json"):
        raise typer.BadParameter(f"{form!r} is none of text, json", param_hint="--format")
    from rich.console import Console  # noqa: PLC0415 - only here

    from plumb.contract_report import as_json, print_text  # noqa: PLC0415 - only here
    from plumb.contract_scan import ScanError, scan_against  # noqa: PLC0415 - slow models, and only here

    try:
        with working(f"reading {path}"):
            found = scan_against(path, service, os.environ)
    except ScanError as error:
        sys.stderr.write(f"plumb contract scan: {error}\n")
        raise typer.Exit(COULD_NOT_SCAN) from None
    if form == "json":
        sys.stdout.write(as_json(found))
    else:
        print_text(found, Console(highlight=False, markup=False, emoji=False))
    for fault in found.found.faults:
        sys.stderr.write(f"plumb contract scan: {fault.place}: {fault.what}; the other files were scanned\n")
    if found.found.faults:
        raise typer.Exit(COULD_NOT_SCAN)
    raise typer.Exit(DIFFERS if found.differs or (strict and found.cannot_tell) else 0)
