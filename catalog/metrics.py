"""Metrics of Google Cloud that alerts look at: name, kind, unit, and the monitored resources they come with.

Owns those facts, and how a Cloud Monitoring filter names a metric and a resource. Owns no threshold. Google's
list of metrics has a page for each range of letters that a service begins with; name, kind, type, unit and
resources were read there, as generated on 10 April 2026.
"""

import re
from dataclasses import dataclass
from typing import Literal

from catalog.source import Breach, Limit, Source

Kind = Literal["GAUGE", "DELTA", "CUMULATIVE"]
Value = Literal["BOOL", "INT64", "DOUBLE", "DISTRIBUTION"]

FILTERS = Source("https://cloud.google.com/monitoring/api/v3/filters")
LOG_BASED = Source("https://cloud.google.com/logging/docs/logs-based-metrics", checked=False)
RENOTIFY = Source(
    "https://cloud.google.com/monitoring/alerts/alert-policy-notification-channels", checked=False
)
BURN_RATE = Source(
    "https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/alerting-on-budget-burn-rate"
)
_LIST = "https://cloud.google.com/monitoring/api/metrics_gcp"
_C, _I_TO_O, _P_TO_Z = (Source(f"{_LIST}_{letters}") for letters in ("c", "i_o", "p_z"))

USER = "logging.googleapis.com/user/"
"""Beginning of a log-based metric's type; its name follows. A counter is DELTA, INT64."""
GOAL = Limit("a goal of an SLO lies between 0.5 and 0.9999", 0.5, 0.9999, BURN_RATE)
"""Google allows any goal above 0 and at most 0.9999; below a half none is worth promising."""
MOST_CONDITIONS = 6
"""Conditions that one alert policy may have. https://cloud.google.com/monitoring/quotas#alerting_limits"""
RENOTIFY_SECONDS = (1_800, 86_400)
"""How often an open incident may be told of again, at least and at most (unchecked: see RENOTIFY)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric type.

    Attributes:
        type: Its full name.
        unit: As MetricDescriptor writes it: `1`, `10^2.%` (a share of 1), `ms`, `d`; empty for none.
        resources: Types of monitored resource that its time series are written against.
        source: Where it is documented.
        means: What it counts, in a few words.
    """

    type: str
    kind: Kind
    value: Value
    unit: str
    resources: tuple[str, ...]
    source: Source
    means: str


METRICS = (
    Metric(
        "cloudsql.googleapis.com/database/cpu/utilization",
        "GAUGE",
        "DOUBLE",
        "10^2.%",
        ("cloudsql_database",),
        _C,
        "share of the reserved CPU in use",
    ),
    Metric(
        "cloudsql.googleapis.com/database/disk/utilization",
        "GAUGE",
        "DOUBLE",
        "1",
        ("cloudsql_database",),
        _C,
        "share of the disk in use",
    ),
    Metric(
        "cloudsql.googleapis.com/database/postgresql/num_backends",
        "GAUGE",
        "INT64",
        "1",
        ("cloudsql_database",),
        _C,
        "connections to one database of the instance",
    ),
    Metric(
        "monitoring.googleapis.com/uptime_check/check_passed",
        "GAUGE",
        "BOOL",
        "",
        ("uptime_url",),
        _I_TO_O,
        "whether the last check passed",
    ),
    Metric(
        "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires",
        "GAUGE",
        "DOUBLE",
        "d",
        ("uptime_url",),
        _I_TO_O,
        "days until the certificate expires",
    ),
    Metric(
        "redis.googleapis.com/clients/connected",
        "GAUGE",
        "INT64",
        "1",
        ("redis_instance",),
        _P_TO_Z,
        "client connections of a node, by its `role`: `primary` or `replica`",
    ),
    Metric(
        "redis.googleapis.com/stats/memory/system_memory_usage_ratio",
        "GAUGE",
        "DOUBLE",
        "1",
        ("redis_instance",),
        _P_TO_Z,
        "share of the node's system memory in use",
    ),
    Metric(
        "redis.googleapis.com/stats/memory/usage_ratio",
        "GAUGE",
        "DOUBLE",
        "1",
        ("redis_instance",),
        _P_TO_Z,
        "share of the memory in use",
    ),
    Metric(
        "run.googleapis.com/request_count",
        "DELTA",
        "INT64",
        "1",
        ("cloud_run_revision",),
        _P_TO_Z,
        "requests that reached the revision; the label `route` is always empty",
    ),
    Metric(
        "run.googleapis.com/request_latencies",
        "DELTA",
        "DISTRIBUTION",
        "ms",
        ("cloud_run_revision",),
        _P_TO_Z,
        "how long requests took; a WebSocket as long as it was open",
    ),
    Metric(
        "vpcaccess.googleapis.com/connector/cpu/utilizations",
        "GAUGE",
        "DISTRIBUTION",
        "10^2.%",
        ("vpc_access_connector",),
        _P_TO_Z,
        "CPU in use by each instance of the connector",
    ),
)
"""By type."""

_BY_TYPE = {metric.type: metric for metric in METRICS}
_TYPE = re.compile(r"metric\.type\s*=\s*\"([^\"]+)\"")
_RESOURCE = re.compile(r"resource\.type\s*=\s*\"([^\"]+)\"")
_SELECTORS = ("select_slo_burn_rate(", "select_slo_health(", "select_slo_compliance(", "select_slo_budget")
LOGGED_RESOURCES = ("audited_resource", "cloud_run_revision")
"""Monitored resources of the log entries that our log-based metrics count."""


def metric(type_: str) -> Metric | None:
    """A metric of the catalogue; a log-based one has the resources of the entries it counts."""
    if type_.startswith(USER):
        return Metric(type_, "DELTA", "INT64", "1", LOGGED_RESOURCES, LOG_BASED, "log entries that match")
    return _BY_TYPE.get(type_)


def metric_type(filter_: str) -> str | None:
    """The one metric type that a filter names."""
    found = _TYPE.findall(filter_)
    return found[0] if len(found) == 1 else None


def resource_type(filter_: str) -> str | None:
    """The one monitored resource that a filter names."""
    found = _RESOURCE.findall(filter_)
    return found[0] if len(found) == 1 else None


def is_slo(filter_: str) -> bool:
    """Whether a filter selects a time series of an SLO, which has a name and no metric type."""
    return filter_.lstrip().startswith(_SELECTORS)


def check_filter(filter_: str) -> Breach | None:
    """Whether an alert may look at this: one metric type, on a monitored resource that it comes with."""
    if is_slo(filter_):
        return None
    type_, resource = metric_type(filter_), resource_type(filter_)
    example = f'metric.type="{METRICS[0].type}" AND resource.type="{METRICS[0].resources[0]}"'
    if type_ is None:
        return Breach("names no metric, or several", "a filter names one metric type", FILTERS, example)
    if resource is None:
        why = "an alert's filter names one monitored resource"
        return Breach("names no monitored resource, or several", why, FILTERS, example)
    known = metric(type_)
    if known is not None and resource not in known.resources:
        why = f"{type_} is written against {' or '.join(known.resources)}"
        fix = f'resource.type="{known.resources[0]}"'
        return Breach(f"names the monitored resource {resource!r}", why, known.source, fix)
    return None
