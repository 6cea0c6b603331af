"""The report for programs, in the shape that docs/report.schema.json describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumb.formats._words import as_json
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts import Waiver
    from policies.report import Report


def render(reports: Sequence[Report]) -> str:
    """One report as JSON; several as `reports`, beside whether anything is refused."""
    if len(reports) == 1:
        return as_json(_report(reports[0]))
    refused = any(one.refused for one in reports)
    return as_json({"refused": refused, "reports": [_report(one) for one in reports]})


def _report(report: Report) -> dict[str, object]:
    return {
        "subject": report.subject,
        "source": report.source,
        **({"heldAgainst": list(report.held_against)} if report.held_against else {}),
        "findings": [finding.to_json() for finding in report.findings],
        "waived": [
            {"finding": waived.finding.to_json(), "waiver": _waiver(waived.waiver)}
            for waived in report.waived
        ],
        "advised": [finding.to_json() for finding in report.advised],
        "notJudged": [{"rule": one.rule, "why": one.why} for one in report.not_judged],
        "counts": {
            "refuted": report.count(Verdict.REFUTED),
            "unproven": report.count(Verdict.UNPROVEN),
            "waived": len(report.waived),
            "advised": len(report.advised),
            "notJudged": len(report.not_judged),
            "resources": report.resources,
            "rules": report.rules,
        },
    }


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
