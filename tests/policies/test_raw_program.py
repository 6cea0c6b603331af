"""Somebody else's program on the real engine: refused in the preview, and before the service is created."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = str(ROOT / "bin" / "sandbox")
SERVICE = "gcp:cloudrunv2/service:Service"

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("raw")]


@pytest.fixture
def pulumi(tmp_path):
    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
            **more,
            "SANDBOX_STATE": str(tmp_path / "state"),
            "PLUMB_FINDINGS": str(tmp_path / "findings.json"),
        }
        return subprocess.run(  # noqa: S603 - our own command
            [SANDBOX, "pulumi", *arguments, "--stack", "staging"],
            cwd=ROOT / "examples" / "raw",
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def findings_of(tmp_path: Path) -> list[dict[str, Any]]:
    """What was found, but for what is only advised: nobody watches what this program needs."""
    found = json.loads((tmp_path / "findings.json").read_text())
    return [one for one in found if one["level"] == "mandatory"]


def refused(done: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    assert done.returncode != 0
    said = [line.strip() for line in done.stdout.splitlines()]
    at = said.index("netra-backend-staging does not set JWT_SECRET_STAGING")
    assert said[at - 1].startswith("- [mandatory] [severity: critical]  secret-required")
    assert said[at + 2].startswith("fix: read JWT_SECRET_STAGING from Secret Manager")
    assert "the secret jwt-secret, which JWT_SECRET_KEY reads" in said[at + 2]
    (finding,) = findings_of(tmp_path)
    assert (finding["rule"], finding["cause"], finding["verdict"]) == (
        "secret-required",
        "ENV_MISSING",
        "refuted",
    )
    assert finding["resource"]["name"] == "backend"


def test_its_preview_is_refused_with_service_variable_and_fix(pulumi, tmp_path):
    refused(pulumi("preview", "--non-interactive"), tmp_path)


@pytest.fixture
def waived_until(tmp_path):
    """Our contracts, with a waiver of the one finding; and one of what is not there, where told."""

    def write(day: str, *, unused: bool = False) -> str:
        folder = tmp_path / "contracts"
        shutil.copytree(ROOT / "contracts", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        said = f"environment: staging, reason: a trial, owner: ops, expires: {day}"
        entries = [f"  - {{rule: secret-required, resource: backend, {said}}}"]
        entries += [f"  - {{rule: sql-regional, resource: db, {said}}}"] if unused else []
        (folder / "waivers.yaml").write_text("\n".join(["waivers:", *entries]) + "\n")
        return str(folder)

    return write


def test_a_waiver_lets_it_pass_and_is_shown(pulumi, waived_until, tmp_path):
    day = str(datetime.now(UTC).date() + timedelta(days=7))
    done = pulumi("preview", "--non-interactive", PLUMB_CONTRACTS=waived_until(day))
    assert done.returncode == 0, done.stdout
    assert f"waived until {day} by ops: a trial" in done.stdout
    assert "[advisory]" in done.stdout
    (finding,) = findings_of(tmp_path)
    assert (finding["cause"], finding["waived"]["owner"]) == ("ENV_MISSING", "ops")


def test_a_waiver_that_nothing_needs_is_refused_at_the_end(pulumi, waived_until):
    day = str(datetime.now(UTC).date() + timedelta(days=7))
    done = pulumi("preview", "--non-interactive", PLUMB_CONTRACTS=waived_until(day, unused=True))
    assert done.returncode != 0
    assert "contracts/waivers.yaml:3: the waiver of sql-regional for db lets nothing pass" in done.stdout


def test_an_expired_waiver_lets_nothing_pass(pulumi, waived_until):
    done = pulumi("preview", "--non-interactive", PLUMB_CONTRACTS=waived_until("2026-01-01"))
    assert done.returncode != 0
    assert "netra-backend-staging does not set JWT_SECRET_STAGING" in done.stdout


def test_without_a_preview_the_service_is_not_created(pulumi, tmp_path):
    refused(pulumi("up", "--yes", "--skip-preview", "--non-interactive"), tmp_path)
    state = json.loads(pulumi("stack", "export").stdout)
    created = {resource["type"] for resource in state["deployment"]["resources"]}
    assert "gcp:serviceaccount/account:Account" in created
    assert SERVICE not in created
