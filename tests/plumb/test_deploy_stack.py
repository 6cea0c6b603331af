"""The stack under a deploy: a program stands in for the Pulumi CLI, and writes down what it is asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from plumb.deploy.stack import Stack
from plumb.deploy.words import LockedError, StackError
from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PENDING = {"deployment": {"resources": [], "pending_operations": [{"type": "creating"}]}}
LOCKED = """error: the stack is currently locked by 1 lock(s). Either wait for the other process(es)
  gs://bucket/.pulumi/locks/1.json: created by root@runner (pid 4242) at 2026-01-01T00:00:00Z
"""
CLOUD_LOCKED = "error: [409] Conflict: Another update is currently in progress.\n"


class Cli:
    """The program: what it was asked, and what it answers by the first word that it is asked."""

    def __init__(self, folder: Path) -> None:
        self._asked = folder / "asked"
        self._script = folder / "bin" / "pulumi"
        self._script.parent.mkdir()
        self.answers("")

    def answers(self, body: str) -> None:
        """Lines of shell; $1 is the command."""
        self._script.write_text(f'#!/bin/sh\necho "$*" >>{self._asked}\n{body}\n')
        self._script.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self._asked.read_text().splitlines() if self._asked.exists() else []


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    made = Cli(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: plumbline\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://bucket")
    return made


@pytest.fixture
def stack(tmp_path: Path, cli: Cli) -> Stack:
    del cli
    return Stack("staging", (tmp_path / "screen").open("w"))


def silent(_: str) -> None:
    """Tell nobody."""


def test_a_lock_in_a_bucket_is_left_to_a_person(cli: Cli, stack: Stack) -> None:
    cli.answers(f"echo '{json.dumps(PENDING)}'")
    with pytest.raises(StackError, match="plumb recover staging, which asks"):
        stack.put_right(silent)
    assert not [asked for asked in cli.asked if "cancel" in asked or "import" in asked]


def test_a_state_in_a_bucket_that_is_whole_needs_nobody(cli: Cli, stack: Stack) -> None:
    cli.answers("""echo '{"deployment": {"resources": []}}'""")
    stack.put_right(silent)
    assert [asked.split()[:2] for asked in cli.asked] == [["stack", "export"]]


@pytest.mark.parametrize("said", [LOCKED, CLOUD_LOCKED])
def test_a_stack_that_is_locked_is_told_from_one_that_fails(
    cli: Cli, stack: Stack, tmp_path: Path, said: str
) -> None:
    (tmp_path / "said").write_text(said)
    cli.answers("cat said >&2; exit 1")
    with pytest.raises(LockedError) as caught:
        stack.up(tmp_path / "plan.json")
    assert said.strip().splitlines()[-1].strip() in str(caught.value)
    assert "plumb recover staging" in str(caught.value)
    assert said in (tmp_path / "screen").read_text()


def test_a_command_that_fails_is_named_with_its_exit_code(cli: Cli, stack: Stack, tmp_path: Path) -> None:
    cli.answers("exit 255")
    with pytest.raises(StackError, match=r"`pulumi up --yes .* failed \(exit code 255\)") as caught:
        stack.up(tmp_path / "plan.json")
    assert not isinstance(caught.value, LockedError)


def test_the_engine_has_the_policies(cli: Cli, stack: Stack, tmp_path: Path) -> None:
    cli.answers('echo "$PULUMI_OPTION_POLICY_PACK"')
    stack.preview(tmp_path / "plan.json")
    assert (tmp_path / "screen").read_text().strip() == str(ROOT / "policies" / "run")


FINDING = {
    "rule": "secret-required",
    "level": "mandatory",
    "cause": "REQUIRED_SECRET_MISSING",
    "resource": {"urn": "urn:backend", "type": "t", "name": "backend"},
    "message": "backend does not set JWT_SECRET",
    "fix": "set it",
}
WAIVED = {**FINDING, "rule": "sql-regional", "waived": {"owner": "data@example.com"}}
ADVISED = {**FINDING, "rule": "watched", "level": "advisory"}
EVENTS = [
    {"diagnosticEvent": {"severity": "debug", "message": "registering"}},
    {
        "diagnosticEvent": {
            "severity": "error",
            "urn": "urn::backend",
            "message": "<{%fg 1%}>not ready<{%reset%}>\n",
        }
    },
    {"diagnosticEvent": {"severity": "error", "urn": "urn::backend", "message": "not ready\n"}},
    {"diagnosticEvent": {"severity": "error", "message": "update failed"}},
]


def tells(cli: Cli, tmp_path: Path, findings: list[dict[str, object]], code: int) -> None:
    (tmp_path / "f").write_text(json.dumps(findings))
    lines = [json.dumps(each, separators=(",", ":")) for each in EVENTS]
    (tmp_path / "e").write_text("\n".join([*lines, '{"diagnosticEvent": {"severity":"error","mess']))
    cli.answers(
        f"""cp f "$PLUMB_FINDINGS"
        while [ "$1" ]; do [ "$1" = --event-log ] && cp e "$2"; shift; done
        echo 'warning: of no account' >&2
        exit {code}"""
    )


def test_a_preview_tells_the_record_what_the_policies_found(cli: Cli, stack: Stack, tmp_path: Path) -> None:
    tells(cli, tmp_path, [WAIVED, ADVISED], 0)
    assert stack.preview(tmp_path / "plan.json") == {
        "findings": [],
        "waivers": [["sql-regional", "urn:backend", "data@example.com"]],
        "advised": [["watched", "urn:backend", "REQUIRED_SECRET_MISSING"]],
    }


def test_a_command_that_fails_tells_the_findings_and_the_engines_own_errors(
    cli: Cli, stack: Stack, tmp_path: Path
) -> None:
    tells(cli, tmp_path, [FINDING, WAIVED], 255)
    with pytest.raises(StackError, match=r"^`pulumi up --yes --skip-preview --plan \S+` failed") as caught:
        stack.up(tmp_path / "plan.json")
    assert caught.value.words == (
        "secret-required  backend: backend does not set JWT_SECRET\n  fix: set it",
        "backend: not ready",
        "update failed",
        "warning: of no account",
    )
    assert caught.value.facts["findings"] == [["secret-required", "urn:backend", "REQUIRED_SECRET_MISSING"]]


def test_what_the_engine_told_outlives_no_command(cli: Cli, stack: Stack, tmp_path: Path) -> None:
    tells(cli, tmp_path, [], 0)
    stack.preview(tmp_path / "plan.json")
    assert not list(tmp_path.glob("plan*"))


def waits_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_engine_of_a_deploy_that_was_killed_is_waited_for_before_it_has_a_lock(
    cli: Cli, tmp_path: Path
) -> None:
    whole = json.dumps({"deployment": {"resources": []}})
    cli.answers(
        f"case \"$*\" in *export*) echo '{whole}'; exit;; esac\n"
        "trap 'sleep 1; echo over >over; exit 1' INT\ntouch begun\nwhile :; do sleep 0.1; done"
    )
    program = (
        "import sys, pathlib; from plumb.deploy.stack import Stack\n"
        "Stack('staging', sys.stdout, pathlib.Path('busy')).up(pathlib.Path('plan.json'))"
    )
    running = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one thread, one call
    )
    waits_for((tmp_path / "begun").exists)
    running.kill()
    running.wait()
    said: list[str] = []
    stack = Stack("staging", (tmp_path / "screen").open("w"), tmp_path / "busy")
    stack.put_right(said.append)
    assert (tmp_path / "over").exists()
    assert said == ["an update of staging is still ending; waiting for it"]
    stack.put_right(said.append)
    assert len(said) == 1


def test_an_interrupted_deploy_lets_the_engine_end_in_order(cli: Cli, tmp_path: Path) -> None:
    cli.answers("trap 'sleep 1; echo over >over; exit 1' INT\ntouch begun\nwhile :; do sleep 0.1; done")
    program = (
        "import signal, sys, pathlib; from plumb.deploy.stack import Stack\n"
        # Whoever runs the tests in the background has it ignored, by all that it starts.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "Stack('staging', sys.stdout).up(pathlib.Path('plan.json'))"
    )
    running = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    waits_for((tmp_path / "begun").exists)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(30) != 0
    assert (tmp_path / "over").exists()
