"""The resources of monitoring.

Owns channels, uptime checks, log-based metrics, alert policies, objectives and the dashboard. Owns no alert:
see the modules beside this one. Every filter is known at preview (names, not outputs), so that policies can
read it.

A log-based metric can take ten minutes until an alert may look at it: where Google refuses an alert policy of
a first `up` with `Cannot find metric`, a second `up` finishes it.

Sources: https://cloud.google.com/monitoring/alerts/using-alerting-api,
https://cloud.google.com/monitoring/support/notification-options,
https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/api/using-api
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.lean import logging, monitoring
from components.monitoring.alerts import ALERTS
from components.monitoring.dashboard import dashboard_json
from components.monitoring.edge import CHECK_PERIOD_SECONDS, CHECK_TIMEOUT_SECONDS, checks
from components.monitoring.escalation import escalate
from components.monitoring.objectives import BURNS, PERIOD_DAYS, Objective, objectives
from components.monitoring.runbooks import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_gcp.monitoring import (
        AlertPolicyConditionArgsDict,
        AlertPolicyConditionConditionAbsentAggregationArgsDict,
        AlertPolicyConditionConditionAbsentArgsDict,
        AlertPolicyConditionConditionThresholdAggregationArgsDict,
        AlertPolicyConditionConditionThresholdArgsDict,
        AlertPolicyDocumentationArgsDict,
    )

    from components.monitoring.alert import Alert, Condition, LogMetric
    from components.monitoring.escalation import Escalation
    from components.placement import Placement
    from components.settings import ChannelSettings, MonitoringSettings, PlatformSettings

AUTO_CLOSE = "604800s"
"""An incident whose data has ended closes after a week, Google's default."""
_LABELS_OF = {"email": "email_address", "slack": "channel_name"}


class Monitoring(pulumi.ComponentResource):
    """Everything that watches, and everybody who is told.

    Args:
        name: Pulumi name; children are named after it.
        settings: Every decision of the stack: alerts follow from sizes.
        own: Those of monitoring.
        placement: Project, labels, enabled APIs.
        watched: What must exist before it can be watched.
        opts: Options of the component itself.

    Raises:
        pulumi.RunError: A channel's config value is not set. The settings say so with its line first.
    """

    alert_names: pulumi.Output[list[str]]
    """Keys of the alerts that this stack has."""

    def __init__(  # noqa: PLR0913 - what is decided, of what, and what it waits for are distinct inputs
        self,
        name: str,
        settings: PlatformSettings,
        own: MonitoringSettings,
        placement: Placement,
        *,
        watched: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare channels first, then what is counted, then what is watched."""
        super().__init__("plumbline:components:Monitoring", name, None, opts)
        self._prefix, self._settings, self._own, self._placement = name, settings, own, placement
        self._after = [*placement.apis, *watched]
        self.channels = {key: self._channel(key, each) for key, each in sorted(own.channels.items())}
        self.checks = {label: self._check(label, *to) for label, to in checks(settings).items()}
        counted = {one.name: one for alert in ALERTS for one in alert.counts}
        self.metrics = {key: made for key, one in counted.items() if (made := self._metric(one)) is not None}
        self.alerts = {
            alert.key: self._alert(alert, conditions)
            for alert in ALERTS
            if (conditions := alert.conditions(settings))
        }
        self._objectives()
        self.dashboard = monitoring.Dashboard(
            f"{name}-dashboard",
            project=placement.project,
            dashboard_json=dashboard_json(settings, f"Platform, {settings.environment}"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._after),
        )
        self.alert_names = pulumi.Output.from_input(sorted(self.alerts))
        self.register_outputs({"alertNames": self.alert_names})

    def _channel(self, key: str, channel: ChannelSettings) -> monitoring.NotificationChannel:
        secret = pulumi.Config().require_secret(channel.config_key) if channel.config_key else None
        sensitive: monitoring.NotificationChannelSensitiveLabelsArgs | None = None
        if secret is not None and channel.kind == "slack":
            sensitive = monitoring.NotificationChannelSensitiveLabelsArgs(auth_token=secret)
        elif secret is not None:
            sensitive = monitoring.NotificationChannelSensitiveLabelsArgs(service_key=secret)
        return monitoring.NotificationChannel(
            f"{self._prefix}-{key}-channel",
            project=self._placement.project,
            type=channel.kind,
            display_name=key,
            labels={_LABELS_OF[channel.kind]: channel.address} if channel.address else None,
            sensitive_labels=sensitive,
            user_labels=self._placement.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._placement.apis),
        )

    def _check(self, label: str, host: str, path: str) -> monitoring.UptimeCheckConfig:
        return monitoring.UptimeCheckConfig(
            f"{self._prefix}-{label}-check",
            project=self._placement.project,
            display_name=host,
            period=f"{CHECK_PERIOD_SECONDS}s",
            timeout=f"{CHECK_TIMEOUT_SECONDS}s",
            http_check={"path": path, "port": 443, "use_ssl": True, "validate_ssl": True},
            monitored_resource={
                "type": "uptime_url",
                "labels": {"host": host, "project_id": self._placement.project},
            },
            user_labels=self._placement.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._after),
        )

    def _metric(self, counted: LogMetric) -> logging.Metric | None:
        filter_ = counted.filter(self._settings)
        if filter_ is None:
            return None
        return logging.Metric(
            f"{self._prefix}-{counted.name}-count",
            project=self._placement.project,
            name=counted.name,
            description=counted.says,
            filter=filter_,
            metric_descriptor={
                "metric_kind": "DELTA",
                "value_type": "INT64",
                "unit": "1",
                "labels": [{"key": key, "value_type": "STRING"} for key in sorted(counted.labels)],
            },
            label_extractors=dict(counted.labels) or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._placement.apis),
        )

    def _alert(self, alert: Alert, conditions: Sequence[Condition]) -> monitoring.AlertPolicy:
        concerned = alert.concerns(self._settings)
        counts = [self.metrics[one.name] for one in alert.counts if one.name in self.metrics]
        return self._policy(
            alert.key, alert, conditions, escalate(alert.weight, concerned, self._own), counts
        )

    def _policy(
        self,
        name: str,
        alert: Alert,
        conditions: Sequence[Condition],
        escalation: Escalation,
        after: Sequence[pulumi.Resource],
    ) -> monitoring.AlertPolicy:
        told = [self.channels[key].name for key in escalation.channels]
        return monitoring.AlertPolicy(
            f"{self._prefix}-{name}",
            project=self._placement.project,
            display_name=f"{alert.title} ({name})",
            combiner="AND" if alert.together else "OR",
            conditions=[_condition(one) for one in conditions],
            enabled=True,
            notification_channels=told,
            severity=escalation.rung.severity,
            alert_strategy={
                "auto_close": AUTO_CLOSE,
                "notification_channel_strategies": [
                    {
                        "notification_channel_names": told,
                        "renotify_interval": f"{escalation.rung.renotify_seconds}s",
                    }
                ],
            },
            documentation=self._documentation(alert, escalation),
            user_labels={**self._placement.labels, "alert": alert.key, "owner": escalation.owners[0]},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._after, *after]),
        )

    def _documentation(self, alert: Alert, escalation: Escalation) -> AlertPolicyDocumentationArgsDict:
        at_risk = (
            f"At risk: {escalation.revenue_usd:,} dollars a year; owner: {', '.join(escalation.owners)}."
        )
        where = f"Runbook: docs/runbooks/{alert.key}.md"
        documentation: AlertPolicyDocumentationArgsDict = {
            "mime_type": "text/markdown",
            "subject": f"{alert.title} ({self._settings.environment})",
            "content": f"{text(alert)}\n\n{at_risk}\n\n{where}",
        }
        if self._own.runbooks_url is not None:
            link = f"{self._own.runbooks_url}/{alert.key}.md"
            documentation["links"] = [{"display_name": "Runbook", "url": link}]
        return documentation

    def _objectives(self) -> None:
        services: dict[str, monitoring.CustomService] = {}
        for objective in objectives(self._settings):
            key, project = objective.service, self._placement.project
            id_ = self._settings.services[key].name
            if key not in services:
                services[key] = monitoring.CustomService(
                    f"{self._prefix}-{key}-service",
                    project=project,
                    service_id=id_,
                    display_name=id_,
                    user_labels=self._placement.labels,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=self._after),
                )
            slo = self._slo(objective, services[key])
            name = f"projects/{project}/services/{id_}/serviceLevelObjectives/{objective.name}"
            for burn in BURNS:
                escalation = escalate(burn.alert.weight, [key], self._own)
                own = f"{key}-{objective.name}-{burn.alert.key.removeprefix('objective-')}"
                self.alerts[own] = self._policy(own, burn.alert, burn.conditions(name), escalation, [slo])

    def _slo(self, objective: Objective, service: monitoring.CustomService) -> monitoring.Slo:
        return monitoring.Slo(
            f"{self._prefix}-{objective.service}-{objective.name}-slo",
            project=self._placement.project,
            service=service.service_id,
            slo_id=objective.name,
            display_name=objective.says,
            goal=objective.goal,
            rolling_period_days=PERIOD_DAYS,
            request_based_sli=monitoring.SloRequestBasedSliArgs(**objective.sli),
            user_labels=self._placement.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _condition(one: Condition) -> AlertPolicyConditionArgsDict:
    if one.threshold is None:
        absent: AlertPolicyConditionConditionAbsentArgsDict = {
            "filter": one.filter,
            "duration": f"{one.duration}s",
            "aggregations": [_aggregation(one)],
            "trigger": {"count": 1},
        }
        return {"display_name": one.says, "condition_absent": absent}
    threshold: AlertPolicyConditionConditionThresholdArgsDict = {
        "filter": one.filter,
        "comparison": "COMPARISON_LT" if one.below else "COMPARISON_GT",
        "threshold_value": one.threshold,
        "duration": f"{one.duration}s",
        "trigger": {"count": 1},
    }
    if one.aligner:
        threshold["aggregations"] = [_aggregation(one)]
    if one.of:
        threshold["denominator_filter"] = one.of
        threshold["denominator_aggregations"] = [_aggregation(one)]
    return {"display_name": one.says, "condition_threshold": threshold}


def _aggregation(
    one: Condition,
) -> (
    AlertPolicyConditionConditionThresholdAggregationArgsDict
    | AlertPolicyConditionConditionAbsentAggregationArgsDict
):
    aggregation: AlertPolicyConditionConditionThresholdAggregationArgsDict = {
        "alignment_period": f"{one.period}s",
        "per_series_aligner": one.aligner,
    }
    if one.reducer:
        aggregation["cross_series_reducer"] = one.reducer
    if one.by:
        aggregation["group_by_fields"] = list(one.by)
    return aggregation
