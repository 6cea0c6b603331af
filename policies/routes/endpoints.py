"""The route to what stands for a cache or a database: a cluster, an endpoint, a machine.

Owns where each of them keeps its network, and what of it is reached across a peering.

https://cloud.google.com/memorystore/docs/cluster/networking,
https://cloud.google.com/alloydb/docs/private-ip
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, bare, text
from policies.routes.guards import Goal
from policies.routes.networks import SUBNET, Net, network_of, read_range
from policies.routes.route import Break

if TYPE_CHECKING:
    from policies.plan import Resource
    from policies.routes.approach import Approach
    from policies.rules.registry import World

REDIS_CLUSTER: Final = "gcp:redis/cluster:Cluster"
VALKEY: Final = "gcp:memorystore/instance:Instance"
ALLOYDB: Final = "gcp:alloydb/instance:Instance"
ALLOYDB_CLUSTER: Final = "gcp:alloydb/cluster:Cluster"
# Where clients find the nodes, with TLS and without:
# https://cloud.google.com/memorystore/docs/cluster/networking
_CLUSTER_PORT: Final = "6379"


def to_endpoint(go: Approach, endpoint: Resource) -> None:
    """An address of the network itself: an endpoint of Private Service Connect, a cluster, a machine."""
    net = _network(go.world, endpoint)
    cause = "CLOUD_SQL_INSTANCE_NO_ROUTE" if endpoint.type == ALLOYDB else "ROUTE_WRONG_NETWORK"
    if not go.join(UNKNOWN if net is None else net, cause):
        return
    told = go.target.port.strip() if isinstance(go.target.port, str) else ""
    if endpoint.type in (REDIS_CLUSTER, VALKEY) and told.isdigit() and told != _CLUSTER_PORT:
        go.trace.refute(
            Break(
                "REDIS_CLUSTER_UNSUPPORTED_PORT",
                f"{go.service} is told another port ({go.target.port_variable}) than {_CLUSTER_PORT}, where "
                f"{go.target.shown} answers",
                f"set {go.target.port_variable} to {_CLUSTER_PORT}",
            )
        )
    port = int(told) if told.isdigit() else None
    go.cross(Goal(read_range(go.target.address or endpoint.at("address")), port))


def _network(world: World, endpoint: Resource) -> Net | Unknown | None:
    plan = world.plan
    if endpoint.type == ALLOYDB:
        return _alloydb_network(world, endpoint)
    paths: tuple[tuple[str | int, ...], ...] = (
        ("network",),
        ("pscConfigs", 0, "network"),
        ("desiredPscAutoConnections", 0, "network"),
        ("desiredAutoCreatedEndpoints", 0, "network"),
        ("networkInterfaces", 0, "network"),
    )
    for path in paths:
        net = network_of(plan, endpoint, *path)
        if net is not None:
            return net
    for path in (("subnetwork",), ("networkInterfaces", 0, "subnetwork")):
        subnet = plan.refers(SUBNET, endpoint, *path)
        if subnet is not None:
            return subnet if isinstance(subnet, Unknown) else network_of(plan, subnet, "network")
    return None


def _alloydb_network(world: World, instance: Resource) -> Net | Unknown | None:
    """Of the cluster, by private services access; one for Private Service Connect has none of its own."""
    cluster = world.plan.refers(ALLOYDB_CLUSTER, instance, "cluster")
    if cluster is None or isinstance(cluster, Unknown):
        return cluster
    if text(cluster.at("pscConfig", "pscEnabled")) == "true":
        return None
    net = network_of(world.plan, cluster, "networkConfig", "network")
    return net if net is not None else network_of(world.plan, cluster, "network")


def across_peering(endpoint: Resource) -> bool | Unknown:
    """Whether an endpoint is reached from a network that is peered with its own.

    A machine and an internal load balancer are: their subnet's routes are exchanged. An endpoint of Private
    Service Connect is not (Google's word: PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK), and what is reached by
    a peering itself is not either. https://cloud.google.com/vpc/docs/vpc-peering
    """
    if endpoint.type == "gcp:compute/instance:Instance":
        return True
    if endpoint.type == "gcp:compute/forwardingRule:ForwardingRule":
        if bare(endpoint.at("backendService")) not in (None, ""):
            return True
        return UNKNOWN if bare(endpoint.at("target")) is None else False
    return UNKNOWN if endpoint.type == "gcp:compute/address:Address" else False
