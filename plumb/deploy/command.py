"""The command `plumb deploy`: its arguments, and how it exits.

Owns nothing of how a deploy goes: `rollout` does. What is shown is `screen`'s.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plumb.deploy.screen import ForMachines, ForPeople, Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plumb.deploy.rollout import Steps
    from plumb.deploy.traffic import Traffic

COULD_NOT_DEPLOY = 2
INTERRUPTED = 130
NOT_BEGUN = "not-begun"
_DIGEST = re.compile(r".@sha256:[0-9a-f]{64}$")


def deploy(
    stack: Annotated[str, typer.Argument(help="The stack, e.g. staging.")],
    images: Annotated[
        list[str] | None,
        typer.Option(
            "--image",
            metavar="SERVICE=IMAGE",
            help="An image by digest for a service, by its key under plumbline:services; may be repeated.",
        ),
    ] = None,
    percentages: Annotated[
        str | None,
        typer.Option(help="Shares of the new revisions, rising to 100.", show_default="plumbline:rollout"),
    ] = None,
    pause: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds between a step and its probes.", show_default="plumbline:rollout"),
    ] = None,
    as_json: Annotated[  # noqa: FBT002 - typer makes an option of it
        bool,
        typer.Option(
            "--json",
            help="The record's entries on standard output, and a last line with exit code and outcome.",
        ),
    ] = False,
) -> None:
    """Deploy a stack: gate, preview, update, candidate, probes, then the traffic in steps.

    A step that fails gives the traffic back to the revisions that had it. A deploy that was killed goes on
    where it was when the command is given again. Exits with 0 when all traffic is on the new revisions, 1
    when it is not, 2 when it could not begin or go on.
    """
    screen: Screen = ForMachines(stack) if as_json else ForPeople()
    try:
        code, outcome, words = _run(screen, stack, images or (), (percentages, pause))
    except typer.BadParameter as error:
        if as_json:
            screen.end(COULD_NOT_DEPLOY, NOT_BEGUN, error.message)
        raise
    except KeyboardInterrupt:
        code, outcome = INTERRUPTED, "interrupted"
        words = f"interrupted; the traffic stays as it is. To go on: plumb deploy {stack}"
    screen.end(code, outcome, words)
    raise typer.Exit(code)


def _run(
    screen: Screen, stack: str, images: Sequence[str], steps: tuple[str | None, float | None]
) -> tuple[int, str, str]:
    """The exit code, the outcome in a word, and what no step has said of it."""
    from plumb.deploy.checks import StackChecks  # noqa: PLC0415 - only here: imports every rule
    from plumb.deploy.journal import Journal, JournalError, journal_path, who_runs  # noqa: PLC0415 - likewise
    from plumb.deploy.rollout import NotBegunError, Rollout  # noqa: PLC0415 - likewise
    from plumb.deploy.source import Source  # noqa: PLC0415 - likewise
    from plumb.deploy.stack import Stack  # noqa: PLC0415 - likewise
    from plumb.deploy.traffic import TrafficError  # noqa: PLC0415 - likewise

    path = journal_path(stack, os.environ, Path.cwd())
    journal = Journal(path, stack, who_runs(os.environ), screen.entry)
    try:
        rollout = Rollout(
            stack=Stack(stack, screen.engine, path.with_suffix(".engine")),
            traffic=_traffic(),
            checks=StackChecks(stack, _other_file()),
            journal=journal,
            steps=_steps(stack, *steps),
            plan=path.with_suffix(".plan.json"),
            source=Source(_stack_file(stack)).facts,
            images=dict(_pair(each) for each in images),
            say=screen.say,
            sleep=time.sleep,
        )
        with journal.alone():
            code = rollout.run()
    except (JournalError, NotBegunError, TrafficError) as error:
        return COULD_NOT_DEPLOY, NOT_BEGUN, str(error)
    return code, rollout.outcome, ""


def _traffic() -> Traffic:
    if os.environ.get("SANDBOX_STATE"):
        from plumb.deploy.in_sandbox import SandboxTraffic  # noqa: PLC0415 - only one of the two is needed

        return SandboxTraffic.from_environment()
    from plumb.deploy.on_google import GoogleTraffic  # noqa: PLC0415 - likewise

    return GoogleTraffic()


def _steps(stack: str, percentages: str | None, pause: float | None) -> Steps:
    """How the traffic moves: as the command says, else as the stack's file says, else as by default."""
    from components.settings import SettingsError  # noqa: PLC0415 - slow models
    from components.settings.loader import read_stack_file  # noqa: PLC0415 - likewise
    from components.settings.rollout import RolloutSettings, check_percentages  # noqa: PLC0415 - likewise
    from plumb.deploy.rollout import Steps  # noqa: PLC0415 - likewise

    try:
        settings = read_stack_file(_stack_file(stack)).rollout
    except (OSError, SettingsError):
        settings = RolloutSettings()  # another team's program, or one that the gate is about to refuse
    shares: Sequence[int] = settings.percentages
    if percentages is not None:
        try:
            shares = [int(each) for each in percentages.split(",")]
        except ValueError:
            shares = []
        breach = check_percentages(shares)
        if breach is not None:
            raise typer.BadParameter(
                f"{percentages!r}: {breach.why}; e.g. 10,50,100", param_hint="--percentages"
            )
    return Steps(shares, settings.pause_seconds if pause is None else pause)


def _stack_file(stack: str) -> Path:
    return _other_file() or Path(f"Pulumi.{stack.rpartition('/')[2]}.yaml")


def _other_file() -> Path | None:
    """The stack's file that the sandbox was told to take in the place of the one beside the program."""
    named = os.environ.get("PLUMB_STACK_FILE")
    return Path(named) if named else None


def _pair(text: str) -> tuple[str, str]:
    service, equals, image = text.partition("=")
    if not (service and equals and _DIGEST.search(image)):
        raise typer.BadParameter(
            f"{text!r} is not of the form SERVICE=IMAGE@sha256:…: a tag may point elsewhere tomorrow",
            param_hint="--image",
        )
    return service, image
