"""The page of each alert, written from what the alert says of itself: docs/runbooks/<alert>.md, and an index.

    python -m components.monitoring.runbooks --write     writes what is stale, removes what is left over
    python -m components.monitoring.runbooks --check     says what is stale and ends with 1

Owns the pages, and the text that each notification carries. Knows nothing of an alert that it does not say.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from components.monitoring.alerts import ALERTS
from components.monitoring.escalation import LADDER, LARGE_USD, NOTABLE_USD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.monitoring.alert import Alert

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
INDEX = "README.md"
_MARK = (
    "<!-- Written by `python -m components.monitoring.runbooks --write`. Change the alert, not this page. -->"
)


def text(alert: Alert) -> str:
    """What to do, in Markdown: the body of the page, and what the notification carries."""
    return "\n".join(
        [
            alert.means,
            "",
            "Look first at:",
            "",
            *(f"{number}. {step}" for number, step in enumerate(alert.look, 1)),
            "",
            f"Then ask: {', '.join(f'`{command}`' for command in alert.ask)}.",
        ]
    )


def page(alert: Alert) -> str:
    """The page of one alert."""
    return "\n".join([_MARK, "", f"# {alert.title}", "", f"`{alert.key}`", "", text(alert), ""])


def index() -> str:
    """The list of all alerts."""
    rows = [f"| [{one.key}]({one.key}.md) | {one.title} | {one.weight.name.lower()} |" for one in ALERTS]
    ladder = [
        f"| {rung.severity} | {_channels(rung.pages, rung.tells)} | {rung.renotify_seconds // 60} minutes |"
        for rung in LADDER
    ]
    return "\n".join(
        [
            "# Runbooks",
            "",
            _MARK,
            "",
            "One page an alert; the same text stands in each notification.",
            "",
            "| alert | what has happened | weight |",
            "|---|---|---|",
            *rows,
            "",
            "## Who is told",
            "",
            "The dearest service that an alert concerns (`plumbline:monitoring.impacts`) decides where it",
            f"begins on this ladder: with {LARGE_USD:,} dollars a year at risk on the first rung, with",
            f"{NOTABLE_USD:,} on the second, below that on the third. An outage stays there, what degrades",
            "goes one down, a notice two.",
            "",
            "| severity | channel | told again every |",
            "|---|---|---|",
            *ladder,
            "",
        ]
    )


def _channels(pages: bool, tells: bool) -> str:  # noqa: FBT001 - a rung's two answers
    return " and ".join(word for word, told in (("page", pages), ("tell", tells)) if told)


def pages() -> dict[str, str]:
    """Every file of docs/runbooks by name."""
    return {INDEX: index(), **{f"{alert.key}.md": page(alert) for alert in ALERTS}}


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
            _write_whole(folder / name, wanted[name])
        else:
            (folder / name).unlink()
    return changed


def _write_whole(path: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m components.monitoring.runbooks", description="The pages of the alerts."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write what is stale")
    what.add_argument("--check", action="store_true", help="say what is stale; end with 1 if anything is")
    if parser.parse_args(arguments).write:
        for name in write():
            sys.stdout.write(f"wrote docs/runbooks/{name}\n")
        return 0
    changed = stale()
    for name in changed:
        sys.stderr.write(
            f"docs/runbooks/{name} is stale: run python -m components.monitoring.runbooks --write\n"
        )
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
