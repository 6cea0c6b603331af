"""Alerts on the database, the cache and the connector that leads to them.

Thresholds are shares of what the settings give: connections of the flag that will hold, clients of
Memorystore's limit. 70 and 80 % of the connector's CPU are the incident's own remedy; a connector does not
scale in, so one that was busy once stays large. Each node of a cache has time series of its own, told apart
by the label `role`: a replica that nobody reads has no client, and nothing is wrong.

Sources: https://cloud.google.com/sql/docs/postgres/monitor-instance,
https://cloud.google.com/memorystore/docs/redis/memory-management-best-practices,
https://cloud.google.com/monitoring/alerts/metric-absence,
https://cloud.google.com/vpc/docs/serverless-vpc-access#scaling
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from catalog.redis import MAX_CLIENTS
from components.monitoring.alert import (
    MINUTE,
    Alert,
    Condition,
    Weight,
    in_the_network,
    of_cache,
    of_database,
    series,
)
from components.settings.pools import max_connections_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.settings import PlatformSettings

SHARE_OF_CONNECTIONS = 0.8
SHARE_OF_CPU = 0.8
SHARE_OF_DISK = 0.85
SHARE_OF_MEMORY = 0.8
SHARE_OF_CLIENTS = 0.8
SILENCE = 10 * MINUTE
"""For how long a cache may have no client, or send no data; Google shows a sample up to four minutes
late, and notices that data stays away only after a first sample."""
CONNECTOR_BUSY, CONNECTOR_SATURATED = 0.7, 0.8

_SQL, _REDIS = "cloudsql.googleapis.com/database", "redis.googleapis.com"
_CONNECTOR = "vpcaccess.googleapis.com/connector/cpu/utilizations"


def database_series(settings: PlatformSettings, metric: str) -> str:
    """A metric of this stack's instance: its label is `PROJECT:NAME`."""
    own = f"{settings.project}:{settings.database.name}"
    return series(f"{_SQL}/{metric}", "cloudsql_database", database_id=own)


def cache_series(settings: PlatformSettings, metric: str) -> str:
    """A metric of this stack's instance: its label is the whole resource name."""
    own = f"projects/{settings.project}/locations/{settings.region}/instances/{settings.cache.name}"
    return series(f"{_REDIS}/{metric}", "redis_instance", instance_id=own)


def connector_series(settings: PlatformSettings) -> str:
    """CPU of this stack's connector."""
    name = settings.egress.connector.name if settings.egress.connector else ""
    return series(_CONNECTOR, "vpc_access_connector", connector_name=name)


def _connections(settings: PlatformSettings) -> Sequence[Condition]:
    most = max_connections_of(settings.database)
    return [
        Condition(
            f"connections above {SHARE_OF_CONNECTIONS:.0%} of {most}",
            database_series(settings, "postgresql/num_backends"),
            round(most * SHARE_OF_CONNECTIONS),
            aligner="ALIGN_MAX",
            reducer="REDUCE_SUM",
            by=("resource.label.database_id",),
        )
    ]


def _database_cpu(settings: PlatformSettings) -> Sequence[Condition]:
    says = f"CPU above {SHARE_OF_CPU:.0%}"
    return [Condition(says, database_series(settings, "cpu/utilization"), SHARE_OF_CPU, duration=10 * MINUTE)]


def _database_disk(settings: PlatformSettings) -> Sequence[Condition]:
    says = f"disk above {SHARE_OF_DISK:.0%}"
    return [Condition(says, database_series(settings, "disk/utilization"), SHARE_OF_DISK)]


def _cache_memory(settings: PlatformSettings) -> Sequence[Condition]:
    share = f"{SHARE_OF_MEMORY:.0%}"
    keys = cache_series(settings, "stats/memory/usage_ratio")
    system = cache_series(settings, "stats/memory/system_memory_usage_ratio")
    return [
        Condition(f"memory above {share}", keys, SHARE_OF_MEMORY),
        Condition(f"the system's memory above {share}", system, SHARE_OF_MEMORY),
    ]


def _cache_clients(settings: PlatformSettings) -> Sequence[Condition]:
    clients = cache_series(settings, "clients/connected")
    most = round(MAX_CLIENTS * SHARE_OF_CLIENTS)
    # One time series an instance: a failover makes another node the primary, and ends the series of one.
    of_instance = partial(
        Condition,
        aligner="ALIGN_MAX",
        duration=SILENCE,
        reducer="REDUCE_MAX",
        by=("resource.label.instance_id",),
    )
    return [
        Condition(
            f"clients above {SHARE_OF_CLIENTS:.0%} of {MAX_CLIENTS:,}", clients, most, aligner="ALIGN_MAX"
        ),
        of_instance("no client at all", f'{clients} AND metric.labels.role="primary"', 1, below=True),
        of_instance(f"no data for {SILENCE // MINUTE} minutes", clients, None),
    ]


def _connector(settings: PlatformSettings, share: float) -> Sequence[Condition]:
    if settings.egress.connector is None or settings.egress.via != "connector":
        return []
    return [
        Condition(
            f"CPU above {share:.0%}",
            connector_series(settings),
            share,
            aligner="ALIGN_PERCENTILE_99",
            reducer="REDUCE_MAX",
            by=("resource.label.connector_name",),
        )
    ]


ALERTS = (
    Alert(
        "database-connections",
        "The database runs out of connections",
        Weight.DEGRADED,
        "Most of max_connections is in use. Past the limit every new query is refused, in every service at "
        "once.",
        (
            "Which service holds them: connections by database, then pg_stat_activity by usename.",
            "Whether a revision is being rolled out: two revisions hold two pools.",
            "DB_POOL_SIZE, DB_MAX_OVERFLOW and WEB_CONCURRENCY of the service, against docs/pools.md.",
        ),
        ("plumb explain sql-connections", "plumb check STACK"),
        of_database,
        _connections,
    ),
    Alert(
        "database-cpu",
        "The database is short of CPU",
        Weight.DEGRADED,
        "The instance has been busy for ten minutes. Queries queue, and pools fill up behind them.",
        (
            "Query Insights: which query takes the time, and since when.",
            "Whether autovacuum, a migration or a backup runs.",
            "The tier, against the connections that services hold: a shared-core tier is never enough.",
        ),
        ("plumb explain sql-shared-core", "plumb explain sql-flags-memory"),
        of_database,
        _database_cpu,
    ),
    Alert(
        "database-disk",
        "The database's disk fills up",
        Weight.DEGRADED,
        "The disk grows by itself up to its limit; when it is full the instance stops taking writes.",
        (
            "Which table or index grew: pg_total_relation_size.",
            "Whether a replication slot or an open transaction keeps the write-ahead log.",
            "Whether the disk may still grow: settings.diskAutoresize and its limit.",
        ),
        ("plumb explain sql-backups",),
        of_database,
        _database_disk,
    ),
    Alert(
        "cache-clients",
        "The cache has too many clients, or none",
        Weight.OUTAGE,
        "Near the limit new connections are refused. With no client at all no service reaches the cache, as "
        "in the incident: another network, another port, or a connector that is down. Without data the "
        "instance itself is down, or gone.",
        (
            "Whether it is many, none or no data: connected clients on the dashboard.",
            "With none: the route of a service that needs it, and whether the connector is READY.",
            "With many: which service opens a connection for each request instead of keeping a pool.",
        ),
        ("plumb explain route-cache", "plumb verify STACK"),
        of_cache,
        _cache_clients,
    ),
    Alert(
        "cache-memory",
        "The cache's memory fills up",
        Weight.DEGRADED,
        "With noeviction a full cache refuses writes, so that nobody can sign in; with another policy it "
        "drops sessions without a word. When the system's memory is full too, the instance may crash.",
        (
            "What grew: MEMORY STATS, then redis-cli --bigkeys against the replica.",
            "Whether keys have a time to live: the dashboard's keys with and without one.",
            "The size and the policy, memorySizeGb and maxmemoryPolicy, in the stack's file.",
        ),
        ("plumb explain redis-eviction", "plumb explain redis-limits"),
        of_cache,
        _cache_memory,
    ),
    Alert(
        "connector-busy",
        "The VPC connector is busy",
        Weight.NOTICE,
        "The connector's instances use more than 70 % of their CPU. Above 80 % packets wait, and with them "
        "every call to the database and the cache.",
        (
            "Whether it has reached maxInstances: instances on the connector's page.",
            "Which service sends the most: sent bytes by service.",
            "Whether everything goes through it (ALL_TRAFFIC) that need not.",
        ),
        ("plumb explain connector-limits", "plumb check STACK"),
        in_the_network,
        lambda settings: _connector(settings, CONNECTOR_BUSY),
    ),
    Alert(
        "connector-saturated",
        "The VPC connector is saturated",
        Weight.OUTAGE,
        "The connector's instances use over 80 % of their CPU: calls to the database and the cache wait.",
        (
            "Whether it has reached maxInstances: raise it, or take a larger machineType.",
            "Whether one service floods it: sent bytes by service.",
            "Whether the database and the cache answer from elsewhere: then it is the connector.",
        ),
        ("plumb explain connector-limits", "plumb verify STACK"),
        in_the_network,
        lambda settings: _connector(settings, CONNECTOR_SATURATED),
    ),
)
