"""One run of the pack: the plan as it grows, what has been found, and what the engine has been told.

Owns the order of things: early judgement, the closed world, the list of findings. Knows no gRPC.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.judge import Judge
from policies.lookups import Answers
from policies.own_contracts import UnusableContractsError, contracts_for
from policies.pack.clouds import SANDBOX, UNPROTECTED, cloud
from policies.pack.findings import FindingsFile
from policies.plan import Plan
from policies.plan.analyze import ended, seen
from policies.plan.place import placed
from policies.rules import Finding, registered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pulumi.runtime.proto.analyzer_pb2 import AnalyzeRequest, AnalyzeStackRequest

    from policies.report import Waived

FINDINGS: Final = "PLUMB_FINDINGS"


class PackError(Exception):
    """Why the pack cannot judge, in words for whoever runs it."""


class Trial:
    """Everything the pack remembers between the engine's calls."""

    def __init__(self, judge: Callable[[], Judge], findings: FindingsFile | None = None) -> None:
        """Takes what gives the judge, which may still be loading, and where findings are written."""
        self._judge = judge
        self._file = findings
        self._findings: dict[tuple[str, ...], Finding | Waived] = {}
        self.plan = Plan()
        self._keep({})

    def configure(self, config: Mapping[str, str], environ: Mapping[str, str], *, preview: bool) -> None:
        """Takes the stack's configuration: where resources live that do not say it themselves."""
        self.plan = placed(config, environ, preview=preview)

    def early(self, request: AnalyzeRequest) -> Sequence[Finding | Waived]:
        """Judges a resource before it is created: what is certain already, and what of it is waived."""
        judge = self._judge()
        return self._new(judge.early(self.plan, seen(self.plan, request)), judge)

    def end(self, request: AnalyzeStackRequest) -> Sequence[Finding | Waived]:
        """Judges the whole: what the engine has not been told yet."""
        judge = self._judge()
        ended(self.plan, request)
        return self._new(judge.closed(self.plan), judge)

    def _new(self, found: Sequence[Finding], judge: Judge) -> Sequence[Finding | Waived]:
        told: list[Finding | Waived] = [*found, *judge.waived, *judge.advised]
        new = {one.key: one for one in told if one.key not in self._findings}
        if new:
            self._keep({**self._findings, **new})
        return tuple(new.values())

    def _keep(self, findings: dict[tuple[str, ...], Finding | Waived]) -> None:
        self._findings = findings
        if self._file is not None:
            self._file.write(tuple(findings.values()))


def load_judge(environ: Mapping[str, str]) -> Judge:
    """All rules, and the contracts that PLUMB_CONTRACTS names; without it, those beside the pack, if any.

    Raises:
        PackError: The contracts cannot be used.
    """
    try:
        contracts = contracts_for(environ)
    except UnusableContractsError as error:
        raise PackError(str(error)) from None
    # Only beside a sandbox's cloud: against Google's, a teardown wants a waiver that two people sign.
    torn_down = bool(environ.get(SANDBOX) and environ.get(UNPROTECTED))
    return Judge(registered(), contracts, lookups=Answers(cloud(environ)), torn_down=torn_down)


def findings_file(environ: Mapping[str, str]) -> FindingsFile | None:
    """The file that PLUMB_FINDINGS names; None without it."""
    named = environ.get(FINDINGS)
    return FindingsFile(Path(os.path.abspath(named))) if named else None  # noqa: PTH100 - links stay links
