"""What the tests say to the pack: requests in the engine's wire format, and the cases of the rules.

A case goes through a real gRPC server. Nothing here builds a plan by hand: what a rule sees in a test is
what the engine would have sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.plan import Secret, Unknown
from policies.plan.workloads import JOB, SERVICE, SERVICE_V1

if TYPE_CHECKING:
    from policies.lookups import Source

PROJECT = "netra-staging"
KINDS = ("pass", "fail", "missing", "unknown")


@dataclass(frozen=True)
class Declared:
    """A resource as a program declares it; outputs and dependencies are told at the end only."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    provider: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read_only: bool = False

    @property
    def urn(self) -> str:
        return f"urn:pulumi:staging::test::{self.type}::{self.name}"


@dataclass(frozen=True)
class Case:
    """What must be found, exactly: pairs of a resource's name and a cause, early and at the end.

    `contracts` are files by name, in place of the small ones; `preview` is False for a case of the update;
    `cloud` can be asked for what is not declared.
    """

    rule: str
    kind: str
    name: str
    resources: Sequence[Declared]
    early: frozenset[tuple[str, str]] = frozenset()
    closed: frozenset[tuple[str, str]] = frozenset()
    contracts: Mapping[str, str] | None = None
    preview: bool = True
    cloud: Source | None = None

    def __str__(self) -> str:
        return f"{self.rule}/{self.kind}: {self.name}"


def to_wire(value: Any) -> struct_pb2.Value:  # noqa: PLR0911 - one for each kind of value
    """A value as the engine marshals it (rpc.go): unknowns as marks, secrets wrapped, numbers as floats."""
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=UNKNOWN_STRING_VALUE)
    if isinstance(value, Secret):
        return value.judge(_secret)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=float(value))
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value, defaults=True))
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[to_wire(element) for element in value]))


def to_struct(members: Mapping[str, Any], *, defaults: bool = False) -> struct_pb2.Struct:
    """An object; nested ones carry the `__defaults` list that the engine leaves in them."""
    fields = {key: to_wire(member) for key, member in members.items()}
    if defaults:
        fields["__defaults"] = to_wire([])
    return struct_pb2.Struct(fields=fields)


def _secret(hidden: Any) -> struct_pb2.Value:
    return struct_pb2.Value(
        struct_value=struct_pb2.Struct(
            fields={SPECIAL_SIG_KEY: to_wire(SPECIAL_SECRET_SIG), "value": to_wire(hidden)}
        )
    )


def analyze(resource: Declared) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=to_struct(resource.inputs),
        options=analyzer_pb2.AnalyzerResourceOptions(
            parent="urn:pulumi:staging::test::pulumi:pulumi:Stack::test"
        ),
        provider=_provider(resource),
    )


def analyze_stack(resources: Sequence[Declared]) -> analyzer_pb2.AnalyzeStackRequest:
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                urn=resource.urn,
                type=resource.type,
                name=resource.name,
                properties=to_struct(resource.inputs if resource.outputs is None else resource.outputs),
                provider=_provider(resource),
                dependencies=sorted({urn for urns in resource.depends.values() for urn in urns}),
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                    for key, urns in resource.depends.items()
                },
            )
            for resource in resources
        ]
    )


def _provider(resource: Declared) -> analyzer_pb2.AnalyzerProviderResource | None:
    if resource.provider is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        urn="urn:pulumi:staging::test::pulumi:providers:gcp::own",
        type="pulumi:providers:gcp",
        name="own",
        properties=to_struct(resource.provider),
    )


def plain(name: Any, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


def from_secret(name: Any, secret: Any, version: Any = "1") -> dict[str, Any]:
    return {"name": name, "valueSource": {"secretKeyRef": {"secret": secret, "version": version}}}


def from_secret_v1(name: Any, secret: Any, version: Any = "1") -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": version}}}


def service(envs: Any, *, name: Any = "web-staging", resource: str = "web", **more: Any) -> Declared:
    """A Cloud Run service (v2) with one container, or with the containers given."""
    containers = more.pop("containers", [{"image": "i", "ports": {"containerPort": 8000}, "envs": envs}])
    declared = {key: more.pop(key) for key in ("provider", "outputs", "depends", "read_only") if key in more}
    template = more.pop("template", {"containers": containers})
    inputs = {"name": name, "project": PROJECT, "location": "us-central1", "template": template, **more}
    return Declared(SERVICE, resource, {k: v for k, v in inputs.items() if v is not None}, **declared)


def service_v1(envs: Any, *, name: str = "web-staging") -> Declared:
    spec = {"containers": [{"image": "i", "ports": [{"containerPort": 8000}], "envs": envs}]}
    inputs = {"name": name, "project": PROJECT, "location": "us-central1", "template": {"spec": spec}}
    return Declared(SERVICE_V1, "web", inputs)


def job(envs: Any, *, name: str = "web-staging") -> Declared:
    template = {"template": {"containers": [{"image": "i", "envs": envs}]}}
    inputs = {"name": name, "project": PROJECT, "location": "us-central1", "template": template}
    return Declared(JOB, "web", inputs)
