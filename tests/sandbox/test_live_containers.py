"""A container's environment and what servers are to be, from the cloud's things; nothing is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.live import containers, start
from sandbox.live.server import Faults, NotReadyError
from sandbox.live.servers import cloud_run, postgresql, redis, routes
from sandbox.services.cloudrunv2 import SERVICE
from tests.sandbox.test_ingress import https
from tests.sandbox.world import REDIS, RUN, SQL, cache, database, from_secret, service

BUNDLE = Path("/authorities.pem")


def env(world, *envs, **more):
    template = {"containers": [{"envs": list(envs), **more}]}
    container = containers.of_template(template, "netra-staging")
    return container.environment(world.cloud, {"PORT": "8000"}, BUNDLE)


def test_an_environment_is_path_authorities_what_is_given_and_what_is_declared(world):
    world.secret("jwt-secret")
    found = env(world, {"name": "A", "value": "1"}, {"name": "B"}, from_secret("JWT", "jwt-secret"))
    assert {name: value for name, value in found.items() if name != "PATH"} == {
        "SSL_CERT_FILE": "/authorities.pem",
        "PORT": "8000",
        "A": "1",
        "B": "",
        "JWT": "hunter2",
    }


def test_a_secret_that_cannot_be_read_keeps_the_instance_from_starting(world):
    with pytest.raises(NotReadyError, match=r"Secret none/versions/1 was not found"):
        env(world, from_secret("JWT", "none"))


def test_the_container_with_a_port_serves_whatever_its_place():
    template = {"containers": [{"args": ["x"]}, {"ports": {"containerPort": 3000}}]}
    assert containers.of_template(template, "p").port == 3000
    assert containers.of_template({}, "p").port == 8080


def test_redis_is_what_its_body_says(world):
    network = world.network()
    tls = {"transitEncryptionMode": "SERVER_AUTHENTICATION", "authEnabled": True}
    up = world.up(REDIS, "r", **cache(network.id, **tls, redisConfigs={"maxmemory-policy": "noeviction"}))
    (found,) = redis.specs(world.cloud, Faults({up.id: frozenset({"port:1"})}))
    assert (found.tls, found.port, found.effective_port) == (True, 6378, 1)
    assert found.password == up["authString"]
    assert found.live_settings["maxmemory-policy"] == "noeviction"
    plain = world.up(REDIS, "s", **{**cache(network.id), "name": "plain"})
    found = {each.key: each for each in redis.specs(world.cloud, Faults())}[plain.id]
    assert (found.tls, found.password, found.port) == (False, "", 6379)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "500"),
        ({"tier": "db-g1-small"}, "50"),
        ({"databaseFlags": [{"name": "max_connections", "value": "77"}]}, "77"),
    ],
)
def test_max_connections_are_the_flags_or_the_tiers(world, settings, expected):
    network = world.network()
    world.private_access(network)
    world.up(SQL, "sql", **database(network.id, **settings))
    (found,) = postgresql.specs(world.cloud, Faults())
    assert dict(found.flags)["max_connections"] == expected


def test_a_database_that_is_switched_off_does_not_run(world):
    network = world.network()
    world.private_access(network)
    world.up(SQL, "sql", **database(network.id, activationPolicy="NEVER"))
    assert list(postgresql.specs(world.cloud, Faults())) == []


def test_revisions_with_traffic_or_a_tag_and_the_latest_run(world):
    up = world.up(RUN, "be", **service())
    old = up["latestReadyRevision"].rpartition("/")[2]
    pinned = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": old, "percent": 100}
    changed = world.change(
        up, **service(container={"envs": [{"name": "A", "value": "2"}]}, traffics=[pinned])
    )
    new = changed["latestCreatedRevision"].rpartition("/")[2]
    found = {each.name: each.container.plain for each in cloud_run.specs(world.cloud, Faults())}
    assert found == {old: (), new: (("A", "2"),)}
    places = [each.id for each in cloud_run.places(world.cloud)]
    assert places == sorted(cloud_run.place_of(up.id, name) for name in (old, new))


def test_a_front_leads_to_nobody_while_its_service_is_not_there_or_not_open(world):
    https(world)

    def backend():
        (listener,) = routes.listeners(world.cloud, Faults())
        return next(iter(listener.routes["backends"].values()))

    assert (backend()["status"], backend()["targets"]) == (404, [])
    up = world.up(RUN, "be", **{**service(), "name": "not-there-yet"})
    assert backend()["status"] == 403
    up = world.change(up, **{**service(invokerIamDisabled=True), "name": "not-there-yet"})
    assert backend()["status"] == 0
    assert [each["place"] for each in backend()["targets"]] == [
        cloud_run.place_of(up.id, up["latestReadyRevision"].rpartition("/")[2])
    ]
    world.change(
        up,
        **{
            **service(invokerIamDisabled=True, ingress="INGRESS_TRAFFIC_INTERNAL_ONLY"),
            "name": "not-there-yet",
        },
    )
    assert backend()["status"] == 404
    assert SERVICE == RUN


def test_who_is_not_root_is_told_in_one_line(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path))
    assert start.main() == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the live sandbox" in said
