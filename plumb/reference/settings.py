"""Every key of a stack's file, from its JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from components.settings.schema import stack_schema
from plumb.reference._markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE: Final = "reference/settings.md"
_OF_ALL: Final = (
    "Every key of `Pulumi.<stack>.yaml` under `config:`. Names are Google's; units are in the names. A value",
    "that Google Cloud would refuse is refused with file and line before anything is previewed; what one key",
    "must be beside another (ranges that overlap, pools that do not fit) is said then too. Editors complete",
    "and check the keys by `schemas/stack.schema.json` (`plumb schema` prints it).",
)
Schema = dict[str, Any]


def page() -> str:
    """The page."""
    whole = stack_schema()
    config, models = whole["properties"]["config"], whole["$defs"]
    lines = [
        "# Settings",
        "",
        *_OF_ALL,
        "",
        *table(
            ("key", "value", "default", "what it says"),
            (
                _row(key, schema, models, required=key in config["required"])
                for key, schema in config["properties"].items()
            ),
        ),
        "Values that only you know are encrypted beside them: `pulumi config set --secret plumbline:KEY`.",
        "",
    ]
    for name, model in sorted(models.items()):
        lines += [f"## {name}", "", str(model.get("description", "")).strip(), ""]
        required = model.get("required", ())
        lines += table(
            ("key", "value", "default", "what it says"),
            (_row(key, one, models, required=key in required) for key, one in model["properties"].items()),
        )
    return "\n".join(lines)


def _row(key: str, schema: Schema, models: Mapping[str, Schema], *, required: bool) -> Sequence[str]:
    told = schema.get("description") or _model_of(schema, models).get("description", "")
    return f"`{key}`", _value(schema), "required" if required else _default(schema), told


def _model_of(schema: Schema, models: Mapping[str, Schema]) -> Schema:
    return models.get(str(schema.get("$ref", "")).rpartition("/")[2], {})


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value in (None, "", [], {}):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _value(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    fixed = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if fixed:
        return ", ".join(f"`{one}`" for one in fixed)
    either = [one for one in (schema.get("anyOf") or schema.get("oneOf") or ()) if one.get("type") != "null"]
    if either:
        return " or ".join(dict.fromkeys(_value(one) for one in either))
    return _of_values(schema) or " ".join([_TYPES.get(str(schema.get("type")), "value"), *_bounds(schema)])


def _of_values(schema: Schema) -> str:
    """What a mapping or a list holds; nothing for what is neither."""
    if schema.get("type") == "array":
        return f"list of {_value(schema.get('items', {}))}"
    named = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
    return f"name: {_value(named)}" if isinstance(named, dict) else ""


_TYPES: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
}


def _bounds(schema: Schema) -> Iterator[str]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif low is not None:
        yield f"from {low}"
    elif high is not None:
        yield f"to {high}"
