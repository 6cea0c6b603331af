"""How a version of a secret stands: made by the plan, found by a look-up, declared outside, or unproven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.lookups import SecretState
from policies.plan.references import Context, canonical
from policies.plan.values import UNKNOWN, Unknown, Value, text
from policies.secrets.uses import SECRET, SecretId
from policies.secrets.versions import made_version, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts import External
    from policies.plan import Resource
    from policies.rules.registry import World


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a version.

    Attributes:
        state: Its state; None where nothing proves it, `UNKNOWN` where the plan makes it and does not
            say yet.
        made: Whether the plan makes it; `UNKNOWN` where it may.
    """

    state: SecretState | Unknown | None
    made: bool | Unknown


def standing(world: World, workload: Resource, secret: SecretId, version: Value) -> Standing:
    """How the version of a secret that a workload refers to stands."""
    made = made_version(world.plan, workload, secret, version, closed=world.closed)
    if made.there is True:
        return Standing(_switched(made.versions), made=True)
    wanted = number(version)
    if isinstance(wanted, str):
        name, project = secret.name, secret.project
        known = name is not None and project is not None
        answer = world.lookups.secret_version(project, name, wanted) if known and project and name else None
        if answer is not None:
            return Standing(answer, made.there)
        for external in declared(world, workload, secret):
            if wanted in external.versions:
                return Standing(SecretState(external.state or "enabled"), made.there)
    return Standing(None, made.there)


def declared(world: World, workload: Resource, secret: SecretId) -> Iterator[External]:
    """What the contracts declare of a secret that is made outside, for the workload's environment."""
    environment = world.environment_of(workload)
    for external in world.contracts.outside(environment, "secret"):
        name = canonical(SECRET, external.id, Context(external.project))
        if name is None or name.name != secret.name:
            continue
        if name.project is not None:
            if SecretId(name.name, name.project).same_project(secret):
                yield external
        elif (
            secret.project is None
            or secret.project.isdigit()
            or world.contracts.environment_of(secret.project) == environment
        ):
            yield external


def _switched(versions: Sequence[Resource]) -> SecretState | Unknown:
    """The state that a plan gives the versions that may be meant; `UNKNOWN` where they differ."""
    switches = [text(one.at("enabled")) for one in versions]
    if any(isinstance(switch, Unknown) for switch in switches):
        return UNKNOWN
    off = {switch == "false" for switch in switches}
    if len(off) > 1:
        return UNKNOWN
    return SecretState.DISABLED if True in off else SecretState.ENABLED
