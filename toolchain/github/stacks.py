"""Which stacks a change touches: `git diff --name-only … | python3 -m toolchain.github.stacks`.

A stack's own file touches that stack; what its program is made of touches each of its stacks; the gate itself
touches all; what is known to be in no program touches none. What nobody has said anything about touches all:
better a preview too many. With `--all` every stack is taken. Prints `stacks=[…]` for GITHUB_OUTPUT, a list
for a job's matrix.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GATE = (
    *(".github/", "bin/", "catalog/", "contracts/", "plumb/", "policies/", "toolchain/"),
    *("Makefile", "pyproject.toml", "requirements.lock"),
)
"""What judges every program, and how it is had: a change to it is judged by every stack."""
PROJECTS = {
    ".": (*GATE, "__main__.py", "Pulumi.yaml", "components/"),
    "bootstrap": (*GATE, "bootstrap/", "components/settings/"),
}
"""What each program is made of, beside its stacks' files; a name that ends with / is a folder."""
IN_NO_PROGRAM = (
    *(".ci/", "benchmarks/", "docs/", "examples/", "pack/", "probes/", "sandbox/", "schemas/", "tests/"),
    *(".gitignore", ".pre-commit-hooks.yaml", "CHANGELOG.md", "LICENSE", "README.md", "mkdocs.yml"),
)
STACK_FILE = re.compile(r"(?:(?P<project>.+)/)?Pulumi\.(?P<stack>[\w-]+)\.yaml")


def touched(changed: Iterable[str], root: Path = ROOT) -> list[dict[str, str]]:
    """Return the stacks that a change touches, as `{"name": …, "project": …, "stack": …}` in order.

    Args:
        changed: changed files, relative to the repository.
        root: the repository, whose stacks' files say which stacks there are.
    """
    found: set[tuple[str, str]] = set()
    for name in filter(None, map(str.strip, changed)):
        match = STACK_FILE.fullmatch(name)
        if match and (match["project"] or ".") in PROJECTS:
            found.add((match["project"] or ".", match["stack"]))
            continue
        of = [project for project, parts in PROJECTS.items() if _in(name, parts)]
        if not of and not _in(name, IN_NO_PROGRAM):
            of = list(PROJECTS)
        found.update((project, stack) for project in of for stack in stacks(root / project))
    there = [(project, stack) for project in PROJECTS for stack in stacks(root / project)]
    return [
        {"name": called(project, stack), "project": project, "stack": stack}
        for project, stack in there
        if (project, stack) in found
    ]


def called(project: str, stack: str) -> str:
    """Return the name by which a stack is told from those of every other program."""
    return stack if project == "." else f"{project}-{stack}"


def stacks(project: Path) -> list[str]:
    """Return the stacks that a project has a file for."""
    names = (path.name for path in project.glob("Pulumi.*.yaml"))
    return sorted(match["stack"] for match in map(STACK_FILE.fullmatch, names) if match)


def _in(name: str, parts: Iterable[str]) -> bool:
    return any(name.startswith(part) if part.endswith("/") else name == part for part in parts)


if __name__ == "__main__":
    # A name that nobody knows touches all.
    changed_files = ["*"] if sys.argv[1:] == ["--all"] else sys.stdin
    print(f"stacks={json.dumps(touched(changed_files))}")  # noqa: T201 - its output is what it is for
