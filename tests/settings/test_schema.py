"""The JSON Schema that editors read."""

import io
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from components.settings import schema

ROOT = Path(__file__).parents[2]


def stack(name="staging"):
    return YAML(typ="safe", pure=True).load(
        io.StringIO((ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))
    )


def errors(value):
    return list(jsonschema.Draft202012Validator(schema.stack_schema()).iter_errors(value))


def test_the_committed_schema_is_what_the_models_say_today():
    assert schema.is_current(), "fix: python -m components.settings.schema --write"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema.stack_schema())


@pytest.mark.parametrize("name", ["staging", "production"])
def test_a_stack_file_keeps_the_schema_and_names_it(name):
    assert errors(stack(name)) == []
    first = (ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=schemas/stack.schema.json"


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("plumbline:databse", {"name": "x"}, False),
        ("plumbline:postgresPasswordNetra", {"secure": "v1:abc"}, True),
        ("plumbline:postgresPasswordNetra", "in plain text", False),
        ("plumbline:environment", "prod", False),
        ("random:seed", 7, True),
        ("no-namespace", 7, False),
    ],
)
def test_an_editor_is_told_of_wrong_keys_and_values(key, value, right):
    document = stack()
    document["config"][key] = value
    assert (errors(document) == []) == right


def test_an_editor_is_told_of_a_limit_and_of_a_missing_key():
    document = stack()
    document["config"]["plumbline:egress"]["connector"]["maxInstances"] = 100
    del document["config"]["plumbline:cache"]["version"]
    assert sorted(error.validator for error in errors(document)) == ["anyOf", "required"]


def test_what_pulumi_writes_beside_config_is_allowed():
    assert errors({**stack(), "encryptionsalt": "v1:x", "secretsprovider": "gcpkms://x"}) == []
    assert errors({**stack(), "cofnig": {}}) != []


def described(node, path=""):
    """Paths of properties that say nothing of themselves."""
    if isinstance(node, list):
        return [bad for index, item in enumerate(node) for bad in described(item, f"{path}/{index}")]
    if not isinstance(node, dict):
        return []
    silent = [
        f"{path}/{name}"
        for name, item in node.get("properties", {}).items()
        if isinstance(item, dict) and "description" not in item and "$ref" not in item
    ]
    return silent + [bad for key, item in node.items() for bad in described(item, f"{path}/{key}")]


def test_every_key_explains_itself():
    silent = [path for path in described(schema.stack_schema()) if not path.endswith(("/secure", "/config"))]
    assert silent == []


def test_a_stale_schema_is_told_and_written_anew(tmp_path, monkeypatch, capsys):
    path = tmp_path / "schemas" / "stack.schema.json"
    assert not schema.is_current(path)
    schema.write_schema(path)
    assert schema.is_current(path)
    assert [file.name for file in path.parent.iterdir()] == ["stack.schema.json"]
    monkeypatch.setattr(schema, "is_current", lambda: False)
    assert schema.main(["--check"]) == 1
    assert "fix: python -m components.settings.schema --write" in capsys.readouterr().err
