"""The route to what stands for a cache or a database: a cluster, an endpoint, a machine.

Owns where each of them keeps its network, whom it takes, and what of it is reached across a peering.

https://cloud.google.com/memorystore/docs/cluster/networking,
https://cloud.google.com/alloydb/docs/private-ip,
https://cloud.google.com/sql/docs/postgres/configure-private-service-connect
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.tokens import FORWARDING_RULE
from policies.plan.values import UNKNOWN, Unknown, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.admission import admitted
from policies.routes.attachments import ADDRESS, MACHINE, behind, users
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
_PSC: Final = ("settings", "ipConfiguration", "pscConfigs", 0)


def to_endpoint(go: Approach, endpoint: Resource) -> None:
    """An address of the network itself: an endpoint of Private Service Connect, a cluster, a machine."""
    at_ = [*users(go.world, endpoint)] if endpoint.type == ADDRESS else [endpoint]
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
    goal = Goal(read_range(go.target.address or endpoint.at("address")), port)
    go.cross(goal)
    # One that is only read is used elsewhere.
    if not at_ and go.world.closed and endpoint.declared:
        go.trace.doubt(_unused(go))
    if len(at_) == 1:
        _accepted(go, at_[0])
        if at_[0].type == MACHINE and isinstance(net, Net):
            admitted(go, at_[0], net, goal)


def served(world: World, endpoint: Resource) -> Resource:
    """What serves a route in the end: the Cloud SQL instance behind an endpoint, else the endpoint."""
    at_ = [*users(world, endpoint)] if endpoint.type == ADDRESS else [endpoint]
    instance = behind(world, at_[0]) if len(at_) == 1 else None
    return endpoint if instance is None else instance


def _accepted(go: Approach, rule: Resource) -> None:
    """Whether an instance for Private Service Connect takes the endpoint that leads to it."""
    instance = behind(go.world, rule)
    takes = True if instance is None else _takes(go.world, instance, rule)
    if instance is None or takes is True:
        return
    shown, own = f"Cloud SQL {shown_name(instance)}", go.world.plan.project_of(rule)
    where = f"the project of {go.target.shown}" + (f", {own}" if isinstance(own, str) else "")
    message = f"{shown} does not take endpoints of {where}: its allowedConsumerProjects leave it out"
    if takes is UNKNOWN:
        message = f"cannot tell whether {shown} takes endpoints of {where}: no allowedConsumerProjects say so"
    broken = Break(
        "PSC_CONNECTION_NOT_ACCEPTED",
        message,
        "name the endpoint's project in settings.ipConfiguration.pscConfigs[0].allowedConsumerProjects",
    )
    (go.trace.refute if takes is False else go.trace.doubt)(broken)


def _takes(world: World, instance: Resource, rule: Resource) -> bool | Unknown:
    """Whether an instance lists an endpoint's project; a list that is not there is nobody's word."""
    listed = elements(instance.at(*_PSC, "allowedConsumerProjects"))
    allowed = () if isinstance(listed, Unknown) else [text(one) for one in listed]
    own, net = world.plan.project_of(rule), network_of(world.plan, rule, "network")
    if isinstance(own, str) and own in allowed:
        return True
    # A number may be any project's, and that of a shared network may count for the endpoint's own.
    known = all(isinstance(one, str) and not one.isdigit() for one in allowed)
    shared = isinstance(net, Net) and net.project in allowed
    return False if allowed and known and not shared and isinstance(own, str) else UNKNOWN


def _unused(go: Approach) -> Break:
    return Break(
        "DESTINATION_UNKNOWN",
        f"cannot tell what answers at {go.target.shown}: nothing in this plan uses the address",
        "give the address to what has it (ip_address of a compute.ForwardingRule, network_ip of a "
        "compute.Instance), or declare it under externals where that lives elsewhere",
    )


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
    if endpoint.type == MACHINE:
        return True
    if endpoint.type == FORWARDING_RULE:
        if bare(endpoint.at("backendService")) not in (None, ""):
            return True
        return UNKNOWN if bare(endpoint.at("target")) is None else False
    return UNKNOWN if endpoint.type == ADDRESS else False
