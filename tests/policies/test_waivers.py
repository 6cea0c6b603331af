"""Waivers: what they let pass, how that is shown, and which of them must not be there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts import Contracts, Waiver
from policies.judge import Judge
from policies.pack.trial import load_judge
from policies.plan import Plan, Resource
from policies.rules import registered
from tests.policies.wire import PROJECT, Declared, plain, service

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
PLAIN = [plain("NO_CONTRACT", "x")]
WEB = service(PLAIN, name="web-staging", resource="web")
HOLDS = Waiver(
    rule="contract-present", resource="web", environment="staging", reason="a trial", owner="ops",
    until=datetime(2026, 2, 1, tzinfo=UTC), file="contracts/waivers.yaml", line=3,
)  # fmt: skip
STACK = Declared("pulumi:pulumi:Stack", "test", {}, read_only=True)


@pytest.fixture
def engine_waiving(engine_with):
    """An engine whose contracts have these waivers, and a service that no contract names."""

    def make(*waivers: Waiver, projects=(("netra-staging", "staging"),), now=NOW):
        rules = [rule for rule in registered() if rule.id in {"contract-present", "waiver"}]
        engine = engine_with(Contracts(projects=dict(projects), waivers=waivers), rules, now=now)
        engine.configure({"gcp:project": PROJECT})
        return engine

    return make


def told(engine, resources=(WEB, STACK)):
    """Level and first line of all that the engine is told."""
    return [(one.enforcementLevel, one.message.split("\n")[0]) for one in engine.run(resources)]


def causes(engine):
    return [(one["rule"], one["cause"], "waived" in one) for one in engine.findings]


def test_without_a_waiver_it_refuses(engine_waiving):
    engine = engine_waiving()
    assert [level for level, _ in told(engine)] == [1]
    assert causes(engine) == [("contract-present", "CONTRACT_MISSING", False)]


def test_what_is_waived_is_shown_early_as_advice_and_once(engine_waiving):
    engine = engine_waiving(HOLDS)
    (early,) = engine.analyze(WEB)
    assert (early.enforcementLevel, early.policyName) == (0, "contract-present")
    assert early.message.startswith("waived until 2026-01-31 by ops: a trial\n")
    assert engine.end([WEB, STACK]) == []
    assert causes(engine) == [("contract-present", "CONTRACT_MISSING", True)]
    (finding,) = engine.findings
    assert finding["waived"] == {
        "owner": "ops",
        "reason": "a trial",
        "expires": "2026-01-31",
        "breakGlass": False,
        "source": {"file": "contracts/waivers.yaml", "line": 3},
    }


def test_a_urn_names_it_too(engine_waiving):
    engine = engine_waiving(replace(HOLDS, resource=WEB.urn))
    assert [level for level, _ in told(engine)] == [0]


@pytest.mark.parametrize(
    "other", [{"rule": "env-required"}, {"resource": "api"}, {"environment": "production"}], ids=str
)
def test_a_waiver_of_something_else_lets_nothing_pass(engine_waiving, other):
    engine = engine_waiving(replace(HOLDS, **other))
    assert ("contract-present", "CONTRACT_MISSING", False) in (told(engine), causes(engine))[1]


GLASS = replace(
    HOLDS, since=NOW, until=NOW + timedelta(hours=24), approved_by=("Ada", "Grace"), owner="Ada, Grace"
)


def test_a_broken_glass_holds_for_a_day_and_says_who(engine_waiving):
    engine = engine_waiving(GLASS, now=NOW + timedelta(hours=23, minutes=59))
    ((level, line),) = told(engine)
    assert level == 0
    assert line == "waived until 2026-01-11 12:00 UTC, in an emergency by Ada and Grace: a trial"


@pytest.mark.parametrize(
    ("waiver", "cause", "said"),
    [
        (replace(HOLDS, owner=""), "WAIVER_OWNERLESS", "has no owner"),
        (replace(HOLDS, until=NOW), "WAIVER_EXPIRED", "ended: 2026-01-10"),
        (replace(HOLDS, until=NOW + timedelta(days=92)), "WAIVER_TOO_LONG", "more than 90 days from now"),
        (replace(HOLDS, rule="no-such-rule"), "WAIVER_OF_NO_RULE", "is of no rule there is"),
        (replace(GLASS, since=NOW - timedelta(days=1), until=NOW), "WAIVER_EXPIRED", "ended: 2026-01-10 12:"),
        (replace(GLASS, since=NOW + timedelta(hours=1)), "WAIVER_NOT_YET", "begins only at 2026-01-10 13:00"),
    ],
)  # fmt: skip
def test_one_that_must_not_hold_lets_nothing_pass_and_is_found(engine_waiving, waiver, cause, said):
    engine = engine_waiving(waiver)
    (refused, (level, line)) = told(engine)
    assert refused == (1, "web-staging runs in netra-staging (staging), and no contract names it")
    assert level == 1
    assert line.startswith(f"contracts/waivers.yaml:3: the waiver of {waiver.rule} for web")
    assert said in line
    assert causes(engine)[1] == ("waiver", cause, False)
    assert engine.findings[1]["source"] == {"file": "contracts/waivers.yaml", "line": 3}


def test_the_last_of_ninety_days_is_still_short_enough(engine_waiving):
    last = datetime(2026, 4, 11, tzinfo=UTC)  # the end of the ninetieth day from now
    assert [level for level, _ in told(engine_waiving(replace(HOLDS, until=last)))] == [0]


@pytest.mark.parametrize("resource", ["web", "gone"])
def test_one_that_lets_nothing_pass_is_found(engine_waiving, resource):
    engine = engine_waiving(replace(HOLDS, resource=resource), projects=(("netra-staging", "staging"),))
    named = service(PLAIN, name="web-staging", resource="web", project="netra-else")
    told(engine, [named, STACK])
    assert causes(engine) == [("waiver", "WAIVER_UNUSED", False)]
    assert engine.findings[0]["resource"]["name"] == {"web": "web", "gone": "test"}[resource]


def test_those_of_other_environments_and_stacks_are_left_to_them(engine_waiving):
    urn = WEB.urn.replace("staging::test", "staging::another")
    engine = engine_waiving(
        HOLDS,
        replace(HOLDS, environment="production", resource="db", until=NOW),
        replace(HOLDS, resource=urn),
        projects=(("netra-staging", "staging"), ("netra-production", "production")),
    )
    assert [level for level, _ in told(engine)] == [0]


def test_a_rule_that_was_not_run_leaves_its_waivers_alone(small_contracts):
    contracts = replace(small_contracts, waivers=[HOLDS])
    only = [rule for rule in registered() if rule.id == "env-required"]
    assert Judge(only, contracts, now=NOW).closed(Plan(project=PROJECT)) == []


def test_a_rule_that_breaks_down_is_not_what_was_waived(engine_with):
    def breaks(_resource, _world):
        raise ValueError

    rules = [replace(rule, judge=breaks) for rule in registered() if rule.id == "contract-present"]
    for waiver, level in ((HOLDS, 1), (GLASS, 0)):
        contracts = Contracts(projects={"netra-staging": "staging"}, waivers=[waiver])
        engine = engine_with(contracts, rules, now=NOW)
        assert [one.enforcementLevel for one in engine.analyze(WEB)] == [level]


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        ({}, True),
        ({"SANDBOX_CLOUD": "/nonexistent"}, True),
        ({"SANDBOX_UNPROTECTED": "1"}, True),
        ({"SANDBOX_CLOUD": "/nonexistent", "SANDBOX_UNPROTECTED": "1"}, False),
    ],
    ids=["a real cloud", "a sandbox", "a real cloud that is called one", "a sandbox that is torn down"],
)
def test_only_a_sandbox_is_torn_down_without_a_waiver(environ, refused):
    settings = {
        "tier": "db-custom-4-16384", "edition": "ENTERPRISE", "availabilityType": "REGIONAL",
        "deletionProtectionEnabled": False,
    }  # fmt: skip
    inputs = {"name": "db", "project": PROJECT, "deletionProtection": False, "settings": settings}
    type_ = "gcp:sql/databaseInstance:DatabaseInstance"
    plan, database = Plan(project=PROJECT), Resource("urn:db", type_, "db", read=lambda: inputs)
    plan.add(database)
    judge = load_judge(environ)
    found = {finding.rule for finding in judge.early(plan, database)}
    assert ("sql-deletion" in found) is refused
    assert "sql-public-address" in found  # nothing else is let pass
    assert [waived.finding.rule for waived in judge.waived] == ([] if refused else ["sql-deletion"])
