"""Rules about contracts themselves: that there is one for each service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan import Resource, Unknown
from policies.plan.workloads import SERVICES, cloud_name, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule(
    id="contract-present",
    title="Every Cloud Run service of a covered project has a contract",
    severity=Severity.HIGH,
    why="without a contract nobody has said what the service cannot run without: nothing is held against it",
    fix="write a contract for the service, or map the project to an environment in environments.yaml",
    types=SERVICES,
    refutes_early=True,
)
def contract_present(resource: Resource, world: World) -> Iterator[Claim]:
    """A service whose project belongs to an environment must match a contract by its name."""
    name, project = cloud_name(resource), world.plan.project_of(resource)
    shown = shown_name(resource)
    if isinstance(project, str):
        environment = world.contracts.environment_of(project)
        if environment is None:
            return
        if isinstance(name, str):
            if world.contracts.requirements(project, name) is None:
                yield Claim(
                    Verdict.REFUTED,
                    "CONTRACT_MISSING",
                    f"{shown} runs in {project} ({environment}), and no contract names it",
                    f"add a contract whose `service` pattern matches {shown}; the patterns there are: "
                    f"{', '.join(world.contracts.patterns) or 'none'}",
                    path=[shown],
                )
            return
    if world.contracts.covers_anything and (
        isinstance(name, Unknown) or isinstance(project, Unknown) or world.contracts.names(name)
    ):
        unknown = "name" if isinstance(name, Unknown) else "project"
        yield Claim(
            Verdict.UNPROVEN,
            "CONTRACT_UNKNOWN",
            f"cannot tell which contract {shown} must keep: its {unknown} is not known before the update",
            f"write the service's {unknown} out"
            + (", or set gcp:project in the stack's configuration" if unknown == "project" else ""),
            path=[shown],
        )
