"""What is unknown at preview, and what is not.

Owns the outputs of a create that has not happened: exactly what the real provider knows and leaves unknown,
as recorded in `data/preview-known.json`; for types that were not recorded, what follows from their schema.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from sandbox import schema
from sandbox.wire import UNKNOWN, Props, Value, fill, has_unknown, without_defaults

if TYPE_CHECKING:
    from sandbox.kinds import Kind, Place

ATTRIBUTION = {"goog-pulumi-provisioned": "true"}


def outputs(kind: Kind, inputs: Props, place: Place) -> Props:
    """The outputs of a create at preview.

    Args:
        kind: the type.
        inputs: checked inputs, with unknowns.
        place: the provider's project and region.
    """
    found = schema.resource(kind.token)
    body: Props = deepcopy(without_defaults(inputs))
    record = schema.preview_record(kind.token)
    for path in record["unknown"] if record else ():
        if path != "id":
            fill(body, path, UNKNOWN)
    for name, value in known(kind, inputs, place).items():
        if body.get(name) is None:
            body[name] = value
    for name in _to_be_computed(kind.token, found):
        if body.get(name) is None:
            body[name] = UNKNOWN
    return body


def known(kind: Kind, inputs: Props, place: Place) -> Props:
    """Outputs that the provider knows without asking the API: project, labels, defaults that are zero."""
    found = schema.resource(kind.token)
    record = schema.preview_record(kind.token)
    result: Props = {}
    for name, prop in found.outputs.items():
        is_default = name in found.inputs and found.inputs[name].default is not None
        if name == "project" and place.project:
            result[name] = place.project
        elif name == "deletionPolicy":
            result[name] = "DELETE"
        elif name in {"effectiveLabels", "pulumiLabels"} and "labels" in found.inputs:
            result[name] = labels(inputs)
        elif is_default and prop.type == "bool" and found.inputs[name].default == "false":
            result[name] = False
    for name, value in kind.known.items():
        result[name] = value(inputs, place) if callable(value) else value
    if record:
        recorded = record["known_computed"]
        result = {name: value for name, value in result.items() if name not in record["unknown"]}
        zeros = {name: value for name, value in recorded.items() if not value}
        result = {**zeros, **result}
    return result


def labels(inputs: Props) -> Value:
    """The labels in effect: the user's, and the mark of what Pulumi provisioned."""
    given = inputs.get("labels")
    if given is UNKNOWN or has_unknown(given):
        return UNKNOWN
    return {**without_defaults(given or {}), **ATTRIBUTION}


def _to_be_computed(token: str, found: schema.TypeSchema) -> list[str]:
    """Top-level outputs that only the API can give."""
    recorded = schema.preview_record(token)
    facts = schema.facts(token)
    only = [name for name in found.outputs if name not in found.inputs]
    if recorded or facts:
        # 10.2 has a few outputs that 9.35, which was recorded, had not.
        only = [name for name in only if name in facts.get("outputs_only", only)]
    by_google = [name for name in schema.computed(token) if found.inputs[name].default is None]
    return [*only, *by_google]
