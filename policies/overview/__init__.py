"""What a plan is beside its findings: every route with its proof, the topology they make, and what is left.

Owns the one model that all formats show. Built from the very functions that rules judge with, so that a
picture never says otherwise than a finding. Judges nothing, draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from policies.overview.capacity import Bar, capacity_of
from policies.overview.topology import Edge, Node, Served, Topology, topology_of
from policies.plan.workloads import WORKLOADS
from policies.routes import explain
from policies.rules.registry import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from contracts import Contracts
    from policies.plan import Plan

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

__all__ = ["Bar", "Edge", "Node", "Overview", "Served", "Topology", "overview_of"]


@dataclass(frozen=True, slots=True)
class Overview:
    """What a plan is.

    Attributes:
        services: Every workload with its routes, in the order of the plan.
        topology: What the routes pass, as a graph.
        capacity: What is asked of what there is.
        inventory: The URNs of all resources, in order.
    """

    services: Sequence[Served] = ()
    topology: Topology = field(default_factory=Topology)
    capacity: Sequence[Bar] = ()
    inventory: Sequence[str] = ()


def overview_of(plan: Plan, contracts: Contracts) -> Overview:
    """What a whole plan is.

    Args:
        plan: The plan.
        contracts: Those by which it was judged.
    """
    world = World(plan, contracts, closed=True)
    services = [Served(one, _safe(explain, one, world) or ()) for one in plan.of_type(WORKLOADS)]
    return Overview(
        services,
        _safe(topology_of, world, services) or Topology(),
        _safe(capacity_of, world) or (),
        sorted(one.urn for one in plan if not one.type.startswith("pulumi:providers:")),
    )


def _safe(ask: Callable[Asked, Answer], *arguments: Asked.args, **named: Asked.kwargs) -> Answer | None:
    """The answer; nothing where it cannot be worked out: the rule that failed over the same says so."""
    try:
        return ask(*arguments, **named)
    except Exception:  # noqa: BLE001 - a report without a picture is still a report
        return None
