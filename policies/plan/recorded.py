"""A plan from a file that the engine wrote, told by what it holds and not by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan.errors import SourceError
from policies.plan.preview_json import FIX as PREVIEW
from policies.plan.preview_json import is_preview, read_preview
from policies.plan.records import read_document
from policies.plan.state import FIX as STATE
from policies.plan.state import is_state, read_state

if TYPE_CHECKING:
    from pathlib import Path

    from policies.plan.graph import Plan

_HOW = f"{PREVIEW}, or: {STATE}"


def read(path: Path) -> tuple[Plan, str]:
    """The plan a file holds, and what it is: `preview` or `state`.

    Raises:
        SourceError: The file is neither, or malformed.
    """
    document = read_document(path, _HOW)
    if is_state(document):
        return read_state(document, path), "state"
    if is_preview(document):
        return read_preview(document, path), "preview"
    raise SourceError("is neither a preview (`steps`) nor a state (`deployment`)", where=str(path), fix=_HOW)
