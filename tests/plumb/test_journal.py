"""The record of deploys only grows, and survives a kill in the middle of a line."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from plumb.deploy.journal import Journal, JournalError, journal_path, who_runs

if TYPE_CHECKING:
    from pathlib import Path


def a_journal(folder: Path) -> Journal:
    return Journal(folder / "deploys" / "staging.jsonl", "staging", "somebody")


def test_what_is_written_is_read_back_in_order(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.write("d1", "begun")
    journal.write("d1", "step", "gate", done=True, facts={"resources": 3})
    found = journal.entries()
    assert [(entry.event, entry.step, entry.done) for entry in found] == [
        ("begun", "", False),
        ("step", "gate", True),
    ]
    assert found[1].facts == {"resources": 3}


def test_a_line_cut_short_counts_for_nothing_and_stays_in_the_file(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.write("d1", "begun")
    whole = journal.path.read_text()
    journal.path.write_text(whole + '{"time": "2026-')
    assert [entry.event for entry in journal.entries()] == ["begun"]
    journal.write("d1", "deployed")
    assert journal.path.read_text().startswith(whole + '{"time": "2026-')
    assert [entry.event for entry in journal.entries()] == ["begun", "deployed"]


def test_a_line_cut_inside_a_letter_of_several_bytes_counts_for_nothing_too(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.write("d1", "begun")
    with journal.path.open("ab") as file:
        file.write('{"who": "é'.encode()[:-1])
    assert [entry.event for entry in journal.entries()] == ["begun"]
    journal.write("d1", "deployed")
    assert [entry.event for entry in journal.entries()] == ["begun", "deployed"]


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\x0b", "\r"])
def test_only_a_line_feed_ends_an_entry(tmp_path: Path, separator: str) -> None:
    journal = a_journal(tmp_path)
    words = [f"one{separator}two"]
    journal.write("d1", "broke", "probe", facts={"words": words})
    assert [entry.facts for entry in journal.entries()] == [{"words": words}]


def test_a_disk_that_is_full_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("plumb.deploy.journal.os.fsync", full)
    with pytest.raises(JournalError, match=r"No space left on device(.|\n)*plumb deploy staging goes on"):
        a_journal(tmp_path).write("d1", "begun")


def test_a_line_that_is_no_entry_is_named_with_its_number(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.write("d1", "begun")
    with journal.path.open("a") as file:
        file.write('{"colour": "green"}\n')
    with pytest.raises(JournalError, match=r"staging\.jsonl:2: "):
        journal.entries()


def test_only_the_last_deploy_can_be_unended(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.write("d1", "begun")
    journal.write("d2", "begun")
    journal.write("d2", "step", "gate")
    assert {entry.deploy for entry in journal.unended()} == {"d2"}
    journal.write("d2", "returned")
    assert journal.unended() == []


def test_a_second_deploy_at_the_same_time_is_kept_out(tmp_path: Path) -> None:
    one, other = a_journal(tmp_path), a_journal(tmp_path)
    with one.alone(), pytest.raises(JournalError, match="another deploy of staging"), other.alone():
        pass


def test_the_pipelines_actor_and_run_are_who_runs_it() -> None:
    assert who_runs({"GITHUB_ACTOR": "octocat", "GITHUB_RUN_ID": "7"}) == "octocat (run 7)"


def test_the_record_lies_in_the_sandbox_when_there_is_one(tmp_path: Path) -> None:
    environ = {"SANDBOX_STATE": str(tmp_path)}
    assert journal_path("org/staging", environ, tmp_path) == tmp_path / "deploys" / "org.staging.jsonl"
