"""Settings of the services' way into the network: a connector or Direct VPC egress, one of the two."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from components.settings.base import Section
from components.settings.fields import (
    ConnectorMachineType,
    ConnectorMaxInstances,
    ConnectorMinInstances,
    ConnectorName,
    ConnectorRange,
    DirectRange,
    SubnetName,
)


class ConnectorSettings(Section):
    """A Serverless VPC Access connector. Connectors scale out and never in."""

    name: ConnectorName
    """Name of the connector: at most 25 lower-case letters, digits and hyphens, a letter first."""
    ip_cidr_range: ConnectorRange
    """A /28 that no subnet uses, for example `10.8.0.0/28`."""
    machine_type: ConnectorMachineType = "e2-micro"
    """Machine type of its instances. Default `e2-micro`, as Google's."""
    min_instances: ConnectorMinInstances = 2
    """Instances that always run, 2 to 9. Default 2, as Google's."""
    max_instances: ConnectorMaxInstances = 10
    """Instances at full load, 3 to 10, above minInstances. Default 10."""


class DirectSettings(Section):
    """Direct VPC egress: each service instance takes its addresses from this subnet."""

    subnet_name: SubnetName
    """Name of the subnet made for it."""
    ip_cidr_range: DirectRange
    """Its range: /26 or larger, and large enough for every service at full scale."""


class EgressSettings(Section):
    """How the services' traffic enters the VPC network."""

    example: ClassVar[Mapping[str, object]] = {
        "via": "connector",
        "traffic": "PRIVATE_RANGES_ONLY",
        "connector": {"name": "netra-staging", "ipCidrRange": "10.8.0.0/28"},
    }

    via: Literal["connector", "direct"]
    """`connector` (Serverless VPC Access) or `direct` (Direct VPC egress)."""
    traffic: Literal["PRIVATE_RANGES_ONLY", "ALL_TRAFFIC"]
    """What is sent into the network. `ALL_TRAFFIC` makes every outside call leave through Cloud NAT."""
    connector: ConnectorSettings | None = None
    """The connector; required when via is `connector`."""
    direct: DirectSettings | None = None
    """The subnet for Direct VPC egress; required when via is `direct`."""
