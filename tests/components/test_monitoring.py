"""Monitoring of our own two stacks: what is watched, by which metrics, and who is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from catalog import metrics
from components.monitoring import runbooks
from components.monitoring.alert import Weight
from components.monitoring.alerts import ALERTS
from components.monitoring.escalation import LADDER, escalate
from components.monitoring.objectives import objectives
from components.platform import Platform
from components.settings import ChannelSettings, MonitoringSettings, PlatformSettings, load_settings
from contracts import load
from policies.judge import Judge
from policies.plan import Plan, Resource
from policies.rules import registered
from tests.components import recorder
from tests.components.test_parity import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.components.recorder import Cloud

ROOT = Path(__file__).parents[2]
STACKS = ("staging", "production")
POLICIES, CHANNELS = (
    "monitoring/alertPolicy:AlertPolicy",
    "monitoring/notificationChannel:NotificationChannel",
)
WATCHED = [rule for rule in registered() if rule.id == "watched"]
PAGES = {"a_b": "ab", "c": "c", "d_h": "defgh", "i_o": "ijklmno", "p_z": "pqrstuvwxyz"}
"""Pages of Google's list of metrics, each with the letters that its services begin with."""
_COMPARISON = re.compile(r'([\w.]+)(=~|>=|=|:)("[^"]*"|\("[^"]*"(?: OR "[^"]*")*\)|\w+)')
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")


def deployed(stack: str, *, preview: bool = False) -> Cloud:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return recorder.run(
        lambda: Platform("platform", load_settings()), preview=preview, config=told | recorder.PASSWORDS
    )


def settings_of(stack: str) -> PlatformSettings:
    return PlatformSettings.from_stack_file(ROOT / f"Pulumi.{stack}.yaml")


@pytest.fixture(scope="module")
def stacks() -> dict[str, Cloud]:
    return {stack: deployed(stack, preview=True) for stack in STACKS}


@pytest.fixture(scope="module")
def up() -> Cloud:
    return deployed("staging")


def filters(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Every filter of a stack that names a metric, with who has it."""
    for policy in cloud.of(POLICIES).values():
        for condition in policy.inputs["conditions"]:
            threshold = condition.get("conditionThreshold") or condition["conditionAbsent"]
            yield policy.name, threshold["filter"]
            if "denominatorFilter" in threshold:
                yield policy.name, threshold["denominatorFilter"]
    for slo in cloud.of("monitoring/slo:Slo").values():
        text = json.dumps(slo.inputs["requestBasedSli"])
        yield from (
            (slo.name, json.loads(found)) for found in re.findall(r'"metric\.type(?:[^"\\]|\\.)*"', text)
        )
    (board,) = cloud.of("monitoring/dashboard:Dashboard").values()
    for tile in json.loads(board.inputs["dashboardJson"])["mosaicLayout"]["tiles"]:
        for chart in tile["widget"]["xyChart"]["dataSets"]:
            yield board.name, chart["timeSeriesQuery"]["timeSeriesFilter"]["filter"]


def counts(cloud: Cloud, name: str, **entry: str) -> bool:
    """Whether a log-based metric counts an entry, given its fields (`__` for a dot)."""
    (filter_,) = (
        one.inputs["filter"]
        for one in cloud.of("logging/metric:Metric").values()
        if one.inputs["name"] == name
    )
    given = {"severity": "DEFAULT"} | {key.replace("__", "."): value for key, value in entry.items()}

    def holds(found: re.Match[str]) -> str:
        field, operator, written = found.groups()
        if field not in given:
            # What the entry does not say is its place (service, log): it stands there.
            return str(not field.startswith(("textPayload", "jsonPayload", "httpRequest")))
        value, wanted = given[field], written.strip('"')
        if operator == "=~":
            return str(re.search(wanted, value) is not None)
        if operator == ">=":
            return str(_SEVERITIES.index(value) >= _SEVERITIES.index(wanted))
        return str(wanted in value if operator == ":" else wanted == value)

    logic = _COMPARISON.sub(holds, filter_)
    for word in ("AND", "OR", "NOT"):
        logic = logic.replace(word, word.lower())
    assert re.fullmatch(r"(?:True|False|and|or|not|[() ])+", logic), logic
    return bool(eval(logic))  # noqa: S307 - true, false, and, or, not


def conditions_of(cloud: Cloud, alert: str) -> dict[str, dict[str, Any]]:
    """What each condition of an alert looks at, by what it says."""
    return {
        one["displayName"]: one.get("conditionThreshold") or one["conditionAbsent"]
        for one in cloud.of(POLICIES)[f"monitoring-{alert}"].inputs["conditions"]
    }


def plan_of(cloud: Cloud, stack: str, without: str = "") -> Plan:
    plan = Plan(project=f"netra-{stack}", region="us-central1")
    for one in cloud.declared:
        if without and without in json.dumps(one.inputs) and one.type.startswith("gcp:monitoring/"):
            continue
        depends = {key: tuple(urns) for key, urns in one.property_depends_on.items()}
        read = lambda inputs=one.inputs: known(inputs)  # noqa: E731 - what the plan calls
        plan.add(Resource(one.urn, one.type, one.name, read, property_dependencies=depends))
    return plan


@pytest.mark.parametrize("stack", STACKS)
def test_every_filter_names_a_metric_that_google_documents_on_a_resource_it_comes_with(stacks, stack):
    found = list(filters(stacks[stack]))
    assert len(found) > 40
    for owner, filter_ in found:
        assert metrics.check_filter(filter_) is None, owner
        if not metrics.is_slo(filter_):
            assert metrics.metric(metrics.metric_type(filter_)) is not None, owner


def test_every_metric_of_the_catalogue_is_watched(stacks):
    used = {metrics.metric_type(filter_) for _, filter_ in filters(stacks["staging"])}
    assert {metric.type for metric in metrics.METRICS} <= used
    assert all(metric.resources for metric in metrics.METRICS)


@pytest.mark.parametrize("metric", metrics.METRICS, ids=lambda metric: metric.type)
def test_a_metric_is_documented_on_the_page_whose_letters_hold_its_service(metric):
    (page,) = (page for page, letters in PAGES.items() if metric.type[0] in letters)
    assert metric.source.url == f"https://cloud.google.com/monitoring/api/metrics_gcp_{page}"


def test_every_log_based_metric_that_an_alert_looks_at_is_declared(stacks):
    cloud = stacks["staging"]
    made = {one.inputs["name"] for one in cloud.of("logging/metric:Metric").values()}
    types = {metrics.metric_type(filter_) or "" for _, filter_ in filters(cloud)}
    asked = {one.removeprefix(metrics.USER) for one in types if one.startswith(metrics.USER)}
    assert made == asked
    assert made


@pytest.mark.parametrize("stack", STACKS)
def test_every_destination_of_the_contracts_is_watched(stacks, stack):
    judge = Judge(WATCHED, load(ROOT / "contracts"))
    assert list(judge.closed(plan_of(stacks[stack], stack))) == []
    assert judge.advised == ()


@pytest.mark.parametrize(
    ("without", "at"),
    [
        ("cloudsql.googleapis.com", "database-instance"),
        ("redis.googleapis.com", "cache-redis"),
        ("provider-failures", "backend-service"),
    ],
)
def test_a_destination_that_nobody_watches_is_found(stacks, without, at):
    judge = Judge(WATCHED, load(ROOT / "contracts"))
    plan = plan_of(stacks["production"], "production", without)
    assert {one.name for one in judge.closed(plan)} == {at}


def test_no_two_resources_have_one_name_whatever_their_types(up):
    # `pulumi preview --import-file` tells two of one name apart by names that nobody gave.
    names = [one.name for one in up.declared if one.custom]
    assert sorted(names) == sorted(set(names))


def test_all_stacks_have_the_same_alerts(stacks):
    staging, production = (set(stacks[stack].of(POLICIES)) for stack in STACKS)
    assert staging == production


def test_every_alert_tells_somebody_who_is_there_and_again_within_a_day(up):
    channels = {one.inputs["displayName"] for one in up.of(CHANNELS).values()}
    for policy in up.of(POLICIES).values():
        told = policy.inputs["notificationChannels"]
        assert told, policy.name
        assert {one.rpartition("/")[2] for one in told} <= channels
        (strategy,) = policy.inputs["alertStrategy"]["notificationChannelStrategies"]
        assert strategy["notificationChannelNames"] == told
        low, high = metrics.RENOTIFY_SECONDS
        assert low <= int(strategy["renotifyInterval"].removesuffix("s")) <= high
        assert 1 <= len(policy.inputs["conditions"]) <= metrics.MOST_CONDITIONS


def test_every_alert_carries_its_runbook(up):
    pages = runbooks.pages()
    for policy in up.of(POLICIES).values():
        content = policy.inputs["documentation"]["content"]
        page = re.search(r"docs/runbooks/([a-z-]+\.md)", content)
        assert page is not None, policy.name
        assert page[1] in pages
        assert "500,000 dollars a year; owner: reliability" in content
        assert len(content.encode()) < 8_192


def test_the_pages_of_the_alerts_are_what_they_would_be_written_as():
    assert runbooks.stale() == [], "fix: python -m components.monitoring.runbooks --write"


def test_every_page_names_three_things_to_look_at_and_rules_that_there_are():
    rules = {rule.id for rule in registered()}
    for alert in ALERTS:
        assert len(alert.look) == 3
        assert alert.ask
        for command in alert.ask:
            named = re.fullmatch(r"plumb explain ([a-z-]+)", command)
            assert named[1] in rules if named else command in ("plumb check STACK", "plumb verify STACK")


def test_what_is_at_risk_decides_severity_channel_and_repeat():
    own = settings_of("staging").monitoring
    assert own is not None

    def of(revenue: int, weight: Weight) -> tuple[str, tuple[str, ...], int]:
        impact = own.impacts["backend"].model_copy(update={"revenue_at_risk_usd": revenue})
        found = escalate(weight, ["backend"], own.model_copy(update={"impacts": {"backend": impact}}))
        return found.rung.severity, found.channels, found.rung.renotify_seconds

    assert of(500_000, Weight.OUTAGE) == ("CRITICAL", ("on-call", "team"), 1_800)
    assert of(500_000, Weight.DEGRADED) == ("ERROR", ("on-call",), 7_200)
    assert of(500_000, Weight.NOTICE) == ("WARNING", ("team",), 86_400)
    assert of(100_000, Weight.OUTAGE) == ("ERROR", ("on-call",), 7_200)
    assert of(0, Weight.OUTAGE) == ("WARNING", ("team",), 86_400)
    assert LADDER[-1].tells


def test_an_alert_on_several_services_is_as_urgent_as_the_dearest_and_tells_every_owner():
    own = settings_of("staging").monitoring
    assert own is not None
    assert isinstance(own, MonitoringSettings)
    cheap = own.impacts["frontend"].model_copy(update={"revenue_at_risk_usd": 1, "owner": "web"})
    owners = {**own.owners, "web": own.owners["reliability"].model_copy(update={"page": "web-page"})}
    both = own.model_copy(update={"impacts": {**own.impacts, "frontend": cheap}, "owners": owners})
    found = escalate(Weight.OUTAGE, ["backend", "frontend"], both)
    assert found.rung is LADDER[0]
    assert found.owners == ("reliability", "web")
    assert found.channels == ("on-call", "team", "web-page")


def test_each_promise_has_a_fast_and_a_slow_burn_over_two_windows(up):
    promised = [(one.service, one.name) for one in objectives(settings_of("staging"))]
    assert promised == [("auth", "availability"), ("backend", "availability"), ("backend", "latency")]
    for service, name in promised:
        for speed in ("burns-fast", "burns-slowly"):
            policy = up.of(POLICIES)[f"monitoring-{service}-{name}-{speed}"]
            assert policy.inputs["combiner"] == "AND"
            windows = [
                re.findall(r'select_slo_burn_rate\("(.+)", "(\d+)s"\)', one["conditionThreshold"]["filter"])[
                    0
                ]
                for one in policy.inputs["conditions"]
            ]
            assert int(windows[0][1]) == 12 * int(windows[1][1])
            assert windows[0][0].endswith(f"/serviceLevelObjectives/{name}")


def test_connections_are_held_against_the_flag_that_will_hold(up):
    (condition,) = up.of(POLICIES)["monitoring-database-connections"].inputs["conditions"]
    instance = up.one("sql/databaseInstance:DatabaseInstance")
    flags = {one["name"]: one["value"] for one in instance.inputs["settings"]["databaseFlags"]}
    most = int(flags.get("max_connections", 500))
    assert condition["conditionThreshold"]["thresholdValue"] == pytest.approx(most * 0.8)


def test_the_connector_warns_at_70_and_is_saturated_at_80_percent(up):
    thresholds = [
        up.of(POLICIES)[f"monitoring-connector-{word}"].inputs["conditions"][0]["conditionThreshold"]
        for word in ("busy", "saturated")
    ]
    assert [one["thresholdValue"] for one in thresholds] == [0.7, 0.8]


def test_the_cache_has_no_client_when_its_primary_has_none_whatever_its_replicas_have(up):
    none = conditions_of(up, "cache-clients")["no client at all"]
    assert none["comparison"] == "COMPARISON_LT"
    assert none["thresholdValue"] == 1
    assert 'metric.labels.role="primary"' in none["filter"]
    # After a failover the primary is another node, another time series: they are one by the instance.
    (aggregation,) = none["aggregations"]
    assert aggregation["crossSeriesReducer"] == "REDUCE_MAX"
    assert aggregation["groupByFields"] == ["resource.label.instance_id"]


def test_a_cache_that_sends_no_data_opens_an_incident_of_its_own(up):
    absent = conditions_of(up, "cache-clients")["no data for 10 minutes"]
    assert set(absent) == {"filter", "duration", "aggregations", "trigger"}
    assert absent["duration"] == "600s"
    # Whichever node it comes from: a failover ends the time series of one.
    assert "metric.labels.role" not in absent["filter"]
    assert absent["aggregations"][0]["groupByFields"] == ["resource.label.instance_id"]


def test_the_cache_s_memory_is_watched_as_redis_counts_it_and_as_the_system_does(up):
    looked_at = {
        metrics.metric_type(one["filter"]): one["thresholdValue"]
        for one in conditions_of(up, "cache-memory").values()
    }
    assert looked_at == {
        "redis.googleapis.com/stats/memory/usage_ratio": 0.8,
        "redis.googleapis.com/stats/memory/system_memory_usage_ratio": 0.8,
    }


def test_one_refused_handshake_is_no_outage_and_the_good_ones_of_an_hour_are_waited_for(up):
    assert up.of(POLICIES)["monitoring-websocket-handshakes"].inputs["combiner"] == "AND"
    both = conditions_of(up, "websocket-handshakes")
    share, number = both["less than 99% of handshakes succeed"], both["more than 20 do not in 60 minutes"]
    assert number["thresholdValue"] == 20
    assert "denominatorFilter" not in number
    assert share["thresholdValue"] == pytest.approx(0.01)
    assert number["filter"] == share["filter"]
    for one in (share, number):
        assert [each["alignmentPeriod"] for each in one["aggregations"]] == ["3600s"]
    assert share["denominatorAggregations"] == [
        {**number["aggregations"][0], "perSeriesAligner": "ALIGN_RATE"}
    ]


@pytest.mark.parametrize(
    ("url", "counted"),
    [
        ("https://api.staging.netrasystems.ai/ws", True),
        ("https://api.staging.netrasystems.ai/ws?token=x", True),
        ("https://api.staging.netrasystems.ai:443/ws/", True),
        ("https://candidate-api.staging.netrasystems.ai/ws", False),
        ("https://api.staging.netrasystems.ai/wsdl", False),
        ("https://api.staging.netrasystems.ai/docs/ws", False),
        ("https://api.staging.netrasystems.ai/docs?from=https://api.staging.netrasystems.ai/ws", False),
        ("https://apixstaging.netrasystems.ai/ws", False),
        ("https://app.staging.netrasystems.ai/ws", False),
    ],
)
def test_a_handshake_is_a_request_for_the_whole_path_at_the_host_that_users_open(up, url, counted):
    assert counts(up, "websocket-handshakes", httpRequest__requestUrl=url) is counted


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("Container called exit(1).", True),
        ("Container called exit(10).", True),
        # What SIGTERM ends at scale-in is no failure.
        ("Container called exit(0).", False),
        ("Default STARTUP TCP probe failed 1 time consecutively. The instance was not started.", True),
        ("The instance was not started. Container called exit(0).", True),
        ("Starting new instance. Reason: AUTOSCALING", False),
    ],
)
def test_an_instance_that_ended_well_is_no_failure_unless_it_never_started(up, said, counted):
    assert counts(up, "instance-start-failures", textPayload=said) is counted


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        ({"textPayload": "api.openai.com: connection refused"}, True),
        ({"textPayload": "Timeout while calling https://api.openai.com/v1/models"}, True),
        ({"textPayload": "api.openai.com timed out"}, True),
        ({"textPayload": 'POST https://api.openai.com/v1/x "HTTP/1.1 503 Service Unavailable"'}, True),
        ({"textPayload": 'POST https://api.openai.com/v1/x "HTTP/1.1 200 OK"'}, False),
        ({"jsonPayload__message": "api.openai.com gave nothing", "severity": "ERROR"}, True),
        ({"jsonPayload__message": "api.openai.com timed out"}, True),
        ({"jsonPayload__message": "api.openai.com: no error", "severity": "INFO"}, False),
        ({"textPayload": "apixopenai.com: connection refused"}, False),
        ({"textPayload": "connection refused"}, False),
    ],
)
def test_plain_text_has_no_severity_and_says_in_words_that_a_host_failed(up, entry, counted):
    assert counts(up, "provider-failures", **entry) is counted


def test_every_public_host_is_asked_from_outside(up):
    asked = {
        one.inputs["displayName"] for one in up.of("monitoring/uptimeCheckConfig:UptimeCheckConfig").values()
    }
    assert asked == {f"{label}.staging.netrasystems.ai" for label in ("api", "app", "auth")}


def test_a_channel_s_key_is_a_secret_and_never_plain():
    settings = settings_of("staging")
    assert settings.monitoring is not None
    told = {"kind": "pagerduty", "configKey": "onCallKey"}
    channels = {**settings.monitoring.channels, "on-call": _channel(told)}
    own = settings.monitoring.model_copy(update={"channels": channels})
    cloud = recorder.run(
        lambda: Platform("platform", settings.model_copy(update={"monitoring": own})),
        config=recorder.PASSWORDS | {"plumbline:onCallKey": "canary"},
    )
    channel = cloud.of(CHANNELS)["monitoring-on-call-channel"]
    assert channel.inputs["sensitiveLabels"] == {"serviceKey": "canary"}
    plain = {key: value for key, value in channel.inputs.items() if key != "sensitiveLabels"}
    assert "canary" not in json.dumps(plain)


def _channel(told: dict[str, Any]) -> Any:
    return ChannelSettings.model_validate(told)


def test_without_agents_web_sockets_or_hosts_outside_nothing_is_counted_for_them():
    settings = settings_of("staging")
    assert settings.monitoring is not None
    own = settings.monitoring.model_copy(update={"outside": {}, "agent_timeouts": None})
    services = {
        key: service.model_copy(update={"urls": {}, "web_sockets": False})
        for key, service in settings.services.items()
    }
    bare = settings.model_copy(update={"monitoring": own, "services": services})
    silent = {alert.key for alert in ALERTS if not alert.conditions(bare)}
    assert silent >= {"agent-timeouts", "provider-failures", "websocket-handshakes"}
