"""The pages that need no engine: whoever follows one sees what it says. The others: tests/engine."""

from __future__ import annotations

import re

import pytest

from tests.docs.book import (
    ENGINE,
    FENCE,
    LIVE,
    NOT_RUN,
    RUN,
    SAVED,
    Reader,
    blocks,
    copy,
    has_commands,
    needs_engine,
    pages,
)
from toolchain.places import ROOT

FOLLOWED = [page for page in pages() if has_commands(page) and not needs_engine(page)]
REASONS = {
    "takes minutes",
    "needs a Google Cloud project",
    "needs a Google Cloud project or a GitHub repository",
    "in another team's repository",
}
SHOWN = {"text", "mermaid", *SAVED}
COMMAND = re.compile(
    r"^(?:\$ |bin/|pulumi |plumb |make |gcloud |pip |git |(?:bin/sandbox )?python -m |\.venv/)", re.MULTILINE
)
INDENTED = re.compile(r"(?:^|\n)\n((?:    [^\n]+\n)+)")


@pytest.mark.parametrize("page", FOLLOWED)
def test_every_command_of_a_page_prints_what_the_page_says(page, tmp_path):
    Reader(copy(tmp_path / "plumbline")).follow(page)


@pytest.mark.parametrize("page", pages())
def test_every_block_is_run_or_says_why_not(page):
    for block in blocks(page):
        where = f"{page}:{block.line}"
        if block.language == RUN:
            assert block.title in (None, LIVE), where
            assert list(block.commands()), f"{where}: no command"
        elif block.language == NOT_RUN:
            assert block.title in REASONS, f"{where}: say why no test runs this, as one of {sorted(REASONS)}"
        else:
            assert block.language in SHOWN, f"{where}: {block.language} is none of {sorted(SHOWN)}"
            assert block.title or not COMMAND.search(block.text), f"{where}: a command that nothing runs"


@pytest.mark.parametrize("page", [page for page in pages() if not page.startswith("docs/reference/")])
def test_no_command_hides_where_nothing_runs_it(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(blocks(page)) + text.count("````"), "a fence that is not understood"
    for indented in INDENTED.findall(FENCE.sub("", text)):
        assert not COMMAND.search(re.sub(r"^ {4}", "", indented, flags=re.MULTILINE)), indented


def test_a_page_of_the_engine_is_told_from_one_without():
    assert needs_engine("docs/tutorial.md")
    assert not needs_engine("docs/size.md")
    assert ENGINE.search("make preview")


def test_what_differs_from_the_page_is_found(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    monkeypatch.setattr("tests.docs.book.ROOT", tmp_path)
    page.write_text("```console\n$ printf 'one\\ntwo\\nthree\\n'\none\n…\nth…\n```\n")
    Reader(tmp_path).follow("page.md")
    for wrong in ("one\ntwo\n", "two\n…\n", "one\n…\ntwo\n", ""):
        page.write_text(f"```console\n$ printf 'one\\ntwo\\nthree\\n'\n{wrong}```\n")
        with pytest.raises(AssertionError, match="the page says"):
            Reader(tmp_path).follow("page.md")


def test_a_reader_stays_in_the_folder_that_they_went_to_and_saves_what_is_to_be_saved(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.docs.book.ROOT", tmp_path)
    (tmp_path / "page.md").write_text(
        '```console\n$ mkdir -p a\n$ cd a\n```\n\n```yaml title="b.yaml"\nkey: 1\n```\n\n'
        "```console\n$ cat \\\n> b.yaml\nkey: 1\n$ basename $PWD\na\n```\n"
    )
    Reader(tmp_path).follow("page.md")
    assert (tmp_path / "a" / "b.yaml").is_file()
