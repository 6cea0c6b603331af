"""A route: from a service to a destination, hop by hop, with its verdict.

Owns the shape of a route and how one is built up. Judges nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["cache", "database", "internet"]


@dataclass(frozen=True, slots=True)
class Break:
    """Why a route is broken, or cannot be proven.

    Attributes:
        cause: In Google's own words where Connectivity Tests have one
            (https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/states/configuration-analysis-states).
        message: What is wrong, in one sentence.
        fix: What to type.
        rule: The rule that reports it, where that is not the one for the destination's kind.
    """

    cause: str
    message: str
    fix: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a service, judged.

    Attributes:
        destination: Where it leads, in words.
        verdict: Whether it exists.
        hops: What it passes, from the service to the destination or to the place of the break.
        cause: Why it does not exist, or is not proven; None when it is proven.
        message: The same as a sentence; how it is proven, where it is.
        fix: What to type; empty when it is proven.
        kind: What the destination is.
        rule: The rule that reports it.
    """

    destination: str
    verdict: Verdict
    hops: Sequence[str]
    cause: str | None
    message: str
    fix: str
    kind: Kind
    rule: str


@dataclass(slots=True)
class Trace:
    """A route while it is walked. The first break ends it; a doubt does not, for a break may follow."""

    kind: Kind
    destination: str
    hops: list[str] = field(default_factory=list)
    broken: Break | None = None
    doubted: Break | None = None

    def refute(self, broken: Break) -> None:
        """The route is broken here, for certain; the first break stays."""
        self.broken = self.broken or broken

    def doubt(self, doubted: Break) -> None:
        """The route may be broken here; the first doubt stays."""
        self.doubted = self.doubted or doubted

    def hop(self, *names: str) -> None:
        """The route passes these, if it is not broken before them."""
        if self.broken is None:
            self.hops += names

    def route(self) -> Route:
        """The route as it was judged."""
        why = self.broken or self.doubted
        if why is None:
            message = f"{self.hops[0]} reaches {self.destination}"
            return Route(
                self.destination, Verdict.PROVEN, tuple(self.hops), None, message, "", self.kind, self._own
            )
        return Route(
            destination=self.destination,
            verdict=Verdict.REFUTED if self.broken else Verdict.UNPROVEN,
            hops=tuple(self.hops),
            cause=why.cause,
            message=why.message,
            fix=why.fix,
            kind=self.kind,
            rule=why.rule or self._own,
        )

    @property
    def _own(self) -> str:
        return f"route-{self.kind}"
