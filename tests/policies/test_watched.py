"""Where the rule `watched` binds: production is refused, every other environment is advised."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pulumi.runtime.proto import analyzer_pb2

from contracts import Waiver
from policies.judge import Judge
from policies.plan import Plan, Resource
from policies.rules import Level, registered
from tests.policies.cases.watched import DATABASE, PRODUCTION, SQL_DB, alert, web
from tests.policies.conftest import contracts_of

STAGING = "netra-staging"
IN_STAGING = (
    replace(SQL_DB, inputs={**SQL_DB.inputs, "project": STAGING}),
    web(name="web-staging", project=STAGING),
)
IN_PRODUCTION = (SQL_DB, web())
ONLY = [one for one in registered() if one.id in ("watched", "waiver")]


def plan_of(*declared):
    plan = Plan()
    for one in declared:
        read = lambda inputs=one.inputs: inputs  # noqa: E731 - what the plan calls
        plan.add(Resource(one.urn, one.type, one.name, read, property_dependencies=one.depends))
    return plan


def of_watched(diagnostics):
    return [(one.policyName, one.enforcementLevel) for one in diagnostics if one.policyName == "watched"]


@pytest.mark.parametrize(
    ("resources", "level", "word"),
    [
        (IN_PRODUCTION, analyzer_pb2.MANDATORY, "mandatory"),
        (IN_STAGING, analyzer_pb2.ADVISORY, "advisory"),
    ],
    ids=["production", "staging"],
)
def test_the_engine_is_told_whether_it_must_stop(engine_with, tmp_path, resources, level, word):
    (tmp_path / "contracts").mkdir()
    engine = engine_with(contracts_of(DATABASE, tmp_path / "contracts"))
    assert of_watched(engine.run(resources)) == [("watched", level)]
    told = [one["level"] for one in json.loads(engine.file.read_text()) if one["rule"] == "watched"]
    assert told == [word]


def test_an_advice_is_no_finding_of_the_judge_and_ends_with_its_plan(tmp_path):
    judge = Judge(ONLY, contracts_of(DATABASE, tmp_path))
    assert [one.rule for one in judge.closed(plan_of(*IN_STAGING))] == []
    assert [(one.rule, one.level) for one in judge.advised] == [("watched", Level.ADVISORY)]
    judge.closed(Plan())
    assert judge.advised == ()


def test_an_advice_can_be_waived_and_the_waiver_is_then_in_use(tmp_path):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    contracts = contracts_of(DATABASE, tmp_path)
    waiver = Waiver(
        rule="watched",
        resource="db",
        environment="staging",
        reason="it is replaced next week",
        owner="ada",
        until=now + timedelta(days=7),
        file="waivers.yaml",
        line=1,
    )
    judge = Judge(ONLY, replace(contracts, waivers=(waiver,)), now=now)
    assert [one.rule for one in judge.closed(plan_of(*IN_STAGING))] == []
    assert ([one.finding.rule for one in judge.waived], judge.advised) == (["watched"], ())


def test_an_alert_without_a_label_watches_its_own_project_only(tmp_path):
    judge = Judge(ONLY, contracts_of(DATABASE, tmp_path))
    elsewhere = alert('metric.type="cloudsql.googleapis.com/database/up"', project="another-project")
    found = judge.closed(plan_of(*IN_PRODUCTION, elsewhere))
    assert [(one.rule, one.cause) for one in found if one.rule == "watched"] == [("watched", "NOT_WATCHED")]
    assert PRODUCTION not in elsewhere.inputs.values()
