"""The generated pages, on disk.

python -m plumb.reference --write     writes what is stale
python -m plumb.reference --check     says what is stale and ends with 1
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from plumb.reference import commands, controls, decisions, settings
from policies.files import write_whole

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
_PAGES: Final = (settings, commands, controls, decisions)
_MARK: Final = (
    "<!-- Written by `python -m plumb.reference --write`. Change the code it is of, not this page. -->"
)


def pages() -> dict[str, str]:
    """Every generated page, by its path under docs/."""
    return {one.FILE: f"{_MARK}\n\n{one.page()}" for one in _PAGES}


def stale(folder: Path = DOCS) -> list[str]:
    """The pages that are missing or not what they would be written as."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def write(folder: Path = DOCS) -> list[str]:
    """Puts right what is stale and returns the names of those pages."""
    changed, wanted = stale(folder), pages()
    for name in changed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, wanted[name])
    return changed


def main(arguments: list[str]) -> int:
    """The command."""
    if arguments not in (["--write"], ["--check"]):
        sys.stderr.write("usage: python -m plumb.reference --write | --check\n")
        return 2
    if arguments == ["--write"]:
        for name in write():
            sys.stdout.write(f"wrote docs/{name}\n")
        return 0
    found = stale()
    for name in found:
        sys.stderr.write(f"docs/{name} is stale: run python -m plumb.reference --write\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
