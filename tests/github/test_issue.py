"""The one issue of the nightly look, on a GitHub of our own."""

import json

import pytest

from toolchain.github.api import LONGEST_BODY
from toolchain.github.issue import CUT, MARKER, MOST_OF_A_PART, TITLE, look


@pytest.fixture
def night(tmp_path, job):
    """One night: what was found of each stack, then the issue."""

    def run(*stacks, **found):
        for stack, (drift, policies) in found.items():
            (tmp_path / stack).mkdir(exist_ok=True)
            (tmp_path / stack / "result.json").write_text(json.dumps({"drift": drift, "policies": policies}))
            (tmp_path / stack / "drift.md").write_text(f"### drift of {stack}: {drift}")
            (tmp_path / stack / "drift.log").write_text("Error 503")
            (tmp_path / stack / "policies.log").write_text("sql-tls refuses\n" * 9000)
        return job("issue", tmp_path, *stacks, RUN_URL="https://example.com/runs/1").stdout.strip()

    return run


def test_a_quiet_night_writes_nothing(night, repository):
    assert night("staging", staging=(0, 0)) == "issue: nothing to say"
    assert repository.issues == []


def test_drift_opens_one_issue_and_the_next_nights_edit_it(night, repository):
    assert night("staging", staging=(1, 0)) == "issue: opened"
    assert night("staging", staging=(1, 1)) == "issue: edited"
    [only] = repository.issues
    assert only["title"] == TITLE
    assert "### drift of staging: 1" in only["body"]
    assert "the policies refuse what is deployed" in only["body"]
    assert "https://example.com/runs/1" in only["body"]
    assert len(only["body"]) <= LONGEST_BODY


def test_when_all_is_well_again_it_is_closed_and_the_next_drift_opens_another(night, repository):
    night("staging", staging=(1, 0))
    assert night("staging", staging=(0, 0)) == "issue: closed"
    assert repository.issues[0]["state"] == "closed"
    assert night("staging", staging=(1, 0)) == "issue: opened"
    assert len(repository.issues) == 2


@pytest.mark.parametrize("codes", [(2, 0), (0, 255)])
def test_what_could_not_be_told_is_no_quiet_night(night, codes):
    assert night("staging", staging=codes) == "issue: opened"


def test_a_stack_that_left_no_result_is_no_quiet_night(night, repository):
    assert night("staging", "production", staging=(0, 0)) == "issue: opened"
    assert "`production`: could not be looked at" in repository.issues[0]["body"]


def test_long_findings_keep_their_heading_and_a_long_log_its_end(tmp_path):
    folder = tmp_path / "staging"
    folder.mkdir()
    (folder / "result.json").write_text('{"drift": 1, "policies": 1}')
    (folder / "drift.md").write_text("### ❌ `staging` drifted\n" + "- a property\n" * 9000)
    (folder / "policies.log").write_text("Loading\n" * 9000 + "sql-tls refuses\n")
    text = look(tmp_path, "staging").text
    assert text.startswith("### ❌ `staging` drifted\n- a property\n")
    assert CUT in text
    assert text.endswith("sql-tls refuses")
    assert len(text) < 2 * MOST_OF_A_PART + 30_000


def test_neither_a_pull_request_nor_somebody_elses_issue_is_taken_for_it(night, repository):
    repository.issue(MARKER, pull_request={})
    repository.issue(f"{MARKER} mine", login="mallory")
    assert night("staging", staging=(1, 0)) == "issue: opened"
    assert [each["body"] for each in repository.issues[:2]] == [MARKER, f"{MARKER} mine"]
