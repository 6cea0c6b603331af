"""The traffic of a deploy on its way forward: held, tagged, shared, confirmed.

Owns which targets each service has in which step. The order of the steps, and what is written down of them,
is `rollout`'s; the way back is `way_back`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plumb.deploy.traffic import WHOLE, Standing, Target, Traffic, TrafficError, held, same, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plumb.deploy.progress import Progress


@dataclass(frozen=True, slots=True)
class Canary:
    """Moves traffic forward; every move may be asked for again.

    Attributes:
        traffic: Where the services are.
        progress: Which revisions had the traffic, and which are to have it.
    """

    traffic: Traffic
    progress: Progress

    def serving(self, services: Sequence[str]) -> dict[str, str]:
        """By service the revision that has its traffic now; without those that have none."""
        standings = [self.traffic.standing(service) for service in services]
        return {each.service: each.serving for each in standings if each is not None and each.serving}

    def hold(self) -> None:
        """All traffic on the revisions that have it, by name."""
        for service in self.progress.last_good:
            standing = self.traffic.standing(service)
            if standing is not None and standing.serving:
                self._move(standing, held(standing))

    def tag(self, services: Sequence[str]) -> dict[str, str]:
        """The newest revisions under the tag `candidate`, without traffic where there is another; which.

        Raises:
            TrafficError: one is not ready.
        """
        revisions = {}
        for service in services:
            standing = self.traffic.standing(service)
            if standing is None:
                continue
            newest = standing.newest
            # Google documents the latest ready revision as the latest that serves traffic: this one has none.
            if not newest or (standing.ready != newest and not self.traffic.is_ready(service, newest)):
                raise TrafficError(f"{standing.name}: revision {newest} is not ready")
            revisions[service] = newest
            self._move(standing, shared(newest, self.progress.last_good.get(service, ""), 0))
        return revisions

    def shift(self, percent: int) -> None:
        """A share of the traffic on the candidates.

        Raises:
            TrafficError: a service is gone.
        """
        for service, revision in self.progress.candidates.items():
            standing = self.traffic.standing(service)
            if standing is None:
                raise TrafficError(f"{service} is gone")
            self._move(standing, shared(revision, self.progress.last_good.get(service, ""), percent))

    def confirm(self) -> None:
        """Look once more: a record that says `deployed` must be true of what is there.

        Raises:
            TrafficError: a candidate has not all traffic.
        """
        wrong = []
        for service, revision in self.progress.candidates.items():
            standing = self.traffic.standing(service)
            share = 0 if standing is None else standing.share(revision)
            if share != WHOLE:
                wrong.append(f"{service.rpartition('/')[2]}: {revision} has {share} % of the traffic")
        if wrong:
            raise TrafficError("\n".join(wrong))

    def _move(self, standing: Standing, targets: Sequence[Target]) -> None:
        if not same(standing.targets, targets):
            self.traffic.move(standing.service, targets)
