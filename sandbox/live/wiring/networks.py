"""VPC networks: which subnets they have, whose ranges they know, and what is attached to them.

Owns the range a network's routes know of: its own subnets, its connectors, the networks it is peered with and
the services behind its peerings. What is attached to a network by the wiring is an `Attachment`.

https://cloud.google.com/vpc/docs/routes#subnet-routes, https://cloud.google.com/vpc/docs/vpc-peering
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final

from sandbox.live.wiring.shape import number
from sandbox.live.wiring.things import (
    CONNECTION,
    CONNECTOR,
    GLOBAL_ADDRESS,
    NETWORK,
    PEERING,
    SUBNETWORK,
    Things,
    at,
    place,
    ranges,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.cloud import Thing

# Where an auto mode network places its subnets: https://cloud.google.com/vpc/docs/subnets#ip-ranges
_AUTO: Final = IPv4Network("10.128.0.0/9")
_AUTO_SUBNETS: Final = {
    "us-central1": 0,
    "europe-west1": 4,
    "us-west1": 10,
    "asia-east1": 12,
    "us-east1": 14,
    "asia-northeast1": 18,
    "asia-southeast1": 20,
    "us-east4": 22,
    "europe-west2": 26,
    "europe-west3": 28,
}
# The addresses that Google keeps in every subnet, and the last.
_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class Subnet:
    """A range of a network in a region; a connector's own, hidden one among them."""

    id: str
    network: str
    region: str
    range: IPv4Network
    others: tuple[IPv4Network, ...] = ()
    google_access: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """What sends packets into a network: a connector, or a workload by Direct VPC egress.

    Attributes:
        device: The network's device that leads to it.
        network: The network's id.
        region: Where it is.
        tags: Its network tags.
        subnet: The subnet its addresses come from.
        address: Its address.
    """

    device: str
    network: str
    region: str
    tags: frozenset[str]
    subnet: Subnet
    address: str


@dataclass(slots=True)
class Networks:
    """The networks, with what the wiring has attached to each so far."""

    things: Things
    subnets: dict[str, list[Subnet]] = field(default_factory=lambda: defaultdict(list))
    attached: dict[str, list[Attachment]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[str, set[IPv4Address]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, things: Things) -> Networks:
        """The networks that exist."""
        found = cls(things)
        for thing in things.of(SUBNETWORK):
            network = things.find(NETWORK, thing.body.get("network"), thing)
            if network is not None:
                found.subnets[network.id].append(_subnet(thing, network))
        for thing in things.of(CONNECTOR):
            own = found._hidden(thing)
            if own is not None:
                found.subnets[own.network].append(own)
        return found

    def all(self) -> Sequence[Thing]:
        """The networks' things."""
        return self.things.of(NETWORK)

    def subnet(self, reference: object, near: Thing) -> Subnet | None:
        """The subnet that a reference means."""
        found = self.things.find(SUBNETWORK, reference, near)
        if found is None:
            return None
        return next((one for own in self.subnets.values() for one in own if one.id == found.id), None)

    def subnet_of_connector(self, connector: Thing) -> Subnet | None:
        """Where a connector's machines are: a subnet that it names, or its own range."""
        name = at(connector.body, "subnet", "name")
        if name:
            project = at(connector.body, "subnet", "projectId")
            if project and "/" not in str(name):
                name = f"projects/{project}/regions/{place(connector)}/subnetworks/{name}"
            return self.subnet(name, connector)
        return next((one for own in self.subnets.values() for one in own if one.id == connector.id), None)

    def auto_subnet(self, network: Thing, region: str) -> Subnet | None:
        """The subnet of an auto mode network in a region."""
        if network.body.get("autoCreateSubnetworks") is False:
            return None
        slot = _AUTO_SUBNETS.get(region, 64 + number(region, 1900))
        first = int(_AUTO.network_address) + slot * 4096 * 4
        return Subnet(f"{network.id}/{region}", network.id, region, IPv4Network((first, 20)))

    def free(self, subnet: Subnet, key: str) -> str:
        """An address of a subnet that nothing has; the same key gets the same one, where it can."""
        usable = max(1, subnet.range.num_addresses - _KEPT - 1)
        start, taken = number(key, usable), self.taken[subnet.network]
        for step in range(usable):
            address = subnet.range.network_address + _KEPT + (start + step) % usable
            if address not in taken:
                taken.add(address)
                return str(address)
        raise ValueError(f"no free address in {subnet.range}")

    def peered(self, network: str) -> Iterator[str]:
        """The networks that one is peered with: both sides must say so, and share no range.

        https://cloud.google.com/vpc/docs/vpc-peering#overlapping_subnets_at_time_of_peering
        """
        said: dict[str, set[str]] = defaultdict(set)
        for peering in self.things.of(PEERING):
            one = self.things.find(NETWORK, peering.body.get("network"), peering)
            other = self.things.find(NETWORK, peering.body.get("peerNetwork"), peering)
            if one is not None and other is not None:
                said[one.id].add(other.id)
        both = (other for other in sorted(said[network]) if network in said[other])
        return (other for other in both if not self._overlap(network, other))

    def own_ranges(self, network: str) -> Iterator[IPv4Network]:
        """What a network's subnet routes lead to, and what it exports to its peers."""
        for subnet in self.subnets[network]:
            yield subnet.range
            yield from subnet.others
        for attached in self.attached[network]:
            yield attached.subnet.range

    def private_services(self, network: str) -> list[IPv4Network]:
        """The ranges of private services access; none without its connection."""
        found = []
        for connection in self.things.of(CONNECTION):
            own = self.things.find(NETWORK, connection.body.get("network"), connection)
            if own is None or own.id != network:
                continue
            for name in connection.body.get("reservedPeeringRanges") or ():
                address = self.things.find(GLOBAL_ADDRESS, name, own)
                if address is not None:
                    first, length = address.body.get("address"), address.body.get("prefixLength")
                    found += ranges([address.body.get("__range") or f"{first}/{length}"])
        return found

    def _overlap(self, network: str, other: str) -> bool:
        own, theirs = list(self.own_ranges(network)), list(self.own_ranges(other))
        return any(one.overlaps(each) for one in own for each in theirs)

    def _hidden(self, connector: Thing) -> Subnet | None:
        if at(connector.body, "subnet", "name"):
            return None
        network = self.things.find(NETWORK, connector.body.get("network") or "default", connector)
        own = ranges([connector.body.get("ipCidrRange")])
        if network is None or not own:
            return None
        return Subnet(connector.id, network.id, place(connector), own[0], hidden=True)


def _subnet(thing: Thing, network: Thing) -> Subnet:
    secondary = ranges(at(one, "ipCidrRange") for one in thing.body.get("secondaryIpRanges") or ())
    return Subnet(
        thing.id,
        network.id,
        place(thing),
        ranges([thing.body.get("ipCidrRange")])[0],
        tuple(secondary),
        google_access=thing.body.get("privateIpGoogleAccess") is True,
    )
