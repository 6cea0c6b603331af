"""Traffic at Google, against the library's own message types: no request leaves this machine."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import NotFound, PermissionDenied
from google.auth.exceptions import RefreshError
from google.cloud import run_v2

from plumb.deploy.on_google import GoogleTraffic
from plumb.deploy.traffic import Target, TrafficError

SERVICE = "projects/p/locations/r/services/backend"


class Operation:
    def __init__(self, late: Exception | None = None) -> None:
        self._late = late

    def result(self, timeout: float) -> None:
        assert timeout > 0
        if self._late:
            raise self._late


class Client:
    """Answers as `run_v2.ServicesClient` does, and keeps what it was sent."""

    def __init__(self, error: Exception | None = None, late: Exception | None = None) -> None:
        self.sent: list[run_v2.UpdateServiceRequest] = []
        self._error, self._late = error, late

    def get_service(self, *, name: str, timeout: float) -> run_v2.Service:
        assert timeout > 0
        if self._error:
            raise self._error
        return run_v2.Service(
            name=name,
            latest_created_revision=f"{name}/revisions/backend-2",
            latest_ready_revision=f"{name}/revisions/backend-1",
            traffic=[run_v2.TrafficTarget(revision="backend-1", percent=100, tag="candidate")],
        )

    def update_service(self, *, request: run_v2.UpdateServiceRequest, timeout: float) -> Operation:
        assert timeout > 0
        if self._error:
            raise self._error
        self.sent.append(request)
        return Operation(self._late)


class Revisions:
    """Answers as `run_v2.RevisionsClient` does."""

    def __init__(self, **answers: run_v2.Condition.State | Exception) -> None:
        self._answers = answers

    def get_revision(self, *, name: str, timeout: float) -> run_v2.Revision:
        assert timeout > 0
        answer = self._answers[name.removeprefix(f"{SERVICE}/revisions/").replace("-", "_")]
        if isinstance(answer, Exception):
            raise answer
        return run_v2.Revision(
            conditions=[
                run_v2.Condition(type_="Active", state=run_v2.Condition.State.CONDITION_FAILED),
                run_v2.Condition(type_="Ready", state=answer),
            ]
        )


def traffic(client: Client, revisions: Revisions | None = None) -> GoogleTraffic:
    return GoogleTraffic(client, revisions or Revisions())  # type: ignore[arg-type] # stand in for the clients


def test_how_a_service_stands_is_read_from_its_message() -> None:
    standing = traffic(Client()).standing(SERVICE)
    assert standing is not None
    assert (standing.newest, standing.ready, standing.serving) == ("backend-2", "backend-1", "backend-1")
    assert standing.targets == (Target("backend-1", 100, "candidate"),)


def test_moving_traffic_sends_the_traffic_alone() -> None:
    client = Client()
    traffic(client).move(SERVICE, [Target("backend-1", 90), Target("", 10, "candidate")])
    (request,) = client.sent
    assert list(request.update_mask.paths) == ["traffic"]
    assert request.service.name == SERVICE
    by_revision, by_latest = request.service.traffic
    assert by_revision.type_.name == "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
    assert (by_revision.revision, by_revision.percent) == ("backend-1", 90)
    assert by_latest.type_.name == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    assert by_latest.tag == "candidate"


def test_a_service_that_is_not_there_stands_nowhere() -> None:
    assert traffic(Client(NotFound("no service"))).standing(SERVICE) is None


def test_what_google_refuses_is_told_in_its_words() -> None:
    client = Client(PermissionDenied("run.services.update denied"))
    with pytest.raises(TrafficError, match=r"run\.services\.update denied"):
        traffic(client).move(SERVICE, [Target("backend-1", 100)])


def test_a_move_that_takes_too_long_is_told_as_one_that_may_still_come() -> None:
    client = Client(late=TimeoutError("Operation did not complete within the designated timeout"))
    with pytest.raises(TrafficError, match=r"240 s.*may still move"):
        traffic(client).move(SERVICE, [Target("backend-1", 100)])


def test_credentials_that_ended_in_the_middle_are_told_too() -> None:
    with pytest.raises(TrafficError, match="expired"):
        traffic(Client(late=RefreshError("the token has expired"))).move(SERVICE, [Target("backend-1", 100)])


def test_a_revision_is_ready_when_its_own_condition_says_so() -> None:
    states = run_v2.Condition.State
    cloud = traffic(
        Client(),
        Revisions(
            backend_1=NotFound("Revision backend-1 does not exist"),
            backend_2=states.CONDITION_SUCCEEDED,
            backend_3=states.CONDITION_RECONCILING,
            backend_4=PermissionDenied("run.revisions.get denied"),
        ),
    )
    assert [cloud.is_ready(SERVICE, f"backend-{number}") for number in (1, 2, 3)] == [None, True, False]
    with pytest.raises(TrafficError, match=r"run\.revisions\.get denied"):
        cloud.is_ready(SERVICE, "backend-4")
