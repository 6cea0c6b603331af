"""What a verification gives: a service's report, and Google's word on its private routes.

Owns the shape that every way of running it fills in and every format shows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from probes.assignment import HOSTS
from probes.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SERVICES_NONE = "the stack declares no verification job: add plumbline:probes to its file, then pulumi up"


class NotVerifiedError(Exception):
    """Nothing could be verified; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """One service to verify.

    Attributes:
        service: Its key in the stack's file.
        job: The job's full name.
        tests: Full names of its connectivity tests, by destination.
        hosts: Hosts to come by instead of those of the contract; none: the contract's.
    """

    service: str
    job: str
    tests: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)

    @property
    def overrides(self) -> dict[str, str]:
        """Variables of this run of the job."""
        return {HOSTS: json.dumps(dict(self.hosts))} if self.hosts else {}


@dataclass(frozen=True, slots=True)
class Route:
    """Google's own verdict on one private route.

    Attributes:
        to: `cache` or `database`.
        result: Google's word: REACHABLE, UNREACHABLE, AMBIGUOUS, UNDETERMINED.
        causes: Why not, in Google's words; empty when it is reachable.
    """

    to: str
    result: str
    causes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it is reachable."""
        return self.result == "REACHABLE"

    def as_json(self) -> dict[str, Any]:
        """For a report."""
        return {"to": self.to, "result": self.result, "causes": list(self.causes)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one service.

    Attributes:
        service: Its key.
        report: The job's; None when there is none.
        error: Why there is none.
        routes: Google's verdicts; empty in the sandbox, where none are given.
    """

    service: str
    report: Report | None
    error: str = ""
    routes: tuple[Route, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check passed and every route is reachable."""
        return self.report is not None and self.report.passed and all(route.passed for route in self.routes)

    def as_json(self) -> dict[str, Any]:
        """For a report."""
        report = None if self.report is None else self.report.model_dump(mode="json", by_alias=True)
        return {
            "service": self.service,
            "passed": self.passed,
            "error": self.error or None,
            "report": report,
            "routes": [route.as_json() for route in self.routes],
        }


def report_in(lines: Iterable[str]) -> Report | None:
    """The report among the lines that a job printed: the last that is one."""
    for line in reversed(list(lines)):
        if line.lstrip().startswith("{"):
            try:
                return Report.model_validate_json(line)
            except ValidationError:
                continue
    return None


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0 when all passed, 1 when something failed, 2 when a service could not be verified."""
    verdicts = list(verdicts)
    if any(verdict.report is None for verdict in verdicts):
        return 2
    return 0 if all(verdict.passed for verdict in verdicts) else 1
