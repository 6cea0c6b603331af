"""Files that are whole or not there at all.

Owns the one way in which results are written. What they hold is others'.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Puts a text in place of what a file holds: a reader sees the old one or the new, never a part.

    Raises:
        OSError: The file cannot be written; its folder must exist.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")  # with the permissions that any new file has
        os.replace(fresh, path)  # noqa: PTH105 - the one call that is atomic by promise
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise
