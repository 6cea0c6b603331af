"""Every rule, over the engine's wire: what it finds, when, and how it says it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from policies.rules import Rule, registered
from tests.policies.wire import KINDS, Case

FAMILIES = [
    import_module(f"tests.policies.cases.{file.stem}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.py"))
]
CASES: list[Case] = [case for family in FAMILIES for case in family.CASES]
# Each family's `EARLY` may grow, never shrink: a rule in it stops a resource before it is created.
REFUTE_EARLY = {rule for family in FAMILIES for rule in family.EARLY}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_finds_exactly_what_it_says(case, engine_of):
    engine = engine_of(case)
    for resource in case.resources:
        if not resource.read_only:
            engine.analyze(resource)
    assert engine.found(case.rule) == case.early
    engine.end(case.resources)
    assert engine.found(case.rule) == case.closed


# One without types is judged once for a whole plan, and has tests of its own (test_waivers.py).
BY_TYPE = [rule for rule in registered() if rule.types]


@pytest.mark.parametrize("rule", BY_TYPE, ids=lambda rule: rule.id)
def test_every_rule_has_a_case_of_every_kind(rule: Rule):
    kinds = {case.kind for case in CASES if case.rule == rule.id}
    assert kinds == set(KINDS)


@pytest.mark.parametrize("rule", registered(), ids=lambda rule: rule.id)
def test_every_rule_says_what_it_is(rule: Rule):
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    assert len(rule.why) > 40
    assert len(rule.fix) > 20
    assert rule.judge.__doc__


def test_every_case_belongs_to_a_rule():
    assert {case.rule for case in CASES} == {rule.id for rule in BY_TYPE}


def test_the_rules_that_refute_early_are_those_the_cases_name():
    assert {rule.id for rule in registered() if rule.refutes_early} == REFUTE_EARLY


@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "unknown"], ids=str)
def test_an_unknown_never_makes_a_finding_less_than_mandatory(case, engine_of):
    for diagnostic in engine_of(case).run(case.resources):
        # Another rule may advise where the case's own binds.
        assert diagnostic.enforcementLevel == 1 or diagnostic.policyName != case.rule  # MANDATORY
