"""What a command of the engine told besides its output: the policies' findings, and why it failed.

Owns reading both, and what of them a record keeps. Findings hold no value of a secret, and the engine masks
those that it knows. Judges nothing.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FINDINGS: Final = "PLUMB_FINDINGS"
_COLOUR: Final = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """Two files that a command writes, beside the plan.

    Attributes:
        findings: The policies'.
        events: The engine's, one a line.
    """

    findings: Path
    events: Path

    @classmethod
    def beside(cls, plan: Path) -> Told:
        """Where they lie while a command runs."""
        return cls(plan.with_suffix(".findings.json"), plan.with_suffix(".events.json"))

    @property
    def options(self) -> tuple[str, ...]:
        """Of the command."""
        return ("--event-log", str(self.events))

    @property
    def environ(self) -> Mapping[str, str]:
        """For the command: the engine hides the option from people."""
        return {FINDINGS: str(self.findings), "PULUMI_DEBUG_COMMANDS": "true"}

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Neither file outlives the command, nor is read as another's."""
        self._forget()
        try:
            yield
        finally:
            self._forget()

    def _forget(self) -> None:
        self.findings.unlink(missing_ok=True)
        self.events.unlink(missing_ok=True)

    def facts(self) -> Mapping[str, Any]:
        """What the record keeps of the findings, as of the gate's."""
        found = self._found()
        return {
            "findings": [_key(each) for each in found if _refuses(each)],
            "waivers": [[*_key(each)[:2], each["waived"]["owner"]] for each in found if "waived" in each],
            "advised": [_key(each) for each in found if not _refuses(each) and "waived" not in each],
        }

    def words(self) -> Sequence[str]:
        """What stands against the deploy: what the policies refuse, then the engine's own errors."""
        refused = [
            f"{each['rule']}  {each['resource']['name']}: {each['message']}\n  fix: {each['fix']}"
            for each in self._found()
            if _refuses(each)
        ]
        return [*refused, *dict.fromkeys(self._errors())][:_MOST]

    def _found(self) -> Sequence[Mapping[str, Any]]:
        try:
            found: list[dict[str, Any]] = json.loads(self.findings.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []  # it ended before the policies were asked
        return found

    def _errors(self) -> Iterator[str]:
        try:
            lines = self.events.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return
        for line in lines:
            if '"severity":"error"' in line:  # of thousands of events some few
                yield from _error(line)


def _error(line: str) -> Iterator[str]:
    try:
        event = json.loads(line).get("diagnosticEvent") or {}
    except ValueError:
        return  # the engine was killed in the middle of it
    message = _COLOUR.sub("", str(event.get("message") or "")).strip()
    if event.get("severity") == "error" and message:
        name = str(event.get("urn") or "").rpartition("::")[2]
        yield f"{name}: {message}" if name else message


def _refuses(finding: Mapping[str, Any]) -> bool:
    return finding["level"] == "mandatory" and "waived" not in finding


def _key(finding: Mapping[str, Any]) -> list[str]:
    return [finding["rule"], finding["resource"]["urn"], finding["cause"]]
