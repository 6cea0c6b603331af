"""What the engine keeps of a resource: its secret outputs, and its inputs as the cloud has them now.

Owns the way back from the cloud to a resource's inputs, as the bridge does it: a refresh brings up to
date what was an input before; an import takes all that can be one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import schema
from sandbox.references import same
from sandbox.wire import DEFAULTS, Path, Props, Value, without_defaults

if TYPE_CHECKING:
    from sandbox.kinds import Kind

_PLACES = ("project", "region", "location", "zone")


def secret_paths(token: str, outputs: Props, given: frozenset[Path]) -> frozenset[Path]:
    """Secret outputs: those of the schema, and what came from secret inputs."""
    return given | {(name,) for name in schema.resource(token).secrets if name in outputs}


def refreshed(body: Props, old_inputs: Props) -> Props:
    """The old inputs with the cloud's present values in them."""
    found: Props = _project(body, old_inputs)
    return found


def imported(kind: Kind, body: Props) -> Props:
    """Everything that can be an input and is no default; the provider's defaults are listed as such.

    As in the bridge, what is nothing (empty, zero, false) is no input, nor is what Google fills in by itself:
    a program that does not write it must not be told that it differs.
    """
    found = schema.resource(kind.token)
    computed = schema.computed(kind.token)
    inputs: Props = {}
    defaults = []
    for name, prop in found.inputs.items():
        value = body.get(name)
        filled_in = name in computed and not isinstance(value, dict) and name not in {"name", *_PLACES}
        if not value or filled_in:
            continue
        inputs[name] = without_defaults(value)
        if not prop.required and str(value) == str(kind.defaults.get(name, prop.default)):
            defaults.append(name)
    record = schema.preview_record(kind.token)
    for path in record["unknown"] if record else ():
        if "." in path:
            _drop(inputs, path.replace("[]", "").split("."))
    inputs[DEFAULTS] = sorted(defaults)
    return inputs


def _drop(value: Value, steps: list[str]) -> None:
    """Remove what lies at a path, in every element of the lists on the way."""
    if isinstance(value, list):
        for each in value:
            _drop(each, steps)
    elif isinstance(value, dict) and len(steps) == 1:
        value.pop(steps[0], None)
    elif isinstance(value, dict):
        _drop(value.get(steps[0]), steps[1:])


def _project(now: Value, then: Value) -> Value:
    if isinstance(then, dict) and isinstance(now, dict):
        return {
            name: value if name == DEFAULTS else _project(now[name], value)
            for name, value in then.items()
            if name == DEFAULTS or now.get(name) is not None
        }
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [_project(new, old) for new, old in zip(now, then, strict=True)]
    if isinstance(now, str) and isinstance(then, str) and same(now, then):
        return then
    return without_defaults(now)
