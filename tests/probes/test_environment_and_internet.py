"""Variables by name, names, and hosts on the internet (stand-ins on this machine)."""

from __future__ import annotations

import pytest

from probes.report import Evidence
from tests.probes import servers
from tests.probes.conftest import Asked


def causes(report):
    return [(cause.cause, cause.rule) for cause in report.causes]


@pytest.mark.parametrize(
    ("environ", "evidence", "reason", "cause"),
    [
        ({"A": "1", "S": "x"}, None, "", None),
        ({"S": "x"}, Evidence.VARIABLE_MISSING, "not set: A", ("ENV_MISSING", "env-required")),
        ({"A": " ", "S": "x"}, Evidence.VARIABLE_EMPTY, "empty: A", ("ENV_EMPTY", "env-required")),
        ({"A": "1"}, Evidence.SECRET_MISSING, "not set: S", ("ENV_MISSING", "secret-required")),
        (
            {"A": "1", "S": ""},
            Evidence.SECRET_EMPTY,
            "empty: S",
            ("SECRET_VALUE_EMPTY", "secret-version-filled"),
        ),
    ],
)
def test_what_is_missing_or_empty_is_named(environ, evidence, reason, cause):
    report = Asked({"service": "web", "env": ["A"], "secrets": ["S"]}, environ).report()
    failed = [check for check in report.checks if check.status == "failed"]
    assert [(check.evidence, check.reason) for check in failed] == ([(evidence, reason)] if evidence else [])
    assert causes(report) == ([cause] if cause else [])


def test_an_empty_variable_explains_what_cannot_be_checked_for_it(cache):
    cache.environ["REDIS_HOST"] = ""
    cache.assignment["env"] = ["REDIS_HOST"]
    report = cache.report()
    assert [check.name for check in report.checks if check.status == "failed"] == ["environment"]
    skipped = next(check for check in report.checks if check.name == "cache")
    assert (skipped.status, skipped.reason) == ("skipped", "REDIS_HOST is empty")


@pytest.fixture
def hosts(front):
    """Two ports of one machine stand for two providers."""
    return Asked(
        {
            "service": "web",
            "internet": [
                {"host": "localhost", "port": front.port},
                {"hostFrom": "CLICKHOUSE_HOST", "port": front.login_port},
            ],
        },
        {"CLICKHOUSE_HOST": "127.0.0.1"},
    )


def test_a_handshake_is_made_with_each_host(hosts, front):
    found = hosts.of("internet")
    assert found.status == "passed", found
    assert found.observed[f"localhost:{front.port}"].startswith("TLSv1.")
    assert found.observed[f"$CLICKHOUSE_HOST:{front.login_port}"].startswith("TLSv1.")


def test_one_host_that_is_away_is_the_providers_own(hosts):
    hosts.assignment["internet"][0]["port"] = servers.free_port()
    report = hosts.report()
    assert causes(report) == [("PROVIDER_DOWN", None)]


def test_every_host_out_at_once_is_the_way_out(hosts):
    with servers.black_hole() as port:
        for host in hosts.assignment["internet"]:
            host["port"] = port
        report = hosts.report(internet=0.5)
    assert (
        next(check for check in report.checks if check.name == "internet").evidence is Evidence.ALL_HOSTS_OUT
    )
    assert causes(report)[0] == ("NO_ROUTE", "route-internet")


def test_googles_own_hosts_say_nothing_of_the_way_to_the_internet(hosts, monkeypatch):
    """Private Google Access leads to them where everything else needs Cloud NAT."""
    reached = []

    async def shake(context, host, port):
        del context, port
        reached.append(host)
        return None if host.endswith(".googleapis.com") else (Evidence.TIMEOUT, "nothing answers")

    monkeypatch.setattr("probes.checks.internet._shake", shake)
    hosts.assignment["internet"].append({"host": "generativelanguage.googleapis.com"})
    found = hosts.of("internet")
    assert len(reached) == 3
    assert found.evidence is Evidence.ALL_HOSTS_OUT
    assert found.reason.startswith("none of 2 hosts on the internet is in reach")


def test_a_certificate_that_nobody_vouches_for_is_told_apart(hosts, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.Authority(tmp_path).ca))
    assert causes(hosts.report()) == [("PROVIDER_CERTIFICATE", None)]
