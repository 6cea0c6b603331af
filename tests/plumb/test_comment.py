"""The comment on a pull request: its diagram, its mark, and that it never grows past what GitHub takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumb.formats import render
from plumb.formats.markdown import marker
from policies.overview import Bar, Overview
from policies.report import NotJudged
from tests.plumb.reports import FINDINGS, PASSED, WAIVED
from tests.plumb.seen import CAUSE, OVERVIEW, SEEN, seen

# What one line of our diagrams may be.
LINE = re.compile(
    r"""flowchart\ LR
    |\ \ n\d+(\["|\(\["|\[\("|\(\(")([A-Za-z0-9 .,:/()'_+-]|\#\d+;|<br>)*("\]|"\]\)|"\)\]|"\)\))(:::fault)?
    |\ \ n\d+\ (-->|--x)(\|"[✗?]\ ([A-Za-z0-9 .,:/()'_+-]|\#\d+;)*"\|)?\ n\d+
    |\ \ linkStyle\ [\d,]+\ [a-z0-9#:,\ -]+
    |\ \ classDef\ fault\ [a-z0-9#:,-]+""",
    re.VERBOSE,
)


def diagram(comment):
    found = re.search(r"^```mermaid\n(.*?)\n```$", comment, re.DOTALL | re.MULTILINE)
    return [] if found is None else found[1].splitlines()


def test_the_diagram_has_every_line_in_its_colour_and_the_cause_on_the_broken_one():
    lines = diagram(render([SEEN], "markdown"))
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert f'  n3 --x|"✗ {CAUSE}"| n4' in lines
    assert '  n3 -->|"? HOST_UNKNOWN"| n5' in lines
    assert [line.split()[1] for line in lines if "linkStyle" in line] == ["0,1", "2", "3"]


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec=None, exclude_categories=[]), max_size=60))
def test_no_name_can_end_a_label_or_the_diagram(name):
    lines = diagram(render([replace(SEEN, look=lambda: seen(name))], "markdown"))
    assert len(lines) == len(diagram(render([SEEN], "markdown")))
    assert all(LINE.fullmatch(line) for line in lines), lines


def test_the_mark_is_first_stays_the_same_and_tells_subjects_apart():
    first, other = (render([one], "markdown").splitlines()[0] for one in (SEEN, replace(SEEN, findings=())))
    assert first == other == marker("examples/raw") == "<!-- plumbline report: examples/raw -->"
    assert render([PASSED], "markdown").splitlines()[0] != first
    assert marker("a --> b <!-- \n") == "<!-- plumbline report: a - b -->"


def test_a_comment_of_several_has_one_mark_whatever_their_order_and_the_verdict_over_all_first():
    held = [
        replace(SEEN, subject="staging", held_against=("production",)),
        replace(PASSED, subject="production", held_against=("staging",)),
    ]
    lines = render(held, "markdown").splitlines()
    assert lines[0] == render(held[::-1], "markdown").splitlines()[0] == marker("production", "staging")
    assert sum("<!--" in line for line in lines) == 1
    assert lines[1:4] == ["## ❌ Plumbline refuses 1 of 2", "", "Parity of staging and production: no fault"]
    assert [line.split(":")[0] for line in lines if line.startswith("### ")] == [
        "### ❌ Plumbline refuses `staging`",
        "### ✅ Plumbline lets pass `production`",
    ]
    assert len([line for line in lines if line == "```mermaid"]) == 1  # of the one that has a plan
    apart = replace(FINDINGS[5], rule="parity")
    comment = render(
        [replace(held[0], findings=[apart], waived=[replace(WAIVED[0], finding=apart)]), held[1]], "markdown"
    )
    assert "\nParity of staging and production: 1 fault, 1 waived\n" in comment


def test_the_verdict_and_what_changed_come_first():
    lines = render([SEEN], "markdown").splitlines()
    assert lines[1].startswith("### ❌ Plumbline refuses `examples/raw`: 5 refuted, 1 unproven")
    assert lines[3] == "Against `base.json`: **1 new**, **1 fixed**, 1 resource added, 2 removed"
    assert "🔴 critical, **new** | " in "\n".join(lines)
    assert "2026-01-31 (12 days left)" in "\n".join(lines)


def test_capacity_that_is_exceeded_is_said_in_the_title():
    comment = render([SEEN], "markdown")
    assert "<summary>Capacity: 1 exceeded</summary>" in comment
    assert "| 1,260 of 387 connections | 🔴 `████████████████████` |" in comment


def overfull():
    """A report that has too much of everything."""
    long = "x" * 700
    bar = Bar("memory", long, None, 1, 0, 0, "MB", exact=False, terms=[])
    overview = Overview(OVERVIEW.services, OVERVIEW.topology, [bar] * 400, [])
    many = [
        replace(one, urn=f"{one.urn}{n}", message=long, name=long) for n in range(200) for one in FINDINGS
    ]
    changes = replace(SEEN.changes, base=long, fixed=many, added=[long] * 500)
    return replace(
        SEEN, subject=long, findings=many, waived=[WAIVED[0]] * 300, look=lambda: overview,
        not_judged=[NotJudged(f"rule-{n}", long) for n in range(200)], changes=changes,
    )  # fmt: skip


@pytest.mark.parametrize("of", [1, 2, 3, 12, 13, 200])
def test_however_many_subjects_there_are_the_comment_stays_whole(of):
    report = overfull()
    names = [f"{number}{report.subject}" for number in range(of)]
    each = [replace(report, subject=name, held_against=names if of > 1 else ()) for name in names]
    comment = render(each, "markdown")
    assert len(comment) < 65_536
    assert comment.count("<details") == comment.count("</details>")
    assert sum(line.startswith("### ") for line in comment.splitlines()) == min(of, 12)
    assert ("more are left out here" in comment) is (of > 12)


def test_whatever_there_is_too_much_of_the_comment_stays_whole_and_counts_what_it_leaves_out():
    comment = render([overfull()], "markdown")
    assert len(comment) < 65_536
    assert comment.count("<details") == comment.count("</details>")
    left = [int(one.replace(",", "")) for one in re.findall(r"and ([\d,]+) more than a comment", comment)]
    # Of fixed and resources, details, capacity, waivers and rules that were not judged.
    assert len(left) == 5
    shown = comment.count("- fixed: ") + comment.count("- added: ") + comment.count("- removed: ")
    assert left[0] + shown == 1200 + 500 + 2
    assert "more: `plumb check` shows all |" in comment
