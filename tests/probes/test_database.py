"""What is asked of PostgreSQL, against a real one."""

from __future__ import annotations

import time

import pytest

from probes.report import Evidence
from tests.probes import servers


def causes(report):
    return [(cause.cause, cause.rule) for cause in report.causes]


def test_a_database_that_keeps_its_promises_passes_and_is_measured(database):
    report = database.report()
    found = {check.name: check for check in report.checks}
    assert report.passed, report
    assert found["database"].observed["queries"] == 20
    assert found["database"].observed["encrypted"] is True
    assert 0 < found["database"].observed["p50Ms"] <= found["database"].observed["p95Ms"] < 3000
    assert found["database-capacity"].observed == {
        "connectMs": found["database-capacity"].observed["connectMs"],
        "loginMs": found["database-capacity"].observed["loginMs"],
        "maxConnections": servers.MAX_CONNECTIONS,
        "reserved": 13,
        "asked": 24,
    }
    assert found["database-pool"].observed["opened"] == found["database-pool"].observed["recycled"] == 12


def test_another_version_is_a_note_and_no_failure(database):
    database.assignment["database"]["version"] = 17
    report = database.report()
    assert report.passed
    assert report.notes == ["the server is PostgreSQL 15, and the settings ask for 17: 15 stands in for 17"]


def test_more_connections_asked_than_there_are_fail(database):
    database.assignment["database"]["connectionsAsked"] = 28
    report = database.report()
    failed = [check.name for check in report.checks if check.status == "failed"]
    assert failed == ["database-capacity"]
    assert causes(report) == [("CONNECTIONS_EXCEEDED", "sql-connections")]


def test_a_pool_that_would_take_the_last_connections_is_not_opened(database):
    database.assignment["database"]["poolConnections"] = 60
    found = database.of("database-pool")
    assert found.evidence is Evidence.TOO_MANY_CLIENTS
    assert "none was opened" in found.reason
    assert "opened" not in found.observed


@pytest.mark.parametrize(
    ("variable", "value", "evidence", "cause"),
    [
        ("POSTGRES_PASSWORD", "another", Evidence.PASSWORD_WRONG, ("DATABASE_PASSWORD_CHANGED", None)),
        ("POSTGRES_PASSWORD", "", Evidence.PASSWORD_ASKED, ("SECRET_VALUE_EMPTY", "secret-version-filled")),
        ("POSTGRES_DB", "nothing", Evidence.DATABASE_UNKNOWN, ("DATABASE_MISSING", None)),
        ("POSTGRES_SSLMODE", "verify-full", Evidence.TLS_UNTRUSTED, ("DATABASE_CERTIFICATE", None)),
        ("POSTGRES_SSLMODE", "nonsense", Evidence.UNEXPECTED, ("UNKNOWN", None)),
    ],
)
def test_what_the_server_refuses_is_told_apart(database, variable, value, evidence, cause):
    database.environ[variable] = value
    report = database.report()
    assert {check.evidence for check in report.checks if check.subject == "database"} == {evidence}
    assert causes(report)[0] == cause


def test_a_server_that_is_stopped_refuses(database):
    database.environ["POSTGRES_PORT"] = str(servers.free_port())
    report = database.report()
    # 5432 of this machine may be anybody's; then the port is the cause.
    assert causes(report)[0] in {
        ("DATABASE_STOPPED", None),
        ("CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT", "route-database"),
    }


def test_packets_that_nobody_answers_are_no_way_there(database):
    with servers.black_hole() as port:
        database.environ["POSTGRES_PORT"] = str(port)
        report = database.report(database=0.5, database_pool=0.5, database_capacity=0.5)
    assert {check.evidence for check in report.checks if check.subject == "database"} == {Evidence.TIMEOUT}
    assert causes(report)[0] == ("CLOUD_SQL_INSTANCE_NO_ROUTE", "route-database")


def test_answers_that_come_five_seconds_late_are_slow_and_no_missing_way(database, postgres):
    with servers.late(postgres, 5) as port:
        database.environ["POSTGRES_PORT"] = str(port)
        started = time.monotonic()
        report = database.report()
    assert time.monotonic() - started < 8
    assert {check.evidence for check in report.checks if check.subject == "database"} == {Evidence.SLOW}
    assert ("DATABASE_OVERLOADED", None) in causes(report)


def test_queries_above_the_threshold_are_slow(database, postgres):
    with servers.late(postgres, 0.1) as port:
        database.environ["POSTGRES_PORT"] = str(port)
        database.assignment["database"]["p95Ms"] = 50
        found = database.of("database")
    assert found.evidence is Evidence.SLOW
    assert found.observed["p50Ms"] >= 100


def test_a_server_without_tls_is_told_from_one_that_is_not_trusted(database):
    with servers.postgres_without_tls() as port:
        database.environ["POSTGRES_PORT"] = str(port)
        report = database.report()
    assert causes(report) == [("SQL_PLAIN_TEXT", "sql-tls")]
