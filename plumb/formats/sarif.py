"""SARIF 2.1.0, for GitHub code scanning and every other viewer of it.

See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. The page of a rule goes along as the
rule's help, since a viewer may have no way to the repository.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from plumb.formats._words import as_json, drawn, held_against, held_by, kind, visible
from policies import VERSION
from policies.docs import address, page
from policies.rules import Level, Rule, Severity, registered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Source
    from policies.report import Report, Waived
    from policies.rules import Finding

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# GitHub sorts by this number (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#reportingdescriptor-object).
_GITHUB_SEVERITY: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}


def render(reports: Sequence[Report]) -> str:
    """The reports as SARIF: a run each, which viewers keep apart by `automationDetails`."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in reports]}
    return as_json(log)


def _run(report: Report) -> dict[str, Any]:
    known = {rule.id: _descriptor(rule) for rule in registered()}
    for finding in _all(report):
        # What the pack itself finds, such as a waiver that has expired, belongs to no rule's function.
        known.setdefault(finding.rule, _unregistered(finding))
    order = {rule: index for index, rule in enumerate(known)}
    return {
        "tool": {
            "driver": {"name": "plumbline", "semanticVersion": VERSION, "rules": list(known.values())},
        },
        "automationDetails": {"id": f"plumbline/{visible(report.subject)}/"},
        **({"properties": {"heldAgainst": held_against(report)}} if report.held_against else {}),
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {
                        "level": "note",
                        "descriptor": {"id": visible(one.rule)},
                        "message": {"text": _message(f"{one.rule} was not judged: {one.why}")},
                    }
                    for one in report.not_judged
                ],
            }
        ],
        "results": [
            *(_result(finding, report, order) for finding in report.findings),
            *(
                {**_result(waived.finding, report, order), "suppressions": [_suppression(waived)]}
                for waived in report.waived
            ),
            *(_result(finding, report, order) for finding in report.advised),
        ],
    }


def _all(report: Report) -> Sequence[Finding]:
    return [*report.findings, *(waived.finding for waived in report.waived), *report.advised]


def _descriptor(rule: Rule) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{rule.fix}", "markdown": page(rule)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"precision": "very-high", "problem.severity": "error", "severity": str(rule.severity)},
    }
    where = address(rule.id)
    if where is not None:
        descriptor["helpUri"] = where
    if rule.controls:
        clauses = sorted({f"{control.framework} {control.clause}" for control in rule.controls})
        descriptor["properties"] |= {
            "tags": ["security", *clauses],
            "security-severity": _GITHUB_SEVERITY[rule.severity],
        }
    return descriptor


def _unregistered(finding: Finding) -> dict[str, Any]:
    return {
        "id": visible(finding.rule),
        "shortDescription": {"text": visible(finding.rule)},
        "help": {"text": visible(finding.why)},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, report: Report, order: dict[str, int]) -> dict[str, Any]:
    path = drawn(finding)
    told = [finding.message, f"path: {path}" if path else "", f"why: {finding.why}", f"fix: {finding.fix}"]
    return {
        "ruleId": visible(finding.rule),
        "ruleIndex": order[finding.rule],
        "level": "error" if finding.level is Level.MANDATORY else "note",
        "message": {"text": "\n".join(_message(line) for line in told if line)},
        "locations": [
            {
                "physicalLocation": _physical(finding.source, report.subject),
                "logicalLocations": [
                    {
                        "name": visible(finding.name),
                        "fullyQualifiedName": visible(finding.urn),
                        "kind": "resource",
                    }
                ],
            }
        ],
        **_decided(finding.source),
        # The same fault on the same resource stays one alert, wherever its line moves.
        "partialFingerprints": {"plumbline/v1": hashlib.sha256(json.dumps(finding.key).encode()).hexdigest()},
        "properties": {
            "cause": visible(finding.cause),
            "verdict": str(finding.verdict),
            "severity": str(finding.severity),
            "resourceType": kind(finding.type),
        },
    }


def _physical(source: Source | None, subject: str) -> dict[str, Any]:
    """Where the resource is declared; where nobody tells, what was judged is all there is to point at."""
    if source is None:
        return {"artifactLocation": _artifact(subject)}
    return {"artifactLocation": _artifact(source.file), "region": {"startLine": max(1, source.line)}}


def _decided(source: Source | None) -> dict[str, Any]:
    """The line of the stack's file that decides the resource, where one is known."""
    if source is None or source.settings is None:
        return {}
    file, _, line = source.settings.rpartition(":")
    place = {"artifactLocation": _artifact(file), "region": {"startLine": int(line)}}
    return {"relatedLocations": [{"physicalLocation": place, "message": {"text": "decided here"}}]}


def _artifact(file: str) -> dict[str, str]:
    path = PurePath(visible(file))
    if path.is_absolute():
        return {"uri": "file://" + quote(path.as_posix())}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _suppression(waived: Waived) -> dict[str, str]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": f"waived by {held_by(waived.waiver)}",
    }


def _message(text: str) -> str:
    # `[text](target)` would be a link, wherever a name of somebody's program may lead.
    return visible(text).replace("](", "] (")
