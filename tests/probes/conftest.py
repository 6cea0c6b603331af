"""Servers, one of each for all tests that only ask; an assignment and an environment that fit them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from probes.assignment import Assignment
from probes.runner import run
from tests.probes import servers

if TYPE_CHECKING:
    from probes.report import Report

LOGIN = {
    "headers": {"X-Service-Secret": "$SERVICE_SECRET"},
    "json": {"service_id": "$SERVICE_ID"},
    "token": "access_token",
}


@dataclass
class Asked:
    """What is asked and where; a test changes one thing and looks at the report."""

    assignment: dict
    environ: dict

    def report(self, **deadlines) -> Report:
        wanted = Assignment.model_validate(
            {
                **self.assignment,
                "deadlines": {name.replace("_", "-"): each for name, each in deadlines.items()},
            }
        )
        return asyncio.run(run(wanted, self.environ))

    def of(self, name: str, **deadlines):
        """One check's result."""
        return next(each for each in self.report(**deadlines).checks if each.name == name)


@pytest.fixture(scope="session")
def postgres():
    with servers.postgres() as port:
        yield port


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    with servers.redis(tmp_path_factory.mktemp("redis")) as found:
        yield found


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return servers.Authority(tmp_path_factory.mktemp("front"))


@pytest.fixture
def front(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    with servers.front(authority, servers.Front()) as knobs:
        yield knobs


@pytest.fixture
def database(postgres):
    return Asked(
        {
            "service": "netra-backend-staging",
            "database": {
                "poolConnections": 12,
                "connectionsAsked": 24,
                "connectionsReserved": 13,
                "p95Ms": 3000,  # these tests share their machine with others
            },
        },
        {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(postgres),
            "POSTGRES_DB": "postgres",
            "POSTGRES_USER": servers.USER,
            "POSTGRES_PASSWORD": servers.PASSWORD,
            "POSTGRES_SSLMODE": "require",
        },
    )


@pytest.fixture
def cache(redis):
    port, authority = redis
    return Asked(
        {"service": "netra-backend-staging", "cache": {"maxmemoryPolicy": "noeviction"}},
        {
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(port),
            "REDIS_PASSWORD": servers.AUTH_STRING,
            "REDIS_CA_CERT": authority.ca.read_text(),
        },
    )


@pytest.fixture
def users(front):
    socket = {"url": f"wss://localhost:{front.port}/ws", "headers": {"Authorization": "Bearer $token"}}
    login = {"url": f"https://localhost:{front.login_port}/auth/service", **LOGIN}
    return Asked(
        {
            "service": "netra-backend-staging",
            "secrets": ["SERVICE_SECRET"],
            "webSockets": {"socket": socket, "login": login, "openSeconds": 0.2, "handshakes": 20},
            "goldenPath": {
                "login": login,
                "socket": socket,
                "send": {"type": "message", "text": "hello"},
                "expect": {"type": "token"},
                "seconds": 3,
            },
        },
        {"SERVICE_SECRET": "canary-of-service", "SERVICE_ID": "netra-backend"},
    )
