"""Traffic at Google, against the library's own message types: no request leaves this machine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.api_core.exceptions import NotFound, PermissionDenied
from google.auth.exceptions import RefreshError
from google.cloud import run_v2
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
from google.longrunning.operations_pb2 import Operation as LongRunning

from plumb.deploy.canary import Canary
from plumb.deploy.journal import Journal
from plumb.deploy.on_google import GoogleTraffic
from plumb.deploy.progress import LAST_GOOD, Progress
from plumb.deploy.traffic import Target, TrafficError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


class Served:
    """Cloud Run on this machine: a service whose newest revision is ready and has no traffic."""

    def __init__(self) -> None:
        self.updates: list[run_v2.UpdateServiceRequest] = []

    def service(self, request: run_v2.GetServiceRequest, _: Any) -> run_v2.Service:
        revisions = f"{request.name}/revisions"
        return run_v2.Service(
            name=request.name,
            latest_created_revision=f"{revisions}/backend-2",
            latest_ready_revision=f"{revisions}/backend-1",
            traffic=[run_v2.TrafficTarget(revision="backend-1", percent=100)],
        )

    def update(self, request: run_v2.UpdateServiceRequest, _: Any) -> LongRunning:
        self.updates.append(request)
        done = LongRunning(name="operations/1", done=True)
        done.response.Pack(run_v2.Service.pb(request.service))
        return done

    def revision(self, request: run_v2.GetRevisionRequest, context: grpc.ServicerContext) -> run_v2.Revision:
        if not request.name.endswith("backend-2"):
            context.abort(grpc.StatusCode.NOT_FOUND, f"Resource '{request.name}' was not found")
        ready = run_v2.Condition(type_="Ready", state=run_v2.Condition.State.CONDITION_SUCCEEDED)
        return run_v2.Revision(name=request.name, conditions=[ready])

    def handlers(self) -> dict[str, dict[str, Any]]:
        return {
            "google.cloud.run.v2.Services": {
                "GetService": (self.service, run_v2.GetServiceRequest, run_v2.Service.serialize),
                "UpdateService": (self.update, run_v2.UpdateServiceRequest, LongRunning.SerializeToString),
            },
            "google.cloud.run.v2.Revisions": {
                "GetRevision": (self.revision, run_v2.GetRevisionRequest, run_v2.Revision.serialize)
            },
        }


@pytest.fixture
def served() -> Iterator[tuple[Served, GoogleTraffic]]:
    """The library's own clients, over gRPC to this machine."""
    cloud = Served()
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        [
            grpc.method_handlers_generic_handler(
                name,
                {
                    method: grpc.unary_unary_rpc_method_handler(
                        answer, request_deserializer=asked.deserialize, response_serializer=wire
                    )
                    for method, (answer, asked, wire) in methods.items()
                },
            )
            for name, methods in cloud.handlers().items()
        ]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    yield (
        cloud,
        GoogleTraffic(
            run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=channel)),
            run_v2.RevisionsClient(transport=RevisionsGrpcTransport(channel=channel)),
        ),
    )
    channel.close()
    server.stop(None)


def test_the_librarys_own_clients_tell_a_revision_that_is_ready_before_it_serves(
    served: tuple[Served, GoogleTraffic],
) -> None:
    _, google = served
    standing = google.standing(SERVICE)
    assert standing is not None
    assert (standing.newest, standing.ready) == ("backend-2", "backend-1")
    assert google.is_ready(SERVICE, "backend-2") is True
    assert google.is_ready(SERVICE, "backend-0") is None


def test_the_librarys_own_clients_wait_until_the_traffic_has_moved(
    served: tuple[Served, GoogleTraffic],
) -> None:
    cloud, google = served
    google.move(SERVICE, [Target("backend-1", 90), Target("backend-2", 10, "candidate")])
    (request,) = cloud.updates
    assert [(each.revision, each.percent) for each in request.service.traffic] == [
        ("backend-1", 90),
        ("backend-2", 10),
    ]


def test_a_newest_revision_that_serves_nothing_yet_becomes_the_candidate(
    served: tuple[Served, GoogleTraffic], tmp_path: Path
) -> None:
    cloud, google = served
    progress = Progress(Journal(tmp_path / "staging.jsonl", "staging", "somebody"))
    progress.write("step", "hold", done=True, facts={LAST_GOOD: {SERVICE: "backend-1"}})
    assert Canary(google, progress).tag([SERVICE]) == {SERVICE: "backend-2"}
    (request,) = cloud.updates
    assert [(each.revision, each.percent, each.tag) for each in request.service.traffic] == [
        ("backend-1", 100, ""),
        ("backend-2", 0, "candidate"),
    ]
