"""JUnit XML, as GitLab, Jenkins and the usual GitHub actions read it.

A rule and a resource are one test case, because those readers show one failure of a case and compare cases
by name between two runs; a rule that found nothing is one case that passes. What is waived, only advised or
could not be judged is skipped, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from plumb.formats._files import from_here
from plumb.formats._words import drawn, grouped, held_against, held_by, kind, place, visible
from policies.rules import registered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.report import Report
    from policies.rules import Finding

_COUNTS: Final = ("tests", "failures", "errors", "skipped")
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(reports: Sequence[Report]) -> str:
    """The reports as JUnit XML, a suite each."""
    told = [_suite(from_here(report)) for report in reports]
    totals = {key: str(sum(int(suite.get(key, "0")) for suite in told)) for key in _COUNTS}
    suites = ET.Element("testsuites", {"name": "plumbline", **totals})
    suites.extend(told)
    ET.indent(suites)
    return f"{_HEAD}{ET.tostring(suites, encoding='unicode')}\n"


def _suite(report: Report) -> ET.Element:
    cases = [*_failed(report), *_skipped(report), *_passed(report)]
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    counts = zip(_COUNTS, map(str, (len(cases), failures, 0, skipped)), strict=True)
    suite = ET.Element("testsuite", {"name": f"plumbline: {visible(report.subject)}", **dict(counts)})
    if report.held_against:
        told = ET.SubElement(suite, "properties")
        ET.SubElement(told, "property", {"name": "heldAgainst", "value": held_against(report)})
    suite.extend(cases)
    return suite


def _failed(report: Report) -> Iterator[ET.Element]:
    for group in grouped(report.findings):
        by_rule: dict[str, list[Finding]] = {}
        for finding in group.findings:
            by_rule.setdefault(finding.rule, []).append(finding)
        for findings in by_rule.values():
            case = _case(findings[0])
            what = visible("; ".join(finding.message for finding in findings))
            kinds = {"message": what, "type": visible(findings[0].cause)}
            ET.SubElement(case, "failure", kinds).text = "\n\n".join(map(_told, findings))
            yield case


def _skipped(report: Report) -> Iterator[ET.Element]:
    for waived in report.waived:
        case = _case(waived.finding, "waived: ")
        ET.SubElement(case, "skipped", {"message": f"waived by {held_by(waived.waiver)}"})
        yield case
    for finding in report.advised:
        case = _case(finding, f"advised, {visible(finding.cause)}: ")
        what = f"advice: {visible(finding.message)}; fix: {visible(finding.fix)}"
        ET.SubElement(case, "skipped", {"message": what})
        yield case
    for one in report.not_judged:
        case = ET.Element(
            "testcase", {"classname": visible(one.rule), "name": f"not judged: {visible(one.why)}"}
        )
        ET.SubElement(case, "skipped", {"message": visible(one.why)})
        yield case


def _passed(report: Report) -> Iterator[ET.Element]:
    told: Sequence[str] = [
        *(finding.rule for finding in report.findings),
        *(waived.finding.rule for waived in report.waived),
        *(finding.rule for finding in report.advised),
        *(one.rule for one in report.not_judged),
    ]
    for rule in registered():
        if rule.id not in told:
            yield ET.Element("testcase", {"classname": rule.id, "name": rule.title})


def _case(finding: Finding, prefix: str = "") -> ET.Element:
    name = f"{prefix}{visible(finding.name)} ({kind(finding.type)})"
    case = ET.Element("testcase", {"classname": visible(finding.rule), "name": name})
    if finding.source is not None:
        case.set("file", visible(finding.source.file))
        case.set("line", str(finding.source.line))
    return case


def _told(finding: Finding) -> str:
    path, where = drawn(finding), place(finding.source)
    lines = [
        visible(finding.message),
        f"path: {path}" if path else "",
        f"why: {visible(finding.why)}",
        f"fix: {visible(finding.fix)}",
        f"at: {where}" if where else "",
        f"{finding.severity}, {finding.verdict}: {visible(finding.cause)}",
    ]
    return "\n".join(line for line in lines if line)
