"""What platforms are made of, and what may be wrong with them.

Owns the names: types, projects, regions, hosts, faults of networks and of ways. Those of stores are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.truth import stores
from benchmarks.truth.program import Out
from benchmarks.truth.up import PROJECT

OTHER_REGION: Final = "europe-west1"
HOST_PROJECT: Final = "truth-host"
HOSTS: Final = ("api.openai.com", "storage.googleapis.com")
SERVICES: Final = 4
NETWORK: Final = "gcp:compute/network:Network"
SUBNET: Final = "gcp:compute/subnetwork:Subnetwork"
ROUTER: Final = "gcp:compute/router:Router"
NAT: Final = "gcp:compute/routerNat:RouterNat"
ADDRESS: Final = "gcp:compute/address:Address"
GLOBAL_ADDRESS: Final = "gcp:compute/globalAddress:GlobalAddress"
CONNECTION: Final = "gcp:servicenetworking/connection:Connection"
CONNECTOR: Final = "gcp:vpcaccess/connector:Connector"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
ROUTE: Final = "gcp:compute/route:Route"
PEERING: Final = "gcp:compute/networkPeering:NetworkPeering"
SERVICE: Final = "gcp:cloudrunv2/service:Service"
JOB: Final = "gcp:cloudrunv2/job:Job"
IMAGE: Final = f"us-central1-docker.pkg.dev/{PROJECT}/apps/app@sha256:" + "a" * 64
# Faults of a network want one of their own.
OF_NETWORKS: Final = (
    "default-route-deleted",
    "default-route-for-other-tags",
    "default-route-elsewhere",
    "no-nat",
    "nat-of-other-region",
    "nat-of-other-subnet",
    "nat-without-addresses",
    "nat-private",
    "network-undeclared",
    "denied-everything",
    "denied-by-tag",
    "denied-port",
    "denied-then-allowed",
    "no-private-services",
    "private-services-public",
)
OF_WAYS: Final = (
    "no-way",
    "connector-of-other-region",
    "connector-nowhere",
    "connector-undeclared",
    "connector-hidden",
    "connector-network-hidden",
    "connector-range-on-shared-network",
    "subnet-undeclared",
    "subnet-of-other-network",
    "subnet-of-other-region",
    "egress-hidden",
    "public-source",
)
FAULTS: Final = (*OF_NETWORKS, *OF_WAYS, *stores.FAULTS)
BY_CHANCE: Final = 0.012


@dataclass(slots=True)
class Net:
    """A network of a platform."""

    name: str
    project: str
    base: int
    private_services: str | None = None
    undeclared: bool = False
    subnets: dict[str, str] = field(default_factory=dict)
    small: int = 0

    @property
    def reference(self) -> Any:  # noqa: ANN401 - an output, or text
        """What others name it by."""
        path = f"projects/{self.project}/global/networks/{self.name}"
        return path if self.undeclared else Out(self.name, "id")
