"""A plan from the engine's Analyze and AnalyzeStack calls.

Owns the wire format. Reads a resource's properties straight from the protobuf message, when a rule asks for
them: turning every message into JSON first costs ten times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from policies.plan.graph import Inputs, Plan, Provider, Resource
from policies.plan.values import Value, bare, from_number, from_object, from_string, text

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import (
        Struct,
    )
    from google.protobuf.struct_pb2 import Value as WireValue
    from pulumi.runtime.proto.analyzer_pb2 import AnalyzeRequest, AnalyzerResource, AnalyzeStackRequest


def seen(plan: Plan, request: AnalyzeRequest) -> Resource:
    """Takes the resource of one Analyze call into the plan and returns it."""
    resource = Resource(
        urn=request.urn,
        type=request.type,
        name=request.name,
        read=partial(read_object, request.properties),
        provider=_provider(request),
        parent=request.options.parent or None,
    )
    plan.add(resource)
    return resource


def ended(plan: Plan, request: AnalyzeStackRequest) -> None:
    """Completes the plan with what AnalyzeStack tells: outputs, dependencies, resources that were only read.

    Inputs stay those of the Analyze calls: they are what the program declares. A resource that no Analyze
    call has shown is taken in as it is (`Resource.declared` is False).
    """
    for told in request.resources:
        resource = plan.get(told.urn)
        if resource is None:
            resource = Resource(
                urn=told.urn,
                type=told.type,
                name=told.name,
                read=dict,
                declared=False,
                provider=_provider(told),
            )
            plan.add(resource)
        resource.parent = told.parent or resource.parent
        resource.read_outputs = partial(read_object, told.properties)
        resource.dependencies = tuple(told.dependencies)
        resource.property_dependencies = {
            key: tuple(on.urns) for key, on in told.propertyDependencies.items()
        }


def read_object(struct: Struct) -> Inputs:
    """The properties of a resource as values."""
    members = from_object({key: read_value(member) for key, member in struct.fields.items()})
    found = bare(members)
    return found if isinstance(found, Mapping) else {}


def read_value(wire: WireValue) -> Value:
    """One value of the wire as a value of the plan."""
    kind = wire.WhichOneof("kind")
    if kind == "string_value":
        return from_string(wire.string_value)
    if kind == "number_value":
        return from_number(wire.number_value)
    if kind == "bool_value":
        return bool(wire.bool_value)
    if kind == "list_value":
        return [read_value(element) for element in wire.list_value.values]
    if kind == "struct_value":
        return from_object({key: read_value(member) for key, member in wire.struct_value.fields.items()})
    return None


def _provider(told: AnalyzeRequest | AnalyzerResource) -> Provider | None:
    if not told.HasField("provider"):
        return None
    fields = told.provider.properties.fields

    def setting(key: str) -> Value:
        return text(read_value(fields[key])) if key in fields else None

    return Provider(told.provider.urn, project=setting("project"), region=setting("region"))
