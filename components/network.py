"""The VPC network that services, database and cache share.

Owns the network, its subnet, the range and peering of private services access, Cloud Router and Cloud NAT.
Does not own the services' way into the network (`components.connector`), nor who may talk to whom
(`components.firewall`), nor the cache's range, which Memorystore reserves itself.

Sources: https://cloud.google.com/vpc/docs/private-services-access,
https://cloud.google.com/nat/docs/overview, https://cloud.google.com/vpc/docs/flow-logs
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pulumi

from components.lean import compute, servicenetworking
from components.placement import known_id, suffixed

if TYPE_CHECKING:
    from components.placement import Placement
    from components.settings import NetworkSettings

# A connector funnels every outside call through two to ten machines: the 64 ports each gets by default are
# gone after 64 connections to one LLM provider.
NAT_MIN_PORTS = 1024
NAT_MAX_PORTS = 32768


class Network(pulumi.ComponentResource):
    """VPC network with private services access and Cloud NAT.

    Args:
        name: Pulumi name; children are named after it.
        settings: The network's settings; physical names derive from `settings.name`.
        placement: Project, region, labels, protection, enabled APIs.
        opts: Options of the component itself.
    """

    network_id: pulumi.Output[str]
    """`projects/PROJECT/global/networks/NAME`, known at preview."""
    network_name: pulumi.Output[str]
    """Name of the VPC network."""
    subnet_id: pulumi.Output[str]
    """`projects/PROJECT/regions/REGION/subnetworks/NAME`, known at preview."""
    private_services_range_name: pulumi.Output[str]
    """Name of the range that private services access takes addresses from."""
    nat_id: pulumi.Output[str]
    """`projects/PROJECT/regions/REGION/routers/ROUTER/nats/NAT`, known at preview."""

    def __init__(
        self,
        name: str,
        settings: NetworkSettings,
        placement: Placement,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the network and what every tenant of it shares."""
        super().__init__("plumbline:components:Network", name, None, opts)
        self._prefix, self._settings, self._placement = name, settings, placement
        self.flow_logs_sampling = settings.flow_logs_sampling
        network = compute.Network(
            f"{name}-vpc",
            project=placement.project,
            name=settings.name,
            auto_create_subnetworks=False,
            # Cloud NAT needs the default route to the internet gateway.
            delete_default_routes_on_create=False,
            routing_mode="REGIONAL",
            opts=pulumi.ResourceOptions(parent=self, depends_on=placement.apis),
        )
        self.network_name = network.name
        self.network_id = known_id(placement.project, "global", "networks", network.name)
        self.subnet = self._subnet()
        self.subnet_id = known_id(
            placement.project, "regions", placement.region, "subnetworks", self.subnet.name
        )
        self.private_services_range, self.private_services = self._private_services()
        self.private_services_range_name = self.private_services_range.name
        self.nat = self._nat()
        self.nat_id = known_id(
            placement.project,
            *("regions", placement.region, "routers", self.nat.router, "nats", self.nat.name),
        )
        self.register_outputs(
            {
                "networkId": self.network_id,
                "networkName": self.network_name,
                "subnetId": self.subnet_id,
                "privateServicesRangeName": self.private_services_range_name,
                "natId": self.nat_id,
            }
        )

    def _subnet(self) -> compute.Subnetwork:
        return compute.Subnetwork(
            f"{self._prefix}-subnet",
            project=self._placement.project,
            region=self._placement.region,
            name=self._settings.subnet.name,
            network=self.network_id,
            ip_cidr_range=self._settings.subnet.ip_cidr_range,
            private_ip_google_access=True,
            log_config=flow_logs(self.flow_logs_sampling),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _private_services(self) -> tuple[compute.GlobalAddress, servicenetworking.Connection]:
        reserved = IPv4Network(self._settings.private_services_range)
        address = compute.GlobalAddress(
            f"{self._prefix}-private-services-range",
            project=self._placement.project,
            name=suffixed(self._settings.name, "private-services"),
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(reserved.network_address),
            prefix_length=reserved.prefixlen,
            network=self.network_id,
            labels=self._placement.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        connection = servicenetworking.Connection(
            f"{self._prefix}-private-services",
            network=self.network_id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[address.name],
            # Google keeps the producer's side for days after the last instance is gone and refuses to delete
            # the peering meanwhile; without this a destroy stops here.
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._placement.apis),
        )
        return address, connection

    def _nat(self) -> compute.RouterNat:
        router = compute.Router(
            f"{self._prefix}-router",
            project=self._placement.project,
            region=self._placement.region,
            name=suffixed(self._settings.name, "router"),
            network=self.network_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return compute.RouterNat(
            f"{self._prefix}-nat",
            project=self._placement.project,
            region=self._placement.region,
            name=suffixed(self._settings.name, "nat"),
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            # All ranges of all subnets: the connector's or the direct egress's are among them.
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,
            min_ports_per_vm=NAT_MIN_PORTS,
            max_ports_per_vm=NAT_MAX_PORTS,
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=pulumi.ResourceOptions(parent=self),
        )


def flow_logs(sampling: float) -> compute.SubnetworkLogConfigArgs:
    """VPC Flow Logs of a subnet, aggregated over 5 seconds (Google's default).

    Args:
        sampling: Share of flows kept, 0 to 1.
    """
    return compute.SubnetworkLogConfigArgs(
        aggregation_interval="INTERVAL_5_SEC", flow_sampling=sampling, metadata="INCLUDE_ALL_METADATA"
    )
