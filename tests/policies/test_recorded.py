"""Plans from files that the engine wrote."""

from __future__ import annotations

import json

import pytest

from policies.plan import UNKNOWN, Secret, Source
from policies.plan.errors import SourceError
from policies.plan.recorded import read
from policies.plan.values import bare

NETWORK = "gcp:compute/network:Network"
URN = f"urn:pulumi:staging::test::{NETWORK}::"
PROVIDER = "urn:pulumi:staging::test::pulumi:providers:gcp::default"
CIPHER = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def state(name="a", **more):
    return {"urn": URN + name, "type": NETWORK, "inputs": {"name": name}, **more}


def step(op, name="a", **more):
    return {"op": op, "urn": URN + name, "newState": state(name, **more)}


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "file.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_preview_holds_what_will_be_there_once_it_is_done(file):
    gone = {"op": "delete", "urn": URN + "b", "oldState": state("b")}
    plan, source = read(file({"steps": [step("create"), gone, step("same", "c")]}))
    assert source == "preview"
    assert [resource.name for resource in plan] == ["a", "c"]
    assert plan.preview


def test_a_replaced_resource_is_still_there(file):
    steps = [
        step("create-replacement"),
        step("replace"),
        {"op": "delete-replaced", "urn": URN + "a", "oldState": state()},
    ]
    plan, _ = read(file({"steps": steps}))
    assert [resource.name for resource in plan] == ["a"]


def test_a_preview_tells_where_a_resource_is_declared_and_what_it_comes_from(file):
    more = {
        "sourcePosition": "project:///net/__main__.py#9",
        "propertyDependencies": {"name": [URN + "z"], "project": None},
        "dependencies": [URN + "z"],
    }
    (resource,) = read(file({"steps": [step("create", **more)]}))[0]
    assert resource.source == Source("net/__main__.py", 9)
    assert resource.property_dependencies == {"name": (URN + "z",), "project": ()}


def test_unknowns_and_masked_secrets_are_what_they_are(file):
    inputs = {"name": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "description": "[secret]", "mtu": 1460}
    (resource,) = read(file({"steps": [step("create", inputs=inputs)]}))[0]
    assert resource.at("name") is UNKNOWN
    assert isinstance(resource.at("description"), Secret)
    assert bare(resource.at("description")) is UNKNOWN
    assert resource.at("mtu") == 1460


def test_a_state_is_what_exists_with_its_outputs_and_its_provider(file):
    resources = [
        {"urn": PROVIDER, "type": "pulumi:providers:gcp", "inputs": {"project": "p", "region": "r"}},
        state(provider=f"{PROVIDER}::1234", outputs={"id": "projects/p/global/networks/a"}),
        state("old", delete=True),
        state("read", external=True, outputs={"name": "theirs"}),
    ]
    plan, source = read(file({"version": 3, "deployment": {"resources": resources}}))
    assert source == "state"
    assert not plan.preview
    own, theirs = [resource for resource in plan if resource.type == NETWORK]
    assert plan.project_of(own) == "p"
    assert plan.region_of(own) == "r"
    assert own.outputs == {"id": "projects/p/global/networks/a"}
    assert (theirs.declared, theirs.at("name")) == (False, "theirs")


def test_a_secret_of_a_state_stays_closed_unless_it_was_exported_open(file):
    opened = {**CIPHER, "plaintext": '"hunter2"'}
    inputs = {"closed": CIPHER, "opened": opened, "broken": {**CIPHER, "plaintext": "{"}}
    (resource,) = read(file({"version": 3, "deployment": {"resources": [state(inputs=inputs)]}}))[0]
    assert bare(resource.at("closed")) is UNKNOWN
    assert bare(resource.at("opened")) == "hunter2"
    assert bare(resource.at("broken")) is UNKNOWN
    assert repr(resource.at("opened")) == "[secret]"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ('{"steps": [', ":1: is not JSON"),
        ('{"steps":\n [}', ":2: is not JSON"),
        ("[]", "holds a list, not an object"),
        ("{}", "neither a preview"),
        ('{"diagnostics": []}', "neither a preview"),
        ('{"steps": {}}', "steps: holds an object, not a list"),
        ('{"steps": [1]}', r"steps\[0\]: holds a number, not an object"),
        ('{"steps": [{"op": "create"}]}', r"steps\[0\]: is a step `create` without `newState`"),
        ('{"steps": [{"op": "create", "newState": {"type": "t"}}]}', r"newState: has no `urn` and `type`"),
        ('{"deployment": {}}', "a state of version None"),
        ('{"version": 3, "deployment": []}', "`deployment` is not an object"),
        ('{"version": 3, "deployment": {"resources": 5}}', "resources: holds a number, not a list"),
        ('{"version": 3, "deployment": {"resources": [{"type": "t"}]}}', "has no `urn` and `type`"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_neither_is_refused_with_what_it_is_and_what_to_do(file, content, says):
    path = file(content)
    with pytest.raises(SourceError, match=says) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert "pulumi stack export --stack STACK > state.json" in str(refused.value) or "pulumi preview" in str(
        refused.value
    )


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"nothing\.json: cannot be read: No such file"):
        read(tmp_path / "nothing.json")


def test_a_preview_that_failed_has_no_plan_and_its_words_are_not_repeated(file):
    told = [{"severity": "error", "urn": URN + "a", "message": "password hunter2 is too short"}]
    path = file({"steps": [step("create")], "diagnostics": told})
    with pytest.raises(
        SourceError, match="this preview failed at a, so that its plan is not whole"
    ) as refused:
        read(path)
    assert "hunter2" not in str(refused.value)


def test_resources_that_name_no_project_are_in_the_stacks(file):
    plan, _ = read(file({"config": {"gcp:project": "p", "gcp:region": "r"}, "steps": [step("create")]}))
    (resource,) = plan
    assert (plan.project_of(resource), plan.region_of(resource)) == ("p", "r")


def test_a_name_may_hold_colons(file):
    (resource,) = read(file({"steps": [step("create", "a::b")]}))[0]
    assert resource.name == "a::b"


def test_what_was_interrupted_is_no_part_of_a_state(file):
    pending = [{"type": "creating", "resource": state("half")}]
    written = {"version": 3, "deployment": {"resources": [state()], "pending_operations": pending}}
    assert [resource.name for resource in read(file(written))[0]] == ["a"]
