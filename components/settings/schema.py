"""The JSON Schema of a stack file, for editors: `python -m components.settings.schema --write` or `--check`.

Owns how the models become the schema of a whole file. Does not own a rule: what a schema cannot say, such as
ranges that overlap, is refused when the settings are read.
"""

import argparse
import ast
import inspect
import json
import os
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from components.settings.base import Section
from components.settings.platform import PlatformSettings
from components.settings.translate import NAMESPACE
from components.settings.validate import FIELD_OF

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "stack.schema.json"
_ENCRYPTED = {
    "type": "object",
    "description": "An encrypted value: `pulumi config set --secret KEY` writes it.",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_schema() -> dict[str, Any]:
    """The schema of `Pulumi.<stack>.yaml`, in JSON Schema 2020-12.

    Keys of our namespace are those of the models, and beside them only encrypted values; keys of other
    namespaces are allowed, and so is what Pulumi writes beside `config`.
    """
    model = _untitled(PlatformSettings.model_json_schema(by_alias=True, schema_generator=_Described))
    required = set(model["required"])
    ours = "|".join(key.partition(":")[2] for key in FIELD_OF if key.startswith(f"{NAMESPACE}:"))
    config = {
        "type": "object",
        "description": PlatformSettings.__doc__,
        "properties": {key: model["properties"][field] for key, field in FIELD_OF.items()},
        "patternProperties": {
            f"^{NAMESPACE}:(?!({ours})$)": _ENCRYPTED,
            f"^(?!{NAMESPACE}:)[^:]+:": {},
        },
        "required": [key for key, field in FIELD_OF.items() if field in required],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of Plumbline",
        "type": "object",
        "properties": {
            "config": config,
            "encryptionsalt": {"type": "string", "description": "Written by `pulumi stack init`."},
            "encryptedkey": {"type": "string", "description": "Written by `pulumi stack init`."},
            "secretsprovider": {"type": "string", "description": "Who keeps the key of encrypted values."},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": model["$defs"],
    }


class _Described(GenerateJsonSchema):
    """Pydantic's, with what is written below each field as its description.

    Pydantic's own `use_attribute_docstrings` reads the source of every model at every start, and a start is
    what a preview and a check wait for.
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """As pydantic makes it, and described."""
        made = super().model_schema(schema)
        model = schema["cls"]
        for each in reversed(model.__mro__[: model.__mro__.index(Section)]):
            for name, text in _written_below(each).items():
                made["properties"][model.model_fields[name].alias]["description"] = text
        return made


def _written_below(model: type) -> Mapping[str, str]:
    """The fields that a class declares itself, each with the string after it."""
    source = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(source, ast.ClassDef)  # noqa: S101 - for the type-checker: a class's source is a class
    return {
        field.target.id: inspect.cleandoc(after.value.value)
        for field, after in pairwise(source.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and field.target.id in getattr(model, "model_fields", ())
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


def _untitled(schema: Any) -> Any:  # noqa: ANN401 - JSON of any form
    """The schema without the titles that pydantic makes of names: the names say as much."""
    if isinstance(schema, list | tuple):
        return [_untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    return {key: _untitled(value) for key, value in kept.items()}


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def is_current(path: Path = SCHEMA_FILE) -> bool:
    """Whether the file holds what the models say today."""
    return path.is_file() and path.read_text(encoding="utf-8") == schema_text()


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(schema_text())
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the schema, or check that it is current: 0 when it is, 1 when it is stale."""
    parser = argparse.ArgumentParser(prog="python -m components.settings.schema", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true", help="write schemas/stack.schema.json")
    choice.add_argument("--check", action="store_true", help="say whether it is current")
    if parser.parse_args(arguments).write:
        write_schema()
        return 0
    if is_current():
        return 0
    sys.stderr.write(
        "schemas/stack.schema.json is stale: the settings have changed since it was written\n"
        "  fix: python -m components.settings.schema --write\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
