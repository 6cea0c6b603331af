"""What a source masks is not judged, and what is merely unknown is: each claim by what was in its way."""

from __future__ import annotations

import pytest

from contracts import Contracts
from policies.judge import Judge
from policies.plan import MASKED, UNKNOWN, Plan, Resource, Secret
from policies.plan.values import at, bare, elements, from_json, from_string, text
from policies.rules import Claim, Rule, Severity, Verdict

KEYS = ("masked", "unknown", "wrapped", "secret")
INPUTS = {
    "masked": MASKED,
    "unknown": UNKNOWN,
    "wrapped": Secret({"inner": [MASKED]}),
    "secret": Secret(UNKNOWN),
}


def rule(function, id_="r"):
    return Rule(
        id_, "title", Severity.HIGH, "why", "fix", ("t",), refutes_early=False, controls=(), judge=function
    )


def judged(function, inputs=INPUTS):
    plan = Plan()
    plan.add(Resource("urn:pulumi:s::p::t::a", "t", "a", read=lambda: inputs))
    judge = Judge([rule(function)], Contracts())
    found = [finding.message for finding in judge.closed(plan)]
    return found, [one.why for one in judge.not_judged]


def claim(message, verdict=Verdict.UNPROVEN):
    return Claim(verdict, "CAUSE", message, "fix", (message,))


def test_each_claim_is_sorted_by_what_was_read_before_it():
    def each(resource, _):
        for key in KEYS:
            value = resource.at(key)
            if key == "wrapped":
                value = at(value, "inner", 0)
            if text(value) is UNKNOWN:
                yield claim(key)

    assert judged(each) == (["unknown", "secret"], ["masked"])  # one resource is told of once
    assert judged(each, {"wrapped": INPUTS["wrapped"]}) == ([], ["wrapped"])


def test_a_mask_that_was_read_earlier_excuses_nothing():
    def all_first(resource, _):
        values = {key: bare(resource.at(key)) for key in ("masked", "unknown")}
        assert values == {"masked": UNKNOWN, "unknown": UNKNOWN}
        yield claim("of both")
        yield claim("of nothing")

    assert judged(all_first) == (["of both", "of nothing"], [])


def test_what_is_refuted_is_refuted_whatever_is_masked():
    def refuting(resource, _):
        bare(resource.at("masked"))
        yield claim("plain", Verdict.REFUTED)

    assert judged(refuting) == (["plain"], [])


def test_a_rule_that_fails_over_a_mask_has_failed():
    def failing(resource, _):
        bare(resource.at("masked"))
        raise ValueError
        yield

    found, not_judged = judged(failing)
    assert len(found) == 1
    assert not_judged == []


@pytest.mark.parametrize("path", [("a",), ("a", 0), ("a", "b", 1)])
def test_a_path_through_a_mask_is_masked(path):
    value = at({"a": MASKED}, *path)
    assert isinstance(value, Secret)
    assert value.masked
    assert text(value) is UNKNOWN
    assert elements(value) is UNKNOWN
    assert repr(value) == "[secret]"


def test_a_known_member_beside_a_mask_is_not_masked():
    value = at(Secret({"a": MASKED, "b": "known"}), "b")
    assert isinstance(value, Secret)
    assert (value.masked, bare(value)) == (False, "known")


def test_stand_ins_are_what_they_stand_for_wherever_a_program_puts_them():
    assert from_string("postgres://plumb-stand-in-c2a51e76-masked@db") is MASKED
    assert from_string("x-plumb-stand-in-c2a51e76-unknown") is UNKNOWN
    assert from_json(["[secret]", {"a": 1.0}], masks=frozenset({"[secret]"})) == [MASKED, {"a": 1}]
