"""`python -m benchmarks truth`: random platforms against packets, and the table of how they agree.

Owns the run and what it prints. It exits with 1 on any disagreement, and names the platform's own seed.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.truth.compare import PROVEN
from benchmarks.truth.worker import run
from policies.verdict import Verdict
from sandbox.live import universe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.truth.compare import Compared

app = typer.Typer(add_completion=False)
console = Console(width=110)
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
    "SUBNET_WRONG_REGION",
    "VPC_CONNECTOR_NOT_SET",
    "VPC_CONNECTOR_UNKNOWN",
    "VPC_CONNECTOR_WANTS_SUBNET",
    "VPC_CONNECTOR_WRONG_REGION",
)
"""The causes that random platforms bring up: all that the rules give for a route, but for `NOT_TRIED`."""
NOT_TRIED: Final = {
    "CLOUD_SQL_DOCKER_RANGE": "the live sandbox's databases run in no container",
    "CLOUD_SQL_INSTANCE_NOT_RUNNING": "the live sandbox stops no instance for its activation policy",
    "DESTINATION_READ_ONLY": "the live sandbox has no replicas: nothing there is written twice",
    "DNS_ZONE_NOT_VISIBLE": "names of private zones are not resolved in the live sandbox",
    "NO_KNOWN_ROUTE_FROM_PEERED_NETWORK_TO_DESTINATION": "of a peering one side may be another stack's",
    "POLICY_BASED_ROUTE": "policy-based routes are not wired",
    "PRIVATE_SERVICES_RANGE_TOO_SMALL": "the sandbox gives addresses of a range, not blocks",
    "PSC_CONNECTION_NOT_ACCEPTED": "endpoints of Private Service Connect are not wired",
    "PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK": "endpoints of Private Service Connect are not wired",
    "REDIS_CLUSTER_UNSUPPORTED_PORT": "clusters are not wired",
}
"""Causes that no platform is made for, and why."""
SPREAD: Final = 100_000
OFTEN: Final = 10
"""How often each cause must come up, for a run to say something of it."""


@app.command()
def truth(
    platforms: Annotated[int, typer.Option(help="How many.")] = 300,
    seed: Annotated[int, typer.Option(help="Where the platforms' own seeds begin.")] = 1,
    only: Annotated[int | None, typer.Option(help="One platform, by its own seed.")] = None,
) -> None:
    """Judge random platforms by the rules for routes, connect them with packets, and compare."""
    reason = universe.why_not()
    if reason is not None:
        console.print(reason, soft_wrap=True)
        raise typer.Exit(2)
    seeds = [seed * SPREAD + each for each in range(platforms)] if only is None else [only]
    began = time.monotonic()
    found = run(seeds)
    seconds = time.monotonic() - began
    console.print(_table(found))
    for one in found:
        if one.answer == "disagree":
            console.print(told(one), soft_wrap=True, markup=False)
    reached = 100 * sum(one.reached for one in found) / max(1, len(found))
    answers = Counter(one.answer for one in found)
    counted = Counter(one.cause for one in found)
    few = [f"{cause} {counted[cause]}" for cause in CAUSES if counted[cause] < OFTEN]
    if only is None and few:
        console.print(f"fewer than {OFTEN} times: {', '.join(few)}", soft_wrap=True)
    console.print(
        f"{len(seeds)} platforms, seed {seed}: {len(found)} routes, {reached:.0f} % reached; "
        f"{answers['agree']} agree, {answers['cautious']} cautious, {answers['disagree']} disagree; "
        f"{seconds:.0f} s, {seconds / len(seeds):.2f} s a platform",
        soft_wrap=True,
    )
    raise typer.Exit(1 if answers["disagree"] else 0)


def told(one: Compared) -> str:
    """A disagreement in words, and what repeats it."""
    return (
        f"disagreement (again with --only {one.seed}): {one.service} to its {one.kind}, by the plan of the "
        f"{one.plan}: the rules say {one.verdict.value}, {one.cause}: {one.message}; packets: {one.why}"
    )


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
