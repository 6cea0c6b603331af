"""What `plumb contract scan` prints: as text for a person, as JSON for a program.

Owns the words and the order. Colour only where standard output is a terminal. No value is shown, only names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from plumb.code import Read
    from plumb.contract_scan import Scan


def as_json(scan: Scan) -> str:
    """The scan for a program."""

    def reads(of: Sequence[Read]) -> list[dict[str, object]]:
        return [{"file": one.place.file, "line": one.place.line, "required": one.required} for one in of]

    content = {
        "contract": scan.contract,
        "service": scan.service,
        "file": scan.file,
        "files": scan.found.files,
        "differs": scan.differs,
        "missing": [
            {"name": name, "secret": scan.is_secret(name), "reads": reads(of)}
            for name, of in sorted(scan.missing.items())
        ],
        "optional": [{"name": name, "reads": reads(of)} for name, of in sorted(scan.optional.items())],
        "neverRead": [
            {"name": one.name, "section": one.section, "file": one.place.file, "line": one.place.line}
            for one in scan.never_read
        ],
        "plainSecrets": [
            {"name": one.name, "file": one.place.file, "line": one.place.line} for one in scan.plain_secrets
        ],
        "cannotTell": [{"place": where, "what": what} for where, what in _unclear(scan)],
        "faults": [
            {"file": one.place.file, "line": one.place.line, "what": one.what} for one in scan.found.faults
        ],
        "suggestion": scan.suggestion,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def print_text(scan: Scan, console: Console) -> None:
    """The scan for a person."""
    reads = len({one.names for one in scan.found.reads})
    _line(console, Text.assemble((scan.contract, "bold"), f"  {scan.service}  {scan.file}"))
    _line(console, f"{_count(scan.found.files, 'file')}, {_count(reads, 'variable')} read")
    _rows(console, "Needed by the code, missing in the contract", "bold red", _missing(scan))
    as_far = ", as far as can be told" if scan.cannot_tell else ""
    _rows(
        console,
        f"In the contract, never read by the code{as_far}",
        "bold red",
        [(one.name, f"{one.place}  under {one.section}") for one in scan.never_read],
    )
    _rows(
        console,
        "Secrets by their name or type, under env",
        "bold red",
        [(one.name, f"{one.place}  move it under secrets") for one in scan.plain_secrets],
    )
    _rows(console, "Cannot tell: known only when the code runs", "bold yellow", list(_unclear(scan)))
    _rows(
        console,
        "Read with a value of the code's own, not in the contract",
        "dim",
        [(name, _places(of)) for name, of in sorted(scan.optional.items())],
    )
    if scan.suggestion:
        _line(console)
        _line(console, Text(f"For {scan.file}", "bold"))
        for line in scan.suggestion.splitlines():
            _line(console, Text(f"  {line}", "green"))
    _line(console)
    if scan.differs:
        _line(console, Text("The code and its contract differ.", "bold red"))
    elif scan.cannot_tell:
        _line(console, Text("Nothing differs, as far as can be told.", "bold yellow"))
    else:
        _line(console, Text("The code and its contract agree.", "bold green"))


def _missing(scan: Scan) -> list[tuple[str, str]]:
    return [
        (" or ".join(of[0].names), f"{_places(of)}{'  a secret' if scan.is_secret(name) else ''}")
        for name, of in sorted(scan.missing.items())
    ]


def _unclear(scan: Scan) -> Iterator[tuple[str, str]]:
    for one in scan.unsure:
        yield str(one.place), f"reads {' or '.join(one.names)}: which, is known only when it runs"
    for each in scan.found.unclear:
        yield str(each.place), each.what


def _places(of: Sequence[Read]) -> str:
    return ", ".join(dict.fromkeys(str(one.place) for one in of))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _rows(console: Console, title: str, style: str, rows: Sequence[tuple[str, str]]) -> None:
    """A title and its rows: a table on a terminal, unbroken lines anywhere else."""
    if not rows:
        return
    _line(console)
    _line(console, Text(title, style))
    if not console.is_terminal:
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            _line(console, f"  {name:<{width}}  {value}")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    console.print(Padding(table, (0, 0, 0, 2)))


def _line(console: Console, words: Text | str = "") -> None:
    console.print(words, soft_wrap=True)
