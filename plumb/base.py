"""What a judgement is compared with: that of the base branch.

Owns reading the base, a report that was made with `--format json` or a plan that is judged now, and telling
what is new, fixed, added and removed. A finding is the same where its key is, whatever its line or words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from plumb.judging import judge
from plumb.subject import SubjectError, subject
from policies.plan import Source
from policies.report import Changes, Report
from policies.rules import Finding, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What tells a report from a plan: no plan has both.
_REPORT: Final = {"findings", "notJudged"}


@dataclass(frozen=True, slots=True)
class _Base:
    findings: Sequence[Finding]
    inventory: Sequence[str] | None


def compared(report: Report, path: Path, environ: Mapping[str, str]) -> Report:
    """The report with what changed against a base.

    Args:
        report: The judgement.
        path: The base: a report as JSON, or what `plumb check` would judge.
        environ: The environment, which may name contracts: a plan is judged by today's.

    Raises:
        SubjectError: The base is neither.
        JudgingError: The contracts cannot be used.
    """
    base = _read(path, environ)
    before = {finding.key for finding in base.findings}
    # What is waived now is not mended.
    now = {finding.key for finding in report.findings} | {one.key for one in report.waived}
    here = report.overview().inventory
    changes = Changes(
        base=str(path),
        new=frozenset(finding.key for finding in report.findings if finding.key not in before),
        fixed=[finding for finding in base.findings if finding.key not in now],
        added=None if base.inventory is None else sorted(set(here) - set(base.inventory)),
        removed=None if base.inventory is None else sorted(set(base.inventory) - set(here)),
    )
    return replace(report, changes=changes)


def _read(path: Path, environ: Mapping[str, str]) -> _Base:
    if not path.is_file():
        raise SubjectError(f"--base {path}: no such file; name a report made with --format json, or a plan")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SubjectError(f"--base {path}: neither a report nor a plan: it is no JSON ({error})") from None
    if not isinstance(told, dict) or not told.keys() >= _REPORT:
        judged = judge(subject(str(path), None, environ), environ)
        return _Base(judged.findings, judged.overview().inventory)
    try:
        return _Base([_finding(one) for one in told["findings"]], told.get("inventory"))
    except (KeyError, TypeError, ValueError) as error:
        raise SubjectError(
            f"--base {path}: a report, and not one that this version of plumb wrote ({error!r}); make it "
            "anew on the base branch: plumb check --format json --output FILE"
        ) from None


def _finding(told: Mapping[str, Any]) -> Finding:
    resource, source = told["resource"], told["source"]
    return Finding(
        rule=str(told["rule"]),
        severity=Severity(told["severity"]),
        verdict=Verdict(told["verdict"]),
        cause=str(told["cause"]),
        urn=str(resource["urn"]),
        type=str(resource["type"]),
        name=str(resource["name"]),
        message=str(told["message"]),
        why="",
        fix=str(told["fix"]),
        path=tuple(map(str, told["path"])),
        source=None if source is None else Source(source["file"], source["line"], source.get("settings")),
    )
