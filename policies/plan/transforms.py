"""A program's transforms, which the engine calls back for each resource before anybody sees it.

Owns their order and what they are handed; hooks, which run only when something is really done, are taken note
of to no effect. https://www.pulumi.com/docs/iac/concepts/options/transforms/
"""

from __future__ import annotations

from collections import defaultdict
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown
from pulumi.resource import DependencyResource
from pulumi.runtime import rpc
from pulumi.runtime.proto import callback_pb2, resource_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Transform = Callable[[pulumi.ResourceTransformArgs], Any]


class Callbacks:
    """What the SDK keeps a server for: here the functions are called where they are."""

    def __init__(self) -> None:
        """Knows no function yet."""
        self._functions: dict[str, Transform] = {}
        self._of_stack: list[Transform] = []
        self._of_resource: dict[str, Sequence[Transform]] = {}
        self._parents: dict[str, str] = defaultdict(str)

    def register_transform(self, transform: Transform) -> callback_pb2.Callback:
        """Takes a function that a resource brings along."""
        token = str(len(self._functions))
        self._functions[token] = transform
        return callback_pb2.Callback(token=token)

    def register_stack_transform(self, transform: Transform) -> None:
        """Takes a function for all resources from here on."""
        self._of_stack.append(transform)

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        """Takes note of a hook."""

    def register_error_hook(self, hook: object) -> None:
        """Takes note of a hook."""

    def of(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> Sequence[Transform]:
        """The transforms of a resource in the engine's order: its own, its parents', the stack's."""
        own = [self._functions[each.token] for each in request.transforms]
        if own:
            self._of_resource[urn] = own
        self._parents[urn] = request.parent
        return [*own, *self._inherited(request.parent), *self._of_stack]

    def _inherited(self, parent: str) -> Iterator[Transform]:
        while parent:
            yield from self._of_resource.get(parent, ())
            parent = self._parents[parent]


async def transform(
    request: resource_pb2.RegisterResourceRequest, transforms: Sequence[Transform]
) -> resource_pb2.RegisterResourceRequest:
    """The request as the transforms leave it: its inputs, and what each of them comes from."""
    for one in transforms:
        opts = pulumi.ResourceOptions(
            parent=DependencyResource(request.parent) if request.parent else None,
            depends_on=[DependencyResource(urn) for urn in request.dependencies],
        )
        args = pulumi.ResourceTransformArgs(request.custom, request.type, request.name, _props(request), opts)
        result = one(args)
        if isawaitable(result):
            result = await result
        if result is not None:
            await _take(request, result.props)
            await _follow(request, result.opts)
    return request


async def _follow(request: resource_pb2.RegisterResourceRequest, opts: pulumi.ResourceOptions) -> None:
    """Takes over the options that rules look at: the provider, and what the resource waits for."""
    if isinstance(opts.provider, pulumi.ProviderResource):
        request.provider = f"{await opts.provider.urn.future()}::{rpc.UNKNOWN}"
    waits = opts.depends_on if isinstance(opts.depends_on, list) else [opts.depends_on]
    urns = {str(await one.urn.future()) for one in waits if isinstance(one, pulumi.Resource)}
    request.dependencies.extend(sorted(urns - set(request.dependencies)))


def _props(request: resource_pb2.RegisterResourceRequest) -> dict[str, Any]:
    """The inputs as a transform sees them: what is unknown is an output, and knows what it comes from."""
    read: dict[str, Any] = rpc.deserialize_properties(request.object, keep_unknowns=True)
    return {key: _outputs(value, request.propertyDependencies[key].urns) for key, value in read.items()}


def _outputs(value: Any, urns: Sequence[str]) -> Any:  # noqa: ANN401 - the program's
    if isinstance(value, Unknown):
        return pulumi.Output({DependencyResource(urn) for urn in urns}, _done(None), _done(said=False))
    if isinstance(value, dict):
        return {key: _outputs(each, urns) for key, each in value.items()}
    return [_outputs(each, urns) for each in value] if isinstance(value, list) else value


async def _done(said: Any) -> Any:  # noqa: ANN401 - of any type
    return said


async def _take(request: resource_pb2.RegisterResourceRequest, props: Any) -> None:  # noqa: ANN401 - as above
    """Puts the inputs that a transform returned in place of those it was given."""
    sources: dict[str, list[pulumi.Resource]] = {}
    inputs = await rpc.serialize_properties(props, sources)
    found = {key: {str(await one.urn.future()) for one in resources} for key, resources in sources.items()}
    for key, on in request.propertyDependencies.items():
        if key in inputs.fields and inputs.fields[key] == request.object.fields[key]:
            found.setdefault(key, set()).update(on.urns)
    request.object.CopyFrom(inputs)
    request.propertyDependencies.clear()
    for key, urns in found.items():
        request.propertyDependencies[key].urns.extend(sorted(urns))
        request.dependencies.extend(sorted(urns - set(request.dependencies)))
