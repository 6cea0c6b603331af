"""Rules about ranges of addresses: whether each is one, and one that Google takes.

Owns form and prohibited ranges. Ranges that overlap are for `network-ranges`; how large a connector's or a
cache's range must be is for their own rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import cidr
from policies.limits import Subject
from policies.plan import Unknown, tokens
from policies.plan.values import elements, text
from policies.plan.workloads import shown_name
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.rules.finding import Claim

SUBNET: Final = tokens.SUBNET
CONNECTOR: Final = tokens.CONNECTOR
REDIS: Final = tokens.REDIS_INSTANCE
ADDRESS: Final = tokens.GLOBAL_ADDRESS


@rule(
    id="cidr-limits",
    title="Every range of addresses is one that Google Cloud takes",
    severity=Severity.HIGH,
    why="Google's preview accepts any text as a range; the create is refused, and with it everything behind "
    "the subnet, the connector or the peering",
    fix="write the range by its first address and a prefix, such as 10.8.0.0/28, and outside what Google "
    "reserves",
    types=(SUBNET, CONNECTOR, REDIS, ADDRESS),
    refutes_early=True,
)
def cidr_limits(resource: Resource, _: World) -> Iterator[Claim]:
    """Each range is well formed, names its first address, and is not prohibited."""
    if not resource.declared:
        return  # it exists: Google has accepted it
    kind = {SUBNET: "subnet", CONNECTOR: "connector", REDIS: "Memorystore instance", ADDRESS: "address"}
    subject = Subject(resource, f"the {kind[resource.type]} {shown_name(resource)}")
    if resource.type == SUBNET:
        _subnet(subject)
    elif resource.type == CONNECTOR:
        # An unknown range is told by connector-limits already.
        if not isinstance(text(resource.at("ipCidrRange")), Unknown):
            subject.hold_text("CIDR_NOT_ALLOWED", cidr.check_usable, "ipCidrRange")
    elif resource.type == REDIS:
        direct = text(resource.at("connectMode")) in (None, "DIRECT_PEERING")
        if direct and not isinstance(text(resource.at("reservedIpRange")), Unknown):
            subject.hold_text("CIDR_NOT_ALLOWED", cidr.check_usable, "reservedIpRange")
    else:
        _address(subject)
    yield from subject.claims


def _subnet(subject: Subject) -> None:
    subject.hold_text("CIDR_NOT_ALLOWED", cidr.check_usable_subnet, "ipCidrRange")
    seconds = elements(subject.resource.at("secondaryIpRanges"))
    if isinstance(seconds, Unknown):
        subject.unknown("secondaryIpRanges")
        return
    for index in range(len(seconds)):
        path = ("secondaryIpRanges", index, "ipCidrRange")
        subject.hold_text("CIDR_NOT_ALLOWED", cidr.check_usable_subnet, *path)


def _address(subject: Subject) -> None:
    if text(subject.resource.at("purpose")) != "VPC_PEERING":
        return  # one address, not a range
    prefix = subject.hold("CIDR_PREFIX", cidr.RESERVED_RANGE_PREFIX, "prefixLength")
    address = subject.text("address")
    if prefix is not None and address is not None:
        breach = cidr.check_usable(f"{address}/{prefix:g}")
        if breach is not None:
            fix = f"set address to {str(breach.example).partition('/')[0]}"
            subject.refute("CIDR_NOT_ALLOWED", "address", breach, fix=fix)
