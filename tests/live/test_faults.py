"""What can be broken on purpose, by a fault or by drift, and what the service sees of it."""

import json
import time

import pytest

DEFAULT = "projects/netra-staging/global/networks/default"


def health(live):
    done = live.at("outside", "curl", "-sS", "-m", "10", "https://api.example.test/health")
    return json.loads(done.out).get("causes", {})


@pytest.fixture
def broken(live):
    """Faults that are taken back after the test."""

    def break_it(thing, fault):
        live.live.fault(thing, fault)
        touched.append(thing)

    touched = []
    yield break_it
    for thing in touched:
        live.live.mend(thing)
    assert health(live) == {}


def test_a_redis_that_was_stopped_refuses(live, broken):
    broken("redis", "stop")
    assert set(health(live)) == {"cache"}
    assert "refused" in live.redis("PING").err


def test_a_redis_on_another_port_refuses_at_its_own(live, broken):
    broken("redis", "port:6379")
    assert set(health(live)) == {"cache"}


def test_a_slow_postgresql_connects_at_once_and_answers_late(live, broken):
    broken("postgres", "slow:2")
    text = """
import os, time, psycopg
begun = time.monotonic()
where = f"host={os.environ['POSTGRES_HOST']} user=app dbname=app password={os.environ['POSTGRES_PASSWORD']}"
with psycopg.connect(where, sslmode="require", autocommit=True) as connection:
    connected = time.monotonic()
    connection.execute("SELECT 1")
    print(connected - begun, time.monotonic() - connected)
"""
    connecting, asking = map(float, live.python("backend", text).must().out.split())
    assert connecting < 1.5
    assert 2 <= asking < 4


def test_a_slow_redis_still_speaks_tls_and_answers_late(live, broken):
    broken("redis", "slow:1")
    begun = time.monotonic()
    assert live.redis("PING").out == "PONG"
    assert time.monotonic() - begun >= 1


def test_a_slow_service_answers_late(live, broken):
    broken("backend", "slow:1")
    begun = time.monotonic()
    assert health(live) == {}
    assert time.monotonic() - begun >= 1


def test_an_auth_string_that_was_changed_locks_the_service_out(live):
    before = live.up_by_name["redis"]["authString"]
    live.drift("redis", authString="changed")
    assert "cache" in health(live)
    live.drift("redis", authString=before)
    assert health(live) == {}


def test_an_eviction_policy_that_was_changed_is_the_servers(live):
    live.drift("redis", redisConfigs={"maxmemory-policy": "allkeys-lru"})
    assert live.redis("CONFIG", "GET", "maxmemory-policy").out.split()[1] == "allkeys-lru"
    live.drift("redis", redisConfigs={})
    assert live.redis("CONFIG", "GET", "maxmemory-policy").out.split()[1] == "volatile-lru"


def test_a_redis_on_another_network_is_out_of_reach(live):
    own = live.up_by_name["redis"]["authorizedNetwork"]
    live.network("other")
    live.drift("redis", authorizedNetwork="projects/netra-staging/global/networks/other")
    assert set(health(live)) == {"cache"}
    live.drift("redis", authorizedNetwork=own)
    assert health(live) == {}


def test_connections_that_were_made_few_are_few(live):
    with live.cloud.transaction():
        up = live.up_by_name["postgres"]
        settings = live.cloud.get(up.token, up.id).body["settings"]
    few = {**settings, "databaseFlags": [{"name": "max_connections", "value": "14"}]}
    live.drift("postgres", settings=few)
    assert live.psql("SHOW max_connections").out == "14"
    live.drift("postgres", settings=settings)
    assert live.psql("SHOW max_connections").out == "15"


def test_what_dies_by_itself_is_started_again(live):
    def programs():
        return next(each for each in live.live.status()["things"] if each["sort"] == "redis")["processes"]

    before = programs()
    live.redis("SHUTDOWN", "NOSAVE")
    end = time.monotonic() + 15
    while programs() == before or health(live):
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_fault_that_there_is_not_lists_those_that_there_are(live):
    from sandbox.live.client import LiveError  # noqa: PLC0415 - only here

    with pytest.raises(LiveError, match=r"'melt' is no fault of .*\n.*stop"):
        live.live.fault("redis", "melt")
    with pytest.raises(LiveError, match="nothing of that name runs"):
        live.live.fault("nobody", "stop")
