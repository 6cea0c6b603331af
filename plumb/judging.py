"""Holding a subject against the rules: contracts, the judge, and what this source cannot tell.

Owns the report of one `plumb check`. Asks nobody: without credentials the answers are in the contract's
externals, and what is neither there nor in the plan stays unproven.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from policies.judge import Judge
from policies.own_contracts import UnusableContractsError, contracts_folder, contracts_for
from policies.report import Origin, Report
from policies.rules import registered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from contracts import Contracts
    from plumb.subject import Subject
    from policies.overview import Overview
    from policies.parity import Beside
    from policies.plan.settings_lines import SettingsLines
    from policies.rules import Finding


class JudgingError(Exception):
    """Why nothing can be judged, in words for the user."""


def judge(subject: Subject, environ: Mapping[str, str], beside: Beside | None = None) -> Report:
    """Judges a subject.

    Args:
        subject: What is judged.
        environ: The environment, which may name contracts.
        beside: The stacks of the other environment, where they are judged together with this one.

    Raises:
        JudgingError: The contracts cannot be used.
    """
    contracts, now = contracts_of(subject, environ), datetime.now(UTC)
    judge_ = Judge(registered(), contracts, now=now)
    findings, placed = judge_.closed(subject.plan, beside), _placing(subject)

    @cache
    def look() -> Overview:
        from policies.overview import overview_of  # noqa: PLC0415 - few formats show it

        return overview_of(subject.plan, contracts)

    return Report(
        subject=subject.name,
        source=subject.source,
        findings=[placed(one) for one in findings],
        waived=[replace(one, finding=placed(one.finding)) for one in judge_.waived],
        advised=[placed(one) for one in judge_.advised],
        not_judged=[replace(one, why=f"{one.why} ({_MASKED[subject.source]})") for one in judge_.not_judged],
        # A provider is how a resource is made, and none itself; a state lists it, a preview does not.
        resources=sum(not one.type.startswith("pulumi:providers:") for one in subject.plan),
        rules=len(registered()),
        held_against=() if beside is None else tuple(beside.others),
        look=look,
        at=now,
        origin=Origin(
            folders=subject.folders,
            file=subject.settings or subject.file,
            contracts=contracts_folder(environ, (subject.folder,)),
        ),
    )


_MASKED: Final = {
    "program": "the value is encrypted in the stack's file",
    "preview": "the value is masked in the preview",
    "state": "the value is encrypted in the state",
}


def contracts_of(subject: Subject, environ: Mapping[str, str]) -> Contracts:
    """The contracts that a subject is held to (see `contracts_for`).

    Raises:
        JudgingError: They cannot be used.
    """
    try:
        return contracts_for(environ, subject.folder)
    except UnusableContractsError as error:
        raise JudgingError(str(error)) from None


def _placing(subject: Subject) -> Callable[[Finding], Finding]:
    """What gives a finding the lines of the stack's file: its resource's, and the nearest to its fault."""

    @cache
    def lines(settings: Path) -> SettingsLines:
        from policies.plan.settings_lines import SettingsLines  # noqa: PLC0415 - a clean plan needs no lines

        return SettingsLines(settings, settings.name)

    def placed(finding: Finding) -> Finding:
        resource, source = subject.plan.get(finding.urn), finding.source
        if subject.settings is None or resource is None or source is None:
            return finding
        known = lines(subject.settings)
        source = replace(
            source,
            settings=known.of(subject.plan, resource),
            nearest=known.nearest(subject.plan, resource, finding.rule, finding.path),
        )
        return replace(finding, source=source)

    return placed
