"""The report for programs, in the shape that docs/report.schema.json describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumb.formats._words import as_json
from policies.rules import Verdict

if TYPE_CHECKING:
    from contracts import Waiver
    from policies.report import Report


def render(report: Report) -> str:
    """The report as JSON."""
    shape = {
        "subject": report.subject,
        "source": report.source,
        "findings": [finding.to_json() for finding in report.findings],
        "waived": [
            {"finding": waived.finding.to_json(), "waiver": _waiver(waived.waiver)}
            for waived in report.waived
        ],
        "notJudged": [{"rule": one.rule, "why": one.why} for one in report.not_judged],
        "counts": {
            "refuted": report.count(Verdict.REFUTED),
            "unproven": report.count(Verdict.UNPROVEN),
            "waived": len(report.waived),
            "notJudged": len(report.not_judged),
            "resources": report.resources,
            "rules": report.rules,
        },
    }
    return as_json(shape)


def _waiver(waiver: Waiver) -> dict[str, object]:
    return {
        "rule": waiver.rule,
        "resource": waiver.resource,
        "environment": waiver.environment,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "until": waiver.until.isoformat(),
        "approvedBy": list(waiver.approved_by),
        "source": {"file": waiver.file, "line": waiver.line},
    }
