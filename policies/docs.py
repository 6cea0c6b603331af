"""The page of each rule, written from what the rule says of itself: docs/rules/<id>.md, and an index.

    python -m policies.docs --write     writes what is stale and removes the pages of rules that are gone
    python -m policies.docs --check     says what is stale and ends with 1

Owns the pages and where they can be read. Knows nothing of a rule that the rule does not say.
"""

from __future__ import annotations

import argparse
import os
import sys
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.rules import Control, Rule, registered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "rules"
INDEX: Final = "README.md"
# Whoever publishes the pages elsewhere says where: the address of the folder.
PUBLISHED: Final = "PLUMB_DOCS"
_MARK: Final = "<!-- Written by `python -m policies.docs --write`. Change the rule, not this page. -->"
# How a pipeline names the clone it works in, and that clone's files on the web.
_PIPELINES: Final = (
    ("GITHUB_WORKSPACE", "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/blob/{GITHUB_SHA}"),
    ("CI_PROJECT_DIR", "{CI_PROJECT_URL}/-/blob/{CI_COMMIT_SHA}"),
)


def page(rule: Rule) -> str:
    """The page of one rule, in Markdown."""
    told = cleandoc(rule.judge.__doc__ or "")
    return "\n".join(
        [
            f"# {rule.id}",
            "",
            f"**{rule.title}.**",
            "",
            told,
            "",
            "| | |",
            "|---|---|",
            f"| severity | {rule.severity} |",
            f"| refuses | {_when(rule)} |",
            *[f"| binds | {rule.binds} |"] * bool(rule.binds),
            *(
                ["| looks at | values, which a preview's JSON and an exported state hide |"]
                * rule.judges_values
            ),
            f"| judges | {', '.join(f'`{type_}`' for type_ in rule.types)} |",
            "",
            "## Why",
            "",
            f"{_sentence(rule.why)}",
            "",
            "## Fix",
            "",
            f"{_sentence(rule.fix)}",
            "",
            *_controls(rule.controls),
        ]
    )


def index(rules: Sequence[Rule]) -> str:
    """The list of all rules, in Markdown."""
    early = sum(rule.refutes_early for rule in rules)
    return "\n".join(
        [
            "# Rules",
            "",
            _MARK,
            "",
            f"{len(rules)} rules, mandatory everywhere but where the page of one says that it only advises.",
            f"{early} can be certain before the plan is whole and then stop a resource before it is created",
            "(*early*); the others judge the whole plan.",
            "`plumb rules` prints this list, `plumb explain RULE` a page.",
            "",
            "| rule | severity | early | what must hold |",
            "|---|---|---|---|",
            *(
                f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {'yes' if rule.refutes_early else ''} "
                f"| {rule.title} |"
                for rule in rules
            ),
            "",
        ]
    )


def pages(rules: Sequence[Rule] | None = None) -> dict[str, str]:
    """Every file of docs/rules by name."""
    rules = registered() if rules is None else rules
    marked = {f"{rule.id}.md": f"{_MARK}\n\n{page(rule)}" for rule in rules}
    return {INDEX: index(rules), **marked}


def stale(folder: Path = FOLDER) -> list[str]:
    """The files that are missing, left over or not what they would be written as."""
    wanted = pages()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write(folder: Path = FOLDER) -> list[str]:
    """Puts right what is stale and returns the names of those files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted, changed = pages(), stale(folder)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def address(rule: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Where the page of a rule can be read: published, in the pipeline's repository, else in this clone."""
    environ = os.environ if environ is None else environ
    name = f"{rule}.md"
    if environ.get(PUBLISHED):
        return f"{environ[PUBLISHED].rstrip('/')}/{name}"
    if not (FOLDER / name).is_file():
        return None  # installed without the repository, or no rule of it
    for folder, template in _PIPELINES:
        if environ.get(folder) and Path(environ[folder]).resolve() == ROOT:
            try:
                return f"{template.format_map(environ)}/docs/rules/{name}"
            except KeyError:
                continue
    return (FOLDER / name).as_uri()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m policies.docs", description="The pages of the rules.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write what is stale")
    what.add_argument("--check", action="store_true", help="say what is stale; end with 1 if anything is")
    if parser.parse_args(arguments).write:
        for name in write():
            sys.stdout.write(f"wrote docs/rules/{name}\n")
        return 0
    changed = stale()
    for name in changed:
        sys.stderr.write(f"docs/rules/{name} is stale: run python -m policies.docs --write\n")
    return 1 if changed else 0


def _when(rule: Rule) -> str:
    if rule.refutes_early:
        return "before the resource is created, where it is certain by then; else once the plan is whole"
    return "once the plan is whole"


def _controls(controls: Sequence[Control]) -> list[str]:
    if not controls:
        return []
    told = (f"- [{control.framework} {control.clause}]({control.source})" for control in controls)
    return ["## Serves", "", *told, ""]


def _sentence(text: str) -> str:
    """Text of a finding, which begins small and has no full stop, as a sentence."""
    ended = text if text.endswith((".", "!", "?", ":")) else f"{text}."
    return ended[0].upper() + ended[1:]


if __name__ == "__main__":
    sys.exit(main())
