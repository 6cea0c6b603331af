"""A deploy, step by step.

Owns the order, what is written down of each step, where a killed deploy goes on, and the way back. Does
nothing itself: the stack, the traffic and the probes are handed in.

    gate       the rules, offline
    hold       all traffic on the revisions that have it, by name: an update cannot move it
    preview    the engine's preview with the policies, saved as a plan
    up         the update, held to that plan
    candidate  the new revisions under the tag `candidate`, without traffic
    probe      what the contracts promise, asked from inside and through the candidate hosts
    traffic N  N percent, a pause, and the probes again
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from plumb.deploy.canary import Canary
from plumb.deploy.journal import ENDED, JournalError
from plumb.deploy.outcome import Outcome
from plumb.deploy.progress import LAST_GOOD, Progress
from plumb.deploy.traffic import WHOLE, Traffic
from plumb.deploy.way_back import NotReturned, WayBack
from plumb.deploy.words import LockedError, StackError, scrubbed, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from plumb.deploy.journal import Journal
    from plumb.deploy.outcome import Checks
    from plumb.deploy.stack import Stack

Result = TypeVar("Result")
_NONE_BEFORE: Final = "there is no earlier revision to go back to: the services stay as they are"
_NOTHING_MOVED: Final = "no traffic was moved: the services stay as they were"
_SOURCES: Final = {"stackFile": "the stack's file", "commit": "the commit"}


@dataclass(frozen=True, slots=True)
class Steps:
    """How the traffic moves.

    Attributes:
        percentages: The candidate's shares, rising; the last is 100.
        pause_seconds: Between a step of the traffic and its probes.
    """

    percentages: Sequence[int] = (10, 50, 100)
    pause_seconds: float = 60


class Stopped(Exception):  # noqa: N818 - a deploy that was stopped is no error of the program
    """The deploy does not go on: a step failed. The text says which and why."""

    def __init__(self, step: str, words: Sequence[str], facts: Mapping[str, Any] | None = None) -> None:
        """Which step, what it said, and what of it is for the record alone."""
        super().__init__("; ".join(words))
        # Whoever said them, from here they go to the record and to the screen.
        self.step, self.words, self.facts = step, tuple(map(scrubbed, words)), dict(facts or {})


class NotBegunError(Exception):
    """The deploy could not begin, or not go on; nothing was undone, and the same command tries again."""


@dataclass(slots=True)
class Rollout:
    """One run of `plumb deploy`.

    Attributes:
        stack: What is deployed.
        traffic: Where its services are.
        checks: The gate and the probes.
        journal: The record.
        steps: How the traffic moves.
        plan: Where the engine's plan is kept.
        images: Images by service that CI hands over.
        source: What the deploy is made from, but for the images of these services.
        say: Tells the user one line: the step, and what of it.
        sleep: Waits, in seconds.
    """

    stack: Stack
    traffic: Traffic
    checks: Checks
    journal: Journal
    steps: Steps
    plan: Path
    images: Mapping[str, str]
    source: Callable[[Collection[str]], Mapping[str, str]]
    say: Callable[[str, str], None]
    sleep: Callable[[float], None]
    _progress: Progress = field(init=False)

    def run(self) -> int:
        """Deploy, or go on with a deploy that was killed; the exit code.

        Raises:
            JournalError: the record cannot be used.
            NotBegunError: the stack cannot be updated now.
        """
        before = self.journal.unended()
        self._progress = Progress(self.journal, before)
        if not before:
            return self._begin()
        changed = self._changed()
        given, self.images = self.images, self._progress.first.facts.get("images") or {}
        self._go_on()
        if changed:
            self.images = given
            return self._supersede(changed)
        broke = self._progress.broke
        if broke is not None:
            return self._go_back(Stopped(broke.step, broke.facts.get("words") or ["it ended there"]))
        return self._carry_out()

    @property
    def outcome(self) -> str:
        """How the deploy ended, as the record has it; `unended` when it is to be gone on with."""
        last = self._progress.last.event
        return last if last in ENDED else "unended"

    def _begin(self) -> int:
        self._progress.write("begun", facts={"images": dict(self.images), **self.source(self.images)})
        return self._carry_out()

    def _carry_out(self) -> int:
        try:
            self._deploy()
        except Stopped as stopped:
            self._progress.write("broke", stopped.step, facts={"words": list(stopped.words), **stopped.facts})
            return self._go_back(stopped)
        finally:
            self.plan.unlink(missing_ok=True)  # it holds for this run alone
        self._progress.write("deployed", facts={"revisions": self._progress.candidates})
        self.say("deployed", "all traffic is on the new revisions")
        return 0

    def _go_on(self) -> None:
        last = self._progress.last
        step = last.step or "gate"
        facts = {"after": last.event, "images": dict(self.images)}
        self._progress.write("resumed", last.step, facts=facts)
        self.say("resumed", f"deploy {self._progress.deploy} had not ended in step {step}; it goes on")
        if self._progress.broke is None and self._progress.is_open("hold", "up"):
            self._put_right()

    def _changed(self) -> Sequence[str]:
        """In what this command would deploy something else than what the record began with."""
        began = self._progress.first.facts
        images = began.get("images") or {}
        now = self.source(images)
        changed = [name for key, name in _SOURCES.items() if _differ(began.get(key), now.get(key))]
        # Who gives no image goes on with those of the record.
        return ["the images", *changed] if self.images and dict(self.images) != images else changed

    def _supersede(self, changed: Sequence[str]) -> int:
        progress, step = self._progress, self._progress.last.step
        words = (
            f"{' and '.join(changed)} changed since deploy {progress.deploy} began: it ends by the way back"
        )
        self.say("superseded", words)
        failed = WayBack(self.traffic, progress, self.sleep).go(step)
        if failed:
            self._say_not_returned(failed)
        if not all(each.gone for each in failed):
            return 1
        facts = {"changed": list(changed), "revisions": progress.last_good}
        progress.write("superseded", step, facts=facts)
        self._progress = Progress(self.journal)
        return self._begin()

    def _put_right(self) -> None:
        """After a kill while the engine may have had the stack's lock."""
        try:
            self.stack.put_right(lambda words: self.say("up", words))
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing can go on before it is mended
            raise NotBegunError(words_of(error)) from None

    def _deploy(self) -> None:
        if not self._progress.is_done("up"):
            # What was judged before a kill may not be what is there now.
            for service, image in self.images.items():
                self._try("gate", partial(self.stack.set_image, service, image))
            self._ask("gate", self.checks.gate)
            self._do("hold", self._hold)
            self._do("preview", partial(self.stack.preview, self.plan))
            self._do("up", partial(self.stack.up, self.plan))
        if not self._progress.moves_traffic:  # else the candidates would lose the share that they have
            self._do("candidate", self._tag)
            self._ask("probe", lambda: self.checks.probe(candidate=True))
        self._move_in_steps()
        self._try(f"traffic {WHOLE}", self._canary.confirm)

    def _move_in_steps(self) -> None:
        passed = self._progress.share_passed
        if passed:
            # The record says what was asked for, not what is there now.
            self._do(f"traffic {passed}", partial(self._shift, passed))
        for percent in self.steps.percentages:
            if percent > passed:
                self._do(f"traffic {percent}", partial(self._shift, percent))
                self._pause(percent)
                self._ask(f"probe at {percent}", self._probe_both)

    def _hold(self) -> dict[str, Any]:
        if not self._progress.knows_last_good:
            # Written down before anything moves: after a kill in the middle of the update, what that update
            # made is no revision to go back to.
            serving = self._canary.serving(self.stack.services())
            self._progress.write("step", "hold", facts={LAST_GOOD: serving})
        self._canary.hold()
        self.stack.refresh_services()
        if not self._progress.last_good:
            self.say("hold", "a first deploy: there is no revision to go back to")
        return {LAST_GOOD: self._progress.last_good}

    def _tag(self) -> dict[str, Any]:
        return {"revisions": self._canary.tag(self.stack.services())}

    def _shift(self, percent: int) -> dict[str, Any]:
        self._canary.shift(percent)
        return {"percent": percent}

    def _probe_both(self) -> Outcome:
        """By both ways: by the public hosts the candidates answer only as often as their share says."""
        candidate = self.checks.probe(candidate=True)
        if not candidate.passed:
            return candidate
        public = self.checks.probe(candidate=False)
        facts = {**public.facts, "candidate": dict(candidate.facts)}
        return Outcome(public.passed, public.words, facts)

    def _pause(self, percent: int) -> None:
        if percent < self.steps.percentages[-1]:
            self.say(f"traffic {percent}", f"waiting {self.steps.pause_seconds:g} s")
            self.sleep(self.steps.pause_seconds)

    def _go_back(self, stopped: Stopped) -> int:
        progress = self._progress
        self.say(stopped.step, "\n".join(["failed", *stopped.words]))
        if stopped.step == "gate":
            progress.write("refused", stopped.step)
            return 1
        if not progress.last_good:
            progress.write("failed", stopped.step)
            self.say("failed", _NONE_BEFORE if progress.knows_last_good else _NOTHING_MOVED)
            return 1
        failed = WayBack(self.traffic, progress, self.sleep).go(stopped.step)
        if failed:
            self._say_not_returned(failed)
        if not all(each.gone for each in failed):
            return 1  # no end is written: the next run goes on with the way back
        if failed:
            progress.write(
                "failed", stopped.step, facts={"gone": {one.service: one.revision for one in failed}}
            )
        else:
            progress.write("returned", stopped.step, facts={"revisions": progress.last_good})
            self.say("returned", "all traffic is on the revisions that had it before")
        return 1

    def _say_not_returned(self, failed: Sequence[NotReturned]) -> None:
        again = f"fix: plumb deploy {self._progress.stack} goes on with the way back"
        more = [] if all(each.gone for each in failed) else [again]
        self.say("failed", "\n".join(["not all traffic could be given back:", *map(str, failed), *more]))

    @property
    def _canary(self) -> Canary:
        return Canary(self.traffic, self._progress)

    def _do(self, step: str, act: Callable[[], Mapping[str, Any]]) -> None:
        self._progress.write("step", step)
        self.say(step, "…")
        facts = self._try(step, act)
        self._progress.write("step", step, done=True, facts=facts)

    def _ask(self, step: str, ask: Callable[[], Outcome]) -> None:
        self._progress.write("step", step)
        self.say(step, "…")
        outcome = self._try(step, ask)
        self._progress.write("step", step, done=True, facts={"passed": outcome.passed, **outcome.facts})
        if not outcome.passed:
            raise Stopped(step, outcome.words)

    def _try(self, step: str, act: Callable[[], Result]) -> Result:
        try:
            return act()
        except (JournalError, Stopped):
            raise
        except LockedError as error:
            raise NotBegunError(words_of(error)) from None
        except StackError as error:
            raise Stopped(step, [words_of(error), *error.words], error.facts) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, the traffic must not stay in between
            raise Stopped(step, [words_of(error)]) from None


def _differ(began: str | None, now: str | None) -> bool:
    """Whether both are known and not the same: an older record knows less."""
    return bool(began and now) and began != now
