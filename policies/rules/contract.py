"""Rules about contracts themselves: that there is one for each service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan import Resource, Unknown
from policies.plan.references import is_id
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
    """A service whose project belongs to an environment must match a contract by its name.

    A project by a number that no environment names may be any: where a contract has the service's name, it is
    unproven that the contract does not apply.
    """
    name, project = cloud_name(resource), world.plan.project_of(resource)
    shown = shown_name(resource)
    environment = world.contracts.environment_of(project) if isinstance(project, str) else None
    numbered = isinstance(project, str) and environment is None and not is_id(project)
    if isinstance(project, str) and environment is None and not numbered:
        return
    if isinstance(project, str) and environment is not None and isinstance(name, str):
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
        why, fix = f"its {unknown} is not known before the update", f"write the service's {unknown} out"
        if unknown == "project":
            fix += ", or set gcp:project in the stack's configuration"
        if numbered and unknown == "project":
            why = "its project is given by a number, which no environment names"
            fix = "write the project's id, or add the number to `numbers` of its environment"
        yield Claim(
            Verdict.UNPROVEN,
            "CONTRACT_UNKNOWN",
            f"cannot tell which contract {shown} must keep: {why}",
            fix,
            path=[shown],
        )
