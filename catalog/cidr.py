"""IPv4 ranges: strict reading, overlap, and the ranges that Google Cloud reserves.

Owns what a range in a VPC network may be. Does not own how large a certain user's range must be: see
`connector`, `direct_egress`, `redis` and `sql`.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from itertools import combinations
from typing import TypeVar

from catalog.source import Breach, Limit, Source

_SUBNETS = "https://cloud.google.com/vpc/docs/subnets"
VALID_RANGES = Source(f"{_SUBNETS}#valid-ranges")
PROHIBITED_RANGES = Source(f"{_SUBNETS}#prohibited-ranges")
OVERLAP = Source("https://cloud.google.com/vpc/docs/vpc#manually_created_subnet_ip_ranges")
UNUSABLE_ADDRESSES = Source(f"{_SUBNETS}#unusable-ip-addresses-in-every-subnet")

Name = TypeVar("Name", bound=Hashable)

UNUSABLE_PER_SUBNET = 4
"""Addresses of every primary subnet range that nothing may use: the first two and the last two."""
SMALLEST_SUBNET_PREFIX = 29
SMALLEST_PRIVATE_SERVICES_PREFIX = 24
ADVISED_PRIVATE_SERVICES_PREFIX = 16
PRIVATE_SERVICES = Source("https://cloud.google.com/sql/docs/postgres/private-ip#allocated_ip_address_ranges")
RESERVED_RANGE_PREFIX = Limit(
    "a range reserved for peering has a prefix of 8 to 30", 8, 30, PRIVATE_SERVICES, step=1
)
GIVEN_OUT_BY_GOOGLE = IPv4Network("10.128.0.0/9")
"""Where auto mode networks place their subnets: not refused, but a clash when such a network is peered."""


@dataclass(frozen=True, slots=True)
class ReservedRange:
    """A range that a VPC network must not use.

    Attributes:
        network: The range.
        reason: Who keeps it, as a sentence without a full stop.
        source: Where that is written.
    """

    network: IPv4Network
    reason: str
    source: Source


DOCKER_BRIDGE = IPv4Network("172.17.0.0/16")
"""Docker's bridge inside Cloud SQL (`DOCKER`): no private address there, nor to whoever comes from there."""
DOCKER = Source("https://cloud.google.com/sql/docs/postgres/configure-private-ip")
RESERVED = (
    ReservedRange(
        DOCKER_BRIDGE,
        "172.17.0.0/16 is kept for Docker's bridge inside Cloud SQL: an instance there cannot be reached",
        Source("https://cloud.google.com/sql/docs/postgres/private-ip"),
    ),
    *(
        ReservedRange(IPv4Network(network), f"{network} is kept by Google Cloud for {use}", PROHIBITED_RANGES)
        for network, use in (
            ("0.0.0.0/8", "the current (local) network"),
            ("127.0.0.0/8", "the local host"),
            ("169.254.0.0/16", "link-local addresses, the metadata server among them"),
            ("199.36.153.4/30", "Private Google Access"),
            ("199.36.153.8/30", "Private Google Access"),
            ("224.0.0.0/4", "multicast"),
        )
    ),
)
PRIVATE = tuple(
    IPv4Network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "240.0.0.0/4")
)
"""RFC 1918, RFC 6598 and class E: what a subnet may use without being somebody's public addresses."""


def parse(text: str) -> IPv4Network | Breach:
    """Read `10.8.0.0/28` strictly: a prefix must be there, and no host bit may be set."""
    address, slash, prefix = text.partition("/")
    form = "a range is written in CIDR form, an address and a prefix of 0 to 32"
    if not slash or not prefix.isdigit():
        return Breach(f"is {text!r}", form, VALID_RANGES, "10.8.0.0/28")
    try:
        loose = IPv4Network(text, strict=False)
    except NetmaskValueError:
        return Breach(f"is {text!r}, and /{prefix} is no prefix", form, VALID_RANGES, f"{address}/28")
    except (AddressValueError, ValueError):
        return Breach(f"is {text!r}, and {address!r} is no IPv4 address", form, VALID_RANGES, "10.8.0.0/28")
    if str(loose.network_address) != address:
        why = f"a range is named by its first address; {address} lies inside {loose}"
        return Breach(f"is {text!r}, with host bits set", why, VALID_RANGES, str(loose))
    return loose


def check(text: str) -> Breach | None:
    """Whether a VPC network may use the range: well formed, private, and not reserved."""
    network = parse(text)
    if isinstance(network, Breach):
        return network
    for reserved in RESERVED:
        if network.overlaps(reserved.network):
            return Breach(f"is {text!r}", reserved.reason, reserved.source, f"10.8.0.0/{network.prefixlen}")
    if not any(network.subnet_of(private) for private in PRIVATE):
        why = "a range outside RFC 1918, RFC 6598 and class E belongs to others on the internet"
        return Breach(f"is {text!r}", why, VALID_RANGES, f"10.8.0.0/{network.prefixlen}")
    return None


def check_usable(text: str) -> Breach | None:
    """Whether Google takes the range at all: well formed, and none of those that are prohibited.

    Less than `check`: ranges that are unwise, such as other people's public addresses, are taken.
    """
    network = parse(text)
    if isinstance(network, Breach):
        return network
    for reserved in RESERVED:
        if reserved.source == PROHIBITED_RANGES and network.overlaps(reserved.network):
            return Breach(f"is {text!r}", reserved.reason, reserved.source, f"10.8.0.0/{network.prefixlen}")
    return None


def check_usable_subnet(text: str) -> Breach | None:
    """Whether Google takes the range for a subnet."""
    says = f"a subnet's range is /{SMALLEST_SUBNET_PREFIX} or larger"
    return check_usable(text) or check_prefix(
        text, shortest=4, longest=SMALLEST_SUBNET_PREFIX, says=says, source=VALID_RANGES
    )


def check_prefix(text: str, *, longest: int, shortest: int, says: str, source: Source) -> Breach | None:
    """Whether the range's prefix lies between two others; None also when the range is not well formed."""
    network = parse(text)
    if isinstance(network, Breach) or shortest <= network.prefixlen <= longest:
        return None
    right = min(max(network.prefixlen, shortest), longest)
    example = IPv4Network(f"{network.network_address}/{right}", strict=False)
    return Breach(f"is {text!r}", says, source, str(example))


def check_subnet(text: str) -> Breach | None:
    """Whether a subnet's primary range is allowed."""
    says = f"a subnet's primary range is /{SMALLEST_SUBNET_PREFIX} or larger"
    return check(text) or check_prefix(
        text, shortest=4, longest=SMALLEST_SUBNET_PREFIX, says=says, source=VALID_RANGES
    )


def check_private_services(text: str) -> Breach | None:
    """Whether a range reserved for private services access is allowed: /24 or larger, /16 advised."""
    says = "private services access takes a /24 or larger, and Google advises a /16"
    longest = SMALLEST_PRIVATE_SERVICES_PREFIX
    return check(text) or check_prefix(text, shortest=8, longest=longest, says=says, source=PRIVATE_SERVICES)


def free(prefix: int, taken: Iterable[IPv4Network]) -> IPv4Network | None:
    """The first range with this prefix in 10.0.0.0/8 that shares no address with those taken."""
    used = [*taken, GIVEN_OUT_BY_GOOGLE]
    size = 1 << (32 - prefix)
    address, last = int(PRIVATE[0].network_address), int(PRIVATE[0].broadcast_address)
    while address <= last:
        network = IPv4Network((address, prefix))
        clash = next((other for other in used if network.overlaps(other)), None)
        if clash is None:
            return network
        address = -(-(int(clash.broadcast_address) + 1) // size) * size
    return None


def overlaps(ranges: Mapping[Name, str]) -> list[tuple[Name, Name]]:
    """Pairs of names whose ranges share an address, in the order given; malformed ranges are left out."""
    read = {name: parse(text) for name, text in ranges.items()}
    networks = {name: network for name, network in read.items() if isinstance(network, IPv4Network)}
    return [
        (one, other)
        for (one, first), (other, second) in combinations(networks.items(), 2)
        if first.overlaps(second)
    ]
