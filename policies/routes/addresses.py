"""Every address that something in the plan has.

Owns where addresses stand among outputs. Asked only for an address that is no cache's and no database's, so
that outputs are read in full only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Final

from policies.plan.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.plan.values import Value

# How outputs that are a resource's own address are called. A route's next hop or a record of DNS is none.
_KEYS: Final = ("address", "addresses", "host", "endpoint", "ip", "networkip", "internalip", "privateip")
# These repeat what others have.
_REPEAT: Final = frozenset({*WORKLOADS, "gcp:compute/route:Route", "gcp:dns/recordSet:RecordSet"})


def holder(plan: Plan, address: str) -> Resource | None:
    """The resource of the plan that has this address: the first, where several say so."""
    types = frozenset(resource.type for resource in plan) - _REPEAT
    found = plan.index(types, _addresses).get(address)
    return found[0] if found else None


def _addresses(_plan: Plan, resource: Resource) -> Iterator[Key]:
    for members in (resource.outputs, resource.inputs):
        yield from _among(members, own=False)


def _among(value: Value, *, own: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _among(member, own=key.lower().endswith(_KEYS))
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _among(member, own=own)
    elif own and isinstance(value, str):
        try:
            yield str(IPv4Address(value))
        except (AddressValueError, ValueError):
            return
