"""What the sandbox refuses of alerts, and of logs, as Google's API does."""

from __future__ import annotations

import pytest

from sandbox.errors import ApiError
from sandbox.services.logging import BUCKET, METRIC, SINK
from sandbox.services.monitoring import CHANNEL, CHECK, DASHBOARD, POLICY, SERVICE, SLO

CPU = 'metric.type="cloudsql.googleapis.com/database/cpu/utilization"'
ON_CPU = f'{CPU} AND resource.type="cloudsql_database"'
COUNTED = 'metric.type="logging.googleapis.com/user/failures" AND resource.type="cloud_run_revision"'
THRESHOLD = {"comparison": "COMPARISON_GT", "duration": "0s", "thresholdValue": 1}


def alert(world, filter_=ON_CPU, **inputs):
    condition = {"displayName": "c", "conditionThreshold": {"filter": filter_, **THRESHOLD}}
    given = {"displayName": "a", "combiner": "OR", "conditions": [condition], **inputs}
    return world.up(POLICY, "alert", **given)


def channel(world, **inputs):
    return world.up(
        CHANNEL, "team", **{"type": "email", "labels": {"email_address": "a@b.example"}, **inputs}
    )


def test_an_alert_has_a_name_of_its_own_and_tells_a_channel(world):
    told = channel(world)
    made = alert(world, notificationChannels=[told["name"]])
    assert made["name"] == made.id
    assert made.id.startswith("projects/netra-staging/alertPolicies/")


@pytest.mark.parametrize(
    ("filter_", "says"),
    [
        ('resource.type="cloudsql_database"', 'restriction on "metric.type"'),
        (CPU, 'restriction on "resource.type"'),
        (COUNTED, "Cannot find metric that matches type"),
        ('select_slo_burn_rate("projects/p/services/s/serviceLevelObjectives/o", "300s")', "was not found"),
    ],
)
def test_a_filter_that_names_no_time_series_is_refused(world, filter_, says):
    with pytest.raises(ApiError, match=says):
        alert(world, filter_)


def test_a_log_based_metric_can_be_looked_at_once_it_is_there(world):
    world.up(METRIC, "failures", name="failures", filter="severity>=ERROR")
    alert(world, COUNTED)


def test_a_channel_that_is_not_there_is_refused_and_one_in_use_stays(world):
    with pytest.raises(ApiError, match=r"notification channel .* was not found"):
        alert(world, notificationChannels=["projects/netra-staging/notificationChannels/1"])
    told = channel(world)
    alert(world, notificationChannels=[told["name"]])
    with pytest.raises(ApiError):
        world.down(told)


def test_a_channel_wants_the_label_of_its_kind(world):
    with pytest.raises(ApiError, match="requires the label 'email_address'"):
        channel(world, labels={})


def test_an_incident_is_told_again_within_half_an_hour_and_a_day(world):
    told = channel(world)["name"]
    for again in ("60s", "90000s"):
        strategy = [{"notificationChannelNames": [told], "renotifyInterval": again}]
        with pytest.raises(ApiError, match="renotify interval"):
            alert(world, alertStrategy={"notificationChannelStrategies": strategy})


def test_an_alert_has_at_most_six_conditions(world):
    one = {"displayName": "c", "conditionThreshold": {"filter": ON_CPU, **THRESHOLD}}
    with pytest.raises(ApiError, match="at most 6 conditions"):
        alert(world, conditions=[one] * 7)


def test_an_objective_belongs_to_a_service_and_promises_less_than_everything(world):
    sli = {"basicSli": {"availability": {"enabled": True}}}
    with pytest.raises(ApiError, match="services/web' was not found"):
        world.up(SLO, "slo", service="web", sloId="a", goal=0.9, rollingPeriodDays=28, **sli)
    world.up(SERVICE, "web", serviceId="web")
    with pytest.raises(ApiError, match="goal 1 is not"):
        world.up(SLO, "slo", service="web", sloId="a", goal=1.0, rollingPeriodDays=28, **sli)
    made = world.up(SLO, "slo", service="web", sloId="a", goal=0.9, rollingPeriodDays=28, **sli)
    burn = f'select_slo_burn_rate("{made.id}", "300s")'
    assert alert(world, burn)["name"]


@pytest.mark.parametrize(("inputs", "says"), [({"period": "61s"}, "period"), ({"timeout": "61s"}, "timeout")])
def test_an_uptime_check_has_a_period_and_a_timeout_that_google_offers(world, inputs, says):
    given = {"displayName": "c", "timeout": "10s", "httpCheck": {"path": "/"}, **inputs}
    to = {"type": "uptime_url", "labels": {"host": "h.example"}}
    with pytest.raises(ApiError, match=says):
        world.up(CHECK, "check", monitoredResource=to, **given)


def test_a_dashboard_is_json(world):
    with pytest.raises(ApiError, match="Invalid JSON"):
        world.up(DASHBOARD, "board", dashboardJson="{")


def test_the_labels_of_a_log_based_metric_are_those_it_extracts(world):
    descriptor = {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "status"}]}
    with pytest.raises(ApiError, match="do not match: status"):
        world.up(METRIC, "m", name="m", filter="severity>=ERROR", metricDescriptor=descriptor)
    with pytest.raises(ApiError, match="filter is empty"):
        world.up(METRIC, "m", name="m", filter=" ")


def bucket(world, **inputs):
    given = {"project": "netra-staging", "location": "us-central1", "bucketId": "audit", "retentionDays": 90}
    return world.up(BUCKET, "logs", **{**given, **inputs})


def test_a_log_bucket_keeps_at_most_ten_years(world):
    with pytest.raises(ApiError, match="3651 days is not between"):
        bucket(world, retentionDays=3651)


def test_the_retention_of_a_locked_bucket_stays(world):
    made = bucket(world, locked=True)
    given = {key: value for key, value in made.inputs.items() if not key.startswith("__")}
    with pytest.raises(ApiError, match="locked bucket"):
        world.change(made, **{**given, "retentionDays": 91})


def test_a_sink_leads_to_a_bucket_that_is_there_and_holds_it(world):
    to = "logging.googleapis.com/projects/netra-staging/locations/us-central1/buckets/audit"
    with pytest.raises(ApiError, match=r"log bucket .* was not found"):
        world.up(SINK, "sink", name="s", destination=to)
    made = bucket(world)
    # A bucket of the same project needs no account that is let in.
    assert world.up(SINK, "sink", name="s", destination=to)["writerIdentity"] == ""
    with pytest.raises(ApiError):
        world.down(made)
