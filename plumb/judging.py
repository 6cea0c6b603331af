"""Holding a subject against the rules: contracts, the judge, and what this source cannot tell.

Owns the report of one `plumb check`. Asks nobody: without credentials the answers are in the contract's
externals, and what is neither there nor in the plan stays unproven.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from policies.judge import Judge
from policies.own_contracts import UnusableContractsError, contracts_for
from policies.report import Report
from policies.rules import registered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contracts import Contracts
    from plumb.subject import Subject
    from policies.parity import Beside
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
    judge_ = Judge(registered(), contracts_of(subject, environ))
    findings = judge_.closed(subject.plan, beside)
    return Report(
        subject=subject.name,
        source=subject.source,
        findings=_placed(findings, subject),
        waived=judge_.waived,
        advised=_placed(judge_.advised, subject),
        not_judged=[replace(one, why=f"{one.why} ({_MASKED[subject.source]})") for one in judge_.not_judged],
        # A provider is how a resource is made, and none itself; a state lists it, a preview does not.
        resources=sum(not one.type.startswith("pulumi:providers:") for one in subject.plan),
        rules=len(registered()),
        held_against=() if beside is None else tuple(beside.others),
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


def _placed(findings: Sequence[Finding], subject: Subject) -> Sequence[Finding]:
    """The findings, each with the line of the stack's file that decides its resource."""
    if subject.settings is None or not findings:
        return findings
    from policies.plan.settings_lines import SettingsLines  # noqa: PLC0415 - a clean plan needs no lines

    lines = SettingsLines(subject.settings, subject.settings.name)
    placed = []
    for finding in findings:
        resource, source = subject.plan.get(finding.urn), finding.source
        if resource is not None and source is not None:
            source = replace(source, settings=lines.of(subject.plan, resource))
        placed.append(replace(finding, source=source))
    return placed
