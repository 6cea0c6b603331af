"""The rule that staging is like production: in a program that declares both, or in stacks judged together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies import controls, parity
from policies.plan.values import text
from policies.rules.finding import Claim, Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key


@rule(
    id=parity.PARITY,
    title="Staging is like production, only smaller",
    severity=Severity.MEDIUM,
    why="what differs between the two is tested nowhere: production meets its load in a shape that staging "
    "never had",
    fix="give staging production's versions, edition, availability, egress and flags; a quarter of memory "
    "and a fifth of the instances will do",
    types=tuple(parity.TYPES),
    refutes_early=False,
    controls=(controls.SOC2_CHANGE,),
)
def like_production(resource: Resource, world: World) -> Iterator[Claim]:
    """Each database, cache and service of one environment has a counterpart in the other, and is like it.

    Judged where one program declares both, and where stacks are judged together (`plumb check staging
    production`); a project is an environment as the contracts say, else by a word of its id. Counterparts
    have one name but for the environment's word, or are the only ones of their kind.
    """
    if not world.closed or not parity.is_compared(resource):
        return
    for one in (*_within(resource, world), *_beside(resource, world)):
        yield Claim(one.verdict, one.cause, one.message, one.fix, (one.resource.name, one.knob))


def _beside(resource: Resource, world: World) -> Iterator[parity.Difference]:
    if world.beside is not None:
        for other in world.beside.others.values():
            yield from parity.against(resource, world.plan, world.beside.environment, other)


def _within(resource: Resource, world: World) -> Iterator[parity.Difference]:
    own = _environment(world.plan.project_of(resource), world)
    other = {"staging": "production", "production": "staging"}.get(own or "")
    if other is None:
        return
    projects = _projects(resource, other, world)
    counterpart = _counterpart(resource, projects, world.plan)
    if counterpart is None:
        if any(_declared(world.plan, project, resource) for project in projects):
            yield parity.alone(resource, other)
    elif own == "staging":
        yield from parity.differences(resource, counterpart)


def _environment(project: object, world: World) -> str | None:
    if not isinstance(project, str):
        return None
    return parity.environment_of(world.contracts.environment_of(project) or project)


def _projects(resource: Resource, other: str, world: World) -> Sequence[str]:
    """The projects that may be the other environment's: as the contracts say, else by their ids."""
    own = world.plan.project_of(resource)
    if not isinstance(own, str):
        return ()
    if world.contracts.environment_of(own) is not None:
        return [one for one in world.contracts.projects if _environment(one, world) == other]
    names = (parity.STAGING, parity.PRODUCTION)
    ours, theirs = reversed(names) if other == "staging" else names
    parts = re.split(r"([-_])", own)
    return ["".join(word if part in ours else part for part in parts) for word in sorted(theirs)]


def _counterpart(resource: Resource, projects: Sequence[str], plan: Plan) -> Resource | None:
    index, kind = plan.index(tuple(parity.TYPES), _keys), parity.TYPES[resource.type]
    for project in projects:
        same = index.get(f"{project} {kind} {parity.role(resource)}")
        if same:
            return same[0]
    if kind == "service":
        return None
    own = index.get(f"{text(plan.project_of(resource))} {kind}")
    theirs = [one for project in projects for one in index.get(f"{project} {kind}")]
    return theirs[0] if len(own) == len(theirs) == 1 else None


def _declared(plan: Plan, project: str, like: Resource) -> bool:
    """Whether this plan declares anything of a kind in a project."""
    return f"{project} {parity.TYPES[like.type]}" in plan.index(tuple(parity.TYPES), _keys)


def _keys(plan: Plan, resource: Resource) -> Iterator[Key]:
    project = plan.project_of(resource)
    if isinstance(project, str) and parity.is_compared(resource):
        kind = parity.TYPES[resource.type]
        yield f"{project} {kind}"
        yield f"{project} {kind} {parity.role(resource)}"
