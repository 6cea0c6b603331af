"""What a judgement is compared with: that of the base branch.

Owns reading the base, a report that was made with `--format json` or a plan that is judged now, and telling
what is new, fixed, added and removed. A finding is the same where its key is, whatever its line or words; a
subject is the same where its name is.
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
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

# What tells a report from a plan: no plan has both.
_REPORT: Final = {"findings", "notJudged"}
# Likewise a report of several.
_SEVERAL: Final = {"refused", "reports"}
_ANEW: Final = "plumb check … --format json --output FILE"


@dataclass(frozen=True, slots=True)
class _Base:
    findings: Sequence[Finding]
    inventory: Sequence[str] | None


def compared(reports: Sequence[Report], path: Path, environ: Mapping[str, str]) -> list[Report]:
    """The reports, each with what changed against its own base.

    Args:
        reports: The judgements of one command.
        path: The base: a report as JSON, or what `plumb check` would judge. Several are compared with a
            report of several, subject by subject.
        environ: The environment, which may name contracts: a plan is judged by today's.

    Raises:
        SubjectError: The base is neither, or lacks a subject.
        JudgingError: The contracts cannot be used.
    """
    told = _told(path)
    if isinstance(told, dict) and told.keys() >= _SEVERAL:
        by_subject = _by_subject(told["reports"], path)
    elif len(reports) == 1:
        base = _base(told, path) if _is_report(told) else _judged(path, environ)
        by_subject = {reports[0].subject: base}
    else:
        what = f"a report of {told.get('subject')!r} alone" if _is_report(told) else "one plan"
        raise SubjectError(
            f"--base {path}: {what}, and {len(reports)} subjects are judged; make it on the base branch of "
            f"the same: {_ANEW}"
        )
    missing = [report.subject for report in reports if report.subject not in by_subject]
    if missing:
        raise SubjectError(
            f"--base {path}: a report of {_listed(by_subject)}, and not of {_listed(missing)}; make it on "
            f"the base branch of the same, named alike: {_ANEW}"
        )
    return [_compared(report, by_subject[report.subject], path) for report in reports]


def _compared(report: Report, base: _Base, path: Path) -> Report:
    before = {finding.key for finding in base.findings}
    # What is waived now, or only advised, is not mended.
    now = {finding.key for finding in (*report.findings, *report.advised)}
    now |= {one.key for one in report.waived}
    here = report.overview().inventory
    changes = Changes(
        base=str(path),
        new=frozenset(finding.key for finding in report.findings if finding.key not in before),
        fixed=[finding for finding in base.findings if finding.key not in now],
        added=None if base.inventory is None else sorted(set(here) - set(base.inventory)),
        removed=None if base.inventory is None else sorted(set(base.inventory) - set(here)),
    )
    return replace(report, changes=changes)


def _told(path: Path) -> Any:  # noqa: ANN401 - whatever a file holds
    if not path.is_file():
        raise SubjectError(f"--base {path}: no such file; name a report made with --format json, or a plan")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SubjectError(f"--base {path}: neither a report nor a plan: it is no JSON ({error})") from None


def _is_report(told: Any) -> bool:  # noqa: ANN401 - likewise
    return isinstance(told, dict) and told.keys() >= _REPORT


def _judged(path: Path, environ: Mapping[str, str]) -> _Base:
    judged = judge(subject(str(path), None, environ), environ)
    return _Base(judged.findings, judged.overview().inventory)


def _by_subject(told: Any, path: Path) -> Mapping[str, _Base]:  # noqa: ANN401 - likewise
    if not isinstance(told, list) or not all(map(_is_report, told)):
        raise _no_report(path, TypeError("reports"))
    return {str(one.get("subject")): _base(one, path) for one in told}


def _base(told: Mapping[str, Any], path: Path) -> _Base:
    try:
        return _Base([_finding(one) for one in told["findings"]], told.get("inventory"))
    except (KeyError, TypeError, ValueError) as error:
        raise _no_report(path, error) from None


def _no_report(path: Path, error: Exception) -> SubjectError:
    return SubjectError(
        f"--base {path}: a report, and not one that this version of plumb wrote ({error!r}); make it "
        f"anew on the base branch: {_ANEW}"
    )


def _listed(subjects: Iterable[str]) -> str:
    return ", ".join(map(repr, subjects))


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
