"""The cloud's things, as the wiring asks for them.

Owns finding what a reference means, in any of Google's spellings, and the types that the wiring knows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Final

from sandbox.cloud import PROJECT
from sandbox.references import tail

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.cloud import Thing

NETWORK: Final = "gcp:compute/network:Network"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
ADDRESS: Final = "gcp:compute/address:Address"
GLOBAL_ADDRESS: Final = "gcp:compute/globalAddress:GlobalAddress"
ROUTER: Final = "gcp:compute/router:Router"
NAT: Final = "gcp:compute/routerNat:RouterNat"
NAT_ADDRESS: Final = "gcp:compute/routerNatAddress:RouterNatAddress"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
ROUTE: Final = "gcp:compute/route:Route"
PEERING: Final = "gcp:compute/networkPeering:NetworkPeering"
PEERING_ROUTES: Final = "gcp:compute/networkPeeringRoutesConfig:NetworkPeeringRoutesConfig"
GLOBAL_RULE: Final = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
RULE: Final = "gcp:compute/forwardingRule:ForwardingRule"
CONNECTION: Final = "gcp:servicenetworking/connection:Connection"
CONNECTOR: Final = "gcp:vpcaccess/connector:Connector"
REDIS: Final = "gcp:redis/instance:Instance"
SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
SERVICE: Final = "gcp:cloudrunv2/service:Service"
SERVICE_V1: Final = "gcp:cloudrun/service:Service"
JOB: Final = "gcp:cloudrunv2/job:Job"
WORKLOADS: Final = (SERVICE, SERVICE_V1, JOB)
_PLACE = re.compile(r"/(?:regions|locations)/([^/]+)/")


class Things:
    """What exists."""

    def __init__(self, things: Iterable[Thing]) -> None:
        """Takes everything that exists, of whatever type."""
        self._by_type: dict[str, list[Thing]] = defaultdict(list)
        for thing in things:
            self._by_type[thing.type].append(thing)
        for found in self._by_type.values():
            found.sort(key=lambda one: one.id)
        self._by_id = {(one.type, one.id): one for found in self._by_type.values() for one in found}
        self._numbers = {str(one.body.get("number")): one.name for one in self._by_type[PROJECT]}

    def of(self, *types: str) -> Sequence[Thing]:
        """Things of some types, in the order of their ids."""
        return [one for type_ in types for one in self._by_type[type_]]

    def find(self, type_: str, reference: object, near: Thing) -> Thing | None:
        """What a reference means where a thing makes it; None where there is no such thing."""
        path = tail(str(reference or ""))
        if not path:
            return None
        if path.startswith("projects/"):
            _, project, rest = path.split("/", 2)
            return self._by_id.get((type_, f"projects/{self._numbers.get(project, project)}/{rest}"))
        found = [
            one for one in self._by_type[type_] if one.project == near.project and one.id.endswith(f"/{path}")
        ]
        here = [one for one in found if place(one) == place(near)]
        return next(iter(here or found), None)


def place(thing: Thing) -> str:
    """The region that a thing is in; empty where it is global."""
    found = _PLACE.search(thing.id)
    return found[1] if found else ""


def at(value: Any, *path: str | int) -> Any:  # noqa: ANN401 - a body is what JSON is
    """What a body holds at a path; None where it holds nothing there."""
    for step in path:
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def ranges(values: Iterable[object]) -> list[IPv4Network]:
    """The IPv4 ranges among some values; an address is a range of one."""
    found = []
    for value in values:
        try:
            found.append(IPv4Network(str(value), strict=False))
        except ValueError:
            continue
    return found
