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

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from plumb import pulumi
from plumb.deploy.journal import done_steps
from plumb.deploy.stack import StackError
from plumb.deploy.traffic import Standing, Traffic, TrafficError, held, same, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from plumb.deploy.journal import Entry, Journal
    from plumb.deploy.stack import Stack

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gate or the probes said.

    Attributes:
        passed: Whether the deploy may go on.
        words: One line for each thing that stands against it.
        facts: What is kept of it in the record.
    """

    passed: bool
    words: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Checks(Protocol):
    """What is asked before and after."""

    def gate(self) -> Outcome:
        """Judge the stack by the rules, offline."""

    def probe(self, *, candidate: bool) -> Outcome:
        """Ask the deployed services; through the candidate hosts where `candidate`."""


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

    def __init__(self, step: str, words: Sequence[str]) -> None:
        """Which step, and what it said."""
        super().__init__("; ".join(words))
        self.step, self.words = step, tuple(words)


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
    say: Callable[[str, str], None]
    sleep: Callable[[float], None]
    _id: str = ""
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self) -> int:
        """Deploy, or go on with a deploy that was killed; the exit code.

        Raises:
            JournalError: the record cannot be used.
        """
        before = self.journal.unended()
        self._id = before[0].deploy if before else secrets.token_hex(4)
        if before:
            self._go_on_from(before)
        else:
            self.journal.write(self._id, "begun", facts={"images": dict(self.images)})
        broke = next((entry for entry in before if entry.event == "broke"), None)
        if broke is not None:
            return self._go_back(Stopped(broke.step, broke.facts.get("words") or ["it was killed"]))
        try:
            self._deploy()
        except Stopped as stopped:
            self.journal.write(self._id, "broke", stopped.step, facts={"words": list(stopped.words)})
            return self._go_back(stopped)
        self.journal.write(self._id, "deployed", facts={"revisions": self._candidates()})
        self.say("deployed", "all traffic is on the new revisions")
        return 0

    def _go_on_from(self, before: Sequence[Entry]) -> None:
        self._known = done_steps(before)
        self.images = self.images or before[0].facts.get("images") or {}
        last = before[-1]
        self.journal.write(self._id, "resumed", last.step, facts={"after": last.event})
        self.say("resumed", f"deploy {self._id} was killed in step {last.step or 'gate'}; it goes on")
        if "up" not in self._known:
            self._try("up", lambda: self.stack.put_right(lambda words: self.say("up", words)))

    def _deploy(self) -> None:
        if "up" not in self._known:
            # What was judged before the kill may not be what is there now.
            for step in ("gate", "preview"):
                self._known.pop(step, None)
            for service, image in self.images.items():
                self._try("gate", partial(self.stack.set_image, service, image))
            self._ask("gate", self.checks.gate)
            self._do("hold", self._hold)
            self._do("preview", self._preview)
            self._do("up", self._up)
        self._do("candidate", self._tag)
        self._ask("probe", lambda: self.checks.probe(candidate=True))
        for percent in self.steps.percentages:
            probed = f"probe at {percent}"
            if not self._known.get(probed, {}).get("passed"):
                self._do(f"traffic {percent}", partial(self._shift, percent))
                self._pause(percent)
                self._ask(probed, lambda: self.checks.probe(candidate=False))

    def _hold(self) -> dict[str, Any]:
        # After a kill in the middle of the update, what that update made is no revision to go back to.
        known: dict[str, str] | None = self._known.get("hold", {}).get("lastGood")
        last_good = {} if known is None else known
        for service in self.stack.services():
            standing = self.traffic.standing(service)
            if standing is None or not standing.serving or (known is not None and service not in known):
                continue
            last_good.setdefault(service, standing.serving)
            self._move(standing, held(standing))
        self.stack.refresh_services()
        if not last_good:
            self.say("hold", "a first deploy: there is no revision to go back to")
        return {"lastGood": last_good}

    def _preview(self) -> dict[str, Any]:
        self.stack.preview(self.plan)
        return {}

    def _up(self) -> dict[str, Any]:
        self.stack.up(self.plan)
        self.plan.unlink(missing_ok=True)
        return {}

    def _tag(self) -> dict[str, Any]:
        revisions = {}
        for service in self.stack.services():
            standing = self.traffic.standing(service)
            if standing is None:
                continue
            if standing.ready != standing.newest or not standing.ready:
                raise Stopped("candidate", [f"{standing.name}: revision {standing.newest} is not ready"])
            revisions[service] = standing.ready
            self._move(standing, shared(standing.ready, self._last_good(service), 0))
        return {"revisions": revisions}

    def _shift(self, percent: int) -> dict[str, Any]:
        for service, revision in self._candidates().items():
            standing = self.traffic.standing(service)
            if standing is None:
                raise Stopped(f"traffic {percent}", [f"{service} is gone"])
            self._move(standing, shared(revision, self._last_good(service), percent))
        return {"percent": percent}

    def _pause(self, percent: int) -> None:
        if percent < self.steps.percentages[-1]:
            self.say(f"traffic {percent}", f"waiting {self.steps.pause_seconds:g} s")
            self.sleep(self.steps.pause_seconds)

    def _go_back(self, stopped: Stopped) -> int:
        last_good: dict[str, str] = self._known.get("hold", {}).get("lastGood") or {}
        self.say(stopped.step, "\n".join(["failed", *stopped.words]))
        if stopped.step == "gate":
            self.journal.write(self._id, "refused", stopped.step)
            return 1
        if not last_good:
            self.journal.write(self._id, "failed", stopped.step)
            self.say("failed", "there is no earlier revision to go back to: the services stay as they are")
            return 1
        try:
            for service, revision in last_good.items():
                standing = self.traffic.standing(service)
                if standing is not None:
                    new = self._candidates().get(service, "")
                    back = shared(new, revision, 0) if new else held(standing)
                    self._move(standing, back)
        except TrafficError as error:
            # No end is written: the next run goes on with the way back.
            self.say("failed", f"the traffic could not be given back: {error}")
            return 1
        self.journal.write(self._id, "returned", stopped.step, facts={"revisions": last_good})
        self.say("returned", "all traffic is on the revisions that had it before")
        return 1

    def _move(self, standing: Standing, targets: Sequence[Any]) -> None:
        if not same(standing.targets, targets):
            self.traffic.move(standing.service, targets)

    def _candidates(self) -> dict[str, str]:
        revisions: dict[str, str] = self._known.get("candidate", {}).get("revisions") or {}
        return revisions

    def _last_good(self, service: str) -> str:
        return str((self._known.get("hold", {}).get("lastGood") or {}).get(service, ""))

    def _do(self, step: str, act: Callable[[], dict[str, Any]]) -> None:
        self.journal.write(self._id, "step", step)
        self.say(step, "…")
        facts = self._try(step, act)
        self._known[step] = facts
        self.journal.write(self._id, "step", step, done=True, facts=facts)

    def _ask(self, step: str, ask: Callable[[], Outcome]) -> None:
        self.journal.write(self._id, "step", step)
        self.say(step, "…")
        outcome = self._try(step, ask)
        self.journal.write(
            self._id, "step", step, done=True, facts={"passed": outcome.passed, **outcome.facts}
        )
        if not outcome.passed:
            raise Stopped(step, outcome.words)

    def _try(self, step: str, act: Callable[[], Result]) -> Result:
        try:
            return act()
        except (StackError, TrafficError, pulumi.PulumiError) as error:
            raise Stopped(step, [str(error)]) from None
