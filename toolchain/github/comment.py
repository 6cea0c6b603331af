"""The one comment of a pull request: `python3 -m toolchain.github.comment FOLDER`.

FOLDER holds a report in Markdown for each stack (`*/report.md`). The first run writes the comment, each later
one edits it in place. A change that touches no stack leaves no comment, and says so in one that is there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from toolchain.github.api import LONGEST_BODY, GitHub, is_ours
from toolchain.places import ToolchainError

MARKER = "<!-- plumbline -->"
NO_STACK = "### ✅ Plumbline: this change touches no stack"
CUT = "\n\nThe whole report is among the artifacts of this run.\n"


def body(reports: list[str]) -> str:
    """Return the comment: each report whole while there is room, of the others the verdict alone."""
    parts = [MARKER, *(reports or [NO_STACK])]
    for position in range(len(parts) - 1, 0, -1):
        if len("\n\n".join(parts)) > LONGEST_BODY:
            parts[position] = verdict(parts[position]) + CUT
    return "\n\n".join(parts)[:LONGEST_BODY]


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


def main(folder: Path) -> None:
    """Publish the reports of a folder for the pull request PULL_REQUEST."""
    try:
        number = int(os.environ["PULL_REQUEST"])
        reports = [path.read_text() for path in sorted(folder.glob("*/report.md"))]
        print(f"comment: {publish(GitHub.from_environment(), number, reports)}")  # noqa: T201 - the job's log
    except (KeyError, ValueError):
        sys.exit("plumbline: PULL_REQUEST must be the pull request's number")
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
