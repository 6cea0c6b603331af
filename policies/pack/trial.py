"""One run of the pack: the plan as it grows, what has been found, and what the engine has been told.

Owns the order of things: early judgement, the closed world, the list of findings. Knows no gRPC.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.pack.findings import FindingsFile
from policies.plan import Plan
from policies.plan.analyze import ended, seen
from policies.rules import Finding, Judge, registered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pulumi.runtime.proto.analyzer_pb2 import AnalyzeRequest, AnalyzeStackRequest

CONTRACTS: Final = "PLUMB_CONTRACTS"
FINDINGS: Final = "PLUMB_FINDINGS"

# Where the provider looks when the stack's configuration names no project or region
# (https://www.pulumi.com/registry/packages/gcp/installation-configuration/#configuration-options).
_PROJECT: Final = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_REGION: Final = ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION")


class PackError(Exception):
    """Why the pack cannot judge, in words for whoever runs it."""


class Trial:
    """Everything the pack remembers between the engine's calls."""

    def __init__(self, judge: Callable[[], Judge], findings: FindingsFile | None = None) -> None:
        """Takes what gives the judge, which may still be loading, and where findings are written."""
        self._judge = judge
        self._file = findings
        self._findings: dict[tuple[str, ...], Finding] = {}
        self.plan = Plan()
        self._keep({})

    @property
    def findings(self) -> Sequence[Finding]:
        """All that has been found so far, each once."""
        return tuple(self._findings.values())

    def configure(self, config: Mapping[str, str], environ: Mapping[str, str], *, preview: bool) -> None:
        """Takes the stack's configuration: where resources live that do not say it themselves."""
        self.plan = Plan(
            project=config.get("gcp:project") or _first(environ, _PROJECT),
            region=config.get("gcp:region") or _first(environ, _REGION),
            preview=preview,
        )

    def early(self, request: AnalyzeRequest) -> Sequence[Finding]:
        """Judges a resource before it is created: what is certain already."""
        judge = self._judge()
        return self._new(judge.early(self.plan, seen(self.plan, request)))

    def end(self, request: AnalyzeStackRequest) -> Sequence[Finding]:
        """Judges the whole: what the engine has not been told yet."""
        judge = self._judge()
        ended(self.plan, request)
        return self._new(judge.closed(self.plan))

    def _new(self, found: Sequence[Finding]) -> Sequence[Finding]:
        new = {finding.key: finding for finding in found if finding.key not in self._findings}
        if new:
            self._keep({**self._findings, **new})
        return tuple(new.values())

    def _keep(self, findings: dict[tuple[str, ...], Finding]) -> None:
        self._findings = findings
        if self._file is not None:
            self._file.write(tuple(findings.values()))


def load_judge(environ: Mapping[str, str]) -> Judge:
    """All rules, and the contracts that PLUMB_CONTRACTS names; without it, those beside the pack, if any.

    Raises:
        PackError: The contracts cannot be used.
    """
    # Imported here: reading contracts takes longer than all else, and the engine need not wait for it.
    from contracts import ContractError, Contracts, load  # noqa: PLC0415

    named = environ.get(CONTRACTS)
    directory = Path(named) if named else Path(__file__).resolve().parents[2] / "contracts"
    try:
        contracts = load(directory) if named or directory.is_dir() else Contracts()
    except ContractError as error:
        raise PackError(f"the contracts in {directory} cannot be used:\n{error}") from None
    return Judge(registered(), contracts)


def findings_file(environ: Mapping[str, str]) -> FindingsFile | None:
    """The file that PLUMB_FINDINGS names; None without it."""
    named = environ.get(FINDINGS)
    return FindingsFile(Path(os.path.abspath(named))) if named else None  # noqa: PTH100 - links stay links


def _first(environ: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)
