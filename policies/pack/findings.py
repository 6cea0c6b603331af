"""The file that PLUMB_FINDINGS names: all findings of a run, as a JSON list.

A finding that a waiver lets pass stands among them with one key more, `waived`: it does not refuse, and it is
shown all the same.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policies.report import Waived
    from policies.rules import Finding


class FindingsFile:
    """Written whole each time, so that it is valid JSON whenever the run is stopped."""

    def __init__(self, path: Path) -> None:
        """Takes the file's path; its folder must exist."""
        self.path = path

    def write(self, findings: Sequence[Finding | Waived]) -> None:
        """Puts these findings in place of what the file holds.

        Raises:
            OSError: The file cannot be written.
        """
        text = json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False) + "\n"
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.path.parent, prefix=f".{self.path.name}.", delete=False
        ) as temporary:
            temporary.write(text)
        try:
            os.replace(temporary.name, self.path)  # noqa: PTH105 - the one call that is atomic by promise
        except OSError:
            with suppress(OSError):
                os.unlink(temporary.name)  # noqa: PTH108 - beside os.replace
            raise
