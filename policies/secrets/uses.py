"""Who reads which secret: every variable and every volume of every container of a workload.

Owns where Cloud Run lets a workload or a function refer to a secret, and what such a reference means. Does
not look for versions (`versions`) or grants (`access`).

https://cloud.google.com/run/docs/configuring/services/secrets,
https://cloud.google.com/functions/docs/configuring/secrets
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from policies.plan import tokens
from policies.plan.references import canonical
from policies.plan.values import UNKNOWN, Secret, Unknown, Value, at, bare, elements, show, text
from policies.plan.workloads import FUNCTIONS, SERVICE_V1, SHAPES, FunctionShape, environments, told_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policies.plan import Plan, Resource

SECRET: Final = tokens.SECRET
# With the first API a service may give a secret of another project a name of its own:
# https://cloud.google.com/run/docs/reference/yaml/v1 (`alias:projects/PROJECT/secrets/SECRET`, by commas).
_ALIASES: Final = ("template", "metadata", "annotations", "run.googleapis.com/secrets")


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a workload reads a secret.

    Attributes:
        place: The variable's name, or which volume.
        secret: The reference as it is written.
        version: The version as it is written; None where there is none.
        volume: Whether it is a volume's: that is read when a file is opened, not when an instance starts.
    """

    place: str
    secret: Value
    version: Value
    volume: bool = False


@dataclass(frozen=True, slots=True)
class SecretId:
    """A secret that is meant.

    Attributes:
        name: Its id in its project; None where a plan makes it and its id is unknown.
        project: The project's id, or its number where the reference has that; None where nothing says.
        made: The resource that makes it, where the plan does.
        hidden: Whether its name is marked as a secret itself, and so not to be shown.
    """

    name: str | None
    project: str | None
    made: Resource | None = None
    hidden: bool = False

    @property
    def key(self) -> str:
        """What it is filed under: its id, or its resource while that is unknown."""
        return self.name if self.name is not None else (self.made.urn if self.made is not None else "")

    @property
    def shown(self) -> str:
        """What to call it in a message."""
        if self.name is not None:
            return show(Secret(self.name)) if self.hidden else self.name
        return f"of {self.made.name}" if self.made is not None else "(not known yet)"

    def same_project(self, other: SecretId) -> bool:
        """Whether both may be in one project: nothing ties a project's number to its id."""
        one, two = self.project, other.project
        return one is None or two is None or one.isdigit() != two.isdigit() or one == two


@dataclass(frozen=True, slots=True)
class Uses:
    """All places where a workload reads secrets.

    Attributes:
        all: Those that are known.
        complete: Whether there may be others.
    """

    all: Sequence[Use]
    complete: bool


def uses(resource: Resource) -> Uses:
    """Every place where a workload reads a secret."""
    known = _uses.get(resource)
    if known is None:
        known = _uses[resource] = _read_uses(resource)
    return known


# As with environments: declared once, asked for by each rule.
_uses: Final[WeakKeyDictionary[Resource, Uses]] = WeakKeyDictionary()


def _read_uses(resource: Resource) -> Uses:
    function = FUNCTIONS.get(resource.type)
    return _of_containers(resource) if function is None else _of_function(resource, function)


def _of_function(resource: Resource, function: FunctionShape) -> Uses:
    """A function names a secret and its project apart, and has no file without a version."""
    found: list[Use] = []
    variables = elements(resource.at(*function.config, "secretEnvironmentVariables"))
    volumes = elements(resource.at(*function.config, "secretVolumes"))
    for variable in () if isinstance(variables, Unknown) else variables:
        name = text(at(variable, "key"))
        place = name if isinstance(name, str) else "a variable"
        found.append(Use(place, _of_project(variable), at(variable, "version")))
    for volume in () if isinstance(volumes, Unknown) else volumes:
        path, versions = text(at(volume, "mountPath")), elements(at(volume, "versions"))
        place = f"volume {path}" if isinstance(path, str) else "a volume"
        every: Sequence[Value] = [UNKNOWN] if isinstance(versions, Unknown) else [
            at(version, "version") for version in versions
        ]  # fmt: skip
        found += [Use(place, _of_project(volume), version, volume=True) for version in every or [None]]
    complete = not isinstance(variables, Unknown) and not isinstance(volumes, Unknown)
    return Uses(found, complete)


def _of_project(entry: Value) -> Value:
    """The secret that an entry of a function names, with the project that it names beside it."""
    secret, project = text(at(entry, "secret")), text(at(entry, "projectId"))
    if isinstance(secret, Unknown) or isinstance(project, Unknown):
        return UNKNOWN
    if not secret or not project or "/" in secret:
        return at(entry, "secret")
    name = f"projects/{project}/secrets/{secret}"
    return Secret(name) if isinstance(at(entry, "secret"), Secret) else name


def _of_containers(resource: Resource) -> Uses:
    shape = SHAPES[resource.type]
    aliases = _aliases(resource)
    found: list[Use] = []
    complete = True
    for environment in environments(resource):
        complete = complete and environment.complete
        for name, spelled in environment.variables.items():
            for one in spelled:
                if isinstance(one.from_secret, Unknown):
                    complete = False
                elif one.from_secret:
                    found.append(Use(name, _unalias(one.secret, aliases), one.version))
    volumes = elements(resource.at(*shape.pod, "volumes"))
    if isinstance(volumes, Unknown):
        return Uses(found, complete=False)
    for volume in volumes:
        source = at(volume, "secret")
        if bare(source) is UNKNOWN:
            complete = False
        elif bare(source) is not None:
            called = at(volume, "name")
            place = f"volume {called}" if isinstance(called, str) else "a volume"
            secret = _unalias(at(source, shape.volume_secret), aliases)
            items = elements(at(source, "items"))
            versions: Sequence[Value] = [UNKNOWN] if isinstance(items, Unknown) else [
                at(item, shape.volume_version) for item in items
            ]  # fmt: skip
            found += [Use(place, secret, version, volume=True) for version in versions or [None]]
    return Uses(found, complete)


def meant(plan: Plan, near: Resource, reference: Value, key: str | None = None) -> SecretId | Unknown | None:
    """The secret that a reference means.

    Args:
        plan: The plan.
        near: Who refers.
        reference: What it says.
        key: The top-level property in which it says so: an unknown one is traced from there. None for what
            a workload runs with.

    Returns:
        None when it is no reference to a secret at all.
    """
    spelled = text(reference)
    if isinstance(spelled, Unknown):
        keys = told_in(near) if key is None else (key,)
        found_there = come_from(plan, SECRET, near, keys)
        return made(plan, found_there[0]) if len(found_there) == 1 else UNKNOWN
    if spelled is None or not spelled.strip():
        return None
    found = plan.find(SECRET, spelled, near)
    if found is not None and not isinstance(found, Unknown):
        return made(plan, found)
    name = canonical(SECRET, spelled, plan.context(near))
    return None if name is None else SecretId(name.name, name.project, hidden=isinstance(reference, Secret))


def candidates(plan: Plan, near: Resource, reference: Value) -> Sequence[SecretId]:
    """Every secret that a reference may mean: one when it is known, none when nothing tells."""
    one = meant(plan, near, reference)
    if isinstance(one, Unknown):
        return [made(plan, secret) for secret in come_from(plan, SECRET, near, told_in(near))]
    return [] if one is None else [one]


def come_from(plan: Plan, type_: str, near: Resource, keys: Iterable[str]) -> Sequence[Resource]:
    """The resources of a type that some top-level properties come from, each once."""
    found = [one for key in keys for one in plan.sources(type_, near, key)]
    return list({one.urn: one for one in found}.values())


def made(plan: Plan, secret: Resource) -> SecretId:
    """The secret that a resource makes."""
    name, project = text(secret.at("secretId")), plan.project_of(secret)
    return SecretId(
        name if isinstance(name, str) else None,
        project if isinstance(project, str) else None,
        secret,
        hidden=isinstance(secret.at("secretId"), Secret),
    )


def _aliases(resource: Resource) -> Mapping[str, str]:
    if resource.type != SERVICE_V1:
        return {}
    written = text(resource.at(*_ALIASES))
    pairs = written.split(",") if isinstance(written, str) else ()
    return {alias.strip(): name.strip() for alias, _, name in (pair.partition(":") for pair in pairs)}


def _unalias(secret: Value, aliases: Mapping[str, str]) -> Value:
    name = text(secret)
    if isinstance(name, str) and name in aliases:
        return Secret(aliases[name]) if isinstance(secret, Secret) else aliases[name]
    return secret
