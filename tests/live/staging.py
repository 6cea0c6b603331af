"""Staging as the live tests have it, deployed: ways to look at it, and ways to break it after the gate."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from sandbox.cloud import Cloud
from sandbox.live.client import Live
from tests.engine.world import World

SERVICE = "projects/netra-staging/locations/us-central1/services/netra-backend-staging"
JOB = "projects/netra-staging/locations/us-central1/jobs/netra-backend-staging-verify"
REDIS = "projects/netra-staging/locations/us-central1/instances/netra-redis"
POSTGRES = "projects/netra-staging/instances/netra-postgres"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
NAT = "gcp:compute/routerNat:RouterNat"


@dataclass
class Deployed:
    """Staging, and the ways to break it."""

    world: World
    live: Live

    @property
    def cloud(self):
        return Cloud(self.world.state / "cloud.sqlite")

    def verify(self, *options):
        return self.world.run("plumb", "verify", "staging", *options)

    def found(self):
        """Causes and failed checks of the backend, and the seconds it took to find them."""
        done = self.verify("--service", "backend", "--format", "json").must(1)
        report = json.loads(done.text[done.text.index("{") :])["services"][0]["report"]
        failed = {
            check["name"]: check["evidence"] for check in report["checks"] if check["status"] == "failed"
        }
        return [(cause["cause"], cause["rule"]) for cause in report["causes"]], failed, done.seconds

    def change(self, thing_id, change):
        """Changes a thing behind the stack's back; returns its body as it was."""
        cloud = self.cloud
        with cloud.transaction():
            (thing,) = [each for each in cloud.all() if each.id == thing_id]
            before = json.loads(json.dumps(thing.body))
            change(thing.body)
            cloud.put(thing)
        self.live.reconcile()
        return before

    def put_back(self, thing_id, body):
        self.change(thing_id, lambda now: (now.clear(), now.update(body)))


def to_another_network(redis):
    redis["authorizedNetwork"] = "projects/netra-staging/global/networks/default"


def another_auth_string(redis):
    redis["authString"] = "another-auth-string"


def evicting(redis):
    redis["redisConfigs"] = {**redis["redisConfigs"], "maxmemory-policy": "allkeys-lru"}


def few_connections(postgres):
    flags = postgres["settings"]["databaseFlags"]
    for flag in flags:
        if flag["name"] == "max_connections":
            flag["value"] = "50"


@contextmanager
def changed(deployed, thing, change):
    """What somebody changed by hand, until it is put back."""
    before = deployed.change(thing, change)
    try:
        yield
    finally:
        deployed.put_back(thing, before)


@contextmanager
def failing(deployed, thing, fault):
    """What breaks by itself, until it is mended."""
    deployed.live.fault(thing, fault)
    try:
        yield
    finally:
        deployed.live.mend(thing)


@contextmanager
def emptied(deployed, secret):
    """A secret whose version holds nothing."""
    cloud = deployed.cloud
    with cloud.transaction():
        versions = [each.id for each in cloud.all(VERSION, "netra-staging")]
    (version,) = [each for each in versions if each.endswith(f"/secrets/{secret}/versions/1")]
    with changed(deployed, version, lambda body: body.update(secretData="")):
        yield


@contextmanager
def without_nat(deployed):
    """No Cloud NAT: what goes into the network finds no way out of it."""
    cloud = deployed.cloud
    with cloud.transaction():
        (nat,) = cloud.all(NAT)
        cloud.remove(nat)
    deployed.live.reconcile()
    try:
        yield
    finally:
        with cloud.transaction():
            cloud.put(nat)
        deployed.live.reconcile()


# How each is broken after the gate, and the cause that must be named, with the rule that fits it.
BREAKAGES = MappingProxyType(
    {
        "Redis attached to another network": (
            partial(changed, thing=REDIS, change=to_another_network),
            ("REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "route-cache"),
        ),
        "wrong port": (
            partial(failing, thing=REDIS, fault="port:7000"),
            ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache"),
        ),
        "the usual port of Redis without TLS": (
            partial(failing, thing=REDIS, fault="port:6379"),
            ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache"),
        ),
        "AUTH string changed": (
            partial(changed, thing=REDIS, change=another_auth_string),
            ("REDIS_AUTH_STRING_CHANGED", None),
        ),
        "Redis stopped": (partial(failing, thing=REDIS, fault="stop"), ("REDIS_STOPPED", None)),
        "eviction policy changed": (
            partial(changed, thing=REDIS, change=evicting),
            ("REDIS_EVICTS_SESSIONS", "redis-eviction"),
        ),
        "too few connections for the pools": (
            partial(changed, thing=POSTGRES, change=few_connections),
            ("CONNECTIONS_EXCEEDED", "sql-connections"),
        ),
        "PostgreSQL slow by 5 s": (
            partial(failing, thing=POSTGRES, fault="slow:5"),
            ("DATABASE_OVERLOADED", None),
        ),
        "one secret empty": (
            partial(emptied, secret="secret-key"),  # noqa: S106 - a secret's name
            ("SECRET_VALUE_EMPTY", "secret-version-filled"),
        ),
        "WebSocket refused": (
            partial(failing, thing=SERVICE, fault="refuse-websockets"),
            ("WEBSOCKET_REFUSED", None),
        ),
    }
)
NAT_REMOVED = ("NO_ROUTE", "route-internet")
"""What `without_nat` breaks where everything goes into the network; staging itself would miss nothing."""
