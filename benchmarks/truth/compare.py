"""The rules' word against the packets'.

Owns when the two agree. A route that is proven must be reached, one that is refuted must not. One that nobody
can tell must not be reached either, unless what decides it was hidden from the rules: then it is cautious.
Where the API refuses something, nothing is reached by it, and some rule must have said so.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from benchmarks.truth import stores
from benchmarks.truth.packets import KINDS, attempts
from benchmarks.truth.parts import HOSTS, JOB, SERVICE, SERVICES
from benchmarks.truth.up import PROJECT, bring_up
from contracts import load
from policies.judge import Judge
from policies.routes import routes_of
from policies.rules import World, registered
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.truth.packets import Attempt
    from benchmarks.truth.program import Program
    from benchmarks.truth.up import Up
    from contracts import Contracts
    from policies.plan import Plan, Resource
    from policies.routes import Route
    from sandbox.live.fabric import Fabric

PROVEN: Final = "(proven)"
# What the rules cannot know is the same whether or not packets pass: values of other stacks, and what is
# created without being declared.
CANNOT_TELL: Final = frozenset(
    {
        "DESTINATION_UNKNOWN",
        "EGRESS_UNKNOWN",
        "GOOGLE_MANAGED_SERVICE_NO_PEERING",  # of a network that is not declared
        "HOST_UNKNOWN",
        "NAT_UNKNOWN",
        "NETWORK_UNKNOWN",
        # An address on a network that is peered: what has it, no plan tells.
        "NO_KNOWN_ROUTE_FROM_PEERED_NETWORK_TO_DESTINATION",
        "SUBNET_UNKNOWN",
        "VPC_CONNECTOR_UNKNOWN",
    }
)
Answer = Literal["agree", "cautious", "disagree"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One route: what the rules say of it, and what packets do.

    Attributes:
        seed: Its platform's seed.
        plan: The plan that the rules judged: `preview` or `state`.
        service: The service.
        kind: What it wants to reach.
        verdict: The rules' verdict.
        cause: Its cause; `(proven)` where there is none.
        message: The rules' words.
        reached: Whether packets reached it.
        why: What happened to them.
        answer: Whether the two agree.
    """

    seed: int
    plan: str
    service: str
    kind: str
    verdict: Verdict
    cause: str
    message: str
    reached: bool
    why: str
    answer: Answer


def compare(program: Program, folder: Path, fabric: Fabric) -> Sequence[Compared]:
    """Judges a platform and connects it."""
    up = bring_up(program, folder)
    services = [one.name for one in program.resources if one.type in {SERVICE, JOB}]
    fabric.apply(up.things)
    tried = {(one.service, one.kind, one.name): one for one in attempts(fabric, up, services)}
    found: list[Compared] = []
    for shown, plan in (("preview", up.preview), ("state", up.state)):
        world = World(plan, contracts(), closed=True)
        for resource in plan.of_type((SERVICE, JOB)):
            for kind, name, route in _routes(resource, world):
                attempt = tried.get((resource.name, kind, name))
                found.append(
                    _compared(_Judged(program.seed, up, plan, shown, resource.name), kind, route, attempt)
                )
    return found


@cache
def contracts() -> Contracts:
    """One contract for each service that a platform may have: its database, its cache, two hosts."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "environments.yaml").write_text(f"environments:\n  truth:\n    projects: [{PROJECT}]\n")
        for index in range(SERVICES):
            (folder / f"svc-{index}.yaml").write_text(
                f"service: svc-{index}\n"
                f"env: {{{stores.DB_HOST}: , {stores.DB_PORT}: , "
                f"{stores.CACHE_HOST}: , {stores.CACHE_PORT}: }}\n"
                "destinations:\n"
                f"  database: {{host: {stores.DB_HOST}, port: {stores.DB_PORT}}}\n"
                f"  cache: {{host: {stores.CACHE_HOST}, port: {stores.CACHE_PORT}}}\n"
                f"  internet: [{', '.join(f'{{host: {host}}}' for host in HOSTS)}]\n"
            )
        return load(folder)


def _routes(resource: Resource, world: World) -> Iterator[tuple[str, str, Route]]:
    for kind in KINDS:
        routes = routes_of(resource, world, (kind,))
        if kind == "internet":
            yield from ((kind, route.destination, route) for route in routes)
        elif routes:
            # The contract's comes first; what else the environment refers to is not what is connected.
            yield kind, "", routes[0]


@dataclass(frozen=True, slots=True)
class _Judged:
    """Whose routes are compared, and by which plan."""

    seed: int
    up: Up
    plan: Plan
    shown: str
    service: str


def _compared(judged: _Judged, kind: str, route: Route, attempt: Attempt | None) -> Compared:
    up, plan, shown, service = judged.up, judged.plan, judged.shown, judged.service
    reached = attempt is not None and attempt.reached
    why = attempt.why if attempt is not None else f"the API refused: {up.refused.get(service, 'another')}"
    cause = route.cause or PROVEN
    if route.verdict is Verdict.PROVEN:
        answer: Answer = "agree" if reached else "disagree"
        if not reached and up.refused and _said_of_refused(plan, up):
            answer, cause = "agree", "(refused by another rule)"
        elif not reached and shown == "preview" and _said_in_update(up.state, service, kind):
            answer, cause = "agree", "(refused in the update)"
    elif route.verdict is Verdict.REFUTED:
        answer = "disagree" if reached and not _names_refused(route, up) else "agree"
    elif reached:
        answer = "cautious" if shown == "preview" or cause in CANNOT_TELL else "disagree"
    else:
        answer = "agree"
    return Compared(
        judged.seed,
        shown,
        service,
        f"{kind} {attempt.name}".strip() if attempt is not None else kind,
        route.verdict,
        cause,
        route.message,
        reached,
        why,
        answer,
    )


def _names_refused(route: Route, up: Up) -> bool:
    """Whether a route is refuted for what the API does not take either: then the packets never meet it."""
    return _names(route.message, _refused(up))


def _said_of_refused(plan: Plan, up: Up) -> bool:
    """Whether a rule says something of what the API refused for itself."""
    refused = _refused(up)
    findings = Judge(registered(), contracts()).closed(plan)
    return any(one.name in refused or _names(one.message, refused) for one in findings)


def _refused(up: Up) -> set[str]:
    """What the API refused for itself, not for want of something else."""
    return {name for name, why in up.refused.items() if not why.startswith("needs ")}


def _names(message: str, names: set[str]) -> bool:
    return bool(names & set(message.replace(",", " ").replace(":", " ").split()))


def _said_in_update(plan: Plan, service: str, kind: str) -> bool:
    """Whether a rule says, once a host is known, that it is none, or one of the other kind.

    A preview cannot know which output of which instance an unknown value is: it takes the one that fits.
    """
    findings = Judge(registered(), contracts()).closed(plan)
    said = {(one.rule, one.cause) for one in findings if one.name == service}
    return ("route-" + kind, "DESTINATION_WRONG_KIND") in said or "env-required" in {rule for rule, _ in said}
