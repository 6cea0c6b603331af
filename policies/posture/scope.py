"""Where data must last, and which caches hold what may not be lost.

Owns what a project's environment means for durability. A project that no contract maps to an environment is
taken for production, unless its id says that it is for development: a team without contracts keeps its data
too. What contracts say of an environment's caches is `holdsSessions` of their `destinations.cache`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.plan.values import Unknown
from policies.plan.workloads import SERVICES
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.rules.registry import World

DEVELOPMENT: Final = frozenset({"dev", "development", "sandbox", "test", "testing"})


def must_last(resource: Resource, world: World) -> Verdict:
    """Whether what the resource holds must outlive a zone, a mistake and a restart."""
    project = world.plan.project_of(resource)
    if isinstance(project, Unknown):
        return Verdict.UNPROVEN
    environment = world.environment_of(resource)
    words = [environment] if environment is not None else re.split(r"[-_]", project or "")
    return Verdict.REFUTED if DEVELOPMENT & set(words) else Verdict.PROVEN


def holds_sessions(cache: Resource, world: World) -> Verdict:
    """Whether a cache holds what users would miss: yes, unless every contract that speaks of it says no."""
    covered = world.environment_of(cache) is not None
    said = world.contracts.sessions_in_caches if covered else frozenset()
    if said == {False}:
        return Verdict.REFUTED
    if said != {True, False}:
        return Verdict.PROVEN
    if not world.closed:
        return Verdict.UNPROVEN
    of_its_services = {
        required
        for service in world.plan.index(SERVICES, _built_from).get(cache.urn)
        for required in _of_service(service, world)
    }
    if not of_its_services:
        return Verdict.UNPROVEN
    return Verdict.PROVEN if True in of_its_services else Verdict.REFUTED


def _built_from(plan: Plan, service: Resource) -> Iterator[Key]:
    # Asked once the world is closed: before, nobody tells dependencies.
    del plan
    yield from service.property_dependencies.get("template", ())


def _of_service(service: Resource, world: World) -> Iterator[bool]:
    required = world.requirements_of(service)
    if required is not None and required.destinations.cache is not None:
        yield required.destinations.cache.holds_sessions
