"""The services' way into the VPC network: a Serverless VPC Access connector, or Direct VPC egress.

Owns the connector or the direct egress's subnet, and the one `vpc_access` value that services use. Does not
own the network, nor the firewall rules that match the tags named here.

The connector takes a subnet of its own rather than a bare range: the hidden subnet that Google makes for a
bare range can be named in no NAT configuration and has no flow logs.

Sources: https://cloud.google.com/run/docs/configuring/vpc-connectors,
https://cloud.google.com/vpc/docs/serverless-vpc-access,
https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pulumi

from catalog.connector import firewall_tags
from components.lean import compute, vpcaccess
from components.network import flow_logs
from components.placement import known_id, suffixed

if TYPE_CHECKING:
    from pulumi_gcp.cloudrunv2 import ServiceTemplateVpcAccessArgsDict

    from components.network import Network
    from components.placement import Placement
    from components.settings import ConnectorSettings, DirectSettings, EgressSettings

T = TypeVar("T")


class Egress(pulumi.ComponentResource):
    """A connector or a subnet for Direct VPC egress, as the settings choose.

    Args:
        name: Pulumi name; children are named after it.
        settings: Which of the two, and what is sent into the network.
        placement: Project, region and enabled APIs.
        network: The network to join; the subnet logs flows as its subnet does.
        opts: Options of the component itself.

    Raises:
        ValueError: The section that `via` names is not set. The settings refuse that with its line first.
    """

    subnet_id: pulumi.Output[str]
    """The subnet that the services' traffic comes from, known at preview."""
    network_tag: pulumi.Output[str]
    """The network tag that firewall rules can match the services' traffic by."""

    def __init__(
        self,
        name: str,
        settings: EgressSettings,
        placement: Placement,
        network: Network,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the one that is chosen; nothing of the other exists."""
        super().__init__("plumbline:components:Egress", name, None, opts)
        self._prefix, self._placement, self.network = name, placement, network
        # Annotated here: the SDK evaluates annotations of the class, and these types are not imported then.
        self.vpc_access: ServiceTemplateVpcAccessArgsDict
        """What a service's template takes as `vpc_access`."""
        self.ready: pulumi.Resource
        """What a service must wait for."""
        if settings.via == "connector":
            self._join_by_connector(_chosen(settings.connector, "connector"), settings.traffic)
        else:
            self._join_directly(_chosen(settings.direct, "direct"), settings.traffic)
        self.register_outputs({"subnetId": self.subnet_id, "networkTag": self.network_tag})

    def _join_by_connector(self, settings: ConnectorSettings, traffic: str) -> None:
        placement = self._placement
        subnet = self._subnet(suffixed(settings.name, "connector"), settings.ip_cidr_range)
        connector = vpcaccess.Connector(
            f"{self._prefix}-connector",
            project=placement.project,
            region=placement.region,
            name=settings.name,
            subnet=vpcaccess.ConnectorSubnetArgs(name=subnet.name, project_id=placement.project),
            machine_type=settings.machine_type,
            # Never min/max throughput beside them: the two pairs exclude each other.
            min_instances=settings.min_instances,
            max_instances=settings.max_instances,
            opts=pulumi.ResourceOptions(parent=self, depends_on=placement.apis),
        )
        self.ready = connector
        # Google puts this tag on the connector's machines; `vpc-connector` alone would match every connector.
        self.network_tag = connector.name.apply(lambda name: firewall_tags(placement.region, name)[-1])
        self.vpc_access = {
            "connector": known_id(
                placement.project, "locations", placement.region, "connectors", connector.name
            ),
            "egress": traffic,
        }

    def _join_directly(self, settings: DirectSettings, traffic: str) -> None:
        subnet = self._subnet(settings.subnet_name, settings.ip_cidr_range)
        self.ready = subnet
        self.network_tag = pulumi.Output.from_input(settings.subnet_name)
        self.vpc_access = {
            "network_interfaces": [
                {
                    "network": self.network.network_id,
                    "subnetwork": self.subnet_id,
                    "tags": [settings.subnet_name],
                }
            ],
            "egress": traffic,
        }

    def _subnet(self, physical_name: str, ip_cidr_range: str) -> compute.Subnetwork:
        placement = self._placement
        subnet = compute.Subnetwork(
            f"{self._prefix}-subnet",
            project=placement.project,
            region=placement.region,
            name=physical_name,
            network=self.network.network_id,
            ip_cidr_range=ip_cidr_range,
            private_ip_google_access=True,
            log_config=flow_logs(self.network.flow_logs_sampling),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.subnet_id = known_id(placement.project, "regions", placement.region, "subnetworks", subnet.name)
        return subnet


def _chosen(section: T | None, via: str) -> T:
    if section is None:
        raise ValueError(f"egress.via is {via} but egress.{via} is not set")
    return section
