"""The one comment of a pull request, on a GitHub of our own."""

import json

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


def comment(job, folder, *expected, stacks="success", check="success", listed=None):
    """The job's comment; unless told otherwise on the stacks that left a report."""
    names = expected or tuple(path.name.removeprefix("report-") for path in sorted(folder.iterdir()))
    return job(
        "comment",
        folder,
        PULL_REQUEST="7",
        STACKS=json.dumps([{"name": name} for name in names]) if listed is None else listed,
        STACKS_RESULT=stacks,
        CHECK_RESULT=check,
    )


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


def test_a_stack_that_could_not_be_judged_is_no_good_news_and_is_told_with_what_was_said(
    job, repository, folder
):
    (folder(production="### ✅ fine\n") / "report-staging").mkdir()
    (folder() / "report-staging" / "error.txt").write_text(
        "plumb check: Pulumi.staging.yaml:26: x\n  fix: y\n"
    )
    assert comment(job, folder(), "production", "staging", check="failure").stdout == "comment: written\n"
    [only] = repository.comments
    assert only["body"] == (
        f"{MARKER}\n\n### ✅ fine\n\n\n### ❌ Plumbline: `staging` could not be judged\n\n"
        "    plumb check: Pulumi.staging.yaml:26: x\n      fix: y"
    )


def test_what_was_said_counts_for_more_than_a_report_that_was_left_too(job, repository, folder):
    (folder(staging="### ✅ fine\n") / "report-staging" / "error.txt").write_text("no")
    comment(job, folder(), check="failure")
    [only] = repository.comments
    assert "could not be judged" in only["body"]
    assert "✅" not in only["body"]


@pytest.mark.parametrize("check", ["failure", "cancelled", "skipped", "success"])
def test_a_stack_without_a_report_could_not_be_judged_however_its_job_ended(job, repository, folder, check):
    old = repository.comment(f"{MARKER}\n\n### ✅ fine")
    comment(job, folder(), "staging", check=check)
    assert "`staging` could not be judged" in old["body"]
    assert f"`{check}`" in old["body"]
    assert "✅" not in old["body"]


@pytest.mark.parametrize(
    ("stacks", "listed"),
    [
        ("failure", ""),
        ("cancelled", ""),
        ("success", ""),
        ("failure", "[]"),
        ("success", '["x"]'),
        ("success", '[{"name": "../x"}]'),
    ],
)
def test_where_nobody_knows_which_stacks_are_touched_nothing_is_green(
    job, repository, folder, stacks, listed
):
    done = comment(job, folder(), stacks=stacks, listed=listed, check="skipped")
    assert done.stdout == "comment: written\n"
    [only] = repository.comments
    assert "could not tell which stacks" in only["body"]
    assert "✅" not in only["body"]


def test_what_was_said_is_quoted_whatever_is_in_it_and_cut_where_it_is_long(job, repository, folder):
    said = "@octo-org/everybody <!-- plumbline --> ```\n" + "x" * 100_000
    (folder() / "report-staging").mkdir()
    (folder() / "report-staging" / "error.txt").write_text(said)
    comment(job, folder(), check="failure")
    [only] = repository.comments
    assert "\n    @octo-org/everybody <!-- plumbline --> ```\n" in only["body"]
    assert len(only["body"]) < 6000


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
    done = job("comment", folder(), PULL_REQUEST="7", STACKS="[]", STACKS_RESULT="success", GITHUB_TOKEN="")
    assert "GITHUB_TOKEN must be set" in done.stderr
