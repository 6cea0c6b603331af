"""JSON Schemas of the contract files, for editors: `python -m contracts.schema` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contracts.reading import FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent / "schema"


def schemas() -> Mapping[str, str]:
    """Each schema's file name and text."""
    return {
        f"{name}.schema.json": json.dumps(kind.model_json_schema(by_alias=True), indent=2) + "\n"
        for name, kind in FILES.items()
    }


def main() -> None:
    """Writes the schemas beside the contracts."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
