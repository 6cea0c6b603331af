"""Alerts on what services do: latency, errors, starts, secrets, agents, WebSockets, and hosts outside.

A WebSocket counts as one request that lasts as long as it is open, so latency leaves 1xx out, and Cloud Run
writes its log entry when it closes. What only the application knows (an agent's time-out, a provider that
does not answer) is counted in its logs, by words that the settings give.

Sources: https://cloud.google.com/run/docs/monitoring, https://cloud.google.com/run/docs/logging,
https://cloud.google.com/run/docs/triggering/websockets,
https://cloud.google.com/secret-manager/docs/audit-logging
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from components.monitoring.alert import (
    Alert,
    Condition,
    LogMetric,
    Weight,
    everyone,
    logged_services,
    run_services,
    series,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.settings import PlatformSettings

LATENCY_MS = 5_000
"""p95: the incident's queries alone took so long."""
SHARE_OF_ERRORS = 0.01
SHARE_OF_HANDSHAKES = 0.99
REVISION = "cloud_run_revision"
REQUESTS, LATENCIES = "run.googleapis.com/request_count", "run.googleapis.com/request_latencies"
_BY_SERVICE = ("resource.label.service_name",)


def _starts(settings: PlatformSettings) -> str:
    log = f'logName="projects/{settings.project}/logs/run.googleapis.com%2Fvarlog%2Fsystem"'
    said = 'textPayload:"The instance was not started" OR textPayload:"Container called exit("'
    return f"{logged_services(settings)} AND {log} AND ({said})"


def _denied(settings: PlatformSettings) -> str:
    del settings
    return (
        'resource.type="audited_resource" AND protoPayload.serviceName="secretmanager.googleapis.com" '
        "AND protoPayload.status.code=7"
    )


def _agents(settings: PlatformSettings) -> str | None:
    timeouts = settings.monitoring.agent_timeouts if settings.monitoring else None
    if timeouts is None:
        return None
    said = f'textPayload:"{timeouts.says}" OR jsonPayload.message:"{timeouts.says}"'
    return f"{logged_services(settings, [timeouts.service])} AND ({said})"


def _handshakes(settings: PlatformSettings) -> str | None:
    paths = web_socket_paths(settings)
    if not paths:
        return None
    log = f'logName="projects/{settings.project}/logs/run.googleapis.com%2Frequests"'
    pattern = "|".join(re.escape(path) for path in sorted({path for _, path in paths}))
    asked = logged_services(settings, sorted({key for key, _ in paths}))
    return f'{asked} AND {log} AND httpRequest.requestUrl=~"({pattern})"'


def _providers(settings: PlatformSettings) -> str | None:
    hosts = outside_hosts(settings)
    if not hosts:
        return None
    pattern = "|".join(host.replace(".", r"\.") for host in hosts)
    said = f'textPayload=~"({pattern})" OR jsonPayload.message=~"({pattern})"'
    return f"{logged_services(settings)} AND severity>=ERROR AND ({said})"


STARTS = LogMetric("instance-start-failures", "Instances that did not start", _starts)
DENIED = LogMetric("secret-access-denied", "Reads of a secret that were denied", _denied)
AGENTS = LogMetric("agent-timeouts", "Agents' runs that timed out", _agents)
HANDSHAKES = LogMetric(
    "websocket-handshakes",
    "WebSocket handshakes, by status; 101 is a good one",
    _handshakes,
    {"status": "EXTRACT(httpRequest.status)"},
)
PROVIDERS = LogMetric("provider-failures", "Calls to hosts outside that failed", _providers)


def web_socket_paths(settings: PlatformSettings) -> list[tuple[str, str]]:
    """Services that answer WebSockets, each with the path that others are told."""
    hosts = settings.ingress.hosts
    told = {
        (hosts[url.host].service, url.path or "/")
        for service in settings.services.values()
        for url in service.urls.values()
        if url.scheme == "wss" and url.host in hosts
    }
    return sorted((key, path) for key, path in told if settings.services[key].web_sockets)


def outside_hosts(settings: PlatformSettings) -> list[str]:
    """Hosts outside that are to be watched, each once."""
    if settings.monitoring is None:
        return []
    found = [outside.host for outside in settings.monitoring.outside.values() if outside.host is not None]
    named = [one.variable for one in settings.monitoring.outside.values() if one.variable is not None]
    for service in settings.services.values():
        found += [service.env[variable].partition(":")[0] for variable in named if variable in service.env]
    return sorted(set(found))


def _count(metric: LogMetric, resource: str, says: str, more_than: float) -> Condition:
    return Condition(
        says,
        series(metric.type, resource),
        more_than,
        aligner="ALIGN_DELTA",
        reducer="REDUCE_SUM",
        duration=0,
    )


def _latency(settings: PlatformSettings) -> Sequence[Condition]:
    asked = f"{series(LATENCIES, REVISION)} AND {run_services(settings)}"
    plain = f'{asked} AND metric.labels.response_code_class!="1xx"'
    return [
        Condition(
            f"95 % of requests take up to more than {LATENCY_MS} ms",
            plain,
            LATENCY_MS,
            aligner="ALIGN_DELTA",
            reducer="REDUCE_PERCENTILE_95",
            by=_BY_SERVICE,
        )
    ]


def _errors(settings: PlatformSettings) -> Sequence[Condition]:
    asked = f"{series(REQUESTS, REVISION)} AND {run_services(settings)}"
    return [
        Condition(
            f"more than {SHARE_OF_ERRORS:.0%} of requests end with 5xx",
            f'{asked} AND metric.labels.response_code_class="5xx"',
            SHARE_OF_ERRORS,
            aligner="ALIGN_RATE",
            reducer="REDUCE_SUM",
            by=_BY_SERVICE,
            of=asked,
        )
    ]


def _failed_handshakes(settings: PlatformSettings) -> Sequence[Condition]:
    if not web_socket_paths(settings):
        return []
    asked = series(HANDSHAKES.type, REVISION)
    return [
        Condition(
            f"less than {SHARE_OF_HANDSHAKES:.0%} of handshakes succeed",
            f'{asked} AND metric.labels.status!="101"',
            round(1 - SHARE_OF_HANDSHAKES, 6),
            aligner="ALIGN_RATE",
            reducer="REDUCE_SUM",
            by=_BY_SERVICE,
            of=asked,
        )
    ]


def _whose_agents(settings: PlatformSettings) -> Sequence[str]:
    timeouts = settings.monitoring.agent_timeouts if settings.monitoring else None
    return [] if timeouts is None else [timeouts.service]


ALERTS = (
    Alert(
        "service-latency",
        "A service answers slowly",
        Weight.DEGRADED,
        f"For five minutes, one request in twenty took longer than {LATENCY_MS // 1000} s. WebSockets do not "
        "count.",
        (
            "Which service, and whether it began with a revision: latency by service on the dashboard.",
            "Whether the database or the cache is slow: their CPU, connections and memory beside it.",
            "Whether instances are short: instances against maxInstances, and concurrency.",
        ),
        ("plumb verify STACK", "plumb explain sql-connections"),
        everyone,
        _latency,
    ),
    Alert(
        "service-errors",
        "A service fails",
        Weight.OUTAGE,
        "More than one request in a hundred ends with 5xx.",
        (
            "Which service, and whether it began with a revision: if so, put the traffic back.",
            "The service's log entries of severity ERROR, newest first.",
            "Whether a secret, the database or the cache is out of reach.",
        ),
        ("plumb verify STACK", "plumb check STACK"),
        everyone,
        _errors,
    ),
    Alert(
        "instance-start-failures",
        "Instances do not start",
        Weight.OUTAGE,
        "Cloud Run gave up on an instance: its container ended, or its startup probe, which covers "
        "the database and the cache, never passed.",
        (
            "The instance's log: the line before `The instance was not started` or `Container called exit`.",
            "Whether every secret it reads is there, enabled and readable by its account.",
            "Whether the database and the cache can be reached from it.",
        ),
        ("plumb explain secret-readable", "plumb explain route-database", "plumb verify STACK"),
        everyone,
        lambda _: [_count(STARTS, REVISION, "more than 3 in five minutes", 3)],
        counts=(STARTS,),
    ),
    Alert(
        "secret-access-denied",
        "A secret was read by somebody who may not",
        Weight.DEGRADED,
        "Secret Manager refused a read. A service whose grant is missing does not start; anybody else was "
        "curious.",
        (
            "Who asked for what: protoPayload.authenticationInfo and resourceName of the audit log's entry.",
            "Whether it is a service's own account: then its grant is missing.",
            "Whether it is a person: then ask them.",
        ),
        ("plumb explain secret-readable", "plumb explain secret-own-account"),
        everyone,
        lambda _: [_count(DENIED, "audited_resource", "any in five minutes", 0)],
        counts=(DENIED,),
    ),
    Alert(
        "agent-timeouts",
        "Agents time out",
        Weight.OUTAGE,
        "Agents' runs end with a time-out, as in the incident: users wait for two minutes and get nothing.",
        (
            "Whether every run times out, or one provider's: the log entries, by provider.",
            "Whether JWT_SECRET_STAGING or _PRODUCTION is set: without it the LLM manager starts as None.",
            "Whether the providers can be reached: the alert provider-failures.",
        ),
        ("plumb explain secret-required", "plumb explain route-internet", "plumb verify STACK"),
        _whose_agents,
        lambda settings: (
            [_count(AGENTS, REVISION, "more than 5 in five minutes", 5)] if _agents(settings) else []
        ),
        counts=(AGENTS,),
    ),
    Alert(
        "websocket-handshakes",
        "WebSockets do not open",
        Weight.OUTAGE,
        "Fewer than 99 in 100 handshakes end with 101. In the incident it was 85: handshakes raced the "
        "start of the service. An entry is written when a WebSocket closes: a good one may be an hour late.",
        (
            "Which status the others have: the metric's label `status`.",
            "Whether instances were starting: instances on the dashboard, and minInstances.",
            "Whether the host is in the certificate and the service has session affinity.",
        ),
        (
            "plumb explain websocket-affinity",
            "plumb explain websocket-timeout",
            "plumb explain ingress-hosts",
        ),
        lambda settings: sorted({key for key, _ in web_socket_paths(settings)}),
        _failed_handshakes,
        counts=(HANDSHAKES,),
    ),
    Alert(
        "provider-failures",
        "A host outside does not answer",
        Weight.DEGRADED,
        "Services log errors about a host on the internet that they need: an LLM provider, or ClickHouse.",
        (
            "Which host: the log entries' text.",
            "Whether it is one or all: all means the way out (Cloud NAT, the default route, ALL_TRAFFIC).",
            "The provider's status page, and whether the key was rotated.",
        ),
        ("plumb explain route-internet", "plumb verify STACK"),
        everyone,
        lambda settings: (
            [_count(PROVIDERS, REVISION, "more than 10 in five minutes", 10)]
            if outside_hosts(settings)
            else []
        ),
        counts=(PROVIDERS,),
    ),
)
