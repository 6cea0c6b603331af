"""`python -m benchmarks truth`: random platforms against packets, and the table of how they agree.

Owns the run and what it prints. It exits with 1 on any disagreement, and names the platform's own seed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.truth.compare import PROVEN, Compared, compare
from benchmarks.truth.generate import platform
from policies.verdict import Verdict
from sandbox.live import universe
from sandbox.live.fabric import Fabric

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

app = typer.Typer(add_completion=False)
console = Console(width=110)
ROOT: Final = Path(__file__).resolve().parent.parent.parent
CAUSES: Final = (
    "ADDRESS_UNKNOWN",
    "CLOUD_NAT_NO_ADDRESSES",
    "CLOUD_SQL_CONNECTOR_REQUIRED",
    "CLOUD_SQL_INSTANCE_NO_IP_ADDRESS",
    "CLOUD_SQL_INSTANCE_NO_ROUTE",
    "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    "CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT",
    "CLOUD_SQL_SOCKET_NOT_MOUNTED",
    "DESTINATION_UNKNOWN",
    "DESTINATION_WRONG_KIND",
    "EGRESS_UNKNOWN",
    "ENV_MISSING",
    "FIREWALL_RULE",
    "GOOGLE_MANAGED_SERVICE_NO_PEERING",
    "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
    "HOST_UNKNOWN",
    "NAT_UNKNOWN",
    "NETWORK_UNKNOWN",
    "NO_ROUTE",
    "REDIS_INSTANCE_CONNECTING_FROM_PUPI_ADDRESS",
    "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK",
    "REDIS_INSTANCE_UNSUPPORTED_PORT",
    "REDIS_INSTANCE_WRONG_REGION",
    "ROUTE_WRONG_NETWORK",
    "SUBNET_UNKNOWN",
    "VPC_CONNECTOR_NOT_SET",
    "VPC_CONNECTOR_UNKNOWN",
    "VPC_CONNECTOR_WRONG_REGION",
)
"""Every cause that the rules give for a route."""
SPREAD: Final = 100_000


@app.command()
def truth(
    platforms: Annotated[int, typer.Option(help="How many.")] = 300,
    seed: Annotated[int, typer.Option(help="Where the platforms' own seeds begin.")] = 1,
    only: Annotated[int | None, typer.Option(help="One platform, by its own seed.")] = None,
) -> None:
    """Judge random platforms by the rules for routes, connect them with packets, and compare."""
    if universe.inside():
        raise typer.Exit(
            _run([only] if only is not None else [seed * SPREAD + each for each in range(platforms)], seed)
        )
    reason = universe.why_not()
    if reason is not None:
        console.print(reason)
        raise typer.Exit(2)
    again = [sys.executable, "-m", "benchmarks", "truth", "--platforms", str(platforms), "--seed", str(seed)]
    again += [] if only is None else ["--only", str(only)]
    raise typer.Exit(subprocess.run(universe.command(again), cwd=ROOT, check=False).returncode)  # noqa: S603 - itself


def run(seeds: Iterable[int]) -> Sequence[Compared]:
    """Compares the platforms of some seeds, one after the other. Inside a universe."""
    fabric, found = Fabric(prompt=True), []
    folder = universe.DATA / "truth"
    folder.mkdir(exist_ok=True)
    for each in seeds:
        found += compare(platform(each), folder, fabric)
    fabric.clear()
    return found


def _run(seeds: Sequence[int], seed: int) -> int:
    began = time.monotonic()
    found = run(seeds)
    seconds = time.monotonic() - began
    console.print(_table(found))
    for one in (each for each in found if each.answer == "disagree"):
        console.print(
            f"[red]disagreement[/red]: platform {one.seed}, {one.plan}, {one.service} to its {one.kind}: the rules "
            f"say {one.verdict.name.lower()} ({one.cause}): {one.message}; packets: {one.why}",
            soft_wrap=True,
        )
    reached = sum(one.reached for one in found)
    answers = Counter(one.answer for one in found)
    console.print(
        f"{len(seeds)} platforms, seed {seed}: {len(found)} routes, {100 * reached / max(1, len(found)):.0f} % reached, "
        f"{answers['agree']} agree, {answers['cautious']} cautious, {answers['disagree']} disagree; "
        f"{seconds:.1f} s, {seconds / max(1, len(seeds)):.2f} s a platform"
    )
    return 1 if answers["disagree"] else 0


def _table(found: Sequence[Compared]) -> Table:
    table = Table("cause", "routes", "refuted", "unproven", "reached", "agree", "cautious", "disagree")
    for cause in sorted({PROVEN, *CAUSES, *(one.cause for one in found)}):
        of = [one for one in found if one.cause == cause]
        answers = Counter(one.answer for one in of)
        verdicts = Counter(one.verdict for one in of)
        numbers = (
            len(of),
            verdicts[Verdict.REFUTED],
            verdicts[Verdict.UNPROVEN],
            sum(one.reached for one in of),
            *(answers[answer] for answer in ("agree", "cautious", "disagree")),
        )
        table.add_row(cause, *map(str, numbers))
    return table
