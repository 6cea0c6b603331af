"""Which resources hold data: Cloud SQL instances and the kinds of Memorystore.

Owns their types, and what an instance is besides a primary of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan import tokens
from policies.plan.values import bare, text

if TYPE_CHECKING:
    from policies.plan import Resource

SQL: Final = tokens.SQL_INSTANCE
REDIS: Final = tokens.REDIS_INSTANCE
REDIS_CLUSTER: Final = "gcp:redis/cluster:Cluster"
VALKEY: Final = "gcp:memorystore/instance:Instance"
CACHES: Final = (REDIS, REDIS_CLUSTER, VALKEY)


def is_replica(instance: Resource) -> bool:
    """Whether a Cloud SQL instance follows another one (a read replica or a read pool)."""
    return (
        bare(instance.at("masterInstanceName")) not in (None, "")
        or text(instance.at("instanceType")) == "READ_POOL_INSTANCE"
    )


def is_elsewhere(instance: Resource) -> bool:
    """Whether it only stands for a server outside Google Cloud, which has no settings here.

    https://cloud.google.com/sql/docs/postgres/replication/external-server
    """
    return text(instance.at("instanceType")) == "ON_PREMISES_INSTANCE"


def takes_after_another(instance: Resource) -> bool:
    """Whether what it leaves unsaid comes from another instance: a replica's primary, a clone's origin."""
    return is_replica(instance) or bare(instance.at("clone")) is not None
