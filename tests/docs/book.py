"""The pages as a reader takes them: which blocks there are, and what happens to who follows them.

A page is followed from its top to its end, in one folder, by one shell that remembers where it is:

    ```console                      each `$ command` runs; what follows is all its output. `…` in it
                                    stands for anything, alone on a line for any number of lines
    ```console title="live sandbox" likewise, where root can make network namespaces
    ```yaml title="FILE"            the reader saves this as FILE (also python, json, diff)
    ```shell title="REASON"         no test runs this: it needs what is not here, which the title says

Every other block is only looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[a-z]+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
LIVE = "live sandbox"
RUN, NOT_RUN = "console", "shell"
SAVED = ("yaml", "python", "json", "diff")
ENGINE = re.compile(r"bin/sandbox|make (?:setup|preview)")
PATIENCE_SECONDS = 600
NOT_COPIED = (
    ".git",
    ".venv",
    ".cache",
    ".sandbox",
    ".hypothesis",
    ".import_linter_cache",
    "dist",
    "site",
    ".*_cache",
)
# A reader's terminal has none of these, and a pipeline's would change what is printed.
NOT_PASSED_ON = re.compile(r"MAKE|MFLAGS|PULUMI_|PLUMB_|SANDBOX_|GITHUB_|FORCE_COLOR|PY_COLORS|COLUMNS|TERM$")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    title: str | None
    text: str

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command with what the page says it prints; a line that goes on begins with `> `."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            more = next((at for at, line in enumerate(lines[1:], 1) if not line.startswith("> ")), len(lines))
            command = "\n".join([lines[0], *(line[2:] for line in lines[1:more])])
            yield command, "".join(f"{line}\n" for line in lines[more:])


def pages() -> dict[str, Path]:
    """Every page that somebody wrote, by its path; those of the rules are written from the rules."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {str(path.relative_to(ROOT)): path for path in found if path.parent.name != "rules"}


def blocks(page: str) -> list[Block]:
    """The blocks of a page, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        inner = re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, match["language"], match["title"], inner))
    return found


def has_commands(page: str) -> bool:
    return any(block.language == RUN and block.title != LIVE for block in blocks(page))


def needs_engine(page: str) -> bool:
    return any(ENGINE.search(block.text) for block in blocks(page) if block.language == RUN)


def pattern(printed: str) -> re.Pattern[str]:
    """What a page says is printed, as a regular expression for the whole of it but empty lines at its end."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ ]*\n"
        for line in printed.splitlines()
    ]
    return re.compile("".join(lines))


@dataclass
class Reader:
    """Somebody who types what a page says, and saves what it says to save."""

    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    def follow(self, page: str, *, live: bool = False) -> None:
        """Follows a page. Its live blocks only where asked, and then nothing else of it.

        Raises:
            AssertionError: A command printed something else; both are shown.
        """
        for block in blocks(page):
            if block.language in SAVED and block.title:
                path = self.folder / block.title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            if block.language == RUN and (block.title == LIVE) == live:
                for command, printed in block.commands():
                    said = self.type(command)
                    assert pattern(printed).fullmatch(re.sub(r"\n{2,}\Z", "\n", said)), (
                        f"{page}:{block.line}: $ {command}\nprinted:\n{said}\nand the page says:\n{printed}"
                    )

    def type(self, command: str) -> str:
        """Types one command and returns all that it prints."""
        where = self.folder.parent / f"{self.folder.name}.cwd"
        done = subprocess.run(  # noqa: S603 - the page's own words
            ["bash", "-c", f'{command}\nended=$?; pwd > "$READER_CWD"; exit $ended'],  # noqa: S607 - as typed
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if not NOT_PASSED_ON.match(name)},
                "READER_CWD": str(where),
                **self.more,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        self.folder = type(self.folder)(where.read_text().strip())
        return done.stdout


def copy(folder: Path) -> Path:
    """The repository as it lies here, at another place; what `make setup` made is shared."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for made in (".venv", ".cache"):
        (folder / made).symlink_to(ROOT / made)
    return folder
