"""JSON Schema of the report: `python -m probes.schema` writes docs/probes.schema.json anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from probes.report import Report

FILE: Final = Path(__file__).resolve().parents[1] / "docs" / "probes.schema.json"


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(Report.model_json_schema(by_alias=True, mode="serialization"), indent=2) + "\n"


def main() -> None:
    """Writes the file, whole or not at all."""
    fresh = FILE.with_name(f".{FILE.name}.new")
    fresh.write_text(text(), encoding="utf-8")
    fresh.replace(FILE)


if __name__ == "__main__":
    main()
