"""What runs on Cloud Run, whichever type declares it: services of both APIs, jobs, worker pools, functions.

Owns where each type keeps its containers and how their environment is spelled. Judges nothing.

The types: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services,
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs,
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools,
https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services,
https://cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions and
https://cloud.google.com/functions/docs/reference/rest/v1/projects.locations.functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text

if TYPE_CHECKING:
    from policies.plan.graph import Resource

SERVICE: Final = "gcp:cloudrunv2/service:Service"
SERVICE_V1: Final = "gcp:cloudrun/service:Service"
JOB: Final = "gcp:cloudrunv2/job:Job"
WORKER_POOL: Final = "gcp:cloudrunv2/workerPool:WorkerPool"


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a type keeps what.

    Attributes:
        pod: The path to what holds containers, volumes and the account.
        account: The key of the account it runs as.
        source: The key of a variable's source; `secret` and `version` are keys of its reference.
        volume_secret: The key of the secret in a volume; `volume_version` that of a version in its items.
    """

    pod: tuple[str, ...]
    account: str = "serviceAccount"
    source: str = "valueSource"
    secret: str = "secret"  # noqa: S105 - a key's name
    version: str = "version"
    volume_secret: str = "secret"  # noqa: S105 - a key's name
    volume_version: str = "version"

    @property
    def containers(self) -> tuple[str, ...]:
        """The path to the containers."""
        return (*self.pod, "containers")


SHAPES: Final[Mapping[str, Shape]] = {
    SERVICE: Shape(("template",)),
    SERVICE_V1: Shape(
        ("template", "spec"), "serviceAccountName", "valueFrom", "name", "key", "secretName", "key"
    ),
    JOB: Shape(("template", "template")),
    WORKER_POOL: Shape(("template",)),
}

SERVICES: Final = (SERVICE, SERVICE_V1)
WORKLOADS: Final = tuple(SHAPES)
FUNCTION: Final = "gcp:cloudfunctionsv2/function:Function"
FUNCTION_V1: Final = "gcp:cloudfunctions/function:Function"


@dataclass(frozen=True, slots=True)
class FunctionShape:
    """Where a type of function keeps what: it has no containers, and its variables are one object.

    Attributes:
        config: The path to what holds its variables, secrets and account.
        build: The path to the variables of its build.
        told_in: The top-level properties that say as whom it runs and what it reads.
    """

    config: tuple[str, ...]
    build: tuple[str, ...]
    told_in: tuple[str, ...]
    account: str = "serviceAccountEmail"


FUNCTIONS: Final[Mapping[str, FunctionShape]] = {
    FUNCTION: FunctionShape(("serviceConfig",), ("buildConfig", "environmentVariables"), ("serviceConfig",)),
    FUNCTION_V1: FunctionShape(
        (),
        ("buildEnvironmentVariables",),
        ("serviceAccountEmail", "secretEnvironmentVariables", "secretVolumes"),
    ),
}
READERS: Final = (*WORKLOADS, *FUNCTIONS)
"""What may read secrets."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a container's environment.

    Attributes:
        value: The plain value; None when there is none.
        secret: The secret it is read from; None when it is not read from one, `UNKNOWN` when it may be.
        version: The version of that secret.
        from_secret: Whether it is read from Secret Manager; `UNKNOWN` while that is not known.
    """

    value: Value
    secret: Value
    version: Value
    from_secret: bool | Unknown


@dataclass(frozen=True, slots=True)
class Environment:
    """A container's environment.

    Attributes:
        variables: By name; a name that is written twice has two.
        complete: Whether all of it is known: where it is not, a variable that is missing here may still be
            there.
    """

    variables: Mapping[str, Sequence[Variable]]
    complete: bool


NOT_KNOWN: Final = Environment({}, complete=False)


def cloud_name(resource: Resource) -> str | Unknown:
    """What the workload is called in Google Cloud (not in the program)."""
    name = text(resource.at("name"))
    return name if isinstance(name, str) else UNKNOWN


def shown_name(resource: Resource) -> str:
    """What to call the workload in a message: its name in Google Cloud where that may be shown."""
    name = resource.at("name")
    return name if isinstance(name, str) else resource.name


def account(resource: Resource) -> Value:
    """The account that a workload or a function is told to run as."""
    function = FUNCTIONS.get(resource.type)
    if function is not None:
        return resource.at(*function.config, function.account)
    shape = SHAPES[resource.type]
    return resource.at(*shape.pod, shape.account)


def told_in(resource: Resource) -> Sequence[str]:
    """The top-level properties in which a workload or a function says as whom it runs and what it reads."""
    function = FUNCTIONS.get(resource.type)
    return SHAPES[resource.type].pod[:1] if function is None else function.told_in


def environment(resource: Resource, container: str | None = None) -> Environment:
    """The environment of a workload's own container.

    With sidecars, its own container is the one that is named, else the one that takes the requests: Cloud Run
    wants exactly one with a port (https://cloud.google.com/run/docs/deploying#sidecars).

    Args:
        resource: A resource of one of the `WORKLOADS`.
        container: The container's name, where a contract gives one.
    """
    shape = SHAPES[resource.type]
    containers = elements(resource.at(*shape.containers))
    if isinstance(containers, Unknown):
        return NOT_KNOWN
    own = _own(containers, container)
    if own is UNKNOWN:
        return NOT_KNOWN
    return _environment(own, shape)


def environments(resource: Resource) -> Sequence[Environment]:
    """The environments of all containers of a workload, sidecars too; one unknown list stands for all.

    Also those of a function: of its runs, and of its build.
    """
    known = _environments.get(resource)
    if known is None:
        known = _environments[resource] = _read_environments(resource)
    return known


# What a program declares of a workload does not change, and ten rules ask for it.
_environments: Final[WeakKeyDictionary[Resource, Sequence[Environment]]] = WeakKeyDictionary()


def _read_environments(resource: Resource) -> Sequence[Environment]:
    function = FUNCTIONS.get(resource.type)
    if function is not None:
        runs = (*function.config, "environmentVariables")
        return [_of_object(resource.at(*path)) for path in (runs, function.build)]
    shape = SHAPES[resource.type]
    containers = elements(resource.at(*shape.containers))
    if isinstance(containers, Unknown):
        return (NOT_KNOWN,)
    return [
        NOT_KNOWN if bare(container) is UNKNOWN else _environment(container, shape)
        for container in containers
    ]


def _own(containers: Sequence[Value], name: str | None) -> Value:
    if any(bare(container) is UNKNOWN for container in containers):
        return UNKNOWN
    if name is not None:
        named = [container for container in containers if text(at(container, "name")) == name]
        return named[0] if named else None
    if len(containers) <= 1:
        return containers[0] if containers else None
    serving = [container for container in containers if bare(at(container, "ports")) not in (None, [], {})]
    return serving[0] if len(serving) == 1 else UNKNOWN


def _of_object(variables: Value) -> Environment:
    here = bare(variables)
    if isinstance(here, Unknown):
        return NOT_KNOWN
    named = here if isinstance(here, Mapping) else {}
    return Environment(
        {name: [Variable(at(variables, name), None, None, from_secret=False)] for name in named},
        complete=True,
    )


def _environment(container: Value, shape: Shape) -> Environment:
    entries = elements(at(container, "envs"))
    if isinstance(entries, Unknown):
        return NOT_KNOWN
    variables: dict[str, list[Variable]] = defaultdict(list)
    complete = True
    for entry in entries:
        name = text(at(entry, "name"))
        if isinstance(name, str):
            variables[name].append(_variable(entry, shape))
        else:
            complete = False
    return Environment(variables, complete)


def _variable(entry: Value, shape: Shape) -> Variable:
    reference = at(entry, shape.source, "secretKeyRef")
    from_secret: bool | Unknown = UNKNOWN if bare(reference) is UNKNOWN else bare(reference) is not None
    return Variable(
        value=at(entry, "value"),
        secret=at(reference, shape.secret),
        version=at(reference, shape.version),
        from_secret=from_secret,
    )
