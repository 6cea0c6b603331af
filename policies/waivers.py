"""Waivers at work: which finding one lets pass, and which waiver must not be there.

Owns the match between findings and waivers, and the rule `waiver`, which is judged once for a whole plan. The
clock is handed in. How waivers are written is the contracts'.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from contracts.waivers import BREAK_GLASS, LONGEST, RULE, Waiver
from policies.plan import Source
from policies.report import Waived
from policies.rules.finding import RULE_FAILED, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from contracts import Contracts
    from policies.plan import Plan, Resource
    from policies.rules.registry import Rule

# The rule that stands in the way of every teardown.
PROTECTION: Final = "sql-deletion"
_STACK: Final = "pulumi:pulumi:Stack"
# Cause, what is wrong, what to do.
_Fault: TypeAlias = tuple[str, str, str]


class Waivers:
    """The waivers of some contracts at one moment."""

    def __init__(
        self, contracts: Contracts, now: datetime, rules: Iterable[Rule], *, torn_down: bool = False
    ) -> None:
        """Takes the moment at which they are judged, and every rule there is, run or not.

        Args:
            contracts: Whose waivers they are.
            now: The moment.
            rules: The rules.
            torn_down: Whether this is a sandbox that is made ready to be deleted: then, and only then, what
                is not protected from deletion is let pass without anybody having written a waiver.
        """
        self._contracts = contracts
        self._now = now.replace(tzinfo=UTC) if now.tzinfo is None else now
        self._rules = {rule.id: rule for rule in rules}
        self._rule = self._rules[RULE]
        self._holding: Mapping[tuple[str, str, str], Waiver] = {
            (waiver.environment, waiver.rule, waiver.resource): waiver
            for waiver in contracts.waivers
            if self._fault(waiver) is None
        }
        self._tears_down = _teardown(self._now) if torn_down else None

    def waiver_of(self, finding: Finding, plan: Plan) -> Waiver | None:
        """The waiver that lets a finding pass, if there is one that holds."""
        if self._tears_down is not None and finding.rule == self._tears_down.rule:
            return self._tears_down if finding.cause != RULE_FAILED else None
        if not self._holding:
            return None
        environment = self._environment(plan, plan.get(finding.urn))
        if environment is None:
            return None
        for name in (finding.urn, finding.name):
            waiver = self._holding.get((environment, finding.rule, name))
            # What was waived is a fault of the resource, not that its rule broke down.
            if waiver is not None and (finding.cause != RULE_FAILED or waiver.break_glass):
                return waiver
        return None

    def sort(self, findings: Iterable[Finding], plan: Plan) -> tuple[list[Finding], list[Waived]]:
        """The findings that refuse, and those that are let pass."""
        refused: list[Finding] = []
        passed: list[Waived] = []
        for finding in findings:
            waiver = self.waiver_of(finding, plan)
            if waiver is None:
                refused.append(finding)
            else:
                passed.append(Waived(finding, waiver))
        return refused, passed

    def wrong(self, plan: Plan, used: Sequence[Waived], judged: AbstractSet[str]) -> Iterator[Finding]:
        """What is wrong with the waivers of a plan's environments, once the plan is whole.

        Args:
            plan: The whole plan.
            used: What was let pass.
            judged: The ids of the rules that were run: of others nobody knows whether a waiver is used.
        """
        if not self._contracts.waivers:
            return
        environments = self.environments(plan)
        in_use = {waived.waiver for waived in used}
        by_name = {name: resource for resource in plan for name in (resource.name, resource.urn)}
        for waiver in self._contracts.waivers:
            if waiver.environment not in environments or _of_another_stack(waiver, plan):
                continue
            resource = by_name.get(waiver.resource)
            fault = self._fault(waiver)
            if fault is None and waiver not in in_use and waiver.rule in judged:
                fault = _unused(waiver, resource)
            if fault is not None:
                yield _finding(self._rule, waiver, fault, resource or _stack(plan))

    def environments(self, plan: Plan) -> AbstractSet[str]:
        """The environments that a plan deploys to, as the contracts name them."""
        projects = {plan.project_of(resource) for resource in plan} | {plan.project}
        found = {self._contracts.environment_of(one) for one in projects if isinstance(one, str)}
        return {environment for environment in found if environment is not None}

    def _fault(self, waiver: Waiver) -> _Fault | None:
        """Why a waiver lets nothing pass: cause, what, fix."""
        if not waiver.owner:
            return "WAIVER_OWNERLESS", "has no owner", "name who answers for it: owner: team-or-person"
        if waiver.rule not in self._rules:
            return (
                "WAIVER_OF_NO_RULE",
                f"is of no rule there is: {waiver.rule}",
                "write the rule's id as the finding shows it",
            )
        if waiver.since is not None and waiver.since > self._now:
            return "WAIVER_NOT_YET", f"begins only at {_moment(waiver.since)}", "mend breakGlass.at"
        if waiver.until <= self._now:
            ended = _moment(waiver.until) if waiver.break_glass else f"{waiver.expires}"
            return (
                "WAIVER_EXPIRED",
                f"ended: {ended}",
                "mend what it lets pass and delete it, or have its owner decide anew",
            )
        longest = self._now + LONGEST
        if waiver.expires > longest.date():
            return (
                "WAIVER_TOO_LONG",
                f"expires {waiver.expires}, more than {LONGEST.days} days from now",
                f"at the latest: expires: {longest.date()}",
            )
        return None

    def _environment(self, plan: Plan, resource: Resource | None) -> str | None:
        project = plan.project if resource is None else plan.project_of(resource)
        # What has no project of its own (a component, a DNS record) is its stack's.
        own = self._contracts.environment_of(project) if isinstance(project, str) else None
        return (
            own if own is not None or plan.project is None else self._contracts.environment_of(plan.project)
        )


def _teardown(now: datetime) -> Waiver:
    return Waiver(
        rule=PROTECTION,
        resource="every resource",
        environment="sandbox",
        reason="the sandbox is made ready to be deleted",
        owner="who runs it",
        until=now + BREAK_GLASS,
        file="bin/sandbox --unprotected",
    )


def _unused(waiver: Waiver, resource: Resource | None) -> _Fault:
    if resource is None:
        return (
            "WAIVER_UNUSED",
            "lets nothing pass: no resource of this stack is called that",
            "delete it; or, where another stack of the environment has it, write its whole URN",
        )
    return "WAIVER_UNUSED", f"lets nothing pass: {waiver.rule} has nothing to say of it", "delete it"


def _of_another_stack(waiver: Waiver, plan: Plan) -> bool:
    """Whether it names, by URN, a resource of another stack: that one's run judges it."""
    if not waiver.resource.startswith("urn:pulumi:"):
        return False
    own = next(iter(plan), None)
    return own is not None and waiver.resource.split("::")[:2] != own.urn.split("::")[:2]


def _stack(plan: Plan) -> Resource | None:
    return next(iter(plan.of_type((_STACK,))), next(iter(plan), None))


def _finding(rule: Rule, waiver: Waiver, fault: _Fault, at: Resource | None) -> Finding:
    cause, what, fix = fault
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        verdict=Verdict.REFUTED,
        cause=cause,
        urn=at.urn if at else "",
        type=at.type if at else "",
        name=at.name if at else waiver.resource,
        message=f"{waiver.file}:{waiver.line}: the waiver of {waiver.rule} for {waiver.resource} {what}",
        why=rule.why,
        fix=fix,
        path=(waiver.rule, waiver.resource),
        source=Source(waiver.file, waiver.line),
    )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
