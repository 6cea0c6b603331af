"""Data stores as programs declare them, and the few shapes that most cases have."""

from __future__ import annotations

from typing import Any

from tests.policies.wire import PROJECT, Case, Declared

SQL = "gcp:sql/databaseInstance:DatabaseInstance"


def sql(ip: Any = None, *, settings: Any = None, **inputs: Any) -> Declared:
    given = {"settings": {"tier": "db-f1-micro", **(settings or {})}, **inputs}
    if ip is not None:
        given["settings"]["ipConfiguration"] = ip
    return Declared(SQL, "db", {"name": "db", "project": PROJECT} | given)


def redis(**inputs: Any) -> Declared:
    return Declared("gcp:redis/instance:Instance", "cache", {"name": "cache", "project": PROJECT} | inputs)


def cluster(**inputs: Any) -> Declared:
    return Declared("gcp:redis/cluster:Cluster", "cache", {"name": "cache", "project": PROJECT} | inputs)


def valkey(**inputs: Any) -> Declared:
    return Declared("gcp:memorystore/instance:Instance", "cache", {"instanceId": "cache"} | inputs)


def found(resource: str, cause: str) -> frozenset[tuple[str, str]]:
    return frozenset({(resource, cause)})


def passes(rule: str, name: str, *resources: Declared) -> Case:
    return Case(rule, "pass", name, resources)


def refuted(rule: str, name: str, at: str, cause: str, *resources: Declared, kind: str = "fail") -> Case:
    """Refuted early, and so at the end."""
    return Case(rule, kind, name, resources, found(at, cause), found(at, cause))


def unproven(rule: str, name: str, at: str, cause: str, *resources: Declared) -> Case:
    """Unknown: nothing early, unproven at the end."""
    return Case(rule, "unknown", name, resources, closed=found(at, cause))


def late(rule: str, name: str, at: str, cause: str, *resources: Declared, kind: str = "fail") -> Case:
    """Refuted, and certain only once the plan is whole."""
    return Case(rule, kind, name, resources, closed=found(at, cause))
