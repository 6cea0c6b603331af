"""What a rule is, and the list of all.

Owns the decorator. A rule is one function: it is handed one resource and the world around it, and says what
is wrong with that resource. To add a rule is to write the function in a module of this package, which
`rules/__init__.py` finds by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from policies.lookups import NOTHING_KNOWN
from policies.plan.workloads import cloud_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from contracts import Contracts, Requirements
    from policies.controls import Control
    from policies.lookups import Lookups
    from policies.parity import Beside
    from policies.plan import Plan, Resource
    from policies.rules.finding import Claim, Severity

_ID: Final = re.compile(r"[a-z]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class World:
    """What a rule may know beside the resource it judges.

    Attributes:
        plan: Every resource seen so far.
        contracts: What the services cannot run without.
        closed: Whether the plan is whole. While it is not, what is missing from it may still come.
        lookups: What is known of things that are not in the plan.
        beside: The stacks that are judged together with this one and are of the other environment.
        memo: What rules have worked out while the plan is as it is, for one another.
    """

    plan: Plan
    contracts: Contracts
    closed: bool
    lookups: Lookups = NOTHING_KNOWN
    beside: Beside | None = None
    memo: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def environment_of(self, resource: Resource) -> str | None:
        """The environment a resource lives in; None where its project is unknown or no environment's."""
        project = self.plan.project_of(resource)
        return self.contracts.environment_of(project) if isinstance(project, str) else None

    def compliance_of(self, resource: Resource) -> frozenset[str] | None:
        """The frameworks a resource's environment must keep; None while nobody knows its project."""
        project = self.plan.project_of(resource)
        if isinstance(project, str):
            return self.contracts.compliance_of(project)
        return frozenset() if project is None or not self.contracts.compliance else None

    def requirements_of(self, workload: Resource) -> Requirements | None:
        """What the contract of a workload says; None without one, or while its name or project is unknown."""
        name, project = cloud_name(workload), self.plan.project_of(workload)
        if not isinstance(name, str) or not isinstance(project, str):
            return None  # contract-present says so
        return self.contracts.requirements(project, name)


Judgement: TypeAlias = "Callable[[Resource, World], Iterator[Claim]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: Stable; the name of the policy in the engine's output.
        title: What must hold, in one sentence.
        severity: The harm its findings foretell.
        why: Why the rule exists.
        fix: How its findings are mended, in general.
        types: The types of resource it judges; none for one that is judged once for a whole plan.
        refutes_early: Whether a refutation can be certain before the plan is whole. Only such a rule stops a
            resource before it is created.
        controls: The clauses it serves; none rather than a guessed one.
        judge: The function.
        judges_values: Whether it looks at values that may be secret. Where a source closes them (a preview as
            JSON, an exported state, an encrypted configuration) it has not judged, which is no fault.
        binds: Where it refuses, when that is not everywhere; elsewhere it advises.
    """

    id: str
    title: str
    severity: Severity
    why: str
    fix: str
    types: tuple[str, ...]
    refutes_early: bool
    controls: tuple[Control, ...]
    judge: Judgement
    judges_values: bool = False
    binds: str = ""


_rules: Final[dict[str, Rule]] = {}


def rule(  # noqa: PLR0913 - a rule says all this of itself, by name, in one place
    *,
    id: str,  # noqa: A002 - the word users know it by
    title: str,
    severity: Severity,
    why: str,
    fix: str,
    types: tuple[str, ...],
    refutes_early: bool,
    controls: tuple[Control, ...] = (),
    judges_values: bool = False,
    binds: str = "",
) -> Callable[[Judgement], Judgement]:
    """Registers a function as a rule. See `Rule` for the arguments.

    Raises:
        ValueError: The id is taken, or is not lower-case words joined by hyphens.
    """
    if not _ID.fullmatch(id) or id in _rules:
        raise ValueError(f"rule id {id!r}: wants lower-case words joined by hyphens, each id once")

    def register(judge: Judgement) -> Judgement:
        _rules[id] = Rule(
            id, title, severity, why, fix, types, refutes_early, controls, judge, judges_values, binds
        )
        return judge

    return register


def registered() -> tuple[Rule, ...]:
    """Every rule whose module has been imported, in the order of their ids."""
    return tuple(_rules[id_] for id_ in sorted(_rules))
