"""What is asked through the load balancer: the WebSocket, many of them, and the golden path."""

from __future__ import annotations

import pytest

from probes.report import Evidence
from tests.probes import servers


def causes(report):
    return [(cause.cause, cause.rule) for cause in report.causes]


def test_a_front_door_that_keeps_its_promises_passes(users):
    report = users.report()
    found = {check.name: check for check in report.checks}
    assert report.passed, report
    assert found["websocket"].observed["openSeconds"] == 0.2
    assert found["websocket-handshakes"].observed["succeeded"] == 20
    assert found["websocket-handshakes"].observed["rate"] == 1
    assert 0 < found["golden-path"].observed["firstTokenMs"] < 3000


def test_a_refused_handshake_is_told_with_its_status(users, front):
    front.socket_status = 403
    report = users.report()
    found = {check.name: check for check in report.checks}
    assert found["websocket"].evidence is Evidence.HTTP_STATUS
    assert found["websocket"].observed["status"] == 403
    assert found["websocket-handshakes"].evidence is Evidence.HTTP_STATUS
    assert causes(report) == [("WEBSOCKET_REFUSED", None)]


def test_a_service_that_is_not_ready_is_no_refusal(users, front):
    front.socket_status = 503
    assert causes(users.report())[0] == ("SERVICE_NOT_READY", None)


def test_one_lost_handshake_in_seven_is_found_and_counted(users, front):
    front.every = 7
    found = users.of("websocket-handshakes")
    assert found.evidence is Evidence.HANDSHAKES_LOST
    assert found.observed["tried"] == 20
    assert 0 < found.observed["succeeded"] < 20
    assert found.observed["rate"] == found.observed["succeeded"] / 20


@pytest.mark.parametrize(
    ("code", "evidence", "cause"),
    [
        (1011, Evidence.CLOSED_EARLY, ("SERVICE_FAILED", None)),
        (4401, Evidence.UNAUTHORIZED, ("SECRETS_DIFFER", "secret-same")),
    ],
)
def test_a_socket_that_does_not_stay_open_says_by_which_code_it_was_closed(
    users, front, code, evidence, cause
):
    front.close_after, front.close_code = 0.05, code
    report = users.report()
    found = next(check for check in report.checks if check.name == "websocket")
    assert (found.evidence, found.observed["closeCode"]) == (evidence, code)
    assert causes(report)[0] == cause


def test_a_login_that_is_refused_is_a_secret_that_differs(users):
    users.environ["SERVICE_SECRET"] = "another-secret"  # noqa: S105 - a test's
    report = users.report()
    assert {check.evidence for check in report.checks if check.status == "failed"} == {Evidence.UNAUTHORIZED}
    assert causes(report) == [("SECRETS_DIFFER", "secret-same")]


def test_a_first_token_after_the_budget_fails(users, front):
    front.first_token_after = 0.5
    users.assignment["goldenPath"]["seconds"] = 0.4
    found = users.of("golden-path")
    assert found.evidence is Evidence.SLOW
    assert found.observed["budgetMs"] == 400


def test_a_token_that_never_comes_is_waited_for_until_the_deadline(users, front):
    front.first_token_after = 10
    found = users.of("golden-path", golden_path=3)
    assert found.evidence is Evidence.SLOW
    assert found.reason == "waiting for the first token: nothing within 3 s"
    assert found.observed["lastMessage"] == "thinking"


def test_a_host_that_the_certificate_does_not_name_is_told_apart(users, tmp_path, monkeypatch):
    other = servers.Authority(tmp_path, names=("another.example",))
    monkeypatch.setenv("SSL_CERT_FILE", str(other.ca))
    with servers.front(other, servers.Front()) as elsewhere:
        for part in ("webSockets", "goldenPath"):
            users.assignment[part]["login"]["url"] = f"https://localhost:{elsewhere.login_port}/auth/service"
        report = users.report()
    assert causes(report) == [("HOST_NOT_IN_CERTIFICATE", "ingress-hosts")]


def test_a_host_that_is_not_there_is_out_of_reach_before_anything_else(users):
    for part in ("webSockets", "goldenPath"):
        users.assignment[part]["socket"]["url"] = "wss://no-such-host.invalid/ws"
    report = users.report()
    assert causes(report) == [("NAME_UNKNOWN", None)]
    assert next(check for check in report.checks if check.name == "names").observed["unknown"] == [
        "no-such-host.invalid"
    ]
