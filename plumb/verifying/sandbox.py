"""Verification in the live sandbox: each job is a process at its service's place.

Owns running them side by side. The sandbox gives no verdict of Google's on a route.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from plumb.verifying.verdict import NotVerifiedError, Verdict, report_in
from sandbox.live.client import Live, LiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from plumb.verifying.verdict import Target

MOST_WORDS = 5


class Runner(Protocol):
    """What runs a job: `sandbox.live.client.Live`, or what a test puts in its place."""

    def run_job(
        self,
        job: str,
        *,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
        on_log: Callable[[str], None],
    ) -> int:
        """Run it once; its exit status."""


def connect(state: Path, stack: str) -> Live:
    """The live sandbox of a state folder.

    Raises:
        NotVerifiedError: None runs.
    """
    live = Live.connect(state)
    if live is None:
        raise NotVerifiedError(
            f"no live sandbox runs for {state}: without one the sandbox has no servers to ask\n"
            f"  fix: bin/sandbox --live pulumi up --stack {stack} --yes"
        )
    return live


def verify(live: Runner, targets: Sequence[Target], done: Callable[[Verdict], None]) -> Sequence[Verdict]:
    """Runs every job at once.

    Args:
        live: The live sandbox.
        targets: The jobs.
        done: Told of each as it ends.
    """

    def one(target: Target) -> Verdict:
        verdict = _verify(live, target)
        done(verdict)
        return verdict

    with ThreadPoolExecutor(max_workers=max(1, len(targets))) as pool:
        return list(pool.map(one, targets))


def _verify(live: Runner, target: Target) -> Verdict:
    lines: list[str] = []
    logs: list[str] = []
    try:
        status = live.run_job(target.job, env=target.overrides, on_line=lines.append, on_log=logs.append)
    except LiveError as error:
        return Verdict(target.service, None, str(error))
    report = report_in(lines)
    if report is not None:
        return Verdict(target.service, report)
    said = "\n".join(logs[-MOST_WORDS:]) or "it printed nothing"
    return Verdict(target.service, None, f"the job ended with status {status} and without a report: {said}")
