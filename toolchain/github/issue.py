"""The one issue of the nightly look: `python3 -m toolchain.github.issue FOLDER STACK…`.

FOLDER holds for each stack, in a folder of its name, `result.json` (exit codes) and what was printed. A stack
that left no result could not be looked at, which is no good news. While something is wrong one issue is open
and is edited in place; when all is well again it is closed.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from toolchain.github.api import LONGEST_BODY, GitHub, is_ours, quoted
from toolchain.places import ToolchainError

MARKER = "<!-- plumbline nightly -->"
TITLE = "What is deployed is not what was approved"
MOST_OF_A_PART = 20_000
CUT = "\n\nThe rest is among the artifacts of the run.\n"


@dataclass(frozen=True)
class Look:
    """What a night found of one stack.

    Attributes:
        stack: the stack's name.
        well: whether nothing is wrong.
        text: the findings in Markdown.
    """

    stack: str
    well: bool
    text: str


def look(folder: Path, stack: str) -> Look:
    """Return what the job of one stack left."""
    try:
        codes = json.loads((folder / stack / "result.json").read_text())
        drift, policies = int(codes["drift"]), int(codes["policies"])
    except (OSError, ValueError, KeyError, TypeError):
        text = f"### ❌ `{stack}`: could not be looked at\n\nIts job ended before it had a result."
        return Look(stack, well=False, text=text)
    parts = [_drift(folder / stack, stack, drift), _policies(folder / stack, stack, policies)]
    return Look(stack, well=drift == 0 and policies == 0, text="\n\n".join(parts))


def _drift(folder: Path, stack: str, code: int) -> str:
    if code in (0, 1):
        return _head(_read(folder / "drift.md"))
    return f"### ❌ `{stack}`: drift could not be told\n\n{quoted(_tail(_read(folder / 'drift.log')))}"


def _policies(folder: Path, stack: str, code: int) -> str:
    if code == 0:
        return f"### ✅ `{stack}`: the policies pass on what is deployed"
    said = quoted(_tail(_read(folder / "policies.log")))
    return f"### ❌ `{stack}`: the policies refuse what is deployed\n\n{said}"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return f"({path.name} is missing)"


def _head(text: str) -> str:
    """The beginning of what has a heading, in whole lines."""
    if len(text) <= MOST_OF_A_PART:
        return text
    kept = text[:MOST_OF_A_PART]
    return (kept.rpartition("\n")[0] or kept) + CUT


def _tail(text: str) -> str:
    """The end of a log, where it says why it ended."""
    return text[-MOST_OF_A_PART:]


def publish(github: GitHub, looks: list[Look], run: str) -> str:
    """Open, edit or close the issue and return what was done.

    Args:
        github: the repository.
        looks: what was found, by stack.
        run: the address of the run, for whoever reads the issue.

    Raises:
        ToolchainError: GitHub refused.
    """
    issues = github.all("issues?state=open")
    ours = next((each for each in issues if "pull_request" not in each and is_ours(each, MARKER)), None)
    text = "\n\n".join([MARKER, f"Last look: {run}", *(each.text for each in looks)])[:LONGEST_BODY]
    if all(each.well for each in looks):
        if ours is None:
            return "nothing to say"
        github.send("POST", f"issues/{ours['number']}/comments", {"body": f"All is well again: {run}"})
        github.send("PATCH", f"issues/{ours['number']}", {"body": text, "state": "closed"})
        return "closed"
    if ours is None:
        github.send("POST", "issues", {"title": TITLE, "body": text})
        return "opened"
    github.send("PATCH", f"issues/{ours['number']}", {"body": text})
    return "edited"


def main(folder: Path, stacks: list[str]) -> None:
    """Publish the results of a folder."""
    run = os.environ.get("RUN_URL", "")
    try:
        done = publish(GitHub.from_environment(), [look(folder, stack) for stack in stacks], run)
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")
    print(f"issue: {done}")  # noqa: T201 - the job's log


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
