"""`plumb verify`: does what is deployed keep its promises?

Owns the command's arguments, what it prints and how it exits. How a job is run is `verifying`'s.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from plumb.terminal import is_quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plumb.verifying.verdict import Target, Verdict

COULD_NOT_VERIFY = 2
FORMATS = ("text", "json")
SANDBOX_STATE = "SANDBOX_STATE"


def verify(
    stack: Annotated[str, typer.Argument(help="The deployed stack, e.g. staging.")],
    service: Annotated[
        str | None, typer.Option("--service", help="Only this one, by its key in the stack's file.")
    ] = None,
    candidate: Annotated[  # noqa: FBT002 - typer makes an option of it
        bool,
        typer.Option("--candidate", help="Come by the candidate hosts: the revisions tagged `candidate`."),
    ] = False,
    form: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "text",
) -> None:
    """Test from inside the network what each deployed service was promised.

    Runs the verification job of each service, side by side, and shows what was observed, the causes that fit
    what failed, and the rule that would have caught each. On Google Cloud it also asks for Google's own
    verdict on each private route. Exits with 0 when everything passed, 1 when something failed, 2 when it
    could not verify.
    """
    from plumb.verifying.targets import targets  # noqa: PLC0415 - only here: other commands start at once
    from plumb.verifying.verdict import NotVerifiedError, exit_code  # noqa: PLC0415 - likewise

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(FORMATS)}", param_hint="--format")
    try:
        run = way(stack)
        verdicts = _run(run, targets(stack, service, candidate=candidate))
    except NotVerifiedError as error:
        sys.stderr.write(f"plumb verify: {error}\n")
        raise typer.Exit(COULD_NOT_VERIFY) from None
    _show(stack, verdicts, form)
    raise typer.Exit(exit_code(verdicts))


def way(stack: str) -> Callable[[Sequence[Target], Callable[[Verdict], None]], Sequence[Verdict]]:
    """How jobs are run here: in the sandbox whose state the environment names, else on Google Cloud."""
    state = os.environ.get(SANDBOX_STATE)
    if state:
        from plumb.verifying import sandbox  # noqa: PLC0415 - Google's libraries are not needed then

        live = sandbox.connect(Path(state), stack)
        return lambda targets, done: sandbox.verify(live, targets, done)
    from plumb.verifying import google  # noqa: PLC0415 - the sandbox needs none of its libraries

    clients = google.clients()
    return lambda targets, done: google.verify(clients, targets, done)


def _run(
    run: Callable[[Sequence[Target], Callable[[Verdict], None]], Sequence[Verdict]],
    wanted: Sequence[Target],
) -> Sequence[Verdict]:
    """Runs the jobs, and says on a terminal which are still at it."""
    if is_quiet():
        return run(wanted, lambda _verdict: None)
    console = Console(stderr=True, highlight=False)
    waiting = {target.service for target in wanted}

    def words() -> str:
        return f"verifying {', '.join(sorted(waiting))} …"

    with console.status(words()) as status:

        def done(verdict: Verdict) -> None:
            waiting.discard(verdict.service)
            status.update(words())

        return run(wanted, done)


def _show(stack: str, verdicts: Sequence[Verdict], form: str) -> None:
    if form == "json":
        whole = {
            "stack": stack,
            "passed": all(verdict.passed for verdict in verdicts),
            "services": [verdict.as_json() for verdict in verdicts],
        }
        sys.stdout.write(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
        return
    from plumb.verifying.text import show  # noqa: PLC0415 - only for this format

    show(stack, verdicts, Console(highlight=False, markup=False, emoji=False))
