"""`python -m sandbox live …`: look at the live sandbox, break things in it, run a job, end it.

Owns the words on the screen; `client` does the asking.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import typer

from sandbox.live.client import Live, LiveError
from sandbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(no_args_is_help=True, help="Look at the live sandbox, break things in it, run jobs.")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Thing = Annotated[str, typer.Argument(help="id of a thing that runs, or its short name")]
_NOT_READY = 1
_STATE_WIDTH = 8


def _live() -> Live:
    state = Settings.from_environment().state
    live = Live.connect(state)
    if live is None:
        raise _stop(f"no live sandbox runs for {state}. Start one: bin/sandbox --live COMMAND…")
    return live


def _stop(reason: str) -> typer.Exit:
    typer.echo(reason, err=True)
    return typer.Exit(2)


def _ask(function: Callable[Parameters, Result], *args: Parameters.args, **more: Parameters.kwargs) -> Result:
    try:
        return function(*args, **more)
    except LiveError as error:
        raise _stop(str(error)) from None


@app.command()
def status() -> None:
    """List what runs: state, thing, address, processes, age and faults. Exit 1: not all is ready."""
    found = _ask(_live().status)
    for thing in found["things"]:
        programs = ", ".join(f"{each['name']} {each['pid']}" for each in thing["processes"]) or "no process"
        age = f"{max(0, int(time.time() - thing['since']))} s"
        faults = f"broken on purpose: {', '.join(thing['faults'])}" if thing["faults"] else ""
        parts = (thing["state"].ljust(_STATE_WIDTH), thing["thing"], thing["address"], programs, age, faults)
        typer.echo("  ".join(filter(None, parts)))
        if thing["error"]:
            typer.echo(f"          {thing['error']}")
    for note in found["notes"]:
        typer.echo(f"note: {note}")
    if found["error"]:
        typer.echo(f"the network or the servers could not be made what the cloud says: {found['error']}")
    if found["error"] or any(thing["state"] != "ready" for thing in found["things"]):
        raise typer.Exit(_NOT_READY)


@app.command()
def reconcile() -> None:
    """Make everything what the cloud says, and wait. Exit 1: not all is ready."""
    found = _ask(_live().reconcile)
    for thing, error in sorted(found.items()):
        typer.echo(f"{thing}  {error or 'ready'}")
    if any(found.values()):
        raise typer.Exit(_NOT_READY)


@app.command()
def fault(
    thing: Thing,
    fault: Annotated[str, typer.Argument(help="stop, slow:SECONDS, port:N, refuse-websockets …")],
) -> None:
    """Break something in a way that no resource says. An unknown fault lists those that there are."""
    typer.echo(f"{_ask(_live().fault, thing, fault)}  {fault}")


@app.command()
def mend(thing: Thing) -> None:
    """Take all faults of a thing back."""
    typer.echo(f"{_ask(_live().mend, thing)}  mended")


@app.command("run-job", context_settings={"ignore_unknown_options": True})
def run_job(
    job: Annotated[str, typer.Argument(help="id of a Cloud Run job, or its short name")],
    args: Annotated[
        list[str] | None, typer.Argument(help="in the place of the container's arguments")
    ] = None,
) -> None:
    """Run a job once, at its place and with its environment. The exit status is the job's."""
    code = _ask(
        _live().run_job,
        job,
        args or [],
        on_line=typer.echo,
        on_log=lambda line: typer.echo(line, err=True),
    )
    raise typer.Exit(code)


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(
    place: Annotated[str, typer.Argument(help="outside, internet, or a service, job or instance")],
    argv: Annotated[list[str], typer.Argument(help="the command")],
) -> None:
    """Run any command at a place (`psql`, `curl` …), with the environment of the container there."""
    code = _ask(
        _live().execute,
        place,
        argv,
        on_line=typer.echo,
        on_log=lambda line: typer.echo(line, err=True),
    )
    raise typer.Exit(code)


@app.command()
def log(name: Annotated[str, typer.Argument(help="which; without it, which there are")] = "") -> None:
    """Show the end of a program's log."""
    sys.stdout.write(_ask(_live().log, name).rstrip("\n") + "\n")


@app.command()
def stop() -> None:
    """End the live sandbox. The cloud stays; the next --live command starts it anew, its databases empty."""
    _ask(_live().stop)


def after_drift() -> None:
    """Wait until what runs is what the cloud says, when a live sandbox runs."""
    live = Live.connect(Settings.from_environment().state)
    if live is not None:
        for thing, error in sorted(_ask(live.reconcile).items()):
            if error:
                typer.echo(f"{thing}  {error}", err=True)
