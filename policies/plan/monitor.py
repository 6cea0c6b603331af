"""The engine's side of a program that runs without one: what it registers becomes a plan.

Owns what a first preview would answer: a resource's outputs are unknown, save what the program gave as
inputs and the few that Google's provider computes itself; a look-up is answered with stand-ins, which read as
unknown.
Is called in the program's own process, so that nothing is sent and nobody is waited for.
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NoReturn

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from policies.plan.analyze import read_object
from policies.plan.answers import UNKNOWN_STRING, answer
from policies.plan.errors import SourceError
from policies.plan.graph import Inputs, Plan, Provider, Resource, Source
from policies.plan.references import KINDS
from policies.plan.transforms import Callbacks, transform
from policies.plan.values import UNKNOWN, UNKNOWN_MARKS, Value, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from google.protobuf.struct_pb2 import Struct

    from policies.plan.transforms import Transform

STACK: Final = "pulumi:pulumi:Stack"
_PROVIDERS: Final = "pulumi:providers:"
_STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
# Types of which Google's provider does not know the project before the create, though it may be the default
# one (recorded with pulumi-gcp 9.35.0).
_PROJECT_UNKNOWN: Final = frozenset(
    {
        "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        "gcp:secretmanager/secretVersion:SecretVersion",
        "gcp:servicenetworking/connection:Connection",
    }
)
_FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
)
_OTHERWISE: Final = "pulumi preview --json --stack STACK > plan.json; then: plumb check plan.json"


class _Partial(dict[str, Value]):
    """Properties of which only some are known before the create: what is not here is unknown, not absent."""

    def get(self, key: str, default: Value = None) -> Value:  # type: ignore[override] # one default suffices
        """The property; unknown when it is not here."""
        del default
        return self[key]

    def __missing__(self, key: str) -> Value:
        return UNKNOWN


class Engine:
    """What the program says to the engine: errors are kept, warnings are shown, the rest is dropped."""

    def __init__(self) -> None:
        """Has heard nothing."""
        self.errors: list[str] = []

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        """Hears a message."""
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        elif request.severity == engine_pb2.WARNING:
            sys.stderr.write(f"warning: {request.message}\n")
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        """Is of every version."""
        del request
        return empty_pb2.Empty()


class Monitor:
    """Takes registrations (https://github.com/pulumi/pulumi/blob/v3.259.0/proto/pulumi/resource.proto)."""

    def __init__(self, plan: Plan, stack: str, project: str, where: Callable[[str, int], Source]) -> None:
        """Takes the plan to fill.

        Args:
            plan: The plan.
            stack: The stack's name.
            project: The project's name.
            where: Makes a file and a line into a source.
        """
        self._plan = plan
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self._where = where
        self._providers: dict[str, Provider] = {}
        self.callbacks = Callbacks()

    def RegisterResource(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse | Awaitable[resource_pb2.RegisterResourceResponse]:
        """Takes a resource in, as its transforms leave it, and answers as a first preview does.

        Raises:
            SourceError: It is a component of another process.
        """
        urn = self._urn(request.type, request.name, request.parent)
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        transforms = self.callbacks.of(urn, request)
        return self._transformed(urn, request, transforms) if transforms else self._take(urn, request)

    async def _transformed(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, transforms: Sequence[Transform]
    ) -> resource_pb2.RegisterResourceResponse:
        return self._take(urn, await transform(request, transforms))

    def _take(
        self, urn: str, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        if request.remote:
            _refuse(
                f"component {request.name} ({request.type}) is built by a plugin, which only an engine runs",
                self._source(request),
            )
        provider = self._providers.get(request.provider.rpartition("::")[0])
        state = _outputs(request, self._project(request.object, provider))
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            read=partial(read_object, request.object),
            provider=provider,
            parent=request.parent or None,
            dependencies=tuple(request.dependencies),
            property_dependencies={key: tuple(on.urns) for key, on in request.propertyDependencies.items()},
            read_outputs=partial(_partial, state),
            source=self._source(request),
        )
        self._plan.add(resource)
        if request.type.startswith(_PROVIDERS):
            self._providers[urn] = Provider(
                urn, project=text(resource.at("project")), region=text(resource.at("region"))
            )
            return resource_pb2.RegisterResourceResponse(urn=urn, id=UNKNOWN_STRING, object=state)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=request.importId, object=state)

    def ReadResource(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Takes a resource in that exists already: of it only what its id says is known."""
        urn = self._urn(request.type, request.name, request.parent)
        known: dict[str, Any] = {}
        if request.id not in UNKNOWN_MARKS:
            known = {"name": request.id} if request.type == _STACK_REFERENCE else _told_by_id(request)
        response = resource_pb2.ReadResourceResponse(urn=urn)
        response.properties.update(known)
        self._plan.add(
            Resource(
                urn=urn,
                type=request.type,
                name=request.name,
                read=dict,
                declared=False,
                provider=self._providers.get(request.provider.rpartition("::")[0]),
                parent=request.parent or None,
                dependencies=tuple(request.dependencies),
                read_outputs=partial(_partial, response.properties),
                source=self._source(request),
            )
        )
        return response

    def RegisterResourceOutputs(self, request: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        """Hears what a component is to show; no rule asks for it."""
        del request
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Answers a look-up: with what was asked, and a stand-in for all else that the answer has.

        Nothing can be looked up from here, and the program is not to fail of that: whether what it looks for
        exists is the rules' question, not the program's.
        """
        self._plan.looked_up.add(request.tok)
        response = resource_pb2.ResourceInvokeResponse()
        answered = getattr(response, "return")
        answered.update(answer(request.tok, request.args, self._plan))
        for key, value in request.args.fields.items():
            answered.fields[key].CopyFrom(value)
        return response

    def Call(self, request: resource_pb2.ResourceCallRequest) -> NoReturn:  # noqa: N802 - the protocol's name
        """Refuses: methods live in plugins."""
        _refuse(f"method {request.tok} is built by a plugin, which only an engine can run", None)

    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: N802 - the protocol's
        """Tells what it understands."""
        del request
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterPackage(self, request: object) -> resource_pb2.RegisterPackageResponse:  # noqa: N802 - likewise
        """Takes note of a package, to no effect."""
        del request
        return resource_pb2.RegisterPackageResponse(ref="offline")

    def SignalAndWaitForShutdown(self, request: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        """Lets the program end."""
        del request
        return empty_pb2.Empty()

    def _urn(self, type_: str, name: str, parent: str) -> str:
        path = parent.split("::")[2] if parent else STACK
        return f"{self._prefix}{type_ if path == STACK else f'{path}${type_}'}::{name}"

    def _source(
        self, request: resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest
    ) -> Source | None:
        place = request.sourcePosition
        return self._where(place.uri, place.line) if place.uri else None

    def _project(self, inputs: Struct, provider: Provider | None) -> str | None:
        if "project" in inputs.fields:
            return None  # answered as it was given
        given = provider.project if provider is not None else None
        return given if isinstance(given, str) else self._plan.project


def _outputs(request: resource_pb2.RegisterResourceRequest, project: str | None) -> Struct:
    """What a first preview knows: the inputs, and what the provider computes without asking Google."""
    inputs = request.object
    if not request.custom or not request.type.startswith("gcp:"):
        return inputs
    known: dict[str, str] = {}
    if project is not None and request.type not in _PROJECT_UNKNOWN:
        known["project"] = project
    if request.type == _ACCOUNT:
        account = inputs.fields["accountId"].string_value if "accountId" in inputs.fields else ""
        where = inputs.fields["project"].string_value if "project" in inputs.fields else project
        if account and where and not {account, where} & UNKNOWN_MARKS:
            email = f"{account}@{where}.iam.gserviceaccount.com"
            known |= {"email": email, "member": f"serviceAccount:{email}"}
    if not known:
        return inputs
    state = type(inputs)()
    state.CopyFrom(inputs)
    state.update(known)
    return state


def _partial(struct: Struct) -> Inputs:
    return _Partial(read_object(struct))


_PLACES: Final = {"projects": "project", "locations": "location", "regions": "region", "zones": "zone"}


def _told_by_id(request: resource_pb2.ReadResourceRequest) -> dict[str, Any]:
    """What an id says of the resource: its name, its project, where it is."""
    words = request.id.split("/")
    kind = KINDS.get(request.type)
    told: dict[str, Any] = {key: value for key, value in request.properties.items() if value is not None}
    told[kind.named_by if kind is not None else "name"] = words[-1]
    for word, value in pairwise(words):
        if word in _PLACES:
            told[_PLACES[word]] = value
    return told


def _refuse(what: str, source: Source | None) -> NoReturn:
    where = "the program" if source is None else f"{source.file}:{source.line}"
    raise SourceError(what, where=where, fix=_OTHERWISE)
