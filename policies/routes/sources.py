"""Which sources the private address of a Cloud SQL instance answers, and where it answers none.

Owns what is asked of the range that a service comes from; not whether its packets arrive at all.

https://cloud.google.com/sql/docs/postgres/authorize-networks,
https://cloud.google.com/sql/docs/postgres/configure-private-ip
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.cidr import DOCKER_BRIDGE, PRIVATE
from policies.plan.values import Unknown, at, bare, elements
from policies.routes.guards import RFC_1918
from policies.routes.networks import Net, on_network, read_range
from policies.routes.route import Break

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from policies.plan import Resource
    from policies.routes.approach import Approach
    from policies.rules.registry import World

_PEERING_ROUTES: Final = "gcp:compute/networkPeeringRoutesConfig:NetworkPeeringRoutesConfig"


def answers_source(go: Approach, sql: Resource, net: Net | Unknown, *, by_proxy: bool) -> None:
    """Whom a private address answers: RFC 1918 by itself, others where they are listed and it knows of them.

    https://cloud.google.com/sql/docs/postgres/authorize-networks,
    https://cloud.google.com/sql/docs/postgres/configure-private-ip
    """
    source = go.way.source
    if source is not None and source.overlaps(DOCKER_BRIDGE):
        refused = _docker(f"{go.service} comes from {source}", go.target.shown)
        (go.trace.refute if source.subnet_of(DOCKER_BRIDGE) else go.trace.doubt)(refused)
    if source is None or any(source.subnet_of(one) for one in RFC_1918):
        return
    public = not any(source.subnet_of(one) for one in PRIVATE)
    if public and isinstance(net, Net) and not _exports_public(go.world, net):
        go.trace.refute(
            Break(
                "CLOUD_SQL_INSTANCE_NO_ROUTE",
                f"{go.service} comes from {source}, which is not private, and {net.shown} does not export "
                f"such ranges to {go.target.shown}: it cannot answer",
                "give the connector or the subnet a range of RFC 1918, such as 10.8.0.0/28",
            )
        )
        return
    listed = elements(sql.at("settings", "ipConfiguration", "authorizedNetworks"))
    ranges = () if isinstance(listed, Unknown) else [read_range(at(one, "value")) for one in listed]
    if isinstance(listed, Unknown) or by_proxy:
        return
    if not any(one is not None and source.subnet_of(one) for one in ranges):
        go.trace.refute(
            Break(
                "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
                f"{go.service} comes from {source}, and the private address of {go.target.shown} answers "
                "RFC 1918 and its authorizedNetworks only",
                "give the connector or the subnet a range of RFC 1918, such as 10.8.0.0/28",
            )
        )


def answers_at(go: Approach, address: IPv4Network | None) -> None:
    """Whether an instance answers at all where its private address is, or is taken from."""
    if address is not None and address.overlaps(DOCKER_BRIDGE):
        refused = _docker(f"{go.target.shown} has its private address in {address}", "it")
        (go.trace.refute if address.subnet_of(DOCKER_BRIDGE) else go.trace.doubt)(refused)


def _docker(what: str, whom: str) -> Break:
    return Break(
        "CLOUD_SQL_DOCKER_RANGE",
        f"{what}: inside Cloud SQL {DOCKER_BRIDGE} is Docker's bridge, and connections by a private address "
        f"to {whom} fail",
        "take another range of RFC 1918, such as 10.8.0.0/28",
    )


def _exports_public(world: World, net: Net) -> bool:
    return any(
        bare(one.at("exportSubnetRoutesWithPublicIp")) not in (None, False)
        for one in on_network(world, _PEERING_ROUTES, net)[0]
    )
