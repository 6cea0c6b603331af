"""Who gets a service's traffic, and how it moves.

Owns the targets of each moment of a deploy, as pure functions, and what a cloud must offer to carry them out.
Knows no cloud: `on_google` and `in_sandbox` do.
https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

CANDIDATE: Final = "candidate"
"""Tag of the revision that is being checked; a NEG of its own leads to it."""
WHOLE: Final = 100


class TrafficError(Exception):
    """The cloud would not tell or move a service's traffic; the text has its words."""


@dataclass(frozen=True, slots=True)
class Target:
    """A share of a service's traffic.

    Attributes:
        revision: The revision's short name; "" for whichever is the latest that is ready.
        percent: Of 100.
        tag: A name of its own under which it also answers.
    """

    revision: str
    percent: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stands.

    Attributes:
        service: Its id: `projects/PROJECT/locations/REGION/services/NAME`.
        newest: The latest revision that was created.
        ready: The latest that is ready; "" when none ever was.
        targets: Who gets its traffic.
    """

    service: str
    newest: str
    ready: str
    targets: tuple[Target, ...]

    @property
    def name(self) -> str:
        """The service's short name."""
        return self.service.rpartition("/")[2]

    @property
    def serving(self) -> str:
        """The revision that has the largest share now; "" when nothing is ready."""
        largest = max(self.targets, key=lambda target: target.percent, default=Target("", WHOLE))
        return largest.revision or self.ready

    def share(self, revision: str) -> int:
        """How many percent of its traffic a revision has by its name."""
        return sum(each.percent for each in self.targets if each.revision == revision)

    def keeps(self, revision: str) -> bool:
        """Whether a revision has all traffic, and no other one takes it by being ready."""
        latest = any(not each.revision for each in self.targets)
        if latest and self.newest != revision:
            return False
        return (
            sum(each.percent for each in self.targets if (each.revision or self.ready) == revision) == WHOLE
        )


class Traffic(Protocol):
    """A cloud that has services."""

    def standing(self, service: str) -> Standing | None:
        """How a service stands; None when there is no such service.

        Raises:
            TrafficError: the cloud does not say.
        """

    def is_ready(self, service: str, revision: str) -> bool | None:
        """Whether a revision can have traffic; None when the service has none of that name.

        Raises:
            TrafficError: the cloud does not say.
        """

    def move(self, service: str, targets: Sequence[Target]) -> None:
        """Send its traffic elsewhere, and wait until that is so.

        Raises:
            TrafficError: the cloud refuses.
        """


def held(standing: Standing) -> tuple[Target, ...]:
    """All traffic on the revision that has it, by its name, so that a new one gets none."""
    return (Target(standing.serving, WHOLE),)


def shared(new: str, old: str, percent: int) -> tuple[Target, ...]:
    """The new revision has this much under the tag `candidate`, the old one the rest.

    Args:
        new: The candidate.
        old: The last good revision; the same as `new`, or "", where there is none to share with.
        percent: The candidate's share.
    """
    if old in (new, ""):
        return (Target(new, WHOLE, CANDIDATE),)
    rest = (Target(old, WHOLE - percent),) if percent < WHOLE else ()
    return (*rest, Target(new, percent, CANDIDATE))


def same(one: Sequence[Target], other: Sequence[Target]) -> bool:
    """Whether two sets of targets say the same, whatever their order."""
    return set(one) == set(other)
