"""What stands at the head of the page, of one report or of all: the outcome in a sentence and in numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from plumb.formats._words import as_many
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.report import Report


def lead(reports: Sequence[Report]) -> str:
    """The outcome in a sentence."""
    findings = [finding for report in reports for finding in report.findings]
    if not findings:
        proven = _verdicts(reports)[Verdict.PROVEN]
        return "Nothing stands in the way." + (f" {as_many(proven, 'route')} proven." if proven else "")
    resources = len({finding.urn for finding in findings})
    faults = as_many(len(findings), "fault")
    verb = "stands" if len(findings) == 1 else "stand"
    refused = sum(report.refused for report in reports)
    where = f", in {refused} of {len(reports)}" if len(reports) > 1 else ""
    return f"{faults} of {as_many(resources, 'resource')} {verb} in the way of this deploy{where}."


def _verdicts(reports: Sequence[Report]) -> Counter[Verdict]:
    return Counter(
        route.verdict
        for report in reports
        for served in report.overview().services
        for route in served.routes
    )


def tiles(reports: Sequence[Report]) -> Sequence[tuple[str, str, str]]:
    """Number, what it counts, and its colour."""
    refuted, unproven = (sum(r.count(one) for r in reports) for one in (Verdict.REFUTED, Verdict.UNPROVEN))
    routes, services = _verdicts(reports), sum(len(report.overview().services) for report in reports)
    resources, rules = sum(report.resources for report in reports), max(report.rules for report in reports)
    shown = [
        (f"{refuted:,}", "refuted", "refuted" if refuted else ""),
        (f"{unproven:,}", "unproven", "unproven" if unproven else ""),
        (f"{sum(len(report.waived) for report in reports):,}", "waived", ""),
    ]
    advised = sum(len(report.advised) for report in reports)
    if advised:
        shown.append((f"{advised:,}", "advised", ""))
    if routes:
        good, all_ = routes[Verdict.PROVEN], routes.total()
        colour = "proven" if good == all_ else ""
        shown.append((f"{good:,}/{all_:,}", "routes proven", colour))
    if services:
        shown.append((f"{services:,}", "service" if services == 1 else "services", ""))
    return [
        *shown,
        (f"{resources:,}", "resource" if resources == 1 else "resources", ""),
        (f"{rules:,}", "rule" if rules == 1 else "rules", ""),
    ]
