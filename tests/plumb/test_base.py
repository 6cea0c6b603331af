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

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = urn(SERVICE, "old"), urn(SERVICE, "new")


def listing(report, *urns):
    return replace(report, look=lambda: Overview(inventory=sorted(urns)))


@pytest.fixture
def base(tmp_path):
    def write(report):
        path = tmp_path / "base.json"
        path.write_text(render(report, "json"))
        return path

    return write


def test_a_finding_that_the_base_lacks_is_new_and_one_that_only_it_has_is_fixed(base):
    path = base(listing(replace(REFUSED, findings=FINDINGS[:3], waived=()), OLD))
    head = listing(replace(REFUSED, findings=FINDINGS[2:], waived=()), NEW)
    changes = compared(head, path, {}).changes
    assert changes.new == {finding.key for finding in FINDINGS[3:]}
    assert [finding.key for finding in changes.fixed] == [finding.key for finding in FINDINGS[:2]]
    assert (changes.added, changes.removed) == ([NEW], [OLD])


def test_the_same_is_neither_whatever_its_line_and_words(base):
    moved = [replace(finding, message="otherwise", source=None) for finding in FINDINGS]
    changes = compared(replace(REFUSED, findings=moved), base(REFUSED), {}).changes
    assert (changes.new, changes.fixed) == (frozenset(), [])


def test_what_is_waived_now_is_not_fixed(base):
    path = base(replace(REFUSED, findings=[WAIVED[0].finding], waived=()))
    assert compared(replace(REFUSED, findings=[]), path, {}).changes.fixed == []


def test_a_report_from_before_there_was_an_inventory_tells_nothing_of_resources(base):
    path = base(REFUSED)
    told = json.loads(path.read_text())
    path.write_text(json.dumps({key: told[key] for key in ("findings", "notJudged", "subject")}))
    changes = compared(REFUSED, path, {}).changes
    assert (changes.added, changes.removed, changes.new) == (None, None, frozenset())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "neither a report nor a plan: it is no JSON"),
        ('{"findings": [{"rule": 1}], "notJudged": []}', "not one that this version of plumb wrote"),
        ('{"findings": 3, "notJudged": []}', "not one that this version of plumb wrote"),
    ],
)
def test_a_base_that_is_none_is_told(tmp_path, text, says):
    path = tmp_path / "base.json"
    path.write_text(text)
    with pytest.raises(SubjectError, match=says):
        compared(REFUSED, path, {})
    with pytest.raises(SubjectError, match="no such file"):
        compared(REFUSED, tmp_path / "none.json", {})


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
