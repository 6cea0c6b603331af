"""`plumb size`: the cheapest sizes that every sizing rule accepts, with the arithmetic.

Owns the command's arguments, the question before it writes, and how it exits. What is
proposed is `sizing`'s.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from plumb.terminal import working

if TYPE_CHECKING:
    from plumb.sizing.report import Sizing
    from plumb.sizing.stack import Stack

NOTHING_FITS: Final = 1
COULD_NOT_SIZE: Final = 2
_LOAD: Final = "Load"
_ASK: Final = "What is asked for"
_WRITE: Final = "Output"


def size(  # noqa: PLR0913 - each is an option of the command
    stack: Annotated[
        str | None,
        typer.Argument(
            metavar="[STACK]",
            help="A stack of the project here, or its file.",
            show_default="the selected one",
        ),
    ] = None,
    *,
    service: Annotated[
        str | None,
        typer.Option(help="The service to size, by its key.", show_default="the first with a database"),
    ] = None,
    requests_per_second: Annotated[
        float | None,
        typer.Option(min=0, help="Requests that begin in a second, at the peak.", rich_help_panel=_LOAD),
    ] = None,
    agent_run_seconds: Annotated[
        float | None,
        typer.Option(min=0.001, help="Seconds that one takes: an agent's run.", rich_help_panel=_LOAD),
    ] = None,
    web_sockets: Annotated[
        int | None, typer.Option(min=0, help="WebSockets open at a time.", rich_help_panel=_LOAD)
    ] = None,
    connection_seconds: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="For how long a request holds a database connection.",
            show_default="as long as it runs",
            rich_help_panel=_LOAD,
        ),
    ] = None,
    kib_per_request: Annotated[
        float | None,
        typer.Option(min=0, help="KiB that a request moves through the connector.", rich_help_panel=_LOAD),
    ] = None,
    session_kib: Annotated[
        float | None,
        typer.Option(min=0, help="KiB that the cache keeps for each WebSocket.", rich_help_panel=_LOAD),
    ] = None,
    pool: Annotated[
        int | None,
        typer.Option(min=1, help="Connections of each process, overflow included.", rich_help_panel=_ASK),
    ] = None,
    max_instances: Annotated[
        int | None, typer.Option(min=1, help="Most instances of the service, at least.", rich_help_panel=_ASK)
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="Requests that an instance answers at a time.", rich_help_panel=_ASK),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(help="The tier to judge; what is proposed is the cheapest.", rich_help_panel=_ASK),
    ] = None,
    max_connections: Annotated[
        int | None, typer.Option(min=1, help="Likewise the flag max_connections.", rich_help_panel=_ASK)
    ] = None,
    least_vcpus: Annotated[
        int, typer.Option(min=1, help="Fewest vCPUs of the database.", rich_help_panel=_ASK)
    ] = 1,
    least_memory_mb: Annotated[
        int, typer.Option(min=0, help="Least memory of the database, in MB.", rich_help_panel=_ASK)
    ] = 0,
    write: Annotated[
        bool,
        typer.Option("--write", help="Change the stack's file, after showing how.", rich_help_panel=_WRITE),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", rich_help_panel=_WRITE)] = False,
    form: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", rich_help_panel=_WRITE)
    ] = "text",
) -> None:
    """Print the cheapest tier, pools, instances and connector that every sizing rule accepts, with the sums.

    From a load (Little's law), from what somebody asks for, or from the stack as it is. The remedy of the
    incident, a pool of 50 on 20 instances of a small tier:

        plumb size staging --service backend --pool 50 --max-instances 20 --tier db-g1-small

    Exits with 0 when something fits, 1 when nothing does, 2 when it could not size.
    """
    if form not in ("text", "json"):
        raise typer.BadParameter(f"{form!r} is none of text, json", param_hint="--format")
    if form == "json" and write and not yes:
        raise typer.BadParameter(
            "JSON is for a program, which cannot be asked: add --yes", param_hint="--write"
        )
    from components.settings import SettingsError  # noqa: PLC0415 - slow models, and only here
    from plumb.sizing.asking import Wanted, sized  # noqa: PLC0415 - likewise
    from plumb.sizing.stack import SizingError, read_stack  # noqa: PLC0415 - likewise

    wanted = Wanted(
        service=service,
        load={
            "requests_per_second": requests_per_second,
            "seconds_each": agent_run_seconds,
            "web_sockets": web_sockets,
            "connection_seconds": connection_seconds,
            "kib_each": kib_per_request,
            "session_kib": session_kib,
        },
        pool=pool,
        max_instances=max_instances,
        concurrency=concurrency,
        tier=tier,
        max_connections=max_connections,
        least_vcpus=least_vcpus,
        least_memory_mb=least_memory_mb,
    )
    try:
        with working("looking for what fits"):
            read = read_stack(stack, os.environ)
            found = sized(read, wanted)
        text = _changed(read, found) if write else None
        _print(found, form, None if text is None else _difference(read, text))
        if text is not None:
            _write(read, text, yes=yes, quiet=form == "json")
    except (SizingError, SettingsError) as error:
        sys.stderr.write(f"plumb size: {error}\n")
        raise typer.Exit(COULD_NOT_SIZE) from None
    raise typer.Exit(NOTHING_FITS if found.proposal.unfit else 0)


def _print(found: Sizing, form: str, difference: str | None) -> None:
    from plumb.sizing.report import as_json, print_difference, print_text  # noqa: PLC0415 - loaded by now

    if form == "json":
        sys.stdout.write(as_json(found, difference))
        return
    out = Console(highlight=False, markup=False, emoji=False)
    print_text(found, out)
    if difference:
        out.print()
        print_difference(difference, out)


def _changed(read: Stack, found: Sizing) -> str | None:
    from plumb.sizing.writing import rewritten  # noqa: PLC0415 - only to write

    return None if found.proposal.unfit else rewritten(read, found.proposal.changes)


def _difference(read: Stack, text: str) -> str:
    from plumb.sizing.writing import difference  # noqa: PLC0415 - only to write

    return difference(read, text)


def _write(read: Stack, text: str, *, yes: bool, quiet: bool) -> None:
    from plumb.sizing.stack import SizingError  # noqa: PLC0415 - loaded by now
    from plumb.sizing.writing import write  # noqa: PLC0415 - only to write

    if text == read.text:
        said = f"{read.shown}: nothing to write"
    else:
        if not yes and not sys.stdin.isatty():
            raise SizingError(f"{read.shown}: nothing was written; say so with --yes")
        if not yes and not typer.confirm(f"Write {read.shown}?"):
            raise SizingError(f"{read.shown}: nothing was written")
        write(read, text)
        said = f"{read.shown}: written. Next: plumb check {read.name}"
    if not quiet:
        sys.stdout.write(f"{said}\n")
