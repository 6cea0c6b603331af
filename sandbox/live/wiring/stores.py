"""Memorystore, Cloud SQL and endpoints of a network: where they are attached, and whom they let in.

Owns the region of Memorystore, the peering that Cloud SQL and a part of Memorystore sit behind, Cloud SQL's
two addresses, and which sources each of them answers.

https://cloud.google.com/memorystore/docs/redis/networking,
https://cloud.google.com/sql/docs/postgres/configure-private-ip, .../authorize-networks
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final

from sandbox.live.wiring.public import to_public
from sandbox.live.wiring.shape import ARRIVING, Draft, Spot, device
from sandbox.live.wiring.things import (
    ADDRESS,
    NETWORK,
    PEERING_ROUTES,
    REDIS,
    RULE,
    SQL,
    WORKLOADS,
    at,
    place,
    ranges,
)
from sandbox.live.wiring.ways import network_space

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

    from sandbox.cloud import Thing
    from sandbox.live.wiring.networks import Networks

PROXY_PORT: Final = 3307
"""Where Cloud SQL takes its proxy: https://cloud.google.com/sql/docs/postgres/sql-proxy"""
_RFC_1918: Final = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"
# What is nobody's public address. https://cloud.google.com/vpc/docs/subnets#valid-ranges
_NOT_PUBLIC: Final = f"{_RFC_1918}, 100.64.0.0/10, 240.0.0.0/4"
_PORTS: Final = "5432, 6432, 3306, 1433"
_PRODUCERS: Final = "servicenetworking-googleapis-com"


@dataclass(frozen=True, slots=True)
class Service:
    """What a network reaches behind one of its peerings.

    Attributes:
        network: The network's id.
        range: Its range.
        region: The only region it is reached from; None for any.
    """

    network: str
    range: IPv4Network
    region: str | None


def wire_redis(draft: Draft, networks: Networks) -> Iterator[Service]:
    """Attaches each Memorystore instance to its authorized network alone, with no way anywhere else.

    Returns:
        What its network reaches by that.
    """
    for redis in networks.things.of(REDIS):
        network = networks.things.find(NETWORK, redis.body.get("authorizedNetwork") or "default", redis)
        host = str(redis.body.get("host") or "")
        space = draft.space(f"redis.{redis.project}.{place(redis)}.{redis.name}")
        draft.places[redis.id] = Spot(space, host or None)
        behind = redis.body.get("connectMode") == "PRIVATE_SERVICE_ACCESS"
        if network is None or not host or (behind and not networks.private_services(network.id)):
            continue
        addresses = [host, *filter(None, [redis.body.get("readEndpoint")])]
        _attach(draft, networks, space, network.id, addresses)
        # https://cloud.google.com/memorystore/docs/redis/networking: no privately used public addresses
        draft.chain(space, "in", ARRIVING, f'iifname "vpc" ip saddr != {{ {_NOT_PUBLIC} }} {draft.deny}')
        own = ranges([redis.body.get("effectiveReservedIpRange")]) or ranges([host])
        yield Service(network.id, own[0], place(redis))


def wire_sql(draft: Draft, networks: Networks) -> Iterator[Service]:
    """Puts each Cloud SQL instance behind its network's peering, and on the internet where it may be.

    Returns:
        What networks reach by that.
    """
    for sql in networks.things.of(SQL):
        config = at(sql.body, "settings", "ipConfiguration") or {}
        network = networks.things.find(NETWORK, config.get("privateNetwork"), sql)
        private, public = str(sql.body.get("privateIpAddress") or ""), _public(sql, config)
        space = draft.space(f"sql.{sql.project}.{sql.name}")
        draft.places[sql.id] = Spot(space, private or public or None)
        if network is not None and private and networks.private_services(network.id):
            _attach(draft, networks, space, network.id, [private], table=10)
        if public:
            to_public(draft, space, public, f"route default dev public src {public} table 20")
            draft.space(space, f"rule pref 20 from {public} lookup 20")
        draft.chain(space, "in", ARRIVING, *_doors(networks, sql, config, draft.deny))
        name = str(sql.body.get("connectionName") or f"{sql.project}:{sql.body.get('region')}:{sql.name}")
        for workload in networks.things.of(*WORKLOADS):
            if public or private:
                draft.sockets[workload.id, name] = (public or private, PROXY_PORT)
    for network_thing in networks.all():
        for range_ in networks.private_services(network_thing.id):
            yield Service(network_thing.id, range_, None)


def wire_endpoints(draft: Draft, networks: Networks) -> None:
    """Internal addresses of a network: an endpoint of Private Service Connect, an internal load balancer."""
    for thing in networks.things.of(ADDRESS, RULE):
        address = str(thing.body.get("address" if thing.type == ADDRESS else "ipAddress") or "")
        kind = thing.body.get("addressType" if thing.type == ADDRESS else "loadBalancingScheme")
        if not ranges([address]) or (thing.type == ADDRESS and kind != "INTERNAL") or kind == "EXTERNAL":
            continue
        network = networks.things.find(NETWORK, thing.body.get("network"), thing)
        subnet = networks.subnet(thing.body.get("subnetwork"), thing)
        where = subnet.network if subnet is not None else network.id if network is not None else None
        if where is None:
            continue
        space = draft.space(f"endpoint.{network_space(where)}.{address}")
        _attach(draft, networks, space, where, [address])
        draft.places[thing.id] = Spot(space, address)


def _attach(  # noqa: PLR0913 - who, where, and by which table it answers
    draft: Draft,
    networks: Networks,
    space: str,
    network: str,
    addresses: list[str],
    *,
    table: int | None = None,
) -> None:
    """Attaches a space to a network; of several with one address, the first has it."""
    taken = networks.taken[network]
    addresses = [one for one in addresses if IPv4Address(one) not in taken]
    if not addresses:
        return
    taken.update(map(IPv4Address, addresses))
    to = device(space, network)
    draft.link(space, "vpc", network_space(network), to)
    for address in addresses:
        draft.space(space, f"address {address}/32 dev vpc")
        draft.space(network_space(network), f"route {address}/32 dev {to}")
    if table is None:
        draft.space(space, f"route default dev vpc src {addresses[0]}")
    else:
        draft.space(space, f"route default dev vpc src {addresses[0]} table {table}")
        draft.space(space, f"rule pref {table} from {addresses[0]} lookup {table}")


def _public(sql: Thing, config: dict[str, object]) -> str:
    return "" if config.get("ipv4Enabled") is False else str(sql.body.get("publicIpAddress") or "")


def _doors(networks: Networks, sql: Thing, config: dict[str, object], deny: str) -> list[str]:
    """Whom an instance lets in: by its proxy's port everybody, by the database's those it may.

    Private addresses of RFC 1918 are authorized by themselves; others must be listed, and those that are
    somebody's public addresses exported too.
    https://cloud.google.com/sql/docs/postgres/configure-private-ip
    """
    listed = config.get("authorizedNetworks")
    authorized = ranges(at(one, "value") for one in listed) if isinstance(listed, list) else []
    closed = at(sql.body, "settings", "connectorEnforcement") == "REQUIRED"
    inside = [*ranges(_RFC_1918.split(", ")), *authorized]
    lines = ["meta l4proto != tcp accept"]
    if not _exports(networks, sql):
        lines.append(f'iifname "vpc" ip saddr != {{ {_NOT_PUBLIC} }} {deny}')
    lines.append(f"tcp dport {PROXY_PORT} accept")
    if not closed:
        lines += [f'iifname "vpc" ip saddr {one} tcp dport {{ {_PORTS} }} accept' for one in inside]
        lines += [f'iifname "public" ip saddr {one} tcp dport {{ {_PORTS} }} accept' for one in authorized]
    lines.append(f'iifname {{ "vpc", "public" }} tcp dport {{ {_PORTS} }} {deny}')
    return lines


def _exports(networks: Networks, sql: Thing) -> bool:
    network = networks.things.find(
        NETWORK, at(sql.body, "settings", "ipConfiguration", "privateNetwork"), sql
    )
    for config in networks.things.of(PEERING_ROUTES):
        own = networks.things.find(NETWORK, config.body.get("network"), config)
        if own is not None and own == network and config.body.get("peering") == _PRODUCERS:
            return config.body.get("exportSubnetRoutesWithPublicIp") is True
    return False
