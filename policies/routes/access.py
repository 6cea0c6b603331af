"""What a workload says of its way out, wherever its API keeps that.

Owns the spellings of the three APIs. Looks nothing up.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#vpcaccess,
https://cloud.google.com/run/docs/reference/rest/v1/RevisionTemplate
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, Value, at, elements, text
from policies.plan.workloads import JOB, SERVICE_V1, SHAPES

if TYPE_CHECKING:
    from policies.plan import Resource

ALL_TRAFFIC: Final = "ALL_TRAFFIC"
_ANNOTATIONS: Final = ("template", "metadata", "annotations")
# https://cloud.google.com/run/docs/reference/rest/v1/RevisionTemplate
_V1_CONNECTOR: Final = "run.googleapis.com/vpc-access-connector"
_V1_EGRESS: Final = "run.googleapis.com/vpc-access-egress"
_V1_INTERFACES: Final = "run.googleapis.com/network-interfaces"


@dataclass(frozen=True, slots=True)
class Access:
    """What a workload says of its way, wherever its API keeps that.

    Attributes:
        connector: What it says of a connector.
        connector_path: Where it says so.
        interface: The network interface of Direct VPC egress; None without one.
        network_path: Where it names the interface's network.
        subnet_path: Where it names the interface's subnet.
        egress: What it sends that way.
    """

    connector: Value
    connector_path: tuple[str, ...]
    interface: Value
    network_path: tuple[str | int, ...]
    subnet_path: tuple[str | int, ...]
    egress: Value


def access_of(resource: Resource) -> Access:
    """What a workload says of its way."""
    if resource.type == SERVICE_V1:
        spelled = text(resource.at(*_ANNOTATIONS, _V1_INTERFACES))
        interface: Value = UNKNOWN if isinstance(spelled, Unknown) else _first_interface(spelled)
        return Access(
            connector=resource.at(*_ANNOTATIONS, _V1_CONNECTOR),
            connector_path=(*_ANNOTATIONS, _V1_CONNECTOR),
            interface=interface,
            network_path=(),
            subnet_path=(),
            egress=resource.at(*_ANNOTATIONS, _V1_EGRESS),
        )
    base = ("template", "template", "vpcAccess") if resource.type == JOB else ("template", "vpcAccess")
    own = resource.at(*base)
    interfaces = elements(at(own, "networkInterfaces"))
    first = interfaces if isinstance(interfaces, Unknown) else next(iter(interfaces), None)
    return Access(
        connector=at(own, "connector"),
        connector_path=(*base, "connector"),
        interface=first,
        network_path=(*base, "networkInterfaces", 0, "network"),
        subnet_path=(*base, "networkInterfaces", 0, "subnetwork"),
        egress=at(own, "egress"),
    )


def all_traffic_of(egress: Value) -> bool | Unknown:
    """Whether everything goes into the network; unset means private ranges only."""
    spelled = text(egress)
    if isinstance(spelled, Unknown):
        return UNKNOWN
    return (spelled or "").upper().replace("-", "_") == ALL_TRAFFIC


def _first_interface(spelled: str | None) -> Value:
    try:
        read = json.loads(spelled or "[]")
    except ValueError:
        return UNKNOWN
    return read[0] if isinstance(read, list) and read else None


def interface_tags(interface: Value) -> frozenset[str | Unknown]:
    """The network tags of Direct VPC egress."""
    tags = elements(at(interface, "tags"))
    if isinstance(tags, Unknown):
        return frozenset({UNKNOWN})
    spelled = (text(tag) for tag in tags)
    return frozenset(tag for tag in spelled if tag is not None)


def account_of(resource: Resource) -> str | Unknown:
    """The account a workload runs as; the project's default one carries a number that no plan tells."""
    shape = SHAPES[resource.type]
    spelled = text(resource.at(*shape.pod, shape.account))
    return spelled if isinstance(spelled, str) and spelled else UNKNOWN
