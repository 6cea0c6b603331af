"""What a check is given, and how it says that it failed.

Owns the way from a variable's name to its value, the stage that a check has reached (so that a deadline says
what was waited for), and the two ways to end that are no success.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from probes.report import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from probes.assignment import Assignment
    from probes.report import Scalar
    from probes.scrub import Scrubber

_VARIABLE: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
TOKEN: Final = "token"  # noqa: S105 - the name that stands for a token


class FailedError(Exception):
    """A check failed: how, and in which words."""

    def __init__(self, evidence: Evidence, words: str) -> None:
        """Takes what was seen; the words are scrubbed before anybody reads them."""
        self.evidence = evidence
        super().__init__(words)


class SkippedError(Exception):
    """A check could not be made, for a reason that another check reports."""


@dataclass
class Context:
    """One check's view of the world.

    Attributes:
        assignment: What to check.
        environ: The environment, the service's own.
        scrub: Takes values out of texts; a check that learns a secret tells it.
        deadline: Seconds this check has.
        observed: What it measured; kept when the deadline cuts it off.
        doing: What it is waiting for.
        late: What it means when that does not come in time.
        notes: For the whole report.
    """

    assignment: Assignment
    environ: Mapping[str, str]
    scrub: Scrubber
    deadline: float
    observed: dict[str, Scalar | list[str]] = field(default_factory=dict)
    doing: str = "beginning"
    late: Evidence = Evidence.SLOW
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def stage(self, doing: str, late: Evidence = Evidence.SLOW) -> None:
        """Says what is waited for from now on."""
        self.doing, self.late = doing, late

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - (time.perf_counter() - self.started)

    def value(self, variable: str) -> str:
        """A variable's value.

        Raises:
            SkippedError: It is not set or empty, which the checks of variables report.
        """
        value = self.environ.get(variable, "")
        if not value:
            raise SkippedError(f"{variable} is {'empty' if variable in self.environ else 'not set'}")
        return value

    def number(self, variable: str | None, otherwise: int) -> int:
        """A variable's value as a number; the other number where no variable is named.

        Raises:
            FailedError: The value is no whole number.
            SkippedError: It is not set.
        """
        if variable is None:
            return otherwise
        value = self.value(variable)
        if not value.isdecimal():
            raise FailedError(Evidence.UNEXPECTED, f"{variable} holds no whole number")
        return int(value)

    def filled(self, text: str, token: str = "") -> str:
        """A text of the assignment with `$VARIABLE` and `$token` in their places."""
        return _VARIABLE.sub(lambda found: token if found[1] == TOKEN else self.value(found[1]), text)


def percentile(samples: list[float], share: float) -> float:
    """The sample below which so large a share of them lies; the largest for few."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(seconds: float) -> float:
    """Rounded as a report shows it."""
    return round(seconds * 1000, 1)
