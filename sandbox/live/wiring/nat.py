"""Cloud NAT and the internet gateway of a network.

Owns which sources are translated, and to what. A packet that takes the route to the internet gateway and is
covered by no NAT has no public address: it is dropped there, unless it goes to Google's APIs from a subnet
with Private Google Access.

https://cloud.google.com/nat/docs/overview, https://cloud.google.com/vpc/docs/private-google-access
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.live.wiring.shape import number
from sandbox.live.wiring.things import ADDRESS, NAT, NAT_ADDRESS, NETWORK, ROUTER, at, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

    from sandbox.cloud import Thing
    from sandbox.live.wiring.networks import Networks, Subnet

_PRIMARY: Final = frozenset({"ALL_IP_RANGES", "PRIMARY_IP_RANGE"})
_PUBLIC_POOL: Final = "35.200"


@dataclass(frozen=True, slots=True)
class Translation:
    """A source range, and the public address that its packets get."""

    source: IPv4Network
    address: str


def translations(networks: Networks, network: str) -> Iterator[Translation]:
    """What the NATs of a network translate: each source once, by the first NAT that covers it."""
    done: set[IPv4Network] = set()
    for nat in networks.things.of(NAT):
        router = networks.things.find(ROUTER, _router(nat), nat)
        if router is None or nat.body.get("type") == "PRIVATE":
            continue
        own = networks.things.find(NETWORK, router.body.get("network"), router)
        addresses = list(_addresses(networks, nat))
        if own is None or own.id != network or not addresses:
            continue
        for subnet in _sources(networks, network):
            if subnet.region != place(nat) or subnet.range in done or not _covers(networks, nat, subnet):
                continue
            done.add(subnet.range)
            yield Translation(subnet.range, addresses[0])


def _router(nat: Thing) -> str:
    return nat.id.rpartition("/")[0]


def _sources(networks: Networks, network: str) -> Iterator[Subnet]:
    yield from networks.subnets[network]
    yield from (one.subnet for one in networks.attached[network])


def _covers(networks: Networks, nat: Thing, subnet: Subnet) -> bool:
    which = str(nat.body.get("sourceSubnetworkIpRangesToNat") or "")
    if which.startswith("ALL_SUBNETWORKS_"):
        return True
    # A connector's own range is hidden: no list can name it.
    for listed in () if subnet.hidden else nat.body.get("subnetworks") or ():
        found = networks.subnet(at(listed, "name"), nat)
        if found == subnet and _PRIMARY & set(at(listed, "sourceIpRangesToNats") or ()):
            return True
    return False


def _addresses(networks: Networks, nat: Thing) -> Iterator[str]:
    if nat.body.get("natIpAllocateOption") != "MANUAL_ONLY":
        yield f"{_PUBLIC_POOL}.{number(nat.id, 250)}.{1 + number(nat.id + '#', 250)}"
        return
    given = list(nat.body.get("natIps") or nat.body.get("initialNatIps") or ())
    for other in networks.things.of(NAT_ADDRESS):
        if str(other.body.get("routerNat")) == nat.name and str(other.body.get("router")) in _router(nat):
            given += other.body.get("natIps") or ()
    for reference in given:
        address = networks.things.find(ADDRESS, reference, nat)
        if address is not None:
            yield str(address.body.get("address"))
