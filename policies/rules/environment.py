"""Rules about a service's environment: what its contract requires is there, secrets from Secret Manager.

They judge what is written. Whether a secret's version exists, and who may read it, is for other rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.plan import Resource, Unknown
from policies.plan.values import bare, text
from policies.plan.workloads import WORKLOADS, Environment, Variable, environment, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts import PlainRequirement, SecretRequirement


@rule(
    id="env-required",
    title="A service sets every plain variable that its contract requires",
    severity=Severity.CRITICAL,
    why="a missing or wrong variable is found when a user reaches the code that reads it, not at start",
    fix="set the variable among the envs of the service's container",
    types=WORKLOADS,
    refutes_early=True,
)
def env_required(resource: Resource, world: World) -> Iterator[Claim]:
    """Each plain variable of the contract is set, is not empty, and holds a value that the contract allows.

    An unknown value counts as set: an output is not empty. Whether it is allowed is judged in the update,
    where it is known before the service is created; at the end of a preview it is unproven only when it comes
    from no resource of this plan, since then nothing will ever make it known.
    """
    required = world.requirements_of(resource)
    if required is None:
        return
    env = environment(resource, required.container)
    waits = not world.closed or bool(resource.property_dependencies.get("template"))
    for variable, requirement in required.env.items():
        place = _Place(shown_name(resource), variable, requirement.why)
        found = env.variables.get(variable, ())
        if not found:
            yield _absent(place, env, f"set {variable} among the container's envs")
        for spelled in found:
            yield from _plain(place, spelled, requirement, waits)


@rule(
    id="secret-required",
    title="A service reads every secret that its contract requires from Secret Manager",
    severity=Severity.CRITICAL,
    why="without its secrets the service starts half alive and its users wait; a secret as a plain value can "
    "be read by everyone who may see the service, its revisions or the stack's state",
    fix="read the variable from Secret Manager: valueSource.secretKeyRef with the secret and a version",
    types=WORKLOADS,
    refutes_early=True,
)
def secret_required(resource: Resource, world: World) -> Iterator[Claim]:
    """Each secret variable of the contract is set and refers to a secret of Secret Manager by name."""
    required = world.requirements_of(resource)
    if required is None:
        return
    env = environment(resource, required.container)
    for variable, requirement in required.secrets.items():
        place = _Place(shown_name(resource), variable, requirement.why)
        found = env.variables.get(variable, ())
        fix = _secret_fix(variable, requirement, env)
        if not found:
            yield _absent(place, env, fix)
        for spelled in found:
            yield from _secret(place, spelled, fix)


@dataclass(frozen=True, slots=True)
class _Place:
    """One variable of one service, and what the contract says of it: what every claim here is about."""

    service: str
    variable: str
    why: str | None

    def refuted(self, cause: str, message: str, fix: str) -> Claim:
        return Claim(Verdict.REFUTED, cause, message, fix, (self.service, self.variable), self.why)

    def unproven(self, cause: str, message: str, fix: str) -> Claim:
        return Claim(Verdict.UNPROVEN, cause, message, fix, (self.service, self.variable), self.why)


def _absent(place: _Place, env: Environment, fix: str) -> Claim:
    if env.complete:
        return place.refuted("ENV_MISSING", f"{place.service} does not set {place.variable}", fix)
    return place.unproven(
        "ENV_UNKNOWN",
        f"cannot tell whether {place.service} sets {place.variable}: its environment is not known before the "
        "update",
        f"write {place.variable} out by name among the container's envs, outside any apply(): only its value "
        "may come from another resource; with several containers, give the one that serves a port",
    )


def _plain(place: _Place, spelled: Variable, requirement: PlainRequirement, waits: bool) -> Iterator[Claim]:  # noqa: FBT001 - a fact, not a switch
    service, variable, allowed = place.service, place.variable, requirement.allowed
    value = text(spelled.value)
    if spelled.from_secret is True:
        if allowed:
            yield place.unproven(
                "ENV_UNREADABLE",
                f"{service} reads {variable} from Secret Manager, so nobody can tell whether it is {allowed}",
                f"set {variable} as a plain value: {allowed}",
            )
    elif isinstance(value, Unknown) or isinstance(spelled.from_secret, Unknown):
        if allowed and not waits:
            yield place.unproven(
                "ENV_UNKNOWN",
                f"cannot tell whether {service} sets {variable} to {allowed}: the value is unknown and comes "
                "from no resource of this stack",
                f"set {variable} to {allowed}, or take it from the resource it belongs to",
            )
    elif value is None or not value.strip():
        yield place.refuted(
            "ENV_EMPTY",
            f"{service} sets {variable} to nothing",
            f"give {variable} a value" + (f": {allowed}" if allowed else ""),
        )
    elif not requirement.allows(value):
        # The value stays unsaid: a plain variable may hold a secret that nobody marked.
        yield place.refuted(
            "ENV_NOT_ALLOWED",
            f"{service} sets {variable} to a value that its contract does not allow",
            f"set {variable} to {allowed}",
        )


def _secret(place: _Place, spelled: Variable, fix: str) -> Iterator[Claim]:
    service, variable = place.service, place.variable
    value = text(spelled.value)
    if isinstance(spelled.from_secret, Unknown):
        yield place.unproven(
            "SECRET_SOURCE_UNKNOWN",
            f"cannot tell whether {service} reads {variable} from Secret Manager: its source is not known "
            "before the update",
            fix,
        )
    elif bare(spelled.value) is not None and (not isinstance(value, str) or value.strip()):
        yield place.refuted(
            "SECRET_PLAIN_VALUE",
            f"{service} sets {variable} as a plain value, not from Secret Manager",
            f"{fix}; and replace the secret: its value has been written down where others can read it",
        )
    elif not spelled.from_secret:
        yield place.refuted("SECRET_EMPTY", f"{service} sets {variable} to nothing", fix)
    elif _blank(text(spelled.secret)):
        yield place.refuted(
            "SECRET_UNNAMED",
            f"{service} reads {variable} from Secret Manager without naming the secret",
            fix,
        )


def _blank(name: str | Unknown | None) -> bool:
    return name is None or (isinstance(name, str) and not name.strip())


def _secret_fix(variable: str, requirement: SecretRequirement, env: Environment) -> str:
    """Says which secret to read, where another variable of the service must read the same one."""
    how = f"read {variable} from Secret Manager (valueSource.secretKeyRef with secret and version)"
    for same in requirement.same_as:
        secret = _known_secret(env.variables.get(same, ()))
        if secret is not None:
            return f"{how}: the secret {secret}, which {same} reads"
    return f"{how}; it is the same secret as {requirement.same_as[0]}" if requirement.same_as else how


def _known_secret(spelled: Sequence[Variable]) -> str | None:
    for one in spelled:
        if isinstance(one.secret, str) and one.secret.strip():
            return one.secret
    return None
