"""SARIF 2.1.0, for GitHub code scanning and every other viewer of it.

See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. The page of a rule goes along as the
rule's help, since a viewer may have no way to the repository.

GitHub reads a part of it (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning)
and decides what stands where: files are told from the top of the checkout, the first location is the one that
is annotated, and what a waiver lets pass is a note, since suppressions are not looked at.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from plumb.formats._files import Files
from plumb.formats._words import as_json, drawn, held_against, held_by, kind, visible
from policies import VERSION
from policies.docs import address, page
from policies.rules import Severity, registered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Source
    from policies.report import Report, Waived
    from policies.rules import Finding, Rule

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# GitHub sorts by this number, and prefers it to the level of a result.
_SECURITY: Final = "security-severity"
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
    noted = [*(waived.finding for waived in report.waived), *report.advised]
    known = {rule.id: _descriptor(rule) for rule in registered()}
    for finding in (*report.findings, *noted):
        # What the pack itself finds, such as a waiver that has expired, belongs to no rule's function.
        known.setdefault(finding.rule, _unregistered(finding))
    for finding in noted:
        if _SECURITY in known[finding.rule].get("properties", {}):
            known[_note(finding.rule)] = _as_note(known[finding.rule])
    order = {rule: index for index, rule in enumerate(known)}
    told = partial(_result, order=order, files=Files.from_checkout(report.origin), subject=report.subject)
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
            *(told(finding) for finding in report.findings),
            *(
                {**told(waived.finding, note=True), "suppressions": [_suppression(waived)]}
                for waived in report.waived
            ),
            *(told(finding, note=True) for finding in report.advised),
        ],
    }


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
            _SECURITY: _GITHUB_SEVERITY[rule.severity],
        }
    return descriptor


def _unregistered(finding: Finding) -> dict[str, Any]:
    return {
        "id": visible(finding.rule),
        "shortDescription": {"text": visible(finding.rule)},
        "help": {"text": visible(finding.why)},
        "defaultConfiguration": {"level": "error"},
    }


def _note(rule: str) -> str:
    return f"{rule}/note"


def _as_note(descriptor: dict[str, Any]) -> dict[str, Any]:
    """The rule for what is only noted of it: without the security severity, which GitHub would go by."""
    properties = {key: value for key, value in descriptor["properties"].items() if key != _SECURITY}
    return {
        **descriptor,
        "id": _note(descriptor["id"]),
        "name": f"{descriptor['name']}Note",
        "defaultConfiguration": {"level": "note"},
        "properties": {**properties, "problem.severity": "recommendation"},
    }


def _result(
    finding: Finding, order: dict[str, int], files: Files, subject: str, *, note: bool = False
) -> dict[str, Any]:
    rule = _note(finding.rule) if note and _note(finding.rule) in order else finding.rule
    path = drawn(finding)
    told = [finding.message, f"path: {path}" if path else "", f"why: {finding.why}", f"fix: {finding.fix}"]
    place, *declared = _places(files.of(finding), files, subject)
    result: dict[str, Any] = {
        "ruleId": visible(rule),
        "ruleIndex": order[rule],
        "level": "note" if note else "error",
        "message": {"text": "\n".join(_message(line) for line in told if line)},
        "locations": [
            {
                "physicalLocation": place,
                "logicalLocations": [
                    {
                        "name": visible(finding.name),
                        "fullyQualifiedName": visible(finding.urn),
                        "kind": "resource",
                    }
                ],
            }
        ],
        # The same fault on the same resource stays one alert, wherever its line moves.
        "partialFingerprints": {"plumbline/v1": hashlib.sha256(json.dumps(finding.key).encode()).hexdigest()},
        "properties": {
            "cause": visible(finding.cause),
            "verdict": str(finding.verdict),
            "severity": str(finding.severity),
            "resourceType": kind(finding.type),
        },
    }
    if declared:
        # GitHub shows a related location only where the message links to it.
        result["message"]["text"] += "\ndeclared [here](1)"
        result["relatedLocations"] = [
            {"id": 1, "physicalLocation": declared[0], "message": {"text": "declared here"}}
        ]
    return result


def _places(source: Source | None, files: Files, subject: str) -> Sequence[dict[str, Any]]:
    """Where it is to be mended, and where the resource is declared if that is elsewhere.

    GitHub annotates the first. A component declares the resource for every stack; what is decided for this
    one is decided in its file. Where nobody tells a line, what was judged is all there is to point at.
    """
    if source is None:
        return [{"artifactLocation": _artifact(files.judged(subject))}]
    declared = _line(source.file, source.line)
    decided = source.nearest or source.settings
    if decided is None:
        return [declared]
    file, _, line = decided.rpartition(":")
    return [_line(file, int(line)), declared]


def _line(file: str, line: int) -> dict[str, Any]:
    return {"artifactLocation": _artifact(file), "region": {"startLine": max(1, line)}}


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
