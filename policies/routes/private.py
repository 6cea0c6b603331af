"""The route to a cache or a database: into its network, and through what stands in the way.

Owns what Memorystore and Cloud SQL ask of whoever connects. Does not find out which instance is meant: see
`destinations`.

https://cloud.google.com/memorystore/docs/redis/connect-redis-instance-cloud-run,
https://cloud.google.com/sql/docs/postgres/connect-run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import redis as redis_facts
from catalog.cidr import PRIVATE
from policies.plan import Resource
from policies.plan.values import UNKNOWN, Unknown, at, bare, elements, text
from policies.routes.approach import Approach, Target
from policies.routes.endpoints import served, to_endpoint
from policies.routes.guards import ANYWHERE, Goal
from policies.routes.hosts import Host
from policies.routes.internet import to_internet
from policies.routes.networks import (
    REDIS,
    SQL,
    named,
    network_of,
    read_range,
    stands,
)
from policies.routes.route import Break, Kind, Route, Trace
from policies.routes.services import PSA, allocated, only_range
from policies.routes.serving import check_serving
from policies.routes.sources import answers_at, answers_source
from policies.routes.sql_ports import check_port, told_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

    from contracts import External
    from policies.plan import Plan
    from policies.plan.graph import Key
    from policies.plan.values import Value
    from policies.routes.networks import Net
    from policies.routes.ways import Way
    from policies.rules.registry import World

PROXY_PORT: Final = 3307
"""Where Cloud SQL takes the Auth Proxy and the built-in socket.
https://cloud.google.com/sql/docs/postgres/sql-proxy"""
_IP: Final = ("settings", "ipConfiguration")


def walk(world: World, service: str, way: Way, target: Target) -> Route:
    """The route from a service to what it wants to reach, judged."""
    trace = Trace(target.kind, target.shown, [service])
    go = Approach(world, trace, way, target)
    if not isinstance(target.at, Resource):
        _to_external(go, target.at)
    elif target.at.type not in (REDIS, SQL):
        to_endpoint(go, target.at)
    elif target.kind == "cache":
        _to_redis(go, target.at)
    else:
        _to_sql(go, target.at)
    if isinstance(target.at, Resource):
        check_serving(go, served(world, target.at))
    return trace.route()


def _to_redis(go: Approach, redis: Resource) -> None:
    net = network_of(go.world.plan, redis, "authorizedNetwork", default=redis_facts.DEFAULT_NETWORK)
    unset = text(redis.at("authorizedNetwork")) in (None, "")
    note = " (authorizedNetwork is not set: the network named default)" if unset else ""
    if not go.join(net, "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", note):
        return
    region = _redis_region(go.world, redis)
    if go.way.region is not None and region is not None and region != go.way.region:
        go.trace.refute(
            Break(
                "REDIS_INSTANCE_WRONG_REGION",
                f"{go.target.shown} is in {region} and {go.service} goes out in {go.way.region}: "
                "Memorystore is "
                "reached from its own region only",
                f"put {go.target.shown} in {go.way.region}, or the service and its connector in {region}",
            )
        )
    if go.way.source is not None and not any(go.way.source.subnet_of(private) for private in PRIVATE):
        go.trace.refute(
            Break(
                "REDIS_INSTANCE_CONNECTING_FROM_PUPI_ADDRESS",
                f"{go.service} comes from {go.way.source}, which is not private: {go.target.shown} does "
                "not answer it",
                "give the connector or the subnet a range of RFC 1918, such as 10.8.0.0/28",
            )
        )
    _redis_port(go, redis)
    own = read_range(redis.at("reservedIpRange"))
    address = read_range(go.target.address or redis.outputs.get("host"))
    port = redis_facts.port(tls=_tls(redis) is True)
    if own is None and address is None and text(redis.at("connectMode")) == PSA:
        # Its address is one of the range that is named, or of the only one there is.
        reserved = _reserved_range(
            go.world, redis, redis.at("reservedIpRange"), UNKNOWN if net is None else net
        )
        go.cross(Goal(reserved, port, exact=False))
        return
    go.cross(Goal(own or address, port))


def _redis_region(world: World, redis: Resource) -> str | None:
    zone = text(redis.at("locationId"))
    if redis.at("region") is None and isinstance(zone, str) and zone.count("-") > 1:
        return zone.rsplit("-", 1)[0]
    region = world.plan.region_of(redis)
    return region if isinstance(region, str) else None


def _tls(redis: Resource) -> bool | Unknown:
    mode = text(redis.at("transitEncryptionMode"))
    return mode if isinstance(mode, Unknown) else mode == "SERVER_AUTHENTICATION"


def _redis_port(go: Approach, redis: Resource) -> None:
    tls = _tls(redis)
    if not isinstance(go.target.port, str):
        return
    if isinstance(tls, Unknown):
        go.trace.doubt(
            Break(
                "REDIS_INSTANCE_UNSUPPORTED_PORT",
                f"cannot tell the port of {go.target.shown}: its transitEncryptionMode is not known yet",
                "write transitEncryptionMode out, or take the port from the instance (instance.port)",
            )
        )
        return
    right = redis_facts.port(tls=tls)
    if go.target.port.strip() != str(right):
        go.trace.refute(
            Break(
                "REDIS_INSTANCE_UNSUPPORTED_PORT",
                f"{go.service} is told another port ({go.target.port_variable}) than {right}, where "
                f"{go.target.shown} answers {'with' if tls else 'without'} TLS",
                f"set {go.target.port_variable} to {right}, or take it from the instance (instance.port)",
            )
        )


def _to_sql(go: Approach, sql: Resource) -> None:
    private = network_of(go.world.plan, sql, *_IP, "privateNetwork")
    ipv4 = bare(sql.at(*_IP, "ipv4Enabled"))
    public: bool | Unknown = UNKNOWN if ipv4 is UNKNOWN else ipv4 is not False
    psc = elements(sql.at(*_IP, "pscConfigs"))
    if private is None and public is False and not isinstance(psc, Unknown) and not psc:
        go.trace.refute(_no_address(go.target, "neither a private nor a public address"))
        return
    if go.target.mode == "socket" and private is None and public is False:
        go.trace.doubt(
            Break(
                "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
                f"cannot tell whether {go.service} reaches {go.target.shown} by its socket: the instance "
                "answers by Private Service Connect only, which Cloud Run's socket is not known to take",
                "connect to the endpoint's address (compute.Address), or give the instance a private address",
            )
        )
        return
    if go.target.mode == "socket":
        if public is False:
            _privately(go, sql, PROXY_PORT)
        else:
            to_internet(go.world, go.trace, go.way, Host(go.target.shown, PROXY_PORT))
        return
    if text(sql.at("settings", "connectorEnforcement")) == "REQUIRED":
        go.trace.refute(
            Break(
                "CLOUD_SQL_CONNECTOR_REQUIRED",
                f"{go.target.shown} takes connections by the Auth Proxy only (connectorEnforcement), and "
                f"{go.service} connects to its address",
                "connect through the /cloudsql socket, or set connectorEnforcement NOT_REQUIRED",
            )
        )
    if private is None and public is False:
        go.trace.doubt(
            Break(
                "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
                f"cannot tell by which endpoint {go.service} reaches {go.target.shown}, which answers by "
                "Private "
                "Service Connect only",
                "take the host from the endpoint's compute.Address (address.address)",
            )
        )
        return
    if go.target.mode == "public" or (go.target.mode == "tcp" and private is None):
        _publicly(go, sql)
        return
    if private is None:
        go.trace.refute(_no_address(go.target, "no private address"))
        return
    check_port(go, sql)
    _privately(go, sql, told_port(go, sql))
    if go.target.mode == "tcp" and public is not False and _lets_in(sql):
        _perhaps_publicly(go)


def _privately(go: Approach, sql: Resource, port: int | None) -> None:
    net = network_of(go.world.plan, sql, *_IP, "privateNetwork")
    if net is None:
        go.trace.refute(_no_address(go.target, "no private address"))
        return
    if not go.join(net, "CLOUD_SQL_INSTANCE_NO_ROUTE"):
        return
    answers_source(go, sql, net, by_proxy=port == PROXY_PORT)
    told = read_range(go.target.address or _private_address(sql))
    reserved = None if told else _reserved_range(go.world, sql, sql.at(*_IP, "allocatedIpRange"), net)
    answers_at(go, told or reserved)
    go.cross(Goal(told or reserved, port, exact=told is not None))


def _private_address(sql: Resource) -> str | None:
    found = text(at(sql.outputs, "privateIpAddress"))
    return found if isinstance(found, str) else None


def _reserved_range(world: World, instance: Resource, name: Value, net: Net | Unknown) -> IPv4Network | None:
    """The range that the instance's address is taken from, where the plan tells."""
    if text(name) is None:
        only = None if isinstance(net, Unknown) else only_range(world, net)
    else:
        found = allocated(world, text(name), instance, net)
        only = found if isinstance(found, Resource) else None
    if only is None:
        return None
    address, length = text(only.at("address")), text(only.at("prefixLength"))
    return read_range(f"{address}/{length}")


def _publicly(go: Approach, sql: Resource) -> None:
    listed = elements(sql.at(*_IP, "authorizedNetworks"))
    ranges = [] if isinstance(listed, Unknown) else [read_range(at(one, "value")) for one in listed]
    if isinstance(listed, Unknown) or (listed and ANYWHERE not in ranges):
        go.trace.doubt(
            Break(
                "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
                f"cannot tell whether {go.target.shown} lets {go.service} in: its public address answers "
                "only "
                "its authorizedNetworks, and the service's own address is not fixed",
                "connect through the /cloudsql socket, or give the instance a private address",
            )
        )
    elif not listed and go.target.mode == "public":
        go.trace.refute(
            Break(
                "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
                f"{go.service} connects to the public address of {go.target.shown}, which lets nobody in: "
                "it has "
                "no authorizedNetworks",
                "connect through the /cloudsql socket, or give the instance a private address",
            )
        )
    elif not listed:
        go.trace.refute(_no_address(go.target, "no private address, and its public one lets nobody in"))
    check_port(go, sql)
    to_internet(go.world, go.trace, go.way, Host(go.target.shown, told_port(go, sql)))


def _lets_in(sql: Resource) -> bool:
    """Whether the public address may let somebody in."""
    return elements(sql.at(*_IP, "authorizedNetworks")) not in ((), [])


def _perhaps_publicly(go: Approach) -> None:
    """The service may be told the public address, and that may answer: a break of the other is no proof."""
    broken = go.trace.broken
    if broken is None:
        return
    go.trace.broken = None
    go.trace.doubt(
        Break(
            "DESTINATION_UNKNOWN",
            f"cannot tell whether {go.service} is told the private or the public address of "
            f"{go.target.shown}, which has both and lets networks in; by the private one, {broken.message}",
            f"{broken.fix}; or turn ipv4Enabled off",
        )
    )


def _no_address(target: Target, what: str) -> Break:
    return Break(
        "CLOUD_SQL_INSTANCE_NO_IP_ADDRESS",
        f"{target.shown} has {what}",
        "set settings.ipConfiguration.privateNetwork to the network that the service goes into",
    )


def _to_external(go: Approach, external: External) -> None:
    net = named(external.network, stands(external)) if external.network else None
    address = read_range(go.target.address or next(iter((*external.cidrs, external.id))))
    private = address is not None and any(address.subnet_of(one) for one in PRIVATE)
    if net is None and not private:
        to_internet(go.world, go.trace, go.way, Host(f"{go.target.shown} (declared external)"))
        return
    cause = "CLOUD_SQL_INSTANCE_NO_ROUTE"
    if go.target.kind == "cache":
        cause = "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK"
    if not go.join(net, cause):
        return
    if go.target.kind == "cache" and external.region and go.way.region and external.region != go.way.region:
        go.trace.refute(
            Break(
                "REDIS_INSTANCE_WRONG_REGION",
                f"{go.target.shown} is in {external.region} and {go.service} goes out in {go.way.region}",
                f"name a cache of {go.way.region}, or correct the external's region",
            )
        )
    _external_port(go, external)
    told = int(go.target.port) if isinstance(go.target.port, str) and go.target.port.isdigit() else None
    go.cross(Goal(address, external.port or told))


def _external_port(go: Approach, external: External) -> None:
    if external.port is None or not isinstance(go.target.port, str):
        return
    if go.target.port.strip() != str(external.port):
        go.trace.refute(
            Break(
                f"{'REDIS' if go.target.kind == 'cache' else 'CLOUD_SQL'}_INSTANCE_UNSUPPORTED_PORT",
                f"{go.service} is told another port ({go.target.port_variable}) than {external.port}, which "
                f"the externals give {go.target.shown}",
                f"set {go.target.port_variable} to {external.port}, or correct the external's port",
            )
        )


def only_public_is_ruled_out(world: World, kind: Kind) -> Resource | None:
    """An instance of the kind, where every one that was seen so far has a private address only."""
    index = world.plan.index((REDIS, SQL), _privacy)
    wanted = "cache" if kind == "cache" else "private"
    found = () if kind == "database" and index.get("public") else index.get(wanted)
    return found[-1] if found else None


def _privacy(_plan: Plan, resource: Resource) -> Iterator[Key]:
    if resource.type == REDIS:
        yield "cache"
        return
    private = bare(resource.at(*_IP, "privateNetwork")) not in (None, "")
    yield "private" if private and bare(resource.at(*_IP, "ipv4Enabled")) is False else "public"
