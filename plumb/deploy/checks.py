"""What a deploy asks: the rules before, the probes after.

Owns how their answers are summed up for the record. Judges and probes nothing itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plumb.deploy.outcome import Outcome
from plumb.judging import JudgingError, judge
from plumb.subject import SubjectError, deployed
from plumb.verify import way
from plumb.verifying.targets import targets
from plumb.verifying.verdict import NotVerifiedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plumb.verifying.verdict import Verdict
    from policies.report import Report


@dataclass(frozen=True, slots=True)
class StackChecks:
    """The checks of one stack.

    Attributes:
        stack: The stack's name.
        settings: Its file, where it is not the one beside the program.
    """

    stack: str
    settings: Path | None = None

    def gate(self) -> Outcome:
        """Judge the stack by the rules, offline."""
        try:
            return _judged(judge(deployed(self.stack, os.environ, self.settings), os.environ))
        except (SubjectError, JudgingError) as error:
            return Outcome(passed=False, words=[f"could not judge: {error}"])

    def probe(self, *, candidate: bool) -> Outcome:
        """Ask the deployed services; through the candidate hosts where `candidate`."""
        try:
            verdicts = way(self.stack)(targets(self.stack, candidate=candidate), lambda _: None)
        except NotVerifiedError as error:
            return Outcome(passed=False, words=[f"could not verify: {error}"])
        return Outcome(
            passed=all(verdict.passed for verdict in verdicts),
            words=[words for verdict in verdicts if not verdict.passed for words in _words(verdict)],
            facts={"services": [_kept(verdict) for verdict in verdicts]},
        )


def _words(verdict: Verdict) -> Iterator[str]:
    """What stands against a service: the causes that fit, else what failed."""
    if verdict.report is None:
        yield f"{verdict.service}: {verdict.error}"
        return
    for cause in verdict.report.causes:
        rule = f" (rule {cause.rule})" if cause.rule else ""
        yield f"{verdict.service}: {cause.cause}{rule}: {cause.says}\n  fix: {cause.fix}"
    for route in verdict.routes:
        if not route.passed:
            causes = ", ".join(route.causes)
            yield f"{verdict.service}: Google on its route to {route.to}: {route.result} {causes}"
    failed = [check for check in verdict.report.checks if check.status == "failed"]
    if failed and not verdict.report.causes:
        yield f"{verdict.service}: {'; '.join(f'{check.name}: {check.reason}' for check in failed)}"


def _kept(verdict: Verdict) -> dict[str, Any]:
    """What the record keeps of a service; the probes have scrubbed all words of values."""
    report = verdict.report
    checks = () if report is None else report.checks
    return {
        "service": verdict.service,
        "passed": verdict.passed,
        "error": verdict.error,
        "causes": [] if report is None else [cause.cause for cause in report.causes],
        "failed": {check.name: check.reason for check in checks if check.status == "failed"},
    }


def _judged(report: Report) -> Outcome:
    return Outcome(
        passed=not report.refused,
        words=[
            f"{finding.rule}  {finding.name}: {finding.message}\n  fix: {finding.fix}"
            for finding in report.findings
        ],
        facts={
            "findings": [[finding.rule, finding.urn, finding.cause] for finding in report.findings],
            "waivers": [
                [waived.finding.rule, waived.finding.urn, waived.waiver.owner] for waived in report.waived
            ],
            "resources": report.resources,
        },
    )
