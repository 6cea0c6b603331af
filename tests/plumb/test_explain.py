"""`plumb explain` of a service: its routes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCIDENT = ROOT / "examples" / "incident"


def explain(*arguments, cwd=ROOT):
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "plumb", "explain", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def test_every_route_of_a_service_is_drawn_with_its_proof():
    done = explain("netra-auth-service", "staging")
    assert (done.returncode, done.stderr) == (0, "")
    assert "netra-auth-service → connector netra-staging → network netra → Redis netra-redis" in done.stdout
    assert done.stdout.count("✓") == 2
    assert "✗" not in done.stdout


def test_a_broken_route_is_drawn_up_to_its_break_first_and_fails():
    done = explain("netra-backend-staging", INCIDENT / "03-cache-network")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[1] == "  ✗ Redis netra-redis: refuted"
    assert lines[2].endswith("network netra ✗ REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK")
    assert "fix  set authorizedNetwork" in done.stdout


def test_a_urn_or_the_name_in_the_program_will_do():
    folder = INCIDENT / "clean"
    by_name = explain("backend", folder)
    assert by_name.returncode == 0, by_name
    urn = "urn:pulumi:staging::incident-clean::gcp:cloudrunv2/service:Service::backend"
    assert explain(urn, folder).stdout == by_name.stdout
    from_inside = explain(urn, "--stack", "staging", cwd=folder)
    first, *rest = by_name.stdout.splitlines()
    first_from_inside, *rest_from_inside = from_inside.stdout.splitlines()
    assert rest_from_inside == rest
    # Each is told as it is opened from where one is.
    assert "  examples/incident/common/chat.py:" in first
    assert "  ../common/chat.py:" in first_from_inside


def test_a_service_without_routes_says_so():
    done = explain("netra-frontend-staging", "staging")
    assert done.returncode == 0
    assert "It needs no route" in done.stdout


def test_what_is_no_service_is_told_with_those_that_are():
    for what, says in (
        ("netra-fronten", "did you mean netra-frontend-staging?; services here: netra-auth-service"),
        ("zzz", "there is no service 'zzz'; services here"),
        ("urn:pulumi:staging::plumbline::x:y:Z::no", "there is no service"),
    ):
        done = explain(what, "staging")
        assert (done.returncode, done.stdout) == (1, "")
        assert says in done.stderr
    urn = "urn:pulumi:staging::plumbline::plumbline:components:Platform::platform"
    assert "is no service or job, and has no routes" in explain(urn, "staging").stderr
    assert explain("netra-backend-staging", "nowhere").returncode == 2
