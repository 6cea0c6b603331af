"""`plumb deploy`: exit codes, `--json`, what is refused before it begins, and that no secret is told."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from plumb.app import app
from plumb.deploy.outcome import Outcome
from plumb.deploy.stack import Stack
from plumb.deploy.traffic import Standing, Target, TrafficError
from plumb.deploy.words import StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from click.testing import Result

BACKEND = "projects/p/locations/r/services/backend"
IMAGE = f"registry/backend@sha256:{'a' * 64}"
CANARY = "canary-5f0d-canary"


class Cloud:
    """One service."""

    def __init__(self) -> None:
        self.now = Standing(BACKEND, "backend-1", "backend-1", (Target("", 100),))
        self.on_move: Callable[[], None] = lambda: None

    def standing(self, service: str) -> Standing | None:
        return self.now if service == BACKEND else None

    def is_ready(self, service: str, revision: str) -> bool | None:
        del service, revision
        return True

    def move(self, service: str, targets: Sequence[Target]) -> None:
        self.on_move()
        self.now = Standing(service, self.now.newest, self.now.ready, tuple(targets))


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A stack, its cloud and its checks that all go well."""
    made = Cloud()

    def up(_: Stack, plan: Path) -> dict[str, Any]:
        del plan
        made.now = Standing(BACKEND, "backend-2", "backend-2", made.now.targets)
        return {}

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SANDBOX_STATE", raising=False)
    monkeypatch.delenv("PLUMB_STACK_FILE", raising=False)
    monkeypatch.setenv("PLUMB_DEPLOYS", str(tmp_path / "deploys"))
    monkeypatch.setattr("plumb.deploy.command._traffic", lambda: made)
    monkeypatch.setattr("plumb.deploy.checks.StackChecks.gate", lambda _: Outcome(passed=True))
    monkeypatch.setattr("plumb.deploy.checks.StackChecks.probe", lambda _, **_ways: Outcome(passed=True))
    monkeypatch.setattr(Stack, "set_image", lambda *_: None)
    monkeypatch.setattr(Stack, "services", lambda _: [BACKEND])
    monkeypatch.setattr(Stack, "refresh_services", lambda _: None)
    monkeypatch.setattr(Stack, "preview", lambda *_: {})
    monkeypatch.setattr(Stack, "up", up)
    return made


def deploy(*options: str) -> Result:
    return CliRunner().invoke(app, ["deploy", "staging", "--pause", "0", *options])


def record(tmp_path: Path) -> str:
    return (tmp_path / "deploys" / "staging.jsonl").read_text()


def broken(monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException) -> None:
    def breaks(*_: object) -> None:
        raise error

    monkeypatch.setattr(Stack, step, breaks)


def test_a_deploy_that_ends_well_exits_with_0(cloud: Cloud) -> None:
    done = deploy("--image", f"backend={IMAGE}")
    assert done.exit_code == 0, done.output
    assert "all traffic is on the new revisions" in done.output
    assert cloud.now.share("backend-2") == 100


@pytest.mark.usefixtures("cloud")
def test_a_deploy_that_fails_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "up", StackError("`pulumi up` failed"))
    done = deploy()
    assert done.exit_code == 1
    assert "`pulumi up` failed" in done.output


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_without_credentials_it_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    def none() -> None:
        raise TrafficError("no credentials for Google Cloud")

    monkeypatch.setattr("plumb.deploy.command._traffic", none)
    done = deploy(*options)
    assert done.exit_code == 2
    assert "no credentials for Google Cloud" in (done.stdout if options else done.stderr)


@pytest.mark.usefixtures("cloud")
def test_while_another_deploy_runs_it_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "deploys").mkdir()
    with (tmp_path / "deploys" / "staging.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = deploy()
    assert done.exit_code == 2
    assert "another deploy of staging runs" in done.stderr


@pytest.mark.usefixtures("cloud")
def test_a_record_that_is_none_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "deploys").mkdir()
    (tmp_path / "deploys" / "staging.jsonl").write_text("{}\n")
    done = deploy()
    assert done.exit_code == 2
    assert "staging.jsonl:1: " in done.stderr


@pytest.mark.usefixtures("cloud")
def test_a_record_that_has_no_place_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "deploys").write_text("a file")
    done = deploy()
    assert done.exit_code == 2
    assert "File exists" in done.stderr


@pytest.mark.usefixtures("cloud")
def test_a_stack_that_cannot_be_put_right_exits_with_2_and_can_be_gone_on_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        broken(patched, "up", KeyboardInterrupt())
        assert deploy().exit_code == 130
    with monkeypatch.context() as patched:
        broken(patched, "put_right", StackError("an update still runs\n  fix: plumb recover staging"))
        done = deploy()
    assert done.exit_code == 2
    assert "plumb recover staging" in done.stderr
    assert "Traceback" not in done.output
    monkeypatch.setattr(Stack, "put_right", lambda *_: None)
    assert deploy().exit_code == 0
    assert record(tmp_path).count('"event":"resumed"') == 2


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_interrupted_it_exits_with_130_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    broken(monkeypatch, "preview", KeyboardInterrupt())
    done = deploy(*options)
    assert done.exit_code == 130
    assert "To go on: plumb deploy staging" in (done.stdout if options else done.stderr)


@pytest.mark.usefixtures("cloud")
def test_a_deploy_that_was_interrupted_is_not_said_to_have_been_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        broken(patched, "preview", KeyboardInterrupt())
        deploy()
    done = deploy()
    assert "had not ended in step preview" in done.output
    assert "killed" not in done.output


@pytest.mark.usefixtures("cloud")
def test_json_is_the_record_line_by_line_and_how_it_ended(tmp_path: Path) -> None:
    done = deploy("--json", "--image", f"backend={IMAGE}")
    *lines, last = done.stdout.splitlines()
    assert lines == record(tmp_path).splitlines()
    assert json.loads(last) == {"stack": "staging", "exit": 0, "outcome": "deployed", "words": ""}


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("step", "outcome"), [("set_image", "refused"), ("preview", "returned"), ("services", "failed")]
)
def test_json_says_how_a_deploy_ended_that_failed(
    monkeypatch: pytest.MonkeyPatch, step: str, outcome: str
) -> None:
    broken(monkeypatch, step, StackError("no"))
    done = deploy("--json", "--image", f"backend={IMAGE}")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, last["exit"], last["outcome"]) == (1, 1, outcome)


def test_json_says_that_a_way_back_has_not_ended(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses() -> None:
        raise TrafficError("503")

    def probe(_: object, *, candidate: bool) -> Outcome:
        if not candidate:
            cloud.on_move = refuses
        return Outcome(passed=candidate, words=["no"])

    monkeypatch.setattr("plumb.deploy.command.time.sleep", lambda _: None)
    monkeypatch.setattr("plumb.deploy.checks.StackChecks.probe", probe)
    done = deploy("--json")
    assert json.loads(done.stdout.splitlines()[-1])["outcome"] == "unended"
    assert "plumb deploy staging goes on with the way back" in done.stderr


@pytest.mark.parametrize(
    "image",
    [
        "backend=registry/backend:latest",
        "backend",
        "=x@sha256:" + "a" * 64,
        "backend=x@sha256:12",
        "b=@sha256:" + "a" * 64,
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.usefixtures("cloud")
def test_an_image_that_is_not_told_by_its_digest_is_refused(
    tmp_path: Path, image: str, options: tuple[str, ...]
) -> None:
    done = deploy("--image", image, *options)
    assert done.exit_code == 2
    assert "SERVICE=IMAGE@sha256" in done.output
    assert not (tmp_path / "deploys").exists()
    if options:
        assert json.loads(done.stdout.splitlines()[-1])["outcome"] == "not-begun"


@pytest.mark.parametrize("shares", ["", "ten", "10,50", "50,10,100", "0,100", "10,10,100", "10,101"])
@pytest.mark.usefixtures("cloud")
def test_shares_that_do_not_rise_to_all_of_the_traffic_are_refused(tmp_path: Path, shares: str) -> None:
    done = deploy("--percentages", shares)
    assert done.exit_code == 2
    assert not (tmp_path / "deploys").exists()


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("step", ["set_image", "services", "refresh_services", "preview", "up"])
def test_a_secret_reaches_neither_the_record_nor_the_screen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str, options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", CANARY)
    told = StackError(f"wrong {CANARY}", [f"backend: {CANARY} is no number"])
    for error in (KeyError(f"incorrect passphrase {CANARY}"), told):
        broken(monkeypatch, step, error)
        done = deploy("--image", f"backend={IMAGE}", *options)
        assert done.exit_code == 1
        assert CANARY not in done.output
        assert CANARY not in record(tmp_path)


def test_a_secret_in_the_clouds_words_is_not_told(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JWT_SECRET_STAGING", CANARY)
    monkeypatch.setattr("plumb.deploy.command.time.sleep", lambda _: None)

    def refuses() -> None:
        raise TrafficError(f"invalid argument {CANARY}")

    cloud.on_move = refuses
    done = deploy()
    assert done.exit_code == 1
    assert "invalid argument" in done.output
    assert CANARY not in done.output
    assert CANARY not in record(tmp_path)
    assert os.environ["JWT_SECRET_STAGING"] == CANARY
