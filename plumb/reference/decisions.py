"""The list of decisions, from their own first lines."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FILE: Final = "adr/README.md"
_FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "adr"


def page() -> str:
    """The page."""
    found = sorted(_FOLDER.glob("[0-9]*.md"))
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ") for path in found}
    return "\n".join(
        [
            "# Decisions",
            "",
            "What somebody may want to undo one day, and what speaks against it.",
            "",
            *(f"- [{title}]({name})" for name, title in titles.items()),
            "",
        ]
    )
