"""What a judgement says otherwise than that of the base branch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plumb.base import compared
from plumb.formats import render
from plumb.subject import SubjectError
from policies.overview import Overview
from tests.plumb.reports import FINDINGS, REFUSED, SERVICE, WAIVED, urn
from tests.plumb.test_check import check
from tests.plumb.test_check_together import plan_of

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = urn(SERVICE, "old"), urn(SERVICE, "new")


def listing(report, *urns):
    return replace(report, look=lambda: Overview(inventory=sorted(urns)))


def against(report, path):
    (told,) = compared([report], path, {})
    return told.changes


@pytest.fixture
def base(tmp_path):
    def write(*reports):
        path = tmp_path / "base.json"
        path.write_text(render(reports, "json"))
        return path

    return write


def test_a_finding_that_the_base_lacks_is_new_and_one_that_only_it_has_is_fixed(base):
    path = base(listing(replace(REFUSED, findings=FINDINGS[:3], waived=()), OLD))
    head = listing(replace(REFUSED, findings=FINDINGS[2:], waived=()), NEW)
    changes = against(head, path)
    assert changes.new == {finding.key for finding in FINDINGS[3:]}
    assert [finding.key for finding in changes.fixed] == [finding.key for finding in FINDINGS[:2]]
    assert (changes.added, changes.removed) == ([NEW], [OLD])


def test_the_same_is_neither_whatever_its_line_and_words(base):
    moved = [replace(finding, message="otherwise", source=None) for finding in FINDINGS]
    changes = against(replace(REFUSED, findings=moved), base(REFUSED))
    assert (changes.new, changes.fixed) == (frozenset(), [])


def test_what_is_waived_now_is_not_fixed(base):
    path = base(replace(REFUSED, findings=[WAIVED[0].finding], waived=()))
    assert against(replace(REFUSED, findings=[]), path).fixed == []


def test_a_report_from_before_there_was_an_inventory_tells_nothing_of_resources(base):
    path = base(REFUSED)
    told = json.loads(path.read_text())
    path.write_text(json.dumps({key: told[key] for key in ("findings", "notJudged", "subject")}))
    changes = against(REFUSED, path)
    assert (changes.added, changes.removed, changes.new) == (None, None, frozenset())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "neither a report nor a plan: it is no JSON"),
        ('{"findings": [{"rule": 1}], "notJudged": []}', "not one that this version of plumb wrote"),
        ('{"refused": true, "reports": [{}]}', "not one that this version of plumb wrote"),
        ('{"refused": true, "reports": 3}', "not one that this version of plumb wrote"),
        ('{"findings": 3, "notJudged": []}', "not one that this version of plumb wrote"),
    ],
)
def test_a_base_that_is_none_is_told(tmp_path, text, says):
    path = tmp_path / "base.json"
    path.write_text(text)
    with pytest.raises(SubjectError, match=says):
        against(REFUSED, path)
    with pytest.raises(SubjectError, match="no such file"):
        against(REFUSED, tmp_path / "none.json")


STAGING, PRODUCTION, QA = (replace(REFUSED, subject=name) for name in ("staging", "production", "qa"))


def test_each_of_several_is_compared_with_the_one_of_its_name(base):
    path = base(
        listing(replace(PRODUCTION, findings=FINDINGS[:1]), OLD),
        listing(replace(STAGING, findings=FINDINGS), NEW),
    )
    heads = [listing(STAGING, NEW), listing(replace(PRODUCTION, findings=FINDINGS[1:2]), NEW)]
    staging, production = (one.changes for one in compared(heads, path, {}))
    assert (staging.new, staging.fixed, staging.added, staging.removed) == (frozenset(), [], [], [])
    assert production.new == {FINDINGS[1].key}
    assert [finding.key for finding in production.fixed] == [FINDINGS[0].key]
    assert (production.added, production.removed) == ([NEW], [OLD])


def test_one_is_compared_with_its_own_in_a_base_of_several(base):
    path = base(replace(PRODUCTION, findings=()), STAGING)
    assert against(STAGING, path).new == frozenset()
    assert against(PRODUCTION, path).new == {finding.key for finding in FINDINGS}


def test_a_base_that_lacks_a_subject_is_told_in_one_line(base, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text('{"steps": []}')
    for reports, path, says in (
        ([STAGING, QA], base(STAGING, PRODUCTION), "a report of 'staging', 'production', and not of 'qa'"),
        ([STAGING, PRODUCTION], plan, "one plan, and 2 subjects are judged"),
    ):
        with pytest.raises(SubjectError, match=says) as told:
            compared(reports, path, {})
        assert "\n" not in str(told.value)
    with pytest.raises(SubjectError, match="a report of 'staging' alone, and 2 subjects are judged"):
        compared([STAGING, PRODUCTION], base(STAGING), {})


def test_the_command_compares_two_plans_with_the_report_of_both_on_the_base(tmp_path):
    for name, stack, tier in (("s.json", "staging", "BASIC"), ("p.json", "production", "BASIC")):
        (tmp_path / name).write_text(json.dumps(plan_of(stack, tier)))
    asked = ("s.json", "p.json", "--format", "json")
    assert check(*asked, "--output", "base.json", cwd=tmp_path).returncode == 1
    (tmp_path / "p.json").write_text(json.dumps(plan_of("production", "STANDARD_HA")))
    staging, production = json.loads(check(*asked, "--base", "base.json", cwd=tmp_path).stdout)["reports"]
    assert [one["rule"] for one in staging["changes"]["new"]] == ["parity"]
    assert (production["changes"]["added"], production["changes"]["removed"]) == ([], [])
    done = check(*asked, "--base", "s.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_the_command_compares_a_program_with_a_plan_of_the_base(tmp_path):
    """The base is a plan as `pulumi preview --json` writes one, which is judged now."""
    plan = tmp_path / "plan.json"
    network = {
        "urn": "urn:pulumi:staging::incident-03::gcp:compute/network:Network::gone",
        "type": "gcp:compute/network:Network",
        "inputs": {"name": "gone", "autoCreateSubnetworks": False},
    }
    plan.write_text(json.dumps({"steps": [{"op": "create", "urn": network["urn"], "newState": network}]}))
    done = subprocess.run(  # noqa: S603 - our own command
        [
            sys.executable, "-m", "plumb", "check", "examples/incident/03-cache-network",
            "--base", str(plan), "--format", "json",
        ],
        cwd=ROOT, env={**os.environ}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    changes = json.loads(done.stdout)["changes"]
    assert [one["rule"] for one in changes["new"]] == ["route-cache"]
    assert changes["removed"] == [network["urn"]]
    assert len(changes["added"]) == 31
