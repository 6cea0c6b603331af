"""The one comment of a pull request: `python3 -m toolchain.github.comment FOLDER`.

FOLDER holds what the check of each stack left (`report-STACK/`): a report in Markdown, or what was said where
it could not judge. STACKS lists the stacks that were to be checked; STACKS_RESULT and CHECK_RESULT say how
the jobs ended that listed and that checked them. A stack without a report could not be judged, which is no
good news. The first run writes the comment, each later one edits it in place. A change that touches no stack
has no comment, and says so in one that is there.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.github.api import LONGEST_BODY, GitHub, is_ours, quoted
from toolchain.places import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = "<!-- plumbline -->"
NO_STACK = "### ✅ Plumbline: this change touches no stack"
NOBODY_KNOWS = "### ❌ Plumbline could not tell which stacks this change touches"
SUCCESS = "success"
NAME = re.compile(r"[\w-]+")
MOST_OF_AN_ERROR = 4000
CUT = "\n\nThe whole report is among the artifacts of this run.\n"


def parts(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Return what is to be said, one part a stack; nothing of a change that is known to touch no stack."""
    names = expected(environ)
    if names is None:
        left = (path.name.removeprefix("report-") for path in sorted(folder.glob("report-*")))
        return [NOBODY_KNOWS, *(part(folder, name, environ) for name in left)]
    return [part(folder, name, environ) for name in names]


def expected(environ: Mapping[str, str]) -> list[str] | None:
    """Return the names of the stacks that were to be checked; None where nobody can tell."""
    if environ.get("STACKS_RESULT") != SUCCESS:
        return None
    try:
        names = [each["name"] for each in json.loads(environ["STACKS"])]
        # What the proposed code wrote names folders here, and stands in the comment.
        return names if all(map(NAME.fullmatch, names)) else None
    except (KeyError, TypeError, ValueError):
        return None


def part(folder: Path, name: str, environ: Mapping[str, str]) -> str:
    """Return the report of one stack, or that it could not be judged and why."""
    left = folder / f"report-{name}"
    said = _read(left / "error.txt")
    report = _read(left / "report.md")
    if report and not said:
        return report
    why = (
        quoted(said[:MOST_OF_AN_ERROR])
        if said
        else (f"It left no report (`check` ended as `{environ.get('CHECK_RESULT') or 'unknown'}`).")
    )
    return f"### ❌ Plumbline: `{name}` could not be judged\n\n{why}"


def body(reports: list[str]) -> str:
    """Return the comment: each report whole while there is room, of the others the verdict alone."""
    said = [MARKER, *(reports or [NO_STACK])]
    for position in range(len(said) - 1, 0, -1):
        if len("\n\n".join(said)) > LONGEST_BODY:
            said[position] = verdict(said[position]) + CUT
    return "\n\n".join(said)[:LONGEST_BODY]


def verdict(report: str) -> str:
    """Return a report's headline."""
    return next(
        (line for line in report.splitlines() if line.startswith("#")), "### ❌ Plumbline: no verdict"
    )[:500]


def publish(github: GitHub, pull_request: int, reports: list[str]) -> str:
    """Write or edit the comment and return what was done.

    Raises:
        ToolchainError: GitHub refused.
    """
    comments = github.all(f"issues/{pull_request}/comments")
    ours = next((each for each in comments if is_ours(each, MARKER)), None)
    text = {"body": body(reports)}
    if ours is not None:
        github.send("PATCH", f"issues/comments/{ours['id']}", text)
        return "edited"
    if not reports:
        return "nothing to say"
    github.send("POST", f"issues/{pull_request}/comments", text)
    return "written"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def main(folder: Path) -> None:
    """Publish the reports of a folder for the pull request PULL_REQUEST."""
    try:
        number = int(os.environ["PULL_REQUEST"])
        reports = parts(folder, os.environ)
        print(f"comment: {publish(GitHub.from_environment(), number, reports)}")  # noqa: T201 - the job's log
    except (KeyError, ValueError):
        sys.exit("plumbline: PULL_REQUEST must be the pull request's number")
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
