from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sandbox import coverage
from sandbox.__main__ import app
from tests.sandbox.world import REDIS, VERSION, World, cache

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`python -m sandbox …` on a cloud of its own."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("projects:\n  netra-production: {number: '1', secrets: {s: [enabled]}}\n")
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path))
    monkeypatch.setenv("SANDBOX_OUTSIDE", str(outside))

    def call(*words):
        return CliRunner().invoke(app, words)

    call("ls")
    return call


@pytest.fixture
def redis(tmp_path):
    world = World(tmp_path)
    made = world.up(REDIS, "r", **cache(world.network().id, authEnabled=True))
    world.up(VERSION, "v", secret=world.secret("pw", versions=0).id, secretData="hunter2")
    world.made = made
    return world


@pytest.mark.usefixtures("redis")
def test_what_exists_is_listed_and_what_lies_outside_only_when_asked(run):
    assert (
        "gcp:redis/instance:Instance  projects/netra-staging/locations/us-central1/instances/redis"
        in run("ls").output
    )
    assert "netra-production" not in run("ls").output
    assert (
        "gcp:secretmanager/secret:Secret  projects/netra-production/secrets/s  (outside)"
        in run("ls", "--all").output
    )
    assert "network" not in run("ls", "redis").output


def test_a_thing_is_shown_without_its_secrets(run, redis):
    shown = json.loads(run("show", "redis").output)
    assert shown["authString"] == "[secret]"
    assert shown["host"] == redis.made["host"]
    assert "hunter2" not in run("show", "projects/netra-staging/secrets/pw").output
    version = run("show", run("ls", "secretVersion").output.split()[1]).output
    assert "[secret]" in version
    assert "hunter2" not in version


def test_a_change_behind_the_stacks_back_is_drift(run, redis):
    assert (
        run(
            "set", "redis", "memorySizeGb=1", "redisConfigs.maxmemory-policy=allkeys-lru", "nodes[0].zone=z"
        ).exit_code
        == 0
    )
    seen = redis.refresh(redis.made)
    assert seen["memorySizeGb"] == 1
    assert seen["redisConfigs"] == {"maxmemory-policy": "allkeys-lru"}
    assert seen["nodes"][0]["zone"] == "z"


def test_a_thing_removed_behind_the_stacks_back_is_gone(run, redis):
    assert run("rm", "redis").exit_code == 0
    assert redis.refresh(redis.made) is None


@pytest.mark.usefixtures("redis")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nothing"), "there is no such thing in this cloud"),
        (("set", "redis", "memorySizeGb"), "is no assignment. Right: settings.tier=db-f1-micro"),
        (("set", "redis", "nodes[7].zone=z"), "there is no such place in this thing"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(run, words, said):
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_name_of_two_things_asks_which(run, redis):
    redis.up("gcp:pubsub/topic:Topic", "t", name="redis")
    result = run("show", "redis")
    assert result.exit_code == 2
    assert "means 2 things" in result.output


@pytest.mark.usefixtures("redis")
def test_reset_forgets_everything_and_seeds_anew(run):
    assert run("reset").exit_code == 0
    assert run("ls").output == ""
    assert "netra-production" in run("ls", "--all").output


def test_a_broken_outside_file_is_said_in_a_line(tmp_path, monkeypatch):
    (tmp_path / "outside.yaml").write_text("projects: 1\n")
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path / "fresh"))
    monkeypatch.setenv("SANDBOX_OUTSIDE", str(tmp_path / "outside.yaml"))
    result = CliRunner().invoke(app, ["ls"])
    assert result.exit_code == 2
    assert "outside.yaml:1: has no projects" in result.output


def test_the_table_in_the_document_is_not_stale():
    text = DOCUMENT.read_text(encoding="utf-8")
    inside = text.partition(coverage.BEGIN)[2].partition(coverage.END)[0]
    assert inside.strip() == coverage.table().strip(), (
        "run: python -m sandbox coverage, and put it into docs/sandbox.md"
    )


def test_every_described_type_is_one_that_pulumi_gcp_has():
    from sandbox import schema  # noqa: PLC0415 - one test reads every schema

    tokens = [kind.token for kind in coverage.described()]
    assert len(tokens) == len(set(tokens))
    for token in tokens:
        schema.resource(token)
