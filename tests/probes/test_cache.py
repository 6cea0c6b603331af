"""What is asked of Redis, against a real one."""

from __future__ import annotations

import pytest

from probes.report import Evidence
from tests.probes import servers


def causes(report):
    return [(cause.cause, cause.rule) for cause in report.causes]


def test_a_cache_that_keeps_its_promises_passes_and_keeps_no_key(cache, redis):
    report = cache.report()
    found = {check.name: check for check in report.checks}
    assert report.passed, report
    assert found["cache"].observed["kept"] is found["cache"].observed["expires"] is True
    assert found["cache-eviction"].observed == {
        "connectMs": found["cache-eviction"].observed["connectMs"],
        "policy": "noeviction",
        "wanted": "noeviction",
    }
    assert servers.keys(redis) == []


@pytest.mark.parametrize(
    ("variable", "value", "evidence", "cause"),
    [
        ("REDIS_PASSWORD", "another", Evidence.PASSWORD_WRONG, ("REDIS_AUTH_STRING_CHANGED", None)),
        ("REDIS_PASSWORD", "", Evidence.PASSWORD_ASKED, ("SECRET_VALUE_EMPTY", "secret-version-filled")),
    ],
)
def test_what_the_server_refuses_is_told_apart(cache, variable, value, evidence, cause):
    cache.environ[variable] = value
    report = cache.report()
    assert {check.evidence for check in report.checks if check.subject == "cache"} == {evidence}
    assert causes(report)[0] == cause


def test_a_certificate_of_another_authority_is_not_trusted(cache, authority):
    cache.environ["REDIS_CA_CERT"] = authority.ca.read_text()
    assert causes(cache.report()) == [("REDIS_CA_CHANGED", None)]


def test_what_the_system_trusts_is_not_trusted_for_it(cache, redis, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(redis[1].ca))
    cache.environ["REDIS_CA_CERT"] = authority.ca.read_text()
    assert causes(cache.report()) == [("REDIS_CA_CHANGED", None)]


def test_a_ca_that_is_no_certificate_is_told_without_its_text(cache):
    cache.environ["REDIS_CA_CERT"] = "mangled"
    found = cache.of("cache")
    assert (found.evidence, found.reason) == (
        Evidence.TLS_UNTRUSTED,
        "REDIS_CA_CERT holds no certificate in PEM",
    )


def test_another_eviction_policy_fails(cache, tmp_path):
    with servers.redis(tmp_path, "allkeys-lru") as (port, authority):
        cache.environ.update(REDIS_PORT=str(port), REDIS_CA_CERT=authority.ca.read_text())
        report = cache.report()
    assert [check.name for check in report.checks if check.status == "failed"] == ["cache-eviction"]
    assert causes(report) == [("REDIS_EVICTS_SESSIONS", "redis-eviction")]


def test_a_server_that_is_stopped_refuses_and_the_port_is_the_second_guess(cache, monkeypatch):
    monkeypatch.setattr("probes.redis_client.TLS_PORT", servers.free_port())
    monkeypatch.setattr("probes.redis_client.PLAIN_PORT", servers.free_port())
    cache.environ["REDIS_PORT"] = str(servers.free_port())
    report = cache.report()
    assert causes(report) == [
        ("REDIS_STOPPED", None),
        ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache"),
    ]


def test_a_wrong_port_is_certain_where_the_right_one_answers(cache, redis, monkeypatch):
    monkeypatch.setattr("probes.redis_client.TLS_PORT", redis[0])
    cache.environ["REDIS_PORT"] = str(servers.free_port())
    report = cache.report()
    assert causes(report) == [("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache")]
    assert {check.observed["answersOnPort"] for check in report.checks if check.subject == "cache"} == {
        redis[0]
    }


def test_packets_that_nobody_answers_are_no_way_there(cache):
    with servers.black_hole() as port:
        cache.environ["REDIS_PORT"] = str(port)
        report = cache.report(cache=0.5, cache_eviction=0.5)
    assert causes(report)[0] == ("REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "route-cache")


def test_answers_that_come_late_are_slow(cache, redis):
    with servers.late(redis[0], 2) as port:
        cache.environ["REDIS_PORT"] = str(port)
        report = cache.report(cache=1, cache_eviction=1)
    assert causes(report) == [("REDIS_OVERLOADED", None)]


def test_a_server_that_does_not_encrypt_is_told_so(cache):
    with servers.plain_redis() as port:
        cache.environ["REDIS_PORT"] = str(port)
        report = cache.report()
    assert causes(report)[0] == ("REDIS_PLAIN_TEXT", "redis-tls")


def test_cache_and_database_both_out_of_reach_are_the_way_out_itself(cache, database):
    with servers.black_hole() as port:
        cache.environ.update(database.environ, REDIS_PORT=str(port), POSTGRES_PORT=str(port))
        cache.assignment.update(database.assignment)
        cache.assignment["deadlineSeconds"] = 0.5
        report = cache.report()
    assert report.causes[0].cause == "VPC_CONNECTOR_NOT_SET"
    assert len(report.causes) == 3
