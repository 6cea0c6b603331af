from __future__ import annotations

import pytest

from sandbox import schema, schema_source
from sandbox.schema_source import NoSuchTypeError, type_of

# Outputs that 10.2 has and 9.35, of which the facts were read, had not.
NEWER = {"functionalType", "isAclPolicyInSync", "encryptionConfidentialMode", "iap"}
RECORDED = sorted(schema._all_facts())


@pytest.mark.parametrize("token", RECORDED)
def test_what_is_read_of_a_type_is_what_the_real_schema_says(token):
    facts, found = schema.facts(token), schema_source.read_resource(token)
    assert {n for n, p in found.inputs.items() if p.required} == set(facts["required"])
    assert {n for n, p in found.outputs.items() if p.required} - NEWER == set(facts["always_set"]) - NEWER
    assert found.outputs.keys() - found.inputs.keys() - NEWER == set(facts["outputs_only"])
    assert set(found.secrets) == set(facts.get("secret", ()))


def test_a_type_keeps_its_nested_types_defaults_and_enumerations():
    found = schema_source.read_resource("gcp:redis/instance:Instance")
    assert found.inputs["memorySizeGb"] == schema.Property("int", required=True)
    assert found.inputs["tier"].default == "BASIC"
    assert found.inputs["tier"].values == ("BASIC", "STANDARD_HA")
    assert found.inputs["maintenancePolicy"].type == "@InstanceMaintenancePolicy"
    window = found.objects["InstanceMaintenancePolicyWeeklyMaintenanceWindow"]
    assert window["day"].required


def test_a_type_whose_file_is_not_named_after_it_is_found():
    assert schema_source.read_resource("gcp:compute/uRLMap:URLMap").inputs["defaultService"].type == "str"


def test_a_cached_type_is_the_type_that_was_read(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "_cache_folder", lambda: tmp_path)
    schema.resource.cache_clear()
    read = schema.resource("gcp:redis/instance:Instance")
    schema.resource.cache_clear()
    monkeypatch.setattr(schema_source, "read_resource", pytest.fail)
    assert schema.resource("gcp:redis/instance:Instance") == read
    assert len(list(tmp_path.iterdir())) == 1


def test_a_broken_cache_file_is_read_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "_cache_folder", lambda: tmp_path)
    schema.resource.cache_clear()
    (tmp_path / "gcp~redis+instance~Instance.json").write_text('{"token": 1')
    assert schema.resource("gcp:redis/instance:Instance").inputs["memorySizeGb"].required


@pytest.mark.parametrize("token", ["gcp:redis/nothing:Nothing", "nothing", "gcp:nothing/at:All"])
def test_a_type_that_does_not_exist_is_named(token):
    with pytest.raises(NoSuchTypeError, match=token):
        schema_source.read_resource(token)


def test_a_lookup_knows_its_arguments_and_results():
    found = schema_source.read_function("gcp:secretmanager/getSecretVersion:getSecretVersion")
    assert {"secret", "version", "fetchSecretData"} <= found.inputs.keys()
    assert {"enabled", "secretData", "createTime"} <= found.outputs.keys()


@pytest.mark.parametrize(
    ("annotation", "word"),
    [
        ("pulumi.Input[Optional[_builtins.str]]", "str"),
        ("pulumi.Input[Optional[Sequence[pulumi.Input['InstanceNodeArgs']]]]", "[@InstanceNode]"),
        ("pulumi.Output[Optional[Mapping[str, _builtins.str]]]", "{str}"),
        ("pulumi.Output['outputs.InstanceSettings']", "@InstanceSettings"),
        ("pulumi.Input[Union[pulumi.Asset, pulumi.Archive]]", "any"),
    ],
)
def test_annotations_become_short_words(annotation, word):
    assert type_of(annotation) == word


def test_a_name_replaces_where_the_real_schema_is_not_known():
    assert "name" in schema.replaces("gcp:compute/instance:Instance")
