"""The Pulumi CLI as `plumb` uses it: a command in, its output or an error out."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from plumb.terminal import working


class PulumiError(Exception):
    """A Pulumi command failed, or there is none; the text is what the user is told."""


def run(*arguments: str, stdin: str = "") -> str:
    """Run `pulumi` in the current folder and return what it prints.

    Raises:
        PulumiError: there is no CLI, or it failed; its own words are in the text.
    """
    code, printed, errors = attempt(*arguments, stdin=stdin)
    if code:
        words = "\n  ".join((errors + printed).strip().splitlines())
        raise PulumiError(f"`pulumi {' '.join(arguments)}` failed:\n  {words}")
    return printed


def attempt(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Run `pulumi` in the current folder and return its exit code and what it prints, errors apart.

    Raises:
        PulumiError: there is no CLI.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise PulumiError("there is no `pulumi` on PATH; `make setup` has one, and bin/plumb finds it")
    with working(f"pulumi {' '.join(arguments[:2])}"):
        done = subprocess.run(  # noqa: S603 - arguments are our own list
            [pulumi, *arguments, "--non-interactive"],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    return done.returncode, done.stdout, done.stderr


def export(stack: str) -> dict[str, Any]:
    """Return the stack's state, secrets encrypted as they are stored."""
    state: dict[str, Any] = json.loads(run("stack", "export", "--stack", stack))
    return state
