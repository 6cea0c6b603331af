"""How many addresses the services in one subnet take by Direct VPC egress.

https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#ip-address-allocation
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from catalog.direct_egress import addresses_needed
from catalog.pools import CANDIDATE_INSTANCES
from policies.plan.values import UNKNOWN, Unknown, text
from policies.plan.workloads import JOB, WORKLOADS, shown_name
from policies.routes.ways import way_of
from policies.sizing.demand import max_instances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policies.plan import Plan, Resource
    from policies.routes.ways import Way
    from policies.rules.registry import World


@dataclass(frozen=True, slots=True)
class Needs:
    """What some services take at full scale, a candidate revision included.

    Attributes:
        addresses: Addresses, at least.
        exact: Whether that is all: False while the most instances of one are not known.
        terms: The sum, in words.
    """

    addresses: int
    exact: bool
    terms: str


_tables: WeakKeyDictionary[Plan, tuple[int, Mapping[str, Sequence[Resource]]]] = WeakKeyDictionary()


def crowd_of(world: World, resource: Resource, way: Way) -> Sequence[Resource]:
    """The workloads that share a way's subnet, in the order they came; before the plan is whole, itself."""
    if not world.closed:
        return [resource]
    return crowds(world).get(_key(way), ())


def crowds(world: World) -> Mapping[str, Sequence[Resource]]:
    """The workloads of a whole plan by the subnet in which they go out by Direct VPC egress."""
    plan = world.plan
    known = _tables.get(plan)
    if known is None or known[0] != len(plan.arrived):
        found: dict[str, list[Resource]] = {}
        for one in plan.of_type(WORKLOADS):
            own = way_of(one, world)
            if own.kind == "direct":
                found.setdefault(_key(own), []).append(one)
        known = (len(plan.arrived), found)
        _tables[plan] = known
    return known[1]


def _key(way: Way) -> str:
    return way.subnet.urn if way.subnet is not None else f"{way.region}/{way.subnet_name}"


def needs_of(crowd: Sequence[Resource]) -> Needs:
    """What these workloads take together."""
    most = {shown_name(one): _instances(one) for one in crowd}
    known = {name: 1 if isinstance(number, Unknown) else number for name, number in most.items()}
    return Needs(
        addresses_needed(known.values()),
        UNKNOWN not in most.values(),
        ", ".join(f"{name} {number}" for name, number in known.items()),
    )


def _instances(workload: Resource) -> int | Unknown:
    if workload.type == JOB:
        for key in ("parallelism", "taskCount"):
            spelled = text(workload.at("template", key))
            if isinstance(spelled, Unknown):
                return spelled
            if spelled is not None and spelled.isdigit() and int(spelled) > 0:
                return int(spelled)
        return 1
    most = max_instances(workload)
    return most if isinstance(most, Unknown) or most == 0 else most + CANDIDATE_INSTANCES
