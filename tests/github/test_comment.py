"""The one comment of a pull request, on a GitHub of our own."""

import pytest

from tests.github.conftest import TOKEN
from toolchain.github.api import LONGEST_BODY
from toolchain.github.comment import MARKER, body

REPORT = "<!-- plumbline report: staging -->\n### ❌ Plumbline refuses `staging`: 1 refuted\n"


@pytest.fixture
def folder(tmp_path):
    def write(**reports):
        for name, text in reports.items():
            (tmp_path / f"report-{name}").mkdir(exist_ok=True)
            (tmp_path / f"report-{name}" / "report.md").write_text(text)
        return tmp_path

    return write


def comment(job, folder):
    return job("comment", folder, PULL_REQUEST="7")


def test_the_first_run_writes_a_comment_and_the_next_edits_it(job, repository, folder):
    assert comment(job, folder(staging=REPORT)).stdout == "comment: written\n"
    assert comment(job, folder(staging="### ✅ all well\n")).stdout == "comment: edited\n"
    [only] = repository.comments
    assert only["body"] == f"{MARKER}\n\n### ✅ all well\n"


def test_it_is_found_behind_many_others(job, repository, folder):
    for number in range(230):
        repository.comment(f"remark {number}", login="ada")
    comment(job, folder(staging=REPORT))
    comment(job, folder(staging=REPORT))
    assert len(repository.comments) == 231


def test_somebody_who_copied_the_mark_is_not_edited(job, repository, folder):
    theirs = repository.comment(f"{MARKER} mine", login="mallory")
    comment(job, folder(staging=REPORT))
    assert theirs["body"] == f"{MARKER} mine"
    assert len(repository.comments) == 2


def test_several_stacks_share_the_one_comment(job, repository, folder):
    comment(job, folder(staging="### one\n", production="### two\n"))
    [only] = repository.comments
    assert "### one" in only["body"]
    assert "### two" in only["body"]


def test_a_change_that_touches_no_stack_is_not_commented_but_corrects_an_old_comment(job, repository, folder):
    assert comment(job, folder()).stdout == "comment: nothing to say\n"
    assert repository.comments == []
    old = repository.comment(f"{MARKER}\n\n{REPORT}")
    comment(job, folder())
    assert "touches no stack" in old["body"]


def test_three_reports_of_the_longest_kind_fit_and_each_keeps_its_verdict():
    reports = [f"### ❌ stack {number}\n{'x' * 60_000}" for number in range(3)]
    text = body(reports)
    assert len(text) <= LONGEST_BODY
    assert all(f"### ❌ stack {number}" in text for number in range(3))


def test_a_refusal_of_github_is_one_line_without_the_token(job, repository, folder):
    repository.refuses = 403
    done = comment(job, folder(staging=REPORT))
    assert done.returncode == 1
    assert "403 Resource not accessible by integration" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_token_goes_to_the_api(job, repository, folder):
    comment(job, folder(staging=REPORT))
    assert {asked[2] for asked in repository.asked} == {f"Bearer {TOKEN}"}


def test_outside_of_a_job_it_says_what_is_missing(job, folder):
    done = job("comment", folder(), PULL_REQUEST="7", GITHUB_TOKEN="")
    assert "GITHUB_TOKEN must be set" in done.stderr
