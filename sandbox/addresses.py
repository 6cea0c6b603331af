"""Address ranges in use on a network, and addresses given out of them.

Owns the collection of ranges from everything that takes one, so that each service can refuse an overlap, and
the choice of an address for what Google places itself.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, NamedTuple

from sandbox.references import tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.cloud import Cloud, Thing

NETWORK: Final = "gcp:compute/network:Network"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
CONNECTOR: Final = "gcp:vpcaccess/connector:Connector"
GLOBAL_ADDRESS: Final = "gcp:compute/globalAddress:GlobalAddress"
REDIS: Final = "gcp:redis/instance:Instance"
_GIVEN_BY_GOOGLE: Final = ipaddress.IPv4Network("10.128.0.0/9")


class Taken(NamedTuple):
    """A range that something on a network has."""

    what: str
    name: str
    place: str
    range: ipaddress.IPv4Network


def parse(text: object) -> ipaddress.IPv4Network | None:
    """The range, or None when it is none."""
    try:
        return ipaddress.IPv4Network(str(text))
    except ValueError:
        return None


def taken(cloud: Cloud, network_id: str, *, but: str = "") -> Iterator[Taken]:
    """Every range in use on the network, those of the thing with the id `but` left out."""
    sources = (
        (SUBNETWORK, "subnetwork", ("ipCidrRange",), "network"),
        (CONNECTOR, "connector", ("ipCidrRange",), "network"),
        (REDIS, "Redis instance", ("reservedIpRange", "effectiveReservedIpRange"), "authorizedNetwork"),
        (GLOBAL_ADDRESS, "allocated range", ("__range",), "network"),
    )
    for token, what, properties, network in sources:
        for thing in cloud.all(token):
            if thing.id == but or _network_of(thing, network) != network_id:
                continue
            place = str(thing.body.get("region") or "global").rpartition("/")[2]
            given = {thing.body.get(each) for each in properties}
            if token == SUBNETWORK:
                given |= {each.get("ipCidrRange") for each in thing.body.get("secondaryIpRanges") or ()}
            for each in given:
                found = parse(each)
                if found is not None:
                    yield Taken(what, thing.name, place, found)


def _network_of(thing: Thing, key: str) -> str:
    """The id of the network that a thing names, which with a Shared VPC is one of another project."""
    path = tail(str(thing.body.get(key) or ""))
    if path.startswith("projects/"):
        return path
    return f"projects/{thing.project}/global/networks/{path.rpartition('/')[2]}"


def clash(cloud: Cloud, network_id: str, wanted: ipaddress.IPv4Network, *, but: str = "") -> Taken | None:
    """What already has a part of the wanted range."""
    return next((each for each in taken(cloud, network_id, but=but) if each.range.overlaps(wanted)), None)


def free_range(cloud: Cloud, network_id: str, prefix: int) -> ipaddress.IPv4Network:
    """A free range of that size, as Google chooses one when none is asked for."""
    used = [each.range for each in taken(cloud, network_id)]
    for candidate in _GIVEN_BY_GOOGLE.subnets(new_prefix=prefix):
        if not any(candidate.overlaps(each) for each in used):
            return candidate
    raise ValueError(f"no free /{prefix}")


def external(seed: str) -> str:
    """A public address that follows from a text."""
    number = sum(ord(c) * 31**i for i, c in enumerate(seed)) % (2**24 - 2) + 1
    return str(ipaddress.IPv4Address("34.0.0.0") + number)
