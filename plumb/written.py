"""Where a command's result goes: to the terminal, or whole into a file."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(text: str, path: Path | None) -> None:
    """Prints a text, or puts it in place of what a file holds: never half of it.

    Raises:
        OSError: The file cannot be written.
    """
    if path is None:
        sys.stdout.write(text)
        return
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as temporary:
        temporary.write(text)
    try:
        os.replace(temporary.name, path)  # noqa: PTH105 - the one call that is atomic by promise
    except OSError:
        with suppress(OSError):
            os.unlink(temporary.name)  # noqa: PTH108 - beside os.replace
        raise
