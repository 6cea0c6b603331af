"""Direct VPC egress: how large its subnet must be.

Owns the size of the subnet and the instances it can carry. Does not own routes.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network
from math import ceil

from catalog import cidr
from catalog.source import Breach, Limit, Source

DOCS = Source("https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#ip-address-allocation")

SMALLEST_PREFIX = 26
ADDRESSES_PER_INSTANCE = 2
BLOCK = 16
INSTANCES = Limit(
    "Direct VPC egress carries 100 to 200 instances of a revision, by region, until a quota is raised",
    1,
    200,
    Source("https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#limitations"),
    step=1,
)


def check_range(text: str) -> Breach | None:
    """Whether a subnet for Direct VPC egress may have this range: /26 or larger."""
    return cidr.check(text) or cidr.check_prefix(
        text,
        shortest=4,
        longest=SMALLEST_PREFIX,
        says=f"Direct VPC egress needs a subnet of /{SMALLEST_PREFIX} or larger",
        source=DOCS,
    )


def addresses_needed(instances: Iterable[int]) -> int:
    """Addresses that services take at full scale: twice their instances each, in blocks of 16.

    Args:
        instances: Most instances of each service, those of a candidate revision included.
    """
    return sum(BLOCK * ceil(ADDRESSES_PER_INSTANCE * number / BLOCK) for number in instances)


def addresses_given(network: IPv4Network) -> int:
    """Addresses that a subnet of this range can hand out."""
    return network.num_addresses - cidr.UNUSABLE_PER_SUBNET


def prefix_for(addresses: int) -> int:
    """Longest prefix (the smallest subnet) that hands out so many addresses."""
    return min(SMALLEST_PREFIX, 32 - (addresses + cidr.UNUSABLE_PER_SUBNET - 1).bit_length())
