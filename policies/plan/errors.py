"""Why a source of a plan cannot be read, in words for whoever named it."""

from __future__ import annotations


class SourceError(Exception):
    """What is wrong, where, and what to do about it."""

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        """Takes the three parts of the message.

        Args:
            what: What is wrong.
            where: The file, with a line where there is one.
            fix: What to type, or what to change.
        """
        super().__init__(f"{where}: {what}\nfix: {fix}")
        self.what = what
        self.where = where
        self.fix = fix
