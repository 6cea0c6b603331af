"""Alerts on what services do: latency, errors, starts, secrets, agents, WebSockets, and hosts outside.

A WebSocket counts as one request that lasts as long as it is open, so latency leaves 1xx out, and Cloud Run
writes its log entry when it closes: a good handshake is seen up to an hour after a refused one. What only the
application knows (an agent's time-out, a provider that does not answer) is counted in its logs, by words.

Requests to the tag `candidate` count as others do: no label of Cloud Run's metrics names a tag, `route` is
always empty, and a revision has its name only after the update.

Sources: https://cloud.google.com/run/docs/monitoring, https://cloud.google.com/run/docs/logging,
https://cloud.google.com/monitoring/api/metrics_gcp_p_z,
https://cloud.google.com/logging/docs/structured-logging,
https://cloud.google.com/run/docs/triggering/websockets,
https://cloud.google.com/secret-manager/docs/audit-logging
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING

from components.monitoring.alert import (
    MINUTE,
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
SHARE_OF_HANDSHAKES, FEWEST_FAILURES = 0.99, 20
"""Both must break: with little traffic one handshake that is refused is all of them."""
_FAILED = "(?i)error|fail|exception|time.?out|timed.out|refused|reset|unreachable|unavailable|too many"
"""Words by which a line of plain text says that a call failed."""
REVISION = "cloud_run_revision"
REQUESTS, LATENCIES = "run.googleapis.com/request_count", "run.googleapis.com/request_latencies"
_BY_SERVICE = ("resource.label.service_name",)


def _starts(settings: PlatformSettings) -> str:
    log = f'logName="projects/{settings.project}/logs/run.googleapis.com%2Fvarlog%2Fsystem"'
    # A container that ends well on SIGTERM, when Cloud Run scales in, says exit(0).
    ended = 'textPayload:"Container called exit(" AND NOT textPayload:"Container called exit(0)"'
    said = f'textPayload:"The instance was not started" OR ({ended})'
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
    sockets = web_sockets(settings)
    if not sockets:
        return None
    log = f'logName="projects/{settings.project}/logs/run.googleapis.com%2Frequests"'
    # The whole path at the hosts that users open: neither a longer path nor a candidate's host is meant.
    urls = "|".join(f"{_literal(host)}(:[0-9]+)?{_literal(path.rstrip('/'))}" for _, host, path in sockets)
    asked = logged_services(settings, sorted({key for key, _, _ in sockets}))
    return f'{asked} AND {log} AND httpRequest.requestUrl=~"^[a-z]+://({urls})/?([?]|$)"'


def _literal(text: str) -> str:
    """A pattern for this text, without a backslash: a string of Cloud Logging's may take one for its own."""
    return re.sub(r"[^\w/-]", lambda found: f"[{found[0]}]", text)


def _providers(settings: PlatformSettings) -> str | None:
    hosts = outside_hosts(settings)
    if not hosts:
        return None
    pattern = "|".join(host.replace(".", r"\.") for host in hosts)
    said = f'textPayload=~"({pattern})" OR jsonPayload.message=~"({pattern})"'
    # What a service writes as plain text has no severity: then its words must say that the call failed.
    words = f'textPayload=~"{_FAILED}" OR jsonPayload.message=~"{_FAILED}"'
    failed = f"severity>=ERROR OR (severity=DEFAULT AND ({words}))"
    return f"{logged_services(settings)} AND ({said}) AND ({failed})"


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


def web_sockets(settings: PlatformSettings) -> list[tuple[str, str, str]]:
    """Services that answer WebSockets, each with the host and the path that others are told."""
    hosts = settings.ingress.hosts
    told = {
        (hosts[url.host].service, settings.ingress.host_name(url.host), url.path)
        for service in settings.services.values()
        for url in service.urls.values()
        if url.scheme == "wss" and url.host in hosts
    }
    return sorted(one for one in told if settings.services[one[0]].web_sockets)


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
    sockets = web_sockets(settings)
    if not sockets:
        return []
    # By then every good one that was open has closed, and is logged.
    longest = max(settings.services[key].request_timeout_seconds for key, _, _ in sockets)
    period = math.ceil(longest / MINUTE) * MINUTE
    asked = series(HANDSHAKES.type, REVISION)
    failed = partial(
        Condition,
        filter=f'{asked} AND metric.labels.status!="101"',
        period=period,
        duration=0,
        reducer="REDUCE_SUM",
        by=_BY_SERVICE,
    )
    return [
        failed(
            f"less than {SHARE_OF_HANDSHAKES:.0%} of handshakes succeed",
            threshold=round(1 - SHARE_OF_HANDSHAKES, 6),
            aligner="ALIGN_RATE",
            of=asked,
        ),
        failed(
            f"more than {FEWEST_FAILURES} do not in {period // MINUTE} minutes",
            threshold=FEWEST_FAILURES,
            aligner="ALIGN_DELTA",
        ),
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
        "More than one request in a hundred ends with 5xx. Those of a candidate count too.",
        (
            "Which service and revision: put the traffic back, unless it is a candidate that has none.",
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
        "Cloud Run gave up on an instance: its container ended with an error, or its startup probe, which "
        "covers the database and the cache, never passed.",
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
        f"Fewer than 99 in 100 handshakes end with 101, and more than {FEWEST_FAILURES} do not. In the "
        "incident it was 85: handshakes raced the start of the service. An entry is written when a WebSocket "
        "closes, so both are counted over as long as one may be open: an hour.",
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
        lambda settings: sorted({key for key, _, _ in web_sockets(settings)}),
        _failed_handshakes,
        together=True,
        counts=(HANDSHAKES,),
    ),
    Alert(
        "provider-failures",
        "A host outside does not answer",
        Weight.DEGRADED,
        "Services log errors about a host on the internet that they need: an LLM provider, or ClickHouse. An "
        "entry counts that has severity ERROR, or none and a word for a failure.",
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
