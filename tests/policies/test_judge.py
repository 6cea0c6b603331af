"""The judge: what is early, what waits, what a failing rule amounts to, and what it all costs."""

from __future__ import annotations

from collections import Counter

import pytest

from contracts import Contracts
from policies.plan.workloads import SERVICE
from policies.rules import Claim, Rule, Severity, Verdict, registry
from tests.policies.wire import service

CANARY = "canary-8d1f"


def a_rule(judge, *, early=True) -> Rule:
    return Rule("a-rule", "A title", Severity.LOW, "a why", "a fix", (SERVICE,), early, (), judge)


def claims(*all_of):
    def judge(_resource, _world):
        yield from all_of

    return judge


REFUTED = Claim(Verdict.REFUTED, "BAD", "it is bad", "mend it", ("a", "b"))
UNPROVEN = Claim(Verdict.UNPROVEN, "NOT_SURE", "it may be bad", "prove it", ("c",))


def test_what_is_refuted_is_told_early_and_once(engine_with):
    engine = engine_with(Contracts(), [a_rule(claims(REFUTED, UNPROVEN))])
    assert [one.message.split("\n")[0] for one in engine.analyze(service([]))] == ["it is bad"]
    assert [one.message.split("\n")[0] for one in engine.end([service([])])] == ["it may be bad"]
    assert [finding["cause"] for finding in engine.findings] == ["BAD", "NOT_SURE"]


def test_a_rule_that_cannot_be_sure_early_waits_for_the_end(engine_with):
    engine = engine_with(Contracts(), [a_rule(claims(REFUTED), early=False)])
    assert engine.analyze(service([])) == []
    assert len(engine.end([service([])])) == 1


def test_the_path_is_drawn_where_it_has_steps(engine_with):
    long = Claim(Verdict.REFUTED, "NO_ROUTE", "no way", "build one", ("service", "connector", "network"))
    engine = engine_with(Contracts(), [a_rule(claims(long))])
    (told,) = engine.analyze(service([]))
    assert told.message.split("\n") == [
        "no way",
        "path: service → connector → network ✗ NO_ROUTE",
        "why: a why",
        "fix: build one",
    ]


def test_a_rule_that_fails_refuses_at_once_and_does_not_quote(engine_with, capfd):
    def breaks(_resource, _world):
        raise ValueError(CANARY)

    engine = engine_with(Contracts(), [a_rule(breaks)])
    (told,) = engine.analyze(service([]))
    assert told.enforcementLevel == 1  # MANDATORY
    assert told.message.startswith("rule a-rule could not judge web: ValueError at test_judge.py:")
    assert CANARY not in told.message + engine.file.read_text() + "".join(capfd.readouterr())


def test_an_unknown_taken_for_a_truth_refuses(engine_with):
    def careless(resource, _world):
        if resource.at("description"):
            yield REFUTED

    engine = engine_with(Contracts(), [a_rule(careless)])
    from policies.plan import UNKNOWN  # noqa: PLC0415 - beside its only use

    (told,) = engine.analyze(service([], description=UNKNOWN))
    assert "TypeError" in told.message


def test_a_rule_runs_once_for_each_resource_however_many_there_are(engine_with):
    runs = Counter()

    def counts(resource, _world):
        runs[resource.urn] += 1
        yield from ()

    engine = engine_with(Contracts(), [a_rule(counts)])
    for number in range(50):
        engine.analyze(service([], resource=f"web{number}"))
    assert set(runs.values()) == {1}
    assert len(runs) == 50


@pytest.mark.parametrize("id_", ["Upper-Case", "with space", "", "env-required"])
def test_an_id_is_lower_case_words_and_taken_once(id_):
    with pytest.raises(ValueError, match="rule id"):
        registry.rule(
            id=id_, title="T", severity=Severity.LOW, why="w", fix="f", types=(SERVICE,), refutes_early=True
        )
