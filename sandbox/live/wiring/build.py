"""The whole wiring, from all that exists.

Owns the order in which it is drafted, and what a network's own namespace holds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sandbox.live.wiring.firewall import egress_chain
from sandbox.live.wiring.nat import translations
from sandbox.live.wiring.networks import Networks
from sandbox.live.wiring.public import PUBLIC, wire_load_balancers, wire_public
from sandbox.live.wiring.routes import INTERNET, attachment_lines, table
from sandbox.live.wiring.shape import LEAVING, PASSING, Draft, Wiring, device, number
from sandbox.live.wiring.stores import wire_endpoints, wire_redis, wire_sql
from sandbox.live.wiring.things import Things
from sandbox.live.wiring.ways import network_space, wire_workloads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.cloud import Thing
    from sandbox.live.wiring.stores import Service


def wire(
    things: Iterable[Thing],
    hosts: Mapping[str, str],
    google_hosts: Iterable[str] = (),
    *,
    prompt: bool = False,
) -> Wiring:
    """The wiring.

    Args:
        things: All that exists.
        hosts: Addresses of hosts on the internet, by name.
        google_hosts: The names of those that are Google's APIs.
        prompt: Whether what does not get through is answered at once, where Google would stay silent.
    """
    draft, networks = Draft(prompt=prompt), Networks.of(Things(things))
    wire_public(draft, hosts)
    for network in networks.all():
        draft.space(network_space(network.id))
    services: dict[str, list[Service]] = defaultdict(list)
    for service in (*wire_redis(draft, networks), *wire_sql(draft, networks)):
        services[service.network].append(service)
    wire_endpoints(draft, networks)
    wire_workloads(draft, networks)
    wire_load_balancers(draft, networks)
    apis = [hosts[name] for name in google_hosts]
    for network in networks.all():
        _wire_network(draft, networks, network.id, services[network.id], apis)
    return draft.wiring()


def _wire_network(
    draft: Draft, networks: Networks, network: str, services: list[Service], apis: list[str]
) -> None:
    space = network_space(network)
    draft.space(space, "address 169.254.0.1/32 dev lo", f"route {draft.nowhere} default metric 4294967295")
    shared = [*networks.own_ranges(network)]
    for peer in networks.peered(network):
        _wire_peering(draft, networks, network, peer)
        shared += networks.own_ranges(peer)
    jumps: list[str] = []
    for attached in networks.attached[network]:
        near = [one.range for one in services if one.region in (None, attached.region)]
        far = [one.range for one in services if one.region not in (None, attached.region)]
        draft.space(space, *attachment_lines(networks, attached, [*shared, *near], draft.nowhere))
        draft.space(space, *(f"route {draft.nowhere} {one} table {table(attached.device)}" for one in far))
        statements = egress_chain(networks, attached, draft.deny)
        if statements:
            draft.chain(space, attached.device, *statements)
            jumps.append(f'iifname "{attached.device}" jump {attached.device}')
    passing, leaving = _gateway(draft, networks, network, apis)
    stop = [f'oifname "{INTERNET}" meta l4proto tcp {draft.deny}', f'oifname "{INTERNET}" drop']
    draft.chain(space, "forward", PASSING, "ct state established,related accept", *jumps, *passing, *stop)
    draft.chain(space, "out", LEAVING, *leaving)


def _wire_peering(draft: Draft, networks: Networks, network: str, peer: str) -> None:
    """Each knows the other's subnets, and what comes from the other reaches one's own subnets only."""
    here, there = network_space(network), network_space(peer)
    to, back = device("peering", here, there), device("peering", there, here)
    if here < there:
        draft.link(here, to, there, back)
    own = table(to)
    draft.space(here, f"rule pref 100 iif {to} lookup {own}", f"route {draft.nowhere} default table {own}")
    for range_ in networks.own_ranges(network):
        draft.space(here, f"route throw {range_} table {own}")
    for range_ in networks.own_ranges(peer):
        draft.space(here, f"route {range_} dev {to}")


def _gateway(draft: Draft, networks: Networks, network: str, apis: list[str]) -> tuple[list[str], list[str]]:
    """The internet gateway: which packets pass it, and what address they get."""
    space = network_space(network)
    draft.link(space, INTERNET, PUBLIC, device(space))
    translated = list(translations(networks, network))
    sources = {str(one.source): one.address for one in translated}
    passing = [f'oifname "{INTERNET}" ip saddr {source} accept' for source in sources]
    leaving = [f'oifname "{INTERNET}" ip saddr {source} snat to {to}' for source, to in sources.items()]
    own = f"35.199.{number(network, 250)}.{1 + number(network + '#', 250)}"
    for subnet in (one for one in networks.subnets[network] if one.google_access):
        for api in apis:
            which = f'oifname "{INTERNET}" ip daddr {api} ip saddr {subnet.range}'
            passing.append(f"{which} accept")
            leaving.append(f"{which} snat to {own}")
    for address in {own, *sources.values()}:
        draft.space(PUBLIC, f"route {address}/32 dev {device(space)}")
    return passing, leaving
