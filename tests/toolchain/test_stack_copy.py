"""The sandbox's copy of a stack's file."""

import json
import os
import sys
from pathlib import Path

import pytest

from toolchain.places import ToolchainError
from toolchain.stack_copy import StackCopy, merge, project_name, read_stack_file, secret_keys

STACK_FILE = """\
config:
  p:deletionProtection: true
  p:database: {databases: {netra: {user: netra, passwordConfigKey: netraPassword}}}
  p:secrets:
    outside: {from: outside, version: "3"}
    own: {from: config, configKey: apiKey}
"""

# Stands for the CLI: creates the stack's file in the backend, keeps secrets as the CLI would, writes a salt.
FAKE_PULUMI = """\
#!{python} -S
import json, os, pathlib, sys
words = sys.argv[1:]
state = pathlib.Path(os.environ["STATE"])
with (state / "calls").open("a") as calls:
    calls.write(" ".join(words[:3]) + chr(10))
if words[:2] == ["stack", "init"]:
    backend = state / "pulumi" / ".pulumi" / "stacks" / "p"
    backend.mkdir(parents=True, exist_ok=True)
    (backend / (words[2] + ".json")).write_text("{}")
    copy = pathlib.Path("Pulumi." + words[2] + ".yaml")
    content = json.loads(copy.read_text())
    content["encryptionsalt"] = content.get("encryptionsalt", "v1:salt")
    copy.write_text(json.dumps(content))
else:
    copy = pathlib.Path(words[words.index("--config-file") + 1])
    content = json.loads(copy.read_text())
    content["config"]["p:" + words[2]] = {"secure": "v1:" + str(len(sys.stdin.read()))}
    copy.write_text(json.dumps(content))
"""


@pytest.fixture
def stack(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    tracked = project / "Pulumi.staging.yaml"
    tracked.write_text(STACK_FILE)
    return StackCopy(project, "p", "staging", tmp_path / "state", tracked)


@pytest.fixture
def env(tmp_path, monkeypatch):
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(FAKE_PULUMI.replace("{python}", sys.executable))
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{pulumi.parent}:{os.environ['PATH']}")
    return {**os.environ, "STATE": str(tmp_path / "state")}


def config_of(stack):
    return read_stack_file(stack.copy)["config"]


def calls(stack):
    return (stack.state / "calls").read_text().splitlines()


def test_the_tracked_file_stays_as_it_is(stack, env):
    stack.prepare(env)
    assert stack.tracked.read_text() == STACK_FILE
    assert sorted(each.name for each in stack.project.iterdir()) == ["Pulumi.staging.yaml", "Pulumi.yaml"]


def test_the_copy_says_what_the_tracked_file_says(stack, env):
    stack.prepare(env)
    copied = {key: value for key, value in config_of(stack).items() if "secure" not in str(value)}
    assert copied == read_stack_file(stack.tracked)["config"]


def test_every_secret_that_the_configuration_names_gets_a_random_value(stack, env):
    stack.prepare(env)
    made = {key: value for key, value in config_of(stack).items() if "secure" in str(value)}
    assert set(made) == {"p:netraPassword", "p:apiKey"}
    assert all(int(value["secure"].removeprefix("v1:")) >= 32 for value in made.values())


def test_a_second_run_calls_nothing(stack, env):
    stack.prepare(env)
    before = calls(stack)
    stack.prepare(env)
    assert calls(stack) == before == ["stack init staging", "config set apiKey", "config set netraPassword"]


def test_a_change_of_the_tracked_file_arrives_and_salt_and_secrets_stay(stack, env):
    stack.prepare(env)
    before = read_stack_file(stack.copy)
    stack.tracked.write_text(STACK_FILE.replace("deletionProtection: true", "deletionProtection: false"))
    stack.prepare(env)
    now = read_stack_file(stack.copy)
    assert now["config"]["p:deletionProtection"] is False
    assert now["config"]["p:netraPassword"] == before["config"]["p:netraPassword"]
    assert now["encryptionsalt"] == before["encryptionsalt"]


def test_a_stack_that_was_removed_is_created_again(stack, env):
    stack.prepare(env)
    (stack.state / "pulumi" / ".pulumi" / "stacks" / "p" / "staging.json").unlink()
    stack.prepare(env)
    assert calls(stack).count("stack init staging") == 2


def test_a_stack_without_a_file_of_its_own_has_an_empty_copy(stack, env):
    stack.tracked.unlink()
    stack.prepare(env)
    assert config_of(stack) == {}


def test_unprotected_is_another_file_and_the_copy_stays_protected(stack, env):
    stack.prepare(env)
    unprotected = read_stack_file(stack.unprotected())
    assert unprotected["config"].pop("p:deletionProtection") is False
    assert config_of(stack).pop("p:deletionProtection") is True
    assert unprotected["encryptionsalt"] == read_stack_file(stack.copy)["encryptionsalt"]


def test_what_was_set_in_the_sandbox_outlives_a_change_elsewhere_in_the_tracked_file():
    base = {"a": 1, "b": 2}
    old = {"config": {"a": 10, "b": 2}}
    assert merge({"config": {"a": 1, "b": 3}}, old, base)["config"] == {"a": 10, "b": 3}


def test_what_was_set_in_the_sandbox_yields_to_the_same_value_changed_in_the_tracked_file():
    assert merge({"config": {"a": 5}}, {"config": {"a": 10}}, {"a": 1})["config"] == {"a": 5}


def test_what_was_removed_from_the_tracked_file_is_removed_from_the_copy():
    assert merge({"config": {}}, {"config": {"a": 1}}, {"a": 1})["config"] == {}


def test_names_of_secrets_are_found_wherever_they_stand():
    config = {"x": [{"configKey": "one"}], "y": {"passwordConfigKey": "two"}, "z": {"keyConfig": "three"}}
    assert secret_keys(config) == {"one", "two"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("config:\n  a: [1\nb: 2\n", 3, "not YAML"),
        ("config:\n  a: 1\n  a: 2\n", 3, "not YAML"),
        ("- 1\n", 1, "a mapping"),
    ],
)
def test_a_file_that_is_no_stack_file_is_named_with_its_line(tmp_path, text, line, words):
    path = tmp_path / "Pulumi.staging.yaml"
    path.write_text(text)
    with pytest.raises(ToolchainError) as refused:
        read_stack_file(path)
    assert str(refused.value).startswith(f"Pulumi.staging.yaml:{line}: ")
    assert words in str(refused.value)


def test_a_refusal_by_pulumi_is_passed_on_in_its_own_words(stack, env):
    Path(env["PATH"].split(":")[0], "pulumi").write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    with pytest.raises(ToolchainError, match=r"stack init staging.*no such luck"):
        stack.prepare(env)


@pytest.mark.parametrize(
    "text", ["name: p\n", 'runtime: python\nname: "p"\n', "name:   'p'   # the project\n"]
)
def test_the_projects_name_is_read_without_a_parser(tmp_path, text):
    (tmp_path / "Pulumi.yaml").write_text(text)
    assert project_name(tmp_path) == "p"


def test_a_folder_without_a_project_has_no_project_name(tmp_path):
    assert project_name(tmp_path) is None


def test_the_copy_is_json_so_that_it_is_read_without_a_yaml_parser(stack, env):
    stack.prepare(env)
    assert json.loads(stack.copy.read_text())
