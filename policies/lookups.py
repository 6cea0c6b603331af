"""What is known of things that no plan holds: the answers of a cloud that was asked before judging.

Owns the shape of questions and answers, and that each question is asked once. Asks nobody itself: whoever
runs the judge hands it a source (`policies.pack.clouds`), or none. Rules read answers and never wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet


class SecretState(StrEnum):
    """What a version of a secret is. Its value is never asked for."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    DESTROYED = "destroyed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, order=True)
class VersionName:
    """A version of a secret, as a question names it.

    Attributes:
        project: The project's id, or its number where that is all the plan says.
        secret: The secret's id.
        version: The version's number.
    """

    project: str
    secret: str
    version: str


class Lookups(Protocol):
    """What rules may ask."""

    def secret_version(self, project: str, secret: str, version: str) -> SecretState | None:
        """The state of a version; None when nobody could say."""


class Source(Protocol):
    """A cloud that can be asked. It answers what it can, in a short time, and never raises."""

    def secret_versions(self, wanted: AbstractSet[VersionName]) -> Mapping[VersionName, SecretState]:
        """The states of these versions, without those it cannot tell."""


class Answers:
    """The answers so far. Without a source nothing is known."""

    def __init__(self, source: Source | None = None) -> None:
        """Takes who is asked."""
        self._source = source
        self._asked: set[VersionName] = set()
        self._states: dict[VersionName, SecretState] = {}

    @property
    def can_ask(self) -> bool:
        """Whether there is anybody to ask: gathering questions for nobody would be time lost."""
        return self._source is not None

    def ask(self, wanted: Iterable[VersionName]) -> None:
        """Asks for what was not asked before, all at once."""
        new = set(wanted) - self._asked
        if self._source is not None and new:
            self._asked |= new
            self._states.update(self._source.secret_versions(new))

    def secret_version(self, project: str, secret: str, version: str) -> SecretState | None:
        """The state of a version; None when nobody could say."""
        return self._states.get(VersionName(project, secret, version))


NOTHING_KNOWN = Answers()
