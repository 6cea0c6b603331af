"""The commands of `plumb`: their arguments and what they print.

What a command does is in the module of its name.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from plumb.check import check
from plumb.contract import contract
from plumb.deploy.command import deploy
from plumb.drift_command import drift
from plumb.pulumi import PulumiError
from plumb.size import size
from plumb.terminal import QUIET, Commands
from plumb.verify import verify

if TYPE_CHECKING:
    from plumb.recover import Recovery

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


def _version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if not wanted:
        return
    from policies import VERSION  # noqa: PLC0415 - only here

    sys.stdout.write(f"plumb {VERSION}\n")
    raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            *QUIET,
            help="Show no progress, and nothing of a check that passes. Also after the command's name.",
        ),
    ] = False,
) -> None:
    """Plumbline: a platform on Google Cloud that is refused rather than broken.

    Results go to standard output, errors and progress to standard error.

    Exit codes: 0 all is well, 1 bad news, 2 could not tell or wrong arguments, 130 interrupted.
    """
    del version, quiet  # both have taken effect by now


app.command("check")(check)
app.command("deploy")(deploy)
app.command("verify")(verify)
app.command("drift")(drift)
app.command("size")(size)
app.add_typer(contract, name="contract")


@app.command("recover")
def recover_command(
    stack: Annotated[str, typer.Argument(help="The stack whose update was killed, e.g. staging.")],
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="URN=ID",
            help="The id of an interrupted create that cannot be computed; none: it does not exist.",
        ),
    ] = None,
    yes: Annotated[  # noqa: FBT002 - typer makes an option of it
        bool, typer.Option("--yes", "-y", help="Do not ask whether the update is really dead.")
    ] = False,
) -> None:
    """Put a stack right after an update was killed.

    Takes the lock away, keeps every resource that the update was creating and that exists, forgets those that
    do not. The stack's state is saved to a file first. Run `pulumi up` afterwards.
    """
    from plumb.recover import RecoveryError, recover  # noqa: PLC0415 - only here: it knows the sandbox's kinds

    given = dict(_pair(each) for each in ids or ())
    try:
        done = recover(stack, ids=given, confirm=(lambda _: True) if yes else _ask)
    except (RecoveryError, PulumiError) as error:
        err.print(f"[bold red]plumb recover:[/] {error}", markup=True)
        raise typer.Exit(1) from None
    _report(stack, done)


@app.command("schema")
def schema_command(
    path: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema of a stack's file, for editors."""
    from components.settings.schema import schema_text, write_schema  # noqa: PLC0415 - only here: slow models

    if path is None:
        sys.stdout.write(schema_text())
        return
    try:
        write_schema(path)
    except OSError as error:
        err.print(
            f"plumb schema: {path} cannot be written: {error.strerror}; name another with --output",
            markup=False,
        )
        raise typer.Exit(2) from None


@app.command("rules")
def rules_command(
    early: Annotated[  # noqa: FBT002 - typer makes an option of it
        bool, typer.Option("--early", help="Only those that may stop a resource before it is created.")
    ] = False,
) -> None:
    """List the rules of the policies: id, severity, whether they refute early, and what must hold."""
    from plumb.explain_rule import list_rules  # noqa: PLC0415 - only here: imports every rule

    list_rules(out, early=early)


@app.command("explain")
def explain_command(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RULE|URN|SERVICE", help="A rule's id, e.g. route-cache; or a service's URN or name."
        ),
    ],
    named: Annotated[
        str | None,
        typer.Argument(
            metavar="[PROGRAM|STACK|plan.json|state.json]",
            help="Where the service is, as `plumb check` has it.",
            show_default="the program here",
        ),
    ] = None,
    stack: Annotated[str | None, typer.Option("--stack", "-s", help="Which stack of the program.")] = None,
) -> None:
    """Show the page of a rule, or every route of a service with its proof.

    Of a service it exits with 0 when every route is proven, 1 when one is not, 2 when it could not judge.
    """
    from plumb.explain import NotExplainedError, explain  # noqa: PLC0415 - only here: imports every rule

    try:
        proven = explain(what, named, stack, os.environ, out)
    except NotExplainedError as error:
        err.print(f"plumb explain: {error}", markup=False)
        raise typer.Exit(error.code) from None
    raise typer.Exit(0 if proven else 1)


def _pair(text: str) -> tuple[str, str]:
    urn, separator, identity = text.rpartition("=")
    if not separator or not urn.startswith("urn:"):
        raise typer.BadParameter(f"{text!r} is not of the form URN=ID", param_hint="--id")
    return urn, identity


def _ask(question: str) -> bool:
    from plumb.recover import RecoveryError  # noqa: PLC0415 - loaded by now

    if not sys.stdin.isatty():
        raise RecoveryError(f"{question} Say so with --yes.")
    return typer.confirm(question)


def _report(stack: str, done: Recovery) -> None:
    if done.nothing_to_do:
        out.print(f"Stack {stack} is in order: no update was interrupted.")
        return
    if done.backup is not None:
        out.print(f"State as it was: {done.backup}")
    out.print("The lock is gone.")
    for title, urns in (
        ("Kept, because the interrupted create had made it:", done.adopted),
        ("Forgotten, because it was never made:", done.forgotten),
        ("Read anew, because its change was interrupted:", done.refreshed),
    ):
        if urns:
            out.print(title)
            for urn in urns:
                kind, _, name = urn.rpartition("::")
                out.print(f"  {name}  ({kind.rpartition('$')[2].rpartition('::')[2]})")
    out.print(f"Next: pulumi up --stack {stack}")
