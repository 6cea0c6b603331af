"""The file that PLUMB_FINDINGS names: all findings of a run, as a JSON list.

A finding that a waiver lets pass stands among them with one key more, `waived`, and one that only advises
with the level `advisory`: neither refuses, and both are shown all the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.files import write_whole

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
        write_whole(self.path, text)
