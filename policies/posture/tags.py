"""Which network tags the plan's machines and serverless parts carry, for firewall rules to aim at.

Owns where each type keeps its tags. A connector's tags are Google's own naming (`catalog.connector`); those
of Direct VPC egress match egress rules only.
https://cloud.google.com/vpc/docs/serverless-vpc-access#firewall-rules-connectors,
https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Final

from catalog.connector import firewall_tags
from policies.plan import tokens
from policies.plan.references import Context, canonical
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import JOB, SERVICE, SERVICE_V1

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key

NETWORK: Final = tokens.NETWORK
SUBNET: Final = tokens.SUBNET
CONNECTOR: Final = tokens.CONNECTOR
# Where Cloud Run's newer API keeps its way into the network, by type.
_ACCESS: Final[Mapping[str, tuple[str, ...]]] = {
    SERVICE: ("template", "vpcAccess"),
    JOB: ("template", "template", "vpcAccess"),
    "gcp:cloudrunv2/workerPool:WorkerPool": ("template", "vpcAccess"),
}
_CONNECTOR_ANNOTATION: Final = (
    *("template", "metadata", "annotations"),
    "run.googleapis.com/vpc-access-connector",
)
_INTERFACES_ANNOTATION: Final = (*_CONNECTOR_ANNOTATION[:-1], "run.googleapis.com/network-interfaces")
# What runs machines in the team's own network: the tags stand somewhere in the inputs under one of `_WORDS`.
_MACHINES: Final = (
    "gcp:appengine/flexibleAppVersion:FlexibleAppVersion",
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage",
    "gcp:compute/instanceFromTemplate:InstanceFromTemplate",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    "gcp:container/cluster:Cluster",
    "gcp:container/nodePool:NodePool",
    "gcp:dataproc/cluster:Cluster",
    "gcp:notebooks/instance:Instance",
    "gcp:workbench/instance:Instance",
    "gcp:workstations/workstationConfig:WorkstationConfig",
)
_COPIES: Final = (
    "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage",
    "gcp:compute/instanceFromTemplate:InstanceFromTemplate",
)
_WORDS: Final = frozenset({"tags", "networkTags", "instanceTag"})
# These tag their machines in ways that nobody can tell beforehand.
_OPAQUE: Final[Mapping[str, str]] = {
    "gcp:container/cluster:Cluster": "gke-",
    "gcp:dataflow/job:Job": "dataflow",
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": "dataflow",
}
# How a tag is carried, and where, as the index's keys spell it.
MACHINE, DIRECT, ANY, NOT_SHOWN = "machine", "direct", "anywhere", "not shown"
CARRIERS: Final = (CONNECTOR, *_ACCESS, SERVICE_V1, *_MACHINES)


class Reach(Enum):
    """What a firewall rule that aims at a tag meets."""

    MATCHED = "matched"
    ONLY_DIRECT = "only Direct VPC egress, which ingress rules do not reach"
    ELSEWHERE = "only what is on another network"
    NOTHING = "nothing"


def reach(plan: Plan, tag: str, network: Resource | None, *, ingress: bool) -> Reach:
    """What certainly carries a tag, as far as a rule can match it. Asked once the plan is whole.

    Args:
        plan: The plan.
        tag: The tag.
        network: The rule's network, where this plan shows it. What shows none may be on it.
        ingress: Whether it is a rule for what comes in.
    """
    carried = plan.index(CARRIERS, _carried)
    here = (ANY,) if network is None else (network.urn, NOT_SHOWN)
    direct = any(f"{tag} {DIRECT} {where}" in carried for where in here)
    if any(f"{tag} {MACHINE} {where}" in carried for where in here) or (direct and not ingress):
        return Reach.MATCHED
    if direct:
        return Reach.ONLY_DIRECT
    anywhere = (f"{tag} {how} {ANY}" in carried for how in (MACHINE, DIRECT))
    return Reach.ELSEWHERE if any(anywhere) else Reach.NOTHING


def may_be_carried(plan: Plan, tag: str) -> bool:
    """Whether something in the plan has tags that nobody can tell beforehand."""
    if UNKNOWN in plan.index(CARRIERS, _carried):
        return True
    return any(tag.startswith(word) for type_, word in _OPAQUE.items() for _ in plan.of_type((type_,)))


def network_of(plan: Plan, near: Resource, *path: str | int) -> Resource | None:
    """The network an input names, where this plan shows it."""
    found = plan.refers(NETWORK, near, *path)
    return None if isinstance(found, Unknown) else found


def _carried(plan: Plan, resource: Resource) -> Iterator[Key]:
    """Each tag with how it is carried and on which network; `UNKNOWN` where a tag is."""
    for tag in _tags(plan, resource):
        if isinstance(tag, Unknown):
            yield tag
            continue
        how = DIRECT if any(tag in _known(one) for one in _interface_tags(resource)) else MACHINE
        network = _network(plan, resource, tag)
        yield f"{tag} {how} {ANY}"
        yield f"{tag} {how} {NOT_SHOWN if network is None else network.urn}"


def _tags(plan: Plan, resource: Resource) -> Iterator[Key]:
    if resource.type == CONNECTOR:
        name, region = text(resource.at("name")), plan.region_of(resource)
        yield from _of_connector(name, region)
        return
    if resource.type in _MACHINES:
        yield from _somewhere(dict(resource.inputs))
        if resource.type in _COPIES and resource.at("tags") is None:
            yield UNKNOWN
        return
    for tags in _interface_tags(resource):
        yield from _known(tags)
        if bare(tags) is UNKNOWN or UNKNOWN in [text(one) for one in _listed(tags)]:
            yield UNKNOWN
    yield from _of_used_connector(plan, resource)


def _of_connector(name: str | Unknown | None, region: str | Unknown | None) -> Iterator[Key]:
    if isinstance(name, str) and isinstance(region, str):
        yield from firewall_tags(region, name)
    else:
        yield "vpc-connector"
        yield UNKNOWN


def _of_used_connector(plan: Plan, workload: Resource) -> Iterator[Key]:
    """The tags of the connector a workload uses: it may be another stack's."""
    path = _ACCESS.get(workload.type)
    used = text(workload.at(*path, "connector") if path else workload.at(*_CONNECTOR_ANNOTATION))
    if not isinstance(used, str) or not used:
        return
    region = plan.region_of(workload)
    meant = canonical(CONNECTOR, used, Context(None, region if isinstance(region, str) else None))
    if meant is not None:
        yield from _of_connector(meant.name, meant.location)


def _interface_tags(workload: Resource) -> Iterator[Value]:
    """The tags of each interface of Direct VPC egress."""
    path = _ACCESS.get(workload.type)
    if path is None:
        written = text(workload.at(*_INTERFACES_ANNOTATION)) if workload.type == SERVICE_V1 else None
        interfaces = _json(written) if isinstance(written, str) else ()
    else:
        interfaces = _listed(workload.at(*path, "networkInterfaces"))
    for interface in interfaces:
        yield at(interface, "tags")


def _network(plan: Plan, resource: Resource, tag: str) -> Resource | None:
    if resource.type == CONNECTOR:
        subnet = plan.refers(SUBNET, resource, "subnet", "name")
        if subnet is not None:
            return None if isinstance(subnet, Unknown) else network_of(plan, subnet, "network")
        return network_of(plan, resource, "network")
    path = _ACCESS.get(resource.type)
    if path is None:
        return None
    for place, tags in enumerate(_interface_tags(resource)):
        if tag in _known(tags):
            where: tuple[str | int, ...] = (*path, "networkInterfaces", place)
            subnet = plan.find(SUBNET, resource.at(*where, "subnetwork"), resource)
            if subnet is not None and not isinstance(subnet, Unknown):
                return network_of(plan, subnet, "network")
            named = plan.find(NETWORK, resource.at(*where, "network"), resource)
            return None if isinstance(named, Unknown) else named
    return None


def _somewhere(value: Value) -> Iterator[Key]:
    """Every string under one of the words for tags, however deep."""
    here = bare(value)
    if isinstance(here, dict):
        for key, member in here.items():
            if key in _WORDS and not isinstance(bare(member), dict):
                listed = elements(member)
                yield from [UNKNOWN] if isinstance(listed, Unknown) else map(_tag, listed or [member])
            else:
                yield from _somewhere(member)
    elif isinstance(here, list):
        for member in here:
            yield from _somewhere(member)


def _tag(value: Value) -> Key:
    name = text(value)
    return UNKNOWN if isinstance(name, Unknown) else name or ""


def _known(tags: Value) -> frozenset[str]:
    names = (text(one) for one in _listed(tags))
    return frozenset(name for name in names if isinstance(name, str))


def _listed(value: Value) -> list[Value]:
    listed = elements(value)
    return [] if isinstance(listed, Unknown) else list(listed)


def _json(written: str) -> list[Value]:
    try:
        return _listed(json.loads(written))
    except ValueError:
        return []
