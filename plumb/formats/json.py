"""The report for programs, in the shape that docs/report.schema.json describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumb.formats._words import as_json
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts import Waiver
    from policies.overview import Bar, Served, Topology
    from policies.report import Changes, Report


def render(reports: Sequence[Report]) -> str:
    """One report as JSON; several as `reports`, beside whether anything is refused."""
    if len(reports) == 1:
        return as_json(_report(reports[0]))
    refused = any(one.refused for one in reports)
    return as_json({"refused": refused, "reports": [_report(one) for one in reports]})


def _report(report: Report) -> dict[str, object]:
    overview = report.overview()
    return {
        "subject": report.subject,
        "source": report.source,
        **({"heldAgainst": list(report.held_against)} if report.held_against else {}),
        "findings": [finding.to_json() for finding in report.findings],
        "waived": [
            {"finding": waived.finding.to_json(), "waiver": _waiver(waived.waiver, report)}
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
        "routes": [route for served in overview.services for route in _routes(served)],
        "topology": _topology(overview.topology),
        "capacity": [_bar(bar) for bar in overview.capacity],
        "inventory": list(overview.inventory),
        **({} if report.changes is None else {"changes": _changes(report.changes, report)}),
    }


def _waiver(waiver: Waiver, report: Report) -> dict[str, object]:
    days = report.days_left(waiver)
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
        **({} if days is None else {"daysLeft": days}),
    }


def _routes(served: Served) -> list[dict[str, object]]:
    service = served.resource
    return [
        {
            "service": {"urn": service.urn, "type": service.type, "name": service.name},
            "destination": route.destination,
            "kind": route.kind,
            "verdict": str(route.verdict),
            "hops": list(route.hops),
            "cause": route.cause,
            "message": route.message,
            "fix": route.fix,
            "rule": route.rule,
        }
        for route in served.routes
    ]


def _topology(topology: Topology) -> dict[str, object]:
    return {
        "nodes": [
            {"id": one.id, "kind": one.kind, "name": one.name, "urn": one.urn, "detail": list(one.detail)}
            for one in topology.nodes.values()
        ],
        "edges": [
            {
                "from": one.start,
                "to": one.end,
                "verdict": None if one.verdict is None else str(one.verdict),
                "causes": list(one.causes),
                "routes": one.routes,
            }
            for one in topology.edges.values()
        ],
    }


def _bar(bar: Bar) -> dict[str, object]:
    return {
        "kind": bar.kind,
        "name": bar.name,
        "urn": bar.urn,
        "used": bar.used,
        "limit": bar.limit,
        "total": bar.total,
        "unit": bar.unit,
        "exact": bar.exact,
        "terms": list(bar.terms),
    }


def _changes(changes: Changes, report: Report) -> dict[str, object]:
    new = [finding for finding in report.findings if finding.key in changes.new]
    return {
        "base": changes.base,
        "new": [finding.to_json() for finding in new],
        "fixed": [finding.to_json() for finding in changes.fixed],
        "added": None if changes.added is None else list(changes.added),
        "removed": None if changes.removed is None else list(changes.removed),
    }
