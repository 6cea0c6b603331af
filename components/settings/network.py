"""Settings of the VPC network. Does not own the connector's or the direct egress's range: see `egress`."""

from components.settings.base import Section
from components.settings.fields import (
    FlowLogsSampling,
    NetworkName,
    PrivateServicesRange,
    SubnetName,
    SubnetRange,
)


class SubnetSettings(Section):
    """A subnet of the network, in the stack's region."""

    name: SubnetName
    """Name of the subnet: 1 to 63 lower-case letters, digits and hyphens, a letter first."""
    ip_cidr_range: SubnetRange
    """Primary IPv4 range in CIDR form, for example `10.10.0.0/20`."""


class NetworkSettings(Section):
    """The VPC network that services, database and cache share."""

    name: NetworkName
    """Name of the VPC network: 1 to 63 lower-case letters, digits and hyphens, a letter first."""
    subnet: SubnetSettings
    """The one subnet for general use; it has private Google access and flow logs."""
    private_services_range: PrivateServicesRange
    """Range reserved for private services access (Cloud SQL), in CIDR form; Google advises /16."""
    flow_logs_sampling: FlowLogsSampling = 0.5
    """Share of flows that VPC Flow Logs keeps, 0 to 1. Default 0.5, as Google's."""
