"""What could not be judged, as annotations: `python3 -m toolchain.github.annotate PROJECT STACK <error.txt`.

Reads what `plumb check` said on standard error and prints a workflow command for each place that it names, so
that whoever proposed a change sees it on the line; for a fork nothing else may be written. Where it names no
file that is here, one command says what it said.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from toolchain.github.stacks import called
from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACE = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+): (?P<rest>.+)")
PROGRAM = "plumb check: "
STOPPED = "the program stopped: "
HEADLINE = re.compile(r"\d+ settings? (?:is|are) wrong in ")
MOST_OF_A_MESSAGE = 2000


def commands(said: str, project: str, name: str, root: Path = ROOT) -> list[str]:
    """Return the workflow commands for what was said.

    Args:
        said: what `plumb check` wrote on standard error.
        project: the program's folder, relative to the repository.
        name: how the stack is called where people read it.
        root: the repository; only files that are in it are named.
    """
    title = f"{name} could not be judged"
    found = []
    for file, line, message in _places(said):
        at = next((one for one in (f"{project}/{file}", file) if (root / one).is_file()), None)
        if at is not None:
            found.append(_error(message, file=at.removeprefix("./"), line=line, title=title))
    whole = said.strip()[:MOST_OF_A_MESSAGE] or "it said nothing; the job's log has the rest"
    return found or [_error(whole, title=title)]


def _places(said: str) -> Iterator[tuple[str, str, str]]:
    """Each place that is named, with what is said of it: its own line, and those indented beneath."""
    lines = said.splitlines()
    for number, text in enumerate(lines):
        found = PLACE.fullmatch(text.removeprefix(PROGRAM))
        if found is None:
            continue
        if found["rest"].startswith(STOPPED):
            # Behind the place where the program stopped often stands the one that is to be mended.
            cause = found["rest"].removeprefix(STOPPED)
            if HEADLINE.match(cause):
                continue
            found = PLACE.fullmatch(cause) or found
        message = [found["rest"]]
        for beneath in lines[number + 1 :]:
            if not beneath.startswith("  "):
                break
            message.append(beneath.strip())
        yield found["file"], found["line"], "\n".join(message)[:MOST_OF_A_MESSAGE]


def _error(message: str, **properties: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::error {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


if __name__ == "__main__":
    _, its_project, its_stack = sys.argv
    for command in commands(sys.stdin.read(), its_project, called(its_project, its_stack)):
        print(command)  # noqa: T201 - its output is what it is for
