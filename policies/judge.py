"""Runs the rules: early on each resource as it comes, and on everything once the plan is whole.

Owns the verdicts' discipline. Early, only what is refuted is a finding; once the world is closed, what is
unproven is one too. A rule that fails proves nothing: that is a finding as well, never a pass. What a waiver
lets pass refuses nothing, and is kept to be shown; so is what only advises, and what a rule cannot say
because the source of the plan masks the value. Before rules run, whoever can be asked is asked for what the
plan does not hold.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from policies.lookups import NOTHING_KNOWN, Answers
from policies.parity import PARITY
from policies.plan.values import READS
from policies.report import NotJudged
from policies.rules import Claim, Finding, Rule, Verdict, World, registered
from policies.rules.finding import RULE_FAILED, Level
from policies.secrets.wanted import versions_to_ask_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from contracts import Contracts
    from policies.parity import Beside
    from policies.plan import Plan, Resource
    from policies.report import Waived


class Judge:
    """Holds plans against rules and contracts."""

    def __init__(
        self,
        rules: Iterable[Rule],
        contracts: Contracts,
        *,
        lookups: Answers = NOTHING_KNOWN,
        now: datetime | None = None,
        torn_down: bool = False,
    ) -> None:
        """Takes the rules that are to be run.

        Args:
            rules: The rules.
            contracts: What services cannot run without, and what is waived.
            lookups: Who can be asked for what no plan holds; nobody, where it is left out.
            now: The moment at which waivers are judged; this one, where it is left out.
            torn_down: Whether this is a sandbox that is made ready to be deleted (see `Waivers`).
        """
        # Imported here: it reads contracts, which takes longer than all else, and an engine need not wait.
        from policies.waivers import Waivers  # noqa: PLC0415

        self._rules: Sequence[Rule] = tuple(rules)
        self._contracts = contracts
        self._lookups = lookups
        moment = now or datetime.now(UTC)
        self._waivers = Waivers(contracts, moment, registered(), torn_down=torn_down)
        self._plan: Plan | None = None
        self._waived: dict[tuple[str, ...], Waived] = {}
        self._advised: dict[tuple[str, ...], Finding] = {}
        self._not_judged: dict[tuple[str, str], NotJudged] = {}
        self._early: dict[str, list[Rule]] = defaultdict(list)
        for rule in self._rules:
            for type_ in rule.types if rule.refutes_early else ():
                self._early[type_].append(rule)

    @property
    def waived(self) -> Sequence[Waived]:
        """What waivers have let pass of the plan that was judged last: each finding once."""
        return tuple(self._waived.values())

    @property
    def advised(self) -> Sequence[Finding]:
        """What the plan that was judged last is advised to mend, and is not refused for."""
        return tuple(self._advised.values())

    @property
    def not_judged(self) -> Sequence[NotJudged]:
        """What rules could not say of the plan that was judged last, for want of a value that is masked."""
        return tuple(self._not_judged.values())

    def early(self, plan: Plan, resource: Resource) -> list[Finding]:
        """What is certain of one resource, with the plan as it is so far.

        The cost does not grow with the plan: only the rules for the resource's type run, on that resource.
        """
        rules = self._early.get(resource.type, ())
        world = self._world(plan, [resource] if rules else [], closed=False)
        return self._refused(
            plan,
            (
                finding
                for rule in rules
                for finding in self._judged(rule, resource, world)
                if finding.verdict is Verdict.REFUTED or finding.cause == RULE_FAILED
            ),
        )

    def closed(self, plan: Plan, beside: Beside | None = None) -> list[Finding]:
        """Everything that is refuted or unproven in a whole plan. Two resources may tell of one fault.

        Args:
            plan: The plan.
            beside: The stacks of the other environment, where they are judged together with this one.
        """
        world = replace(self._world(plan, plan, closed=True), beside=beside)
        refused = self._refused(
            plan,
            (
                finding
                for rule in self._rules
                for resource in plan.of_type(rule.types)
                for finding in self._judged(rule, resource, world)
            ),
        )
        judged = {rule.id for rule in self._rules}
        if beside is None and len(self._waivers.environments(plan)) == 1:
            # Whether a stack's unlikeness to another is still to be waived shows only where both are judged.
            judged -= {PARITY}
        return [*refused, *self._waivers.wrong(plan, self.waived, judged)]

    def _judged(self, rule: Rule, resource: Resource, world: World) -> Iterator[Finding]:
        try:
            claims = list(_claims(rule, resource, world))
        except Exception as error:  # noqa: BLE001 - whatever a rule does wrong must refuse, not pass
            claims = [(_failed(rule, resource, error), False)]
        for claim, masked in claims:
            at_fault = claim.resource or resource
            if masked:
                untold = NotJudged(rule.id, claim.message, at_fault.urn)
                self._not_judged.setdefault((rule.id, at_fault.urn), untold)
                continue
            yield Finding(
                rule=rule.id,
                severity=rule.severity,
                verdict=claim.verdict,
                cause=claim.cause,
                urn=at_fault.urn,
                type=at_fault.type,
                name=at_fault.name,
                message=claim.message,
                why=claim.why or rule.why,
                fix=claim.fix,
                path=tuple(claim.path),
                source=at_fault.source,
                level=claim.level,
            )

    def _world(self, plan: Plan, resources: Iterable[Resource], *, closed: bool) -> World:
        if self._plan is not plan:
            self._plan = plan
            self._waived = {}
            self._advised = {}
            self._not_judged = {}
        if self._lookups.can_ask:
            self._lookups.ask(
                name for resource in resources for name in versions_to_ask_for(plan, resource, closed=closed)
            )
        return World(plan, self._contracts, closed=closed, lookups=self._lookups)

    def _refused(self, plan: Plan, findings: Iterable[Finding]) -> list[Finding]:
        refused, passed = self._waivers.sort(findings, plan)
        self._waived.update((one.key, one) for one in passed)
        told = {finding.key: finding for finding in refused}
        self._advised.update((key, one) for key, one in told.items() if one.level is Level.ADVISORY)
        return [one for one in told.values() if one.level is Level.MANDATORY]


def where(error: Exception) -> str:
    """What kind of error it was and where it was raised, without its words: they may quote a value."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"


def _claims(rule: Rule, resource: Resource, world: World) -> Iterator[tuple[Claim, bool]]:
    """What a rule says, each with whether it could say no more because a mask was in the way."""
    READS.masked = False
    for claim in rule.judge(resource, world):
        yield claim, READS.masked and claim.verdict is Verdict.UNPROVEN
        READS.masked = False


def _failed(rule: Rule, resource: Resource, error: Exception) -> Claim:
    return Claim(
        Verdict.UNPROVEN,
        RULE_FAILED,
        f"rule {rule.id} could not judge {resource.name}: {where(error)}",
        "report this as a fault of the policy pack, with the resource's type and this line",
    )
