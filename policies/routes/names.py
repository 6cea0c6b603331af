"""Host names that the plan itself gives: records of Cloud DNS, in zones that answer on a network or do not.

Owns how a name leads to addresses, or to what their unknown addresses come from. A service looks names up as
its network does: https://cloud.google.com/vpc/docs/serverless-vpc-access
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.plan.values import UNKNOWN, Unknown, elements, text
from policies.routes.google_apis import RECORDS, ZONE, sees

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.routes.networks import Net
    from policies.rules.registry import World


@dataclass(frozen=True, slots=True)
class Record:
    """What a name leads to.

    Attributes:
        zone: The zone that holds it; None where the plan does not declare it.
        seen: Whether the zone answers on the network.
        addresses: Its addresses, where they are known.
        sources: What they come from, where they are not.
    """

    zone: Resource | None
    seen: bool | Unknown
    addresses: Sequence[str]
    sources: Sequence[Resource]


def record_of(world: World, host: str, net: Net | None) -> Record | None:
    """The record of a name, as it is looked up on a network: that of a zone which answers there first."""
    found = [_read(world, one, net) for one in world.plan.index((RECORDS,), _by_host).get(_bare(host))]
    return next((one for one in found if one.seen is not False), next(iter(found), None))


def _read(world: World, record: Resource, net: Net | None) -> Record:
    zone = world.plan.refers(ZONE, record, "managedZone")
    known = zone if zone is not None and not isinstance(zone, Unknown) else None
    listed = elements(record.at("rrdatas"))
    values = [UNKNOWN] if isinstance(listed, Unknown) else [text(one) for one in listed]
    sources = [world.plan.get(urn) for urn in record.property_dependencies.get("rrdatas", ())]
    return Record(
        zone=known,
        seen=UNKNOWN if known is None or net is None else sees(world, known, net),
        addresses=[one for one in values if isinstance(one, str)],
        sources=[one for one in sources if one is not None] if UNKNOWN in values else [],
    )


def _by_host(_plan: Plan, record: Resource) -> Iterator[Key]:
    name = text(record.at("name"))
    if isinstance(name, str) and text(record.at("type")) in ("A", UNKNOWN, None):
        yield _bare(name)


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
