"""Runs the rules: early on each resource as it comes, and on everything once the plan is whole.

Owns the verdicts' discipline. Early, only what is refuted is a finding; once the world is closed, what is
unproven is one too. A rule that fails proves nothing: that is a finding as well, never a pass.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from policies.rules.finding import Claim, Finding, Verdict
from policies.rules.registry import Rule, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from contracts import Contracts
    from policies.plan import Plan, Resource

RULE_FAILED: Final = "RULE_FAILED"


class Judge:
    """Holds plans against rules and contracts."""

    def __init__(self, rules: Iterable[Rule], contracts: Contracts) -> None:
        """Takes the rules that are to be run."""
        self._rules: Sequence[Rule] = tuple(rules)
        self._contracts = contracts
        self._early: dict[str, list[Rule]] = defaultdict(list)
        for rule in self._rules:
            for type_ in rule.types if rule.refutes_early else ():
                self._early[type_].append(rule)

    def early(self, plan: Plan, resource: Resource) -> list[Finding]:
        """What is certain of one resource, with the plan as it is so far.

        The cost does not grow with the plan: only the rules for the resource's type run, on that resource.
        """
        world = World(plan, self._contracts, closed=False)
        return [
            finding
            for rule in self._early.get(resource.type, ())
            for finding in _judged(rule, resource, world)
            if finding.verdict is Verdict.REFUTED or finding.cause == RULE_FAILED
        ]

    def closed(self, plan: Plan) -> list[Finding]:
        """Everything that is refuted or unproven in a whole plan."""
        world = World(plan, self._contracts, closed=True)
        return [
            finding
            for rule in self._rules
            for resource in plan.of_type(rule.types)
            for finding in _judged(rule, resource, world)
        ]


def where(error: Exception) -> str:
    """What kind of error it was and where it was raised, without its words: they may quote a value."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"


def _judged(rule: Rule, resource: Resource, world: World) -> Iterator[Finding]:
    try:
        claims = list(rule.judge(resource, world))
    except Exception as error:  # noqa: BLE001 - whatever a rule does wrong must refuse, not pass
        claims = [_failed(rule, resource, error)]
    for claim in claims:
        at_fault = claim.resource or resource
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
        )


def _failed(rule: Rule, resource: Resource, error: Exception) -> Claim:
    return Claim(
        Verdict.UNPROVEN,
        RULE_FAILED,
        f"rule {rule.id} could not judge {resource.name}: {where(error)}",
        "report this as a fault of the policy pack, with the resource's type and this line",
    )
