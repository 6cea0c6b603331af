"""The way back: each service's traffic on the revision that had it before.

Owns trying every service, whatever became of the others, and what is told of one that keeps its traffic.
When there is a way back, and how a deploy then ends, is `rollout`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from plumb.deploy.traffic import WHOLE, Target, Traffic, TrafficError, shared
from plumb.deploy.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plumb.deploy.progress import Progress

ATTEMPTS: Final = 4
FIRST_WAIT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class NotReturned:
    """A service whose traffic could not be given back.

    Attributes:
        service: Its id.
        revision: The revision that had the traffic.
        error: Why not.
        gone: Whether that revision does not exist any more: then nothing is left to try.
    """

    service: str
    revision: str
    error: str
    gone: bool

    def __str__(self) -> str:
        """As the user is told."""
        if not self.gone:
            return f"{self.service.rpartition('/')[2]}: {self.error}"
        _, project, _, region, _, name = self.service.split("/")
        place = f"--region {region} --project {project}"
        return (
            f"{name}: its last good revision {self.revision} is gone; its traffic stays as it is\n"
            f"  fix: choose one of `gcloud run revisions list --service {name} {place}`, then\n"
            f"  gcloud run services update-traffic {name} {place} --to-revisions REVISION={WHOLE}"
        )


class _GoneError(TrafficError):
    """The revision that had the traffic does not exist any more."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Gives the traffic back.

    Attributes:
        traffic: Where the services are.
        progress: Which revisions had the traffic; where failures are written down.
        sleep: Waits, in seconds.
    """

    traffic: Traffic
    progress: Progress
    sleep: Callable[[float], None]

    def go(self, step: str) -> Sequence[NotReturned]:
        """Give back what can be given back; what could not, each written down under the step that failed."""
        found = [
            failed
            for service, revision in self.progress.last_good.items()
            if (failed := self._tried(service, revision)) is not None
        ]
        for each in found:
            facts = {"service": each.service, "revision": each.revision, "error": each.error}
            self.progress.write("return-failed", step, facts={**facts, "gone": each.gone})
        return found

    def _tried(self, service: str, revision: str) -> NotReturned | None:
        patience = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(multiplier=FIRST_WAIT_S),
            retry=retry_if_exception(_may_pass),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            patience(self._give_back, service, revision)
        except Exception as error:  # noqa: BLE001 - the other services must be given back whatever it is
            return NotReturned(service, revision, words_of(error), isinstance(error, _GoneError))
        return None

    def _give_back(self, service: str, revision: str) -> None:
        standing = self.traffic.standing(service)
        if standing is None or standing.keeps(revision):
            return
        new = self.progress.candidates.get(service, "")
        try:
            self.traffic.move(service, shared(new, revision, 0) if new else (Target(revision, WHOLE),))
        except TrafficError as error:
            if self.traffic.is_ready(service, revision) is None:
                raise _GoneError(str(error)) from None
            if not new or self.traffic.is_ready(service, new) is not None:
                raise
            # The candidate's tag was all that was in the way.
            self.traffic.move(service, (Target(revision, WHOLE),))


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, _GoneError)
