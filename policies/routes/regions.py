"""Whether the parts of a workload's way are in its own region.

Owns what is said when they are not. Does not find them.

https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.plan.values import text
from policies.plan.workloads import shown_name
from policies.routes.networks import SUBNET, Net, is_ours, network_of
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.plan.values import Unknown, Value
    from policies.rules.registry import World

_REGION: Final = re.compile(r"regions/([^/]+)/")


def connector_elsewhere(service: str, own_region: str, connector: str, region: str) -> Break:
    """The connector is in another region than the service."""
    return Break(
        "VPC_CONNECTOR_WRONG_REGION",
        f"{service} runs in {own_region} and the connector {connector} is in {region}: Cloud Run takes only "
        "connectors of its own region",
        f"make a connector in {own_region} and name it in vpcAccess.connector of {service}",
    )


def subnet_elsewhere(
    world: World, resource: Resource, reference: Value, subnet: Resource | None, net: Net | None
) -> Break | None:
    """A subnet for Direct VPC egress that is in another region than the service; None where it is not.

    Args:
        world: The plan.
        resource: The service.
        reference: What it says of its subnet.
        subnet: The subnet, where one was found.
        net: The network that is named beside it.
    """
    own, spelled = world.plan.region_of(resource), text(reference)
    if not isinstance(own, str):
        return None
    region = None if subnet is None else world.plan.region_of(subnet)
    if subnet is None and isinstance(spelled, str) and spelled:
        written = _REGION.search(spelled)
        region = written[1] if written else _by_name_alone(world, spelled.rsplit("/", 1)[-1], net, own)
    if not isinstance(region, str) or region == own:
        return None
    shown = shown_name(subnet) if subnet is not None else str(spelled).rsplit("/", 1)[-1]
    service = shown_name(resource)
    return Break(
        "SUBNET_WRONG_REGION",
        f"{service} runs in {own} and the subnet {shown} of its direct VPC egress is in {region}: Cloud Run "
        "takes only subnets of its own region",
        f"make a subnet in {own} and name it in vpcAccess.networkInterfaces of {service}",
    )


def _by_name_alone(world: World, name: str, net: Net | None, own: str) -> str | Unknown | None:
    """The region of the network's subnet of a name, which alone means one of the service's own region."""
    alike = [
        world.plan.region_of(one)
        for one in world.plan.index((SUBNET,), _by_name).get(name)
        if net is not None and isinstance(its := network_of(world.plan, one, "network"), Net)
        if its.same(net) is True
    ]
    return None if own in alike else next(iter(alike), None)


def subnet_of_network(world: World, net: Net, who: str) -> Break | None:
    """Why a network that is named without a subnet may have none of its own name, which then is meant."""
    network = None if net.urn is None else world.plan.get(net.urn)
    if network is None or not world.closed or not is_ours(world, net):
        return None
    if text(network.at("autoCreateSubnetworks")) != "false":
        return None
    return Break(
        "SUBNET_UNKNOWN",
        f"{who} names the network {net.shown} without a subnet: Cloud Run then takes the subnet named "
        f"{net.shown}, which this plan does not declare, and the network makes none by itself",
        "name the subnet in vpcAccess.networkInterfaces (subnetwork)",
    )


def _by_name(_plan: Plan, subnet: Resource) -> Iterator[Key]:
    name = text(subnet.at("name"))
    if name is not None:
        yield name
