"""Somebody else's program on the real engine: refused in the preview, and before the service is created."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = str(ROOT / "bin" / "sandbox")
SERVICE = "gcp:cloudrunv2/service:Service"

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("raw")]


@pytest.fixture
def pulumi(tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
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


def refused(done: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    assert done.returncode != 0
    said = [line.strip() for line in done.stdout.splitlines()]
    at = said.index("netra-backend-staging does not set JWT_SECRET_STAGING")
    assert said[at - 1].startswith("- [mandatory] [severity: critical]  secret-required")
    assert said[at + 2].startswith("fix: read JWT_SECRET_STAGING from Secret Manager")
    assert "the secret jwt-secret, which JWT_SECRET_KEY reads" in said[at + 2]
    (finding,) = json.loads((tmp_path / "findings.json").read_text())
    assert (finding["rule"], finding["cause"], finding["verdict"]) == (
        "secret-required",
        "ENV_MISSING",
        "refuted",
    )
    assert finding["resource"]["name"] == "backend"


def test_its_preview_is_refused_with_service_variable_and_fix(pulumi, tmp_path):
    refused(pulumi("preview", "--non-interactive"), tmp_path)


def test_without_a_preview_the_service_is_not_created(pulumi, tmp_path):
    refused(pulumi("up", "--yes", "--skip-preview", "--non-interactive"), tmp_path)
    state = json.loads(pulumi("stack", "export").stdout)
    created = {resource["type"] for resource in state["deployment"]["resources"]}
    assert "gcp:serviceaccount/account:Account" in created
    assert SERVICE not in created
