"""Rules about which secrets are one and which must not be: held equal by contract, apart by environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.controls import SOC2_ACCESS
from policies.plan.references import Context, canonical
from policies.plan.values import Unknown, text
from policies.plan.workloads import READERS, WORKLOADS, cloud_name, environment, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.secrets.standing import declared
from policies.secrets.uses import SECRET, SecretId, candidates, meant, uses
from policies.secrets.versions import made_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts import External, Requirements
    from policies.plan import Plan, Resource
    from policies.plan.values import Value
    from policies.plan.workloads import Variable

_NUMBERED: Final = "SECRET_PROJECT_UNKNOWN"
_SAME_FIX: Final = "read both from one secret and one version"


@dataclass(frozen=True, slots=True)
class _Read:
    """What a variable reads: a secret and what stands for its version."""

    secret: SecretId
    version: str


@rule(
    id="secret-same",
    title="Variables that must be one secret read one secret in one version",
    severity=Severity.CRITICAL,
    why="what one service signs or encrypts the other cannot check: users are logged out, calls are refused",
    fix="refer to the same secret and the same version in both places",
    types=WORKLOADS,
    refutes_early=True,
)
def secret_same(resource: Resource, world: World) -> Iterator[Claim]:
    """Each pair that a contract ties together is told once both are there.

    Whatever the order of declaration, it is told of the one whose contract and variable come first by name.
    """
    required = world.requirements_of(resource)
    if required is None:
        return
    own = environment(resource, required.container).variables
    for variable in required.secrets:
        here = _read(world, resource, own.get(variable, ()))
        if here is None:
            continue  # secret-required says so
        for other, of, theirs in _others(resource, required, variable, world):
            there = _read(world, other, environment(other, theirs.container).variables.get(of, ()))
            if there is not None:
                pair = [
                    _Place(resource, required.contract, variable, here),
                    _Place(other, theirs.contract, of, there),
                ]
                yield from _held_equal(*sorted(pair, key=lambda place: place.order))


@rule(
    id="secret-not-shared",
    title="No secret is shared between environments",
    severity=Severity.HIGH,
    why="whoever reads staging's secrets then holds production's: one leak is two, one rotation breaks both",
    fix="make a secret for each environment, in its own project",
    types=READERS,
    controls=(SOC2_ACCESS,),
    refutes_early=True,
)
def secret_not_shared(resource: Resource, world: World) -> Iterator[Claim]:
    """A secret is not of another environment's project, nor read by workloads of two environments."""
    project, here = world.plan.project_of(resource), world.environment_of(resource)
    if here is None:
        return
    shown, told = shown_name(resource), set[str]()
    for use in uses(resource).all:
        for secret in candidates(world.plan, resource, use.secret):
            if secret.key in told:
                continue
            claim = _by_number(world, here, use.secret) or _shared(resource, world, here, secret)
            if claim is not None:
                told.add(secret.key)
                cause, what = claim
                yield Claim(
                    Verdict.UNPROVEN if cause == _NUMBERED else Verdict.REFUTED,
                    cause,
                    f"{shown} ({here}) reads {use.place} from secret {secret.shown}, {what}",
                    "write the project's id in place of its number"
                    if cause == _NUMBERED
                    else f"make a secret for {here} in {project} and read that one",
                    (shown, f"secret {secret.shown}"),
                )


@dataclass(frozen=True, slots=True)
class _Place:
    workload: Resource
    contract: str
    variable: str
    read: _Read | Unknown

    @property
    def order(self) -> tuple[str, str, str]:
        return (self.contract, self.variable, self.workload.urn)


def _held_equal(one: _Place, there: _Place) -> Iterator[Claim]:
    resource, variable, here, read = one.workload, one.variable, one.read, there.read
    shown = shown_name(resource)
    beside = (
        there.variable if there.workload is resource else f"{there.variable} of {shown_name(there.workload)}"
    )
    path = (shown, variable, beside)
    if isinstance(here, Unknown) or isinstance(read, Unknown):
        yield Claim(
            Verdict.UNPROVEN,
            "SECRET_UNKNOWN",
            f"cannot tell whether {variable} of {shown} is the same secret as {beside}: what they read is "
            "not known before the update",
            _SAME_FIX + ", referred to by `secret_id` and by a number or the SecretVersion's `version`",
            path,
            resource=resource,
        )
    elif here.secret.key != read.secret.key or not here.secret.same_project(read.secret):
        yield Claim(
            Verdict.REFUTED,
            "SECRETS_DIFFER",
            f"{variable} of {shown} reads secret {here.secret.shown}, and {beside} must be the same and "
            f"reads {read.secret.shown}",
            _SAME_FIX,
            path,
            resource=resource,
        )
    elif here.version != read.version:
        yield Claim(
            Verdict.REFUTED,
            "SECRET_VERSIONS_DIFFER",
            f"{variable} of {shown} and {beside} must be the same and read two versions of secret "
            f"{here.secret.shown}",
            _SAME_FIX,
            path,
            resource=resource,
        )


def _others(
    resource: Resource, required: Requirements, variable: str, world: World
) -> Iterator[tuple[Resource, str, Requirements]]:
    """The workloads so far, this one too, with the variables that must be the same secret as this one's."""
    for same in world.contracts.same_secret(required, variable):
        if same.contract == required.contract:
            if variable < same.variable:  # each pair once
                yield resource, same.variable, required
            continue
        for workload in _called(world.contracts.service_of(same), resource, world):
            theirs = world.requirements_of(workload)
            if (
                theirs is not None
                and theirs.environment == same.environment
                and resource in _called(required.service, workload, world)
            ):
                yield workload, same.variable, theirs


def _read(world: World, workload: Resource, spelled: Sequence[Variable]) -> _Read | Unknown | None:
    """What a variable reads; None where it reads no secret, `UNKNOWN` where nobody can tell which."""
    for one in spelled:
        if one.from_secret is not True:
            continue
        secret = meant(world.plan, workload, one.secret)
        if not isinstance(secret, SecretId):
            return secret
        made = made_version(world.plan, workload, secret, one.version, closed=world.closed)
        if made.there is True and len(made.versions) == 1:
            return _Read(secret, made.versions[0].urn)
        version = text(one.version)
        return version if isinstance(version, Unknown) else _Read(secret, version or "latest")
    return None


def _by_number(world: World, here: str, reference: Value) -> tuple[str, str] | None:
    """Whether a reference by a project's number is to another environment's, whatever the plan makes."""
    written = text(reference)
    name = canonical(SECRET, written, Context()) if isinstance(written, str) else None
    owner = None if name is None or name.project is None else world.contracts.numbers.get(name.project)
    if name is None or owner in (None, here):
        return None
    return "SECRET_OF_ANOTHER_ENVIRONMENT", f"which belongs to {owner} (project number {name.project})"


def _shared(resource: Resource, world: World, here: str, secret: SecretId) -> tuple[str, str] | None:
    """Why a secret is not this environment's alone: cause and words."""
    if secret.project is None:
        return None
    if secret.project.isdigit():
        own = world.contracts.environment_of(secret.project) == here
        if own or any(_names_number(one, secret.project) for one in declared(world, resource, secret)):
            return None
        return _NUMBERED, "of a project given by its number: nobody can tell whose it is"
    owner = world.contracts.environment_of(secret.project)
    if owner is not None:
        words = f"which belongs to {owner} ({secret.project})"
        return None if owner == here else ("SECRET_OF_ANOTHER_ENVIRONMENT", words)
    index = world.plan.index(READERS, _by_secret_and_project)
    for project, environment_ in world.contracts.projects.items():
        readers = index.get(_reader(secret, project)) if environment_ != here else ()
        if readers and world.plan.came_before(readers[0], resource):
            return "SECRET_SHARED", f"which {shown_name(readers[0])} ({environment_}) reads too"
    return None


def _names_number(external: External, number: str) -> bool:
    """Whether what is declared is declared by this number: a name alone may be any environment's."""
    name = canonical(SECRET, external.id, Context())
    return name is not None and name.project == number


def _called(name: str, resource: Resource, world: World) -> Sequence[Resource]:
    """The workloads of a name that `resource` works with.

    An environment may have a project for each region, with services of the same names: a service belongs to
    those of its own project. Only where the whole plan has none there, those of other projects are meant.
    """
    named = world.plan.index(WORKLOADS, _by_cloud_name)
    own = named.get(f"{name}@{world.plan.project_of(resource)}")
    return own if own or not world.closed else named.get(name)


def _by_cloud_name(plan: Plan, workload: Resource) -> Iterator[str]:
    name, project = cloud_name(workload), plan.project_of(workload)
    if isinstance(name, str):
        yield name
        yield f"{name}@{project}"


def _by_secret_and_project(plan: Plan, workload: Resource) -> Iterator[str]:
    project = plan.project_of(workload)
    if isinstance(project, str):
        for use in uses(workload).all:
            secret = meant(plan, workload, use.secret)
            if isinstance(secret, SecretId):
                yield _reader(secret, project)


def _reader(secret: SecretId, project: str) -> str:
    return f"{secret.project}/{secret.key} {project}"
