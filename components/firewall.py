"""What the services' traffic may reach inside private ranges: the database, the cache, and nothing else.

Owns the egress rules that match the connector's or the direct egress's network tag. Does not own a rule of
any other kind: ingress rules could match nothing here, for nothing in the network listens, and Cloud SQL and
Memorystore lie behind peerings that our rules do not reach into. Public destinations stay open (Cloud NAT and
PRIVATE_RANGES_ONLY lead there): the LLM providers and ClickHouse have no fixed addresses to name. Replies,
health checks and Google's own 35.199.224.0/19 are outside the denied ranges.

Sources: https://cloud.google.com/vpc/docs/serverless-vpc-access#firewall-rules-connectors,
https://cloud.google.com/firewall/docs/firewalls
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pulumi

from components.lean import compute
from components.placement import suffixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.connector import Egress
    from components.placement import Placement

ALLOW_PRIORITY = 1000
DENY_PRIORITY = 65000
PRIVATE_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""RFC 1918. https://www.rfc-editor.org/rfc/rfc1918"""


@dataclass(frozen=True, slots=True)
class Destination:
    """A range and the TCP ports in it that services must reach."""

    key: str
    """Short word for names, for example `database`."""
    ip_cidr_range: str
    """The range in CIDR form."""
    ports: tuple[int, ...]
    """TCP ports."""


class EgressFirewall(pulumi.ComponentResource):
    """Allow rules for each destination, and below them one that denies and logs all other private ranges.

    Args:
        name: Pulumi name; children are named after it.
        destinations: What must be reached.
        placement: The project.
        egress: Whose network the rules are in, and whose tag they match.
        opts: Options of the component itself.
    """

    deny_rule_name: pulumi.Output[str]
    """Name of the rule whose log shows what was refused."""

    def __init__(
        self,
        name: str,
        destinations: Sequence[Destination],
        placement: Placement,
        egress: Egress,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare one rule a destination, and the deny rule."""
        super().__init__("plumbline:components:EgressFirewall", name, None, opts)
        self.allow_rules: tuple[pulumi.Resource, ...] = tuple(
            compute.Firewall(
                f"{name}-to-{destination.key}",
                project=placement.project,
                name=egress.network.network_name.apply(partial(suffixed, suffix=f"egress-{destination.key}")),
                description=f"Services may reach the {destination.key}.",
                network=egress.network.network_id,
                direction="EGRESS",
                priority=ALLOW_PRIORITY,
                target_tags=[egress.network_tag],
                destination_ranges=[destination.ip_cidr_range],
                allows=[
                    compute.FirewallAllowArgs(protocol="tcp", ports=[str(port) for port in destination.ports])
                ],
                opts=pulumi.ResourceOptions(parent=self),
            )
            for destination in destinations
        )
        deny = compute.Firewall(
            f"{name}-deny",
            project=placement.project,
            name=egress.network.network_name.apply(partial(suffixed, suffix="egress-deny-private")),
            description="Services reach nothing else in private ranges; what tries is logged.",
            network=egress.network.network_id,
            direction="EGRESS",
            priority=DENY_PRIORITY,
            target_tags=[egress.network_tag],
            destination_ranges=list(PRIVATE_RANGES),
            denies=[compute.FirewallDenyArgs(protocol="all")],
            log_config=compute.FirewallLogConfigArgs(metadata="INCLUDE_ALL_METADATA"),
            # Never a moment in which all is denied and nothing allowed yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.allow_rules),
        )
        self.deny_rule_name = deny.name
        self.register_outputs({"denyRuleName": self.deny_rule_name})
