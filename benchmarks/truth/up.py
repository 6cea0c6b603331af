"""Brings a platform up in the sandbox's provider, and makes the plans that the rules are asked about.

Owns the two plans: that of a preview, in which outputs are unknown where the provider leaves them unknown,
and that of what exists afterwards. What the API refuses does not exist, and what needs it neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.truth.program import ANOTHER_STACK, Out, needs, resolve, sources
from policies.plan import Plan, Resource
from policies.plan.values import UNKNOWN
from sandbox import check, kinds, wire
from sandbox.cloud import Cloud
from sandbox.errors import ApiError, HalfCreatedError, ProviderError
from sandbox.kinds import Place
from sandbox.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.truth.program import Declared, Program
    from sandbox.cloud import Thing

PROJECT = "truth-app"
REGION = "us-central1"


@dataclass(slots=True)
class Up:
    """A platform after its update.

    Attributes:
        preview: The plan of its preview.
        state: The plan of what exists.
        things: What exists.
        ids: The ids of what was created, by name in the program.
        refused: Why the rest was not, by name.
    """

    preview: Plan
    state: Plan
    things: list[Thing] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def thing(self, name: str) -> Thing | None:
        """What a resource of the program became; None where it was refused."""
        identity = self.ids.get(name)
        return next((one for one in self.things if one.id == identity), None) if identity else None


def bring_up(program: Program, folder: Path) -> Up:
    """Previews a platform, then creates it."""
    cloud = Cloud(folder / "cloud.sqlite")
    with cloud.transaction():
        cloud.clear()
    provider = Provider(cloud, Place(PROJECT, REGION), sleep=lambda _: None)
    up = Up(
        Plan(project=PROJECT, region=REGION, preview=True),
        Plan(project=PROJECT, region=REGION, preview=False),
    )
    planned: dict[str, Mapping[str, Any]] = {}
    made: dict[str, Mapping[str, Any]] = {}
    urns = {one.name: one.urn for one in program.resources if not one.outside}
    urns[ANOTHER_STACK] = f"urn:pulumi:truth::truth::pulumi:pulumi:StackReference::{ANOTHER_STACK}"
    for declared in program.resources:
        inputs = _resolved(declared, planned, wire.UNKNOWN, wire.UNKNOWN)
        planned[declared.name] = _preview(provider, declared, inputs)
        if not declared.outside:
            up.preview.add(_resource(declared, _known(inputs), _known(planned[declared.name]), urns))
        _create(provider, declared, made, up, urns)
    with cloud.transaction():
        up.things = cloud.all()
    cloud.close()
    return up


def _preview(provider: Provider, declared: Declared, inputs: dict[str, Any]) -> Mapping[str, Any]:
    checked = check.check(kinds.kind(declared.type), declared.name, {}, inputs, provider.place)
    outputs = provider.preview_create(declared.type, checked.inputs).outputs
    return {"id": wire.UNKNOWN, **outputs}


def _create(
    provider: Provider, declared: Declared, made: dict[str, Mapping[str, Any]], up: Up, urns: dict[str, str]
) -> None:
    lacks = [name for name in (*declared.depends, *needs(dict(declared.inputs))) if name in up.refused]
    if lacks:
        up.refused[declared.name] = f"needs {lacks[0]}"
        return
    inputs = _resolved(declared, made, None, None)
    checked = check.check(kinds.kind(declared.type), declared.name, {}, inputs, provider.place)
    if checked.failures:
        up.refused[declared.name] = "; ".join(checked.failures)
        return
    try:
        done = provider.create(declared.type, declared.urn, checked.inputs)
    except (ApiError, HalfCreatedError, ProviderError) as error:
        up.refused[declared.name] = str(error)
        return
    made[declared.name] = {"id": done.id, **done.outputs}
    up.ids[declared.name] = done.id
    if not declared.outside:
        up.state.add(_resource(declared, inputs, made[declared.name], urns))


def _resolved(
    declared: Declared,
    outputs: Mapping[str, Mapping[str, Any]],
    unknown: Any,  # noqa: ANN401 - a mark
    hidden: Any,  # noqa: ANN401 - a mark
) -> dict[str, Any]:
    def output(out: Out) -> Any:  # noqa: ANN401 - JSON
        return outputs[out.of].get(out.key, unknown)

    def of_hidden(value: Any) -> Any:  # noqa: ANN401 - JSON
        return hidden if hidden is not None else resolve(value.value, output, of_hidden, unknown)

    found: dict[str, Any] = resolve(dict(declared.inputs), output, of_hidden, unknown)
    return found


def _known(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A value as the rules read it: with their own mark for what is unknown."""
    if value is wire.UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _known(one) for key, one in value.items() if key != wire.DEFAULTS}
    return [_known(one) for one in value] if isinstance(value, list) else value


def _resource(
    declared: Declared, inputs: Mapping[str, Any], outputs: Mapping[str, Any], urns: Mapping[str, str]
) -> Resource:
    by_key = {
        key: [urns[name] for name in dict.fromkeys(sources(value)) if name in urns]
        for key, value in declared.inputs.items()
    }
    waits = [urns[name] for name in declared.depends if name in urns]
    return Resource(
        urn=declared.urn,
        type=declared.type,
        name=declared.name,
        read=partial(dict, inputs),
        dependencies=[*waits, *(urn for found in by_key.values() for urn in found)],
        property_dependencies={key: found for key, found in by_key.items() if found},
        read_outputs=partial(dict, outputs),
    )
