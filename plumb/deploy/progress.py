"""Where a deploy stands, read from its record alone.

Owns what the entries of one deploy mean to the next step. Decides nothing and moves nothing: `rollout` does.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plumb.deploy.journal import Entry, Journal

TRAFFIC = "traffic "
PROBE_AT = "probe at "
LAST_GOOD = "lastGood"


class Progress:
    """One deploy's entries, those of this run included.

    Args:
        journal: The record.
        entries: What it holds of a deploy that never ended; none for a new deploy.
    """

    def __init__(self, journal: Journal, entries: Sequence[Entry] = ()) -> None:
        """Write nothing yet."""
        self._journal = journal
        self._entries = list(entries)
        self.deploy = entries[0].deploy if entries else secrets.token_hex(4)

    def write(
        self, event: str, step: str = "", *, done: bool = False, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entry, and wait until the disk has it."""
        self._entries.append(self._journal.write(self.deploy, event, step, done=done, facts=facts))

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self._journal.stack

    @property
    def first(self) -> Entry:
        """How it began."""
        return self._entries[0]

    @property
    def last(self) -> Entry:
        """What was written last."""
        return self._entries[-1]

    @property
    def broke(self) -> Entry | None:
        """The step that failed and why, once one did: from then on there is only the way back."""
        return next((entry for entry in self._entries if entry.event == "broke"), None)

    @property
    def last_good(self) -> dict[str, str]:
        """By service the revision that had the traffic before this deploy."""
        return self._found() or {}

    @property
    def knows_last_good(self) -> bool:
        """Whether it was looked which revisions have the traffic; there may be none."""
        return self._found() is not None

    @property
    def candidates(self) -> dict[str, str]:
        """By service the revision that is to have the traffic."""
        found: dict[str, str] = self.facts("candidate").get("revisions") or {}
        return found

    @property
    def share_passed(self) -> int:
        """The largest share of the traffic under which the probes passed; 0 before the first."""
        return max(
            (
                int(entry.step.removeprefix(PROBE_AT))
                for entry in self._steps()
                if entry.step.startswith(PROBE_AT) and entry.done and entry.facts.get("passed")
            ),
            default=0,
        )

    @property
    def moves_traffic(self) -> bool:
        """Whether the candidates have been checked and given a share, or were about to be."""
        return self.is_done("candidate") and any(entry.step.startswith(TRAFFIC) for entry in self._steps())

    def is_done(self, step: str) -> bool:
        """Whether a step has been done."""
        return any(entry.step == step and entry.done for entry in self._steps())

    def is_open(self, *steps: str) -> bool:
        """Whether one of these steps was begun and not done."""
        last = {entry.step: entry.done for entry in self._steps()}
        return any(last.get(step) is False for step in steps)

    def facts(self, step: str) -> Mapping[str, Any]:
        """What a step found or did when it was done last; nothing before that."""
        return next(
            (entry.facts for entry in reversed(self._steps()) if entry.step == step and entry.done), {}
        )

    def _found(self) -> dict[str, str] | None:
        return next(
            (entry.facts[LAST_GOOD] for entry in reversed(self._steps()) if LAST_GOOD in entry.facts), None
        )

    def _steps(self) -> list[Entry]:
        return [entry for entry in self._entries if entry.event == "step"]
