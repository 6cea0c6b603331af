"""Settings of monitoring: who is told, what a year of each service is worth, and what is promised.

Severity, channel and how often an open incident is told of again are no settings: they follow from what is at
risk (`components.monitoring.escalation`).
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from components.settings.base import Section
from components.settings.fields import (
    AvailabilityGoal,
    ChannelAddress,
    ChannelKey,
    ConfigKey,
    EnvName,
    HostName,
    LatencyMs,
    LogWords,
    OutsideKey,
    OwnerKey,
    RevenueUsd,
    RunbooksUrl,
    ServiceKey,
)


class ChannelSettings(Section):
    """A way to tell somebody (a notification channel)."""

    example: ClassVar[Mapping[str, object]] = {"kind": "email", "address": "on-call@example.com"}

    kind: Literal["email", "pagerduty", "slack"]
    """`email` wants `address`; `pagerduty` wants `configKey` (its service key); `slack` wants `address` (the
    channel, `#on-call`) and `configKey` (its token)."""
    address: ChannelAddress | None = None
    """E-mail address, or the Slack channel."""
    config_key: ConfigKey | None = None
    """Secret config key that holds the service key or token: `pulumi config set --secret KEY`."""


class OwnerSettings(Section):
    """Who answers for something, and how they are told."""

    page: ChannelKey
    """Channel for what cannot wait."""
    tell: ChannelKey
    """Channel for what can wait until the morning."""


class ImpactSettings(Section):
    """What depends on one service."""

    owner: OwnerKey
    """Who is told. Key under `owners`."""
    revenue_at_risk_usd: RevenueUsd
    """Revenue of a year, in US dollars, that is at risk while the service is down."""


class ObjectiveSettings(Section):
    """What is promised of one service, over 28 days (a service level objective)."""

    availability: AvailabilityGoal
    """Share of requests that do not fail with 5xx, for example 0.995."""
    latency_ms: LatencyMs | None = None
    """Milliseconds within which 95 % of requests are answered, WebSockets apart. Default: no promise."""


class AgentTimeoutSettings(Section):
    """How a time-out of an agent's run shows in the logs."""

    service: ServiceKey
    """Key of the service that runs agents."""
    says: LogWords
    """Words that its log entry holds, for example `timed out after`."""


class OutsideSettings(Section):
    """A host on the internet that services call: by name, or by the variable of theirs that holds it."""

    example: ClassVar[Mapping[str, object]] = {"host": "api.openai.com"}

    host: HostName | None = None
    """Name of the host."""
    variable: EnvName | None = None
    """Plain variable of a service that holds the name: CLICKHOUSE_HOST."""


class MonitoringSettings(Section):
    """Uptime checks, alerts, objectives, and who is told."""

    channels: Mapping[ChannelKey, ChannelSettings]
    """Ways to tell somebody, by key."""
    owners: Mapping[OwnerKey, OwnerSettings]
    """Who answers for something, by key."""
    impacts: Mapping[ServiceKey, ImpactSettings]
    """What depends on each service, by the service's key: one for each."""
    objectives: Mapping[ServiceKey, ObjectiveSettings] = {}
    """What is promised of services, by the service's key. Default none."""
    outside: Mapping[OutsideKey, OutsideSettings] = {}
    """Hosts on the internet whose failures are counted in the services' logs, by key: entries that name the
    host and have severity ERROR, or none (plain text) and a word such as failed or refused. Default none."""
    agent_timeouts: AgentTimeoutSettings | None = None
    """How an agent's time-out shows in the logs. Default: it is not counted."""
    runbooks_url: RunbooksUrl | None = None
    """Where docs/runbooks is published, for a link in each alert. Default: no link, the text itself."""
