"""The formats: what each shows of a report, and that nothing a program writes can break one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from rich.console import Console

from plumb.formats import formats, render, text
from policies.plan import Source
from policies.report import NotJudged, Report, Waived
from policies.rules import Finding, Severity, Verdict
from tests.plumb.reports import ADVICE, ADVISED, FINDINGS, PASSED, REFUSED, WAIVER

ROOT = Path(__file__).resolve().parents[2]
SARIF = Draft4Validator(
    json.loads((ROOT / "tests" / "data" / "sarif-schema-2.1.0.json").read_text()),
    format_checker=FormatChecker(),
)
REPORT = Draft202012Validator(
    json.loads((ROOT / "docs" / "report.schema.json").read_text()), format_checker=FormatChecker()
)
ANSI = re.compile("\x1b")


def sarif(report: Report):
    log = json.loads(render([report], "sarif"))
    SARIF.validate(log)
    return log["runs"][0]


def cases(report: Report):
    # Our own output, so no hostile XML.
    return list(ET.fromstring(render([report], "junit")).iter("testcase"))  # noqa: S314


@pytest.mark.parametrize("form", formats())
def test_every_format_names_every_finding_waiver_and_rule_not_judged(form):
    whole = render([REFUSED], form)
    whole = unescape(whole) if form == "html" else whole.replace("&quot;", '"').replace('\\"', '"')
    rendered = " ".join(whole.split())
    for finding in FINDINGS:
        assert finding.rule in rendered
        assert finding.name in rendered
        assert finding.cause in rendered
        assert finding.fix in rendered
    for said in (
        WAIVER.reason,
        "ada",
        "grace",
        "2026-01-31",
        "2026-01-04",
        "secret-in-plain-env",
        "masks every",
    ):
        assert said in rendered


@pytest.mark.parametrize("form", formats())
def test_every_format_shows_what_is_advised(form):
    rendered = " ".join(render([ADVISED], form).split())
    for said in (ADVICE.rule, ADVICE.cause, ADVICE.name, ADVICE.message, ADVICE.fix):
        assert said in rendered


def test_what_is_advised_refuses_nothing_and_is_an_error_nowhere():
    assert not ADVISED.refused
    assert "passed; 1 advised" in render([ADVISED], "text")
    assert [result["level"] for result in sarif(ADVISED)["results"]] == ["note"]
    told = json.loads(render([ADVISED], "json"))
    REPORT.validate(told)
    assert (told["findings"], told["advised"][0]["level"]) == ([], "advisory")
    assert [case.find("failure") for case in cases(ADVISED) if case.get("classname") == "watched"] == [None]


@pytest.mark.parametrize("form", formats())
def test_a_report_without_findings_says_so(form):
    assert render([PASSED], form).strip()


def test_an_unknown_format_is_told_with_those_there_are():
    with pytest.raises(
        ValueError, match="no format 'pdf'; there are html, json, junit, markdown, sarif, text"
    ):
        render([PASSED], "pdf")


def test_text_fits_eighty_columns_and_a_pipe_gets_no_colours():
    narrow = Console(width=80, force_terminal=False)
    lines = text.render([REFUSED], narrow).splitlines()
    assert max(map(len, lines[:-1])) <= 80
    assert not ANSI.search("".join(lines))
    assert [line for line in lines if line != line.rstrip()] == []
    assert (
        lines[-1]
        == ("refused: 5 refuted, 1 unproven; 2 waived; 1 rule not judged (105 resources, 43 rules)")[
            : len(lines[-1])
        ]
    )
    assert ANSI.search(
        text.render([REFUSED], Console(width=80, force_terminal=True, color_system="standard"))
    )


def test_text_puts_the_worst_first_and_a_resource_together():
    rendered = text.render([REFUSED], Console(width=200))
    order = [rendered.index(f"{name}  gcp:") for name in ("auth", "backend", "database", "cache")]
    assert order == sorted(order)
    assert "network main → cache netra-cache ✗ REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK" in rendered
    assert "backend  gcp:cloudrunv2:Service  __main__.py:42" in rendered


def test_json_is_what_its_schema_says():
    for report in (REFUSED, PASSED, ADVISED):
        REPORT.validate(json.loads(render([report], "json")))
    told = json.loads(render([REFUSED], "json"))
    assert [finding["rule"] for finding in told["findings"]] == [finding.rule for finding in FINDINGS]
    assert told["counts"] == {
        "refuted": 5, "unproven": 1, "waived": 2, "advised": 0, "notJudged": 1, "resources": 105, "rules": 43,
    }  # fmt: skip
    assert told["waived"][1]["waiver"]["approvedBy"] == ["ada", "grace"]


def test_sarif_points_at_the_line_and_the_resource():
    run = sarif(REFUSED)
    first = run["results"][0]
    place = first["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "__main__.py"
    assert place["physicalLocation"]["region"] == {"startLine": 42}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == FINDINGS[0].urn
    assert [result["level"] for result in run["results"]] == ["error"] * 6 + ["note"] * 2
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        # GitHub takes no result without a file.
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_the_line_of_the_stack_file_that_decides_is_shown_in_every_format():
    source = Source("components/cache.py", 42, "Pulumi.staging.yaml:31")
    report = Report("staging", "program", (replace(FINDINGS[0], source=source),))
    decided = sarif(report)["results"][0]["locations"][0]["physicalLocation"]
    assert decided["artifactLocation"]["uri"] == "Pulumi.staging.yaml"
    assert decided["region"] == {"startLine": 31}
    for form in set(formats()) - {"sarif"}:
        assert "Pulumi.staging.yaml:31" in render([report], form)


def test_sarif_suppresses_what_is_waived_and_nothing_else():
    results = sarif(REFUSED)["results"]
    assert ["suppressions" in result for result in results] == [False] * 6 + [True] * 2
    assert results[6]["suppressions"][0]["justification"].startswith("waived by ada@netra.example until")


def test_sarif_keeps_the_fingerprint_when_a_line_or_a_word_moves():
    moved = replace(FINDINGS[0], message="said otherwise", source=Source("other.py", 3))
    prints = [
        sarif(replace(REFUSED, findings=(one,)))["results"][0]["partialFingerprints"]
        for one in (FINDINGS[0], moved, FINDINGS[1])
    ]
    assert prints[0] == prints[1] != prints[2]


def test_sarif_gives_every_rule_its_page_and_where_it_is():
    rules = {rule["id"]: rule for rule in sarif(PASSED)["tool"]["driver"]["rules"]}
    assert rules["secret-required"]["help"]["markdown"].startswith("# secret-required")
    assert rules["secret-required"]["helpUri"].endswith("/docs/rules/secret-required.md")


def test_junit_has_one_failure_a_rule_and_resource_and_a_pass_for_every_other_rule():
    again = replace(FINDINGS[1], message="and another", path=("netra-backend-staging", "OTHER"))
    report = replace(REFUSED, findings=(*FINDINGS, again))
    told = [
        (case.get("classname"), case.get("name"), [child.tag for child in case]) for case in cases(report)
    ]
    assert len({(classname, name) for classname, name, _ in told}) == len(told)
    assert sum(children == ["failure"] for *_, children in told) == 6
    assert sum(children == ["skipped"] for *_, children in told) == 3
    passed = {classname for classname, _, children in told if not children}
    assert "contract-present" in passed
    assert not passed & {finding.rule for finding in FINDINGS}


def test_markdown_calls_nobody_and_draws_no_table_of_its_own():
    hostile = "a | b](http://x) @ada <img src=x> **bold** `code` #1\n| row | JWT_SECRET_KEY"
    one = replace(FINDINGS[0], message=hostile, name="na`me|x", fix=hostile)
    rendered = render([Report("s", "program", (one,))], "markdown")
    row = next(line for line in rendered.splitlines() if line.startswith("| 🔴"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert "@" not in rendered
    assert "<img" not in rendered.replace("\\<img", "")
    assert "``na`me\\|x``" in row
    assert "JWT_SECRET_KEY" in row


def test_markdown_stays_under_what_a_comment_may_hold():
    many = [
        replace(FINDINGS[0], urn=f"{FINDINGS[0].urn}{number}", message="m" * 900) for number in range(900)
    ]
    rendered = render([Report("s", "program", many)], "markdown")
    assert len(rendered) < 65_536
    assert "and 850 more" in rendered


ANY = st.text(st.characters(codec=None, exclude_categories=[]), max_size=40)
HOSTILE = "\x1b[31m\x00\x9b\ud800\ufffe\u202e<&]]>\"'|`[/bold]{0}](x)\n"
FOUND = st.builds(
    Finding,
    rule=ANY,
    severity=st.sampled_from(Severity),
    verdict=st.sampled_from([Verdict.REFUTED, Verdict.UNPROVEN]),
    cause=ANY, urn=ANY, type=ANY, name=ANY, message=ANY, why=ANY, fix=ANY,
    path=st.lists(ANY, max_size=4).map(tuple),
    source=st.none()
    | st.builds(Source, ANY, st.integers(0, 10**6), st.none() | ANY.map("{}:7".format)),
)  # fmt: skip
WORST = Finding(
    HOSTILE,
    Severity.LOW,
    Verdict.REFUTED,
    *[HOSTILE] * 7,
    path=(HOSTILE,) * 3,
    source=Source(HOSTILE, 0, f"{HOSTILE}:7"),
)


@settings(deadline=None, max_examples=50)
@given(FOUND, ANY)
@example(WORST, HOSTILE)
@example(replace(WORST, source=Source(f"../{HOSTILE}", 1, f"../../{HOSTILE}:7")), f"../{HOSTILE}")
@example(replace(WORST, source=None), "x" * 5_000)
@example(replace(WORST, source=Source("/" + "../x" * 1_500, 1)), "..")
def test_whatever_a_program_writes_every_format_stays_whole(finding, other):
    waiver = replace(WAIVER, owner=other, reason=other, approved_by=(other,), file=other)
    report = Report(
        other, other, (finding,), (Waived(finding, waiver),), (NotJudged(other, other),), resources=1, rules=1
    )
    REPORT.validate(json.loads(render([report], "json")))
    for result in sarif(report)["results"]:
        for place in (*result["locations"], *result.get("relatedLocations", ())):
            file = place["physicalLocation"]["artifactLocation"]
            assert not unquote(file["uri"]).startswith(("..", "/"))
            assert ("uriBaseId" in file) != file["uri"].startswith("file:///")
    assert sum(case.find("failure") is not None for case in cases(report)) == 1
    for form in formats():
        rendered = render([report], form)
        rendered.encode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", rendered) or form == "json"
    assert len(render([report], "text").splitlines()) > 5


def test_several_reports_are_one_document_in_every_format():
    both = [replace(REFUSED, held_against=("the-other",)), PASSED]
    told = json.loads(render(both, "json"))
    REPORT.validate(told)
    assert told["refused"] is True
    assert [one["subject"] for one in told["reports"]] == [REFUSED.subject, PASSED.subject]
    log = json.loads(render(both, "sarif"))
    SARIF.validate(log)
    ids = [run["automationDetails"]["id"] for run in log["runs"]]
    assert len(set(ids)) == len(ids) == len(both)
    suites = ET.fromstring(render(both, "junit"))  # noqa: S314 - our own
    each = [int(suite.get("failures", "")) for suite in suites]
    assert (len(each), sum(each)) == (2, int(suites.get("failures", "")))
    for form in formats():
        assert render(both, form).count("the-other") == 1
    for form in ("text", "markdown"):
        shown = render(both, form)
        assert shown.index(REFUSED.subject) < shown.rindex(PASSED.subject)


def test_several_reports_share_what_a_comment_may_hold():
    many = tuple(replace(REFUSED.findings[0], name=f"n{n}", urn=f"u{n}") for n in range(2_000))
    each = [Report(name, "program", many) for name in ("staging", "production", "qa")]
    assert len(render(each, "markdown")) < 65_536
