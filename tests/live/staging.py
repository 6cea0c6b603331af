"""Staging as the live tests have it, deployed: ways to look at it, and ways to break it after the gate."""

import json
from dataclasses import dataclass
from types import MappingProxyType

from sandbox.cloud import Cloud
from sandbox.live.client import Live
from tests.engine.world import World

SERVICE = "projects/netra-staging/locations/us-central1/services/netra-backend-staging"
JOB = "projects/netra-staging/locations/us-central1/jobs/netra-backend-staging-verify"
REDIS = "projects/netra-staging/locations/us-central1/instances/netra-redis"
POSTGRES = "projects/netra-staging/instances/netra-postgres"


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


def nothing_in_it(version):
    version["secretData"] = ""


DRIFTS = MappingProxyType(
    {
        "Redis attached to another network": (
            REDIS,
            to_another_network,
            ("REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "route-cache"),
        ),
        "AUTH string changed": (REDIS, another_auth_string, ("REDIS_AUTH_STRING_CHANGED", None)),
        "eviction policy changed": (REDIS, evicting, ("REDIS_EVICTS_SESSIONS", "redis-eviction")),
        "too few connections for the pools": (
            POSTGRES,
            few_connections,
            ("CONNECTIONS_EXCEEDED", "sql-connections"),
        ),
    }
)
FAULTS = MappingProxyType(
    {
        "wrong port": (REDIS, "port:7000", ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache")),
        "the usual port of Redis without TLS": (
            REDIS,
            "port:6379",
            ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache"),
        ),
        "Redis stopped": (REDIS, "stop", ("REDIS_STOPPED", None)),
        "PostgreSQL slow by 5 s": (POSTGRES, "slow:5", ("DATABASE_OVERLOADED", None)),
        "WebSocket refused": (SERVICE, "refuse-websockets", ("WEBSOCKET_REFUSED", None)),
    }
)
