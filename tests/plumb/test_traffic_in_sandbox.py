"""Traffic in the sandbox's cloud: read and moved as its API does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plumb.deploy.in_sandbox import SandboxTraffic
from plumb.deploy.traffic import Standing, Target, TrafficError
from sandbox.cloud import Thing
from sandbox.services.cloudrunv2 import SERVICE
from sandbox.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = "projects/p/locations/us-central1/services/backend"


@pytest.fixture
def traffic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SandboxTraffic:
    """A cloud with one service whose newest revision is not ready."""
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path))
    body = {
        "latestCreatedRevision": f"{BACKEND}/revisions/backend-3",
        "latestReadyRevision": f"{BACKEND}/revisions/backend-2",
        "__revisions": {"backend-1": "a", "backend-2": "b", "backend-3": "c"},
        "traffics": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
    }
    cloud = Settings.from_environment().open_cloud()
    with cloud.transaction():
        cloud.put(Thing(SERVICE, BACKEND, "p", "backend", body))
    return SandboxTraffic.from_environment()


def test_how_a_service_stands(traffic: SandboxTraffic) -> None:
    assert traffic.standing(BACKEND) == Standing(BACKEND, "backend-3", "backend-2", (Target("", 100),))
    assert traffic.standing(f"{BACKEND}-2") is None


def test_traffic_moves_to_revisions_by_name(traffic: SandboxTraffic) -> None:
    wanted = (Target("backend-1", 90), Target("backend-2", 10, "candidate"))
    traffic.move(BACKEND, wanted)
    standing = traffic.standing(BACKEND)
    assert standing is not None
    assert standing.targets == wanted


def test_a_revision_or_service_that_is_not_there_gets_no_traffic(traffic: SandboxTraffic) -> None:
    with pytest.raises(TrafficError, match="'backend-9' does not exist"):
        traffic.move(BACKEND, [Target("backend-9", 100)])
    with pytest.raises(TrafficError, match="there is no service"):
        traffic.move(f"{BACKEND}-2", [Target("backend-1", 100)])
    standing = traffic.standing(BACKEND)
    assert standing is not None
    assert standing.targets == (Target("", 100),)


def test_which_revisions_are_ready(traffic: SandboxTraffic) -> None:
    found = [traffic.is_ready(BACKEND, f"backend-{number}") for number in (1, 2, 3, 9)]
    assert found == [True, True, False, None]
    assert traffic.is_ready(f"{BACKEND}-2", "backend-1") is None
