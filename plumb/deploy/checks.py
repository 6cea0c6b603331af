"""What a deploy asks: the rules before, the probes after.

Owns how their answers are summed up for the record. Judges and probes nothing itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plumb.deploy.rollout import Outcome
from plumb.judging import JudgingError, judge
from plumb.subject import SubjectError, subject

if TYPE_CHECKING:
    from policies.report import Report


@dataclass(frozen=True, slots=True)
class StackChecks:
    """The checks of one stack.

    Attributes:
        stack: The stack's name.
    """

    stack: str

    def gate(self) -> Outcome:
        """Judge the stack by the rules, offline."""
        try:
            return _judged(judge(subject(self.stack, None, os.environ), os.environ))
        except (SubjectError, JudgingError) as error:
            return Outcome(passed=False, words=[f"could not judge: {error}"])


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
