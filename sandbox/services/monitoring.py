"""Cloud Monitoring: alert policies, channels, uptime checks, objectives and dashboards.

https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies

What the API refuses of a filter (a monitored resource is a must) was read in its own answers; its words for a
metric that does not exist, and for a channel that is not there or still in use, are our own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from catalog import metrics
from sandbox.kinds import Kind, Ref, Request
from sandbox.services.logging import METRIC

if TYPE_CHECKING:
    from collections.abc import Iterator

API: Final = "monitoring.googleapis.com"
POLICY: Final = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL: Final = "gcp:monitoring/notificationChannel:NotificationChannel"
CHECK: Final = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
SERVICE: Final = "gcp:monitoring/customService:CustomService"
SLO: Final = "gcp:monitoring/slo:Slo"
DASHBOARD: Final = "gcp:monitoring/dashboard:Dashboard"
_SLO_OF = re.compile(r'select_slo_burn_rate\("([^"]+)"')
_CHECK_PERIODS: Final = ("60s", "300s", "600s", "900s")
_LONGEST_CHECK_S: Final = 60


def _policy(request: Request) -> None:
    body = request.body
    conditions = body.get("conditions") or []
    if len(conditions) > metrics.MOST_CONDITIONS:
        raise request.refuse(400, f"An alert policy has at most {metrics.MOST_CONDITIONS} conditions.", "")
    for index, condition in enumerate(conditions):
        threshold = condition.get("conditionThreshold") or condition.get("conditionAbsent")
        if not threshold:
            continue
        for name in ("filter", "denominatorFilter"):
            if threshold.get(name):
                _filter(request, str(threshold[name]), f"conditions[{index}].condition_threshold.{name}")
    for reference in _told(request):
        found = request.resolve(CHANNEL, reference)
        if found is None:
            raise request.refuse(404, f"The notification channel '{reference}' was not found.")
        request.refers_to.append((found.type, found.id))
    body["name"] = request.id


def _told(request: Request) -> Iterator[str]:
    yield from (str(one) for one in request.inputs.get("notificationChannels") or [])
    strategy = request.inputs.get("alertStrategy") or {}
    for each in strategy.get("notificationChannelStrategies") or []:
        again = str(each.get("renotifyInterval") or "")
        low, high = metrics.RENOTIFY_SECONDS
        if again and not low <= float(again.removesuffix("s")) <= high:
            raise request.refuse(
                400, f"The renotify interval '{again}' is not between {low}s and {high}s.", ""
            )
        yield from (str(one) for one in each.get("notificationChannelNames") or [])


def _filter(request: Request, said: str, where: str) -> None:
    invalid = f'Field alert_policy.{where} had an invalid value of "{said}": '
    slo = _SLO_OF.search(said)
    if slo is not None:
        if request.resolve(SLO, slo[1]) is None:
            raise request.refuse(404, f"The service level objective '{slo[1]}' was not found.")
        return
    if metrics.is_slo(said):
        return
    if metrics.metric_type(said) is None:
        raise request.refuse(400, f'{invalid}must specify a restriction on "metric.type" in the filter.', "")
    if metrics.resource_type(said) is None:
        raise request.refuse(
            400,
            f'{invalid}must specify a restriction on "resource.type" in the filter; see '
            '"https://cloud.google.com/monitoring/api/resources" for a list of available resource types.',
            "",
        )
    type_ = metrics.metric_type(said) or ""
    if type_.startswith(metrics.USER):
        name = f"projects/{request.project}/metrics/{type_.removeprefix(metrics.USER)}"
        if request.cloud.get(METRIC, name) is None:
            raise request.refuse(
                404,
                f'Cannot find metric that matches type = "{type_}". If a metric was created recently, it '
                "could take up to 10 minutes to become available.",
            )


def _channel(request: Request) -> None:
    labels = request.inputs.get("labels") or {}
    kind = str(request.inputs.get("type"))
    wanted = {"email": "email_address", "slack": "channel_name"}.get(kind)
    if wanted is not None and not labels.get(wanted):
        raise request.refuse(
            400, f"A notification channel of type '{kind}' requires the label '{wanted}'.", ""
        )
    request.body["name"] = request.id
    request.body["verificationStatus"] = ""


def _check(request: Request) -> None:
    period = str(request.inputs.get("period") or "300s")
    timeout = float(str(request.inputs.get("timeout") or "10s").removesuffix("s"))
    if period not in _CHECK_PERIODS:
        raise request.refuse(400, f"The period '{period}' is none of {', '.join(_CHECK_PERIODS)}.", "")
    if not 1 <= timeout <= _LONGEST_CHECK_S:
        raise request.refuse(
            400, f"The timeout '{timeout:g}s' is not between 1s and {_LONGEST_CHECK_S}s.", ""
        )
    request.body["name"] = request.id
    request.body["uptimeCheckId"] = request.name


def _slo(request: Request) -> None:
    goal = float(request.inputs.get("goal") or 0)
    if not 0 < goal <= metrics.GOAL.high:
        raise request.refuse(400, f"The goal {goal:g} is not in the range (0, {metrics.GOAL.high}].", "")
    request.body["name"] = request.id


def _named(request: Request) -> None:
    request.body["name"] = request.id


def _dashboard(request: Request) -> None:
    try:
        json.loads(str(request.inputs.get("dashboardJson")))
    except ValueError:
        raise request.refuse(400, "Invalid JSON payload received.", "") from None


KINDS = (
    Kind(
        POLICY,
        noun="AlertPolicy",
        api=API,
        id="projects/{project}/alertPolicies/{__number}",
        defaults={"enabled": True},
        create=_policy,
        fills={"creationRecords": []},
    ),
    Kind(
        CHANNEL,
        noun="NotificationChannel",
        api=API,
        id="projects/{project}/notificationChannels/{__number}",
        defaults={"enabled": True},
        create=_channel,
    ),
    Kind(
        CHECK,
        noun="UptimeCheckConfig",
        api=API,
        id="projects/{project}/uptimeCheckConfigs/{__number}",
        defaults={"period": "300s"},
        create=_check,
    ),
    Kind(
        SERVICE,
        noun="Service",
        api=API,
        id="projects/{project}/services/{service_id}",
        create=_named,
        exists="The service '{id}' already exists",
    ),
    Kind(
        SLO,
        noun="Slo",
        api=API,
        id="projects/{project}/services/{service}/serviceLevelObjectives/{slo_id}",
        refs=(Ref("service", SERVICE, link=False, missing="The service '{ref}' was not found."),),
        create=_slo,
        exists="The service level objective '{id}' already exists",
    ),
    Kind(
        DASHBOARD,
        noun="Dashboard",
        api=API,
        id="projects/{project}/dashboards/{__number}",
        create=_dashboard,
    ),
)
