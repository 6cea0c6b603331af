"""Cases of the rule about ranges of addresses."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.rules.limits_cidr import ADDRESS, CONNECTOR, REDIS, SUBNET
from tests.policies.wire import Case, Declared, service

RULE = "cidr-limits"
EARLY = (RULE,)


def subnet(range_: Any = "10.10.0.0/20", *, read_only: bool = False, **more: Any) -> Declared:
    inputs = {"name": "s", "ipCidrRange": range_, **more}
    return Declared(SUBNET, "thing", {k: v for k, v in inputs.items() if v is not None}, read_only=read_only)


def connector(range_: Any) -> Declared:
    return Declared(CONNECTOR, "thing", {"name": "c", "network": "n", "ipCidrRange": range_})


def redis(range_: Any, **more: Any) -> Declared:
    return Declared(REDIS, "thing", {"name": "r", "memorySizeGb": 1, "reservedIpRange": range_, **more})


def peering(address: Any, prefix: Any, purpose: Any = "VPC_PEERING") -> Declared:
    inputs = {"name": "a", "purpose": purpose, "address": address, "prefixLength": prefix}
    return Declared(ADDRESS, "thing", {k: v for k, v in inputs.items() if v is not None})


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset(("thing", cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found)


def unknown(name: str, resource: Declared) -> Case:
    return Case(RULE, "unknown", name, [resource], closed=frozenset({("thing", "LIMIT_UNKNOWN")}))


WRONG = "CIDR_NOT_ALLOWED"
CASES = [
    both("pass", "a subnet", subnet()),
    both("pass", "the smallest subnet", subnet("10.10.0.0/29")),
    both("pass", "class E", subnet("240.0.0.0/20")),
    both("pass", "public addresses, used privately", subnet("52.10.0.0/24")),
    both(
        "pass",
        "a second range",
        subnet(secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.20.0.0/16"}]),
    ),
    both("pass", "a connector's", connector("10.8.0.0/28")),
    both("pass", "a connector's of the wrong size is told elsewhere", connector("10.8.0.0/24")),
    both("pass", "a cache's", redis("10.30.0.0/29")),
    both("pass", "a cache's range by its name", redis("reserved", connectMode="PRIVATE_SERVICE_ACCESS")),
    both("pass", "a range for peering", peering("10.20.0.0", 16)),
    both("pass", "a range for peering, its place left to Google", peering(None, 16)),
    both("pass", "an address of the internet", peering("203.0.113.7", None, purpose=None)),
    both("pass", "a secret range", subnet(Secret("10.10.0.0/20"))),
    both("pass", "one that exists already", subnet("10.10.0.0/99", read_only=True)),
    both("fail", "a prefix that is none, of a connector", connector("10.8.0.0/99"), WRONG),
    both("fail", "no prefix", subnet("10.10.0.0"), WRONG),
    both("fail", "no address", subnet("10.10.0/20"), WRONG),
    both("fail", "host bits set", subnet("10.10.1.0/20"), WRONG),
    both("fail", "host bits set, of a connector", connector("10.8.0.1/28"), WRONG),
    both("fail", "a mask in place of a prefix", subnet("10.10.0.0/255.255.240.0"), WRONG),
    both("fail", "a subnet of two addresses", subnet("10.10.0.0/30"), WRONG),
    both("fail", "link-local addresses", subnet("169.254.0.0/20"), WRONG),
    both(
        "fail",
        "a second range that is none",
        subnet(secondaryIpRanges=[{"ipCidrRange": "10.20.0.0/33"}]),
        WRONG,
    ),
    both("fail", "a cache's that is none", redis("10.30.0.0/x"), WRONG),
    both("fail", "a secret range that is none", subnet(Secret("10.10.0.0/99")), WRONG),
    both("fail", "peering with host bits set", peering("10.20.0.1", 16), WRONG),
    both("fail", "peering with a prefix that is none", peering(None, 99), "CIDR_PREFIX"),
    both("missing", "a subnet that takes its range from elsewhere", subnet(None, reservedInternalRange="r")),
    both("missing", "no range anywhere", Declared("gcp:compute/network:Network", "thing", {"name": "n"})),
    unknown("a subnet's", subnet(UNKNOWN)),
    unknown("second ranges", subnet(secondaryIpRanges=UNKNOWN)),
    unknown("a peering's address", peering(UNKNOWN, 16)),
    unknown("a peering's prefix", peering(None, UNKNOWN)),
    Case(RULE, "unknown", "a connector's is told elsewhere", [connector(UNKNOWN), service([])]),
]
