"""Cases of the rules about the network that routes run over."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.cases.routes import (
    BY_CONNECTOR,
    CONTRACTS,
    HOST,
    HOSTED,
    NETWORK,
    SHARED,
    cached,
    connector,
    declared,
    elsewhere,
    network,
    redis,
    subnet,
    workload,
)
from tests.policies.cases.routes_database import PSA, sql
from tests.policies.wire import Case, Declared, plain

ADDRESS, SERVICES, SUBNET, RANGES = (
    "route-address",
    "private-service-access",
    "direct-egress-subnet",
    "network-ranges",
)
EARLY = (SERVICES, SUBNET)
NO_PEERING, SMALL, OVERLAP = "GOOGLE_MANAGED_SERVICE_NO_PEERING", "SUBNET_TOO_SMALL", "RANGES_OVERLAP"
ROUTE = Declared("gcp:dns/recordSet:RecordSet", "record", {"rrdatas": [HOST], "address": HOST})


def on(*names_and_cause: str) -> frozenset[tuple[str, str]]:
    *names, cause = names_and_cause
    return frozenset((name, cause) for name in names)


def late(rule: str, kind: str, name: str, resources: Any, *found: str, **more: Any) -> Case:
    """Found at the end only; `found` is the names of resources and the cause."""
    more.setdefault("contracts", CONTRACTS)
    return Case(rule, kind, name, resources, closed=on(*found) if found else frozenset(), **more)


def early(rule: str, kind: str, name: str, resources: Any, *found: str, **more: Any) -> Case:
    more.setdefault("contracts", CONTRACTS)
    return Case(rule, kind, name, resources, on(*found), on(*found), **more)


def told(*envs: Any, name: str = "other") -> Declared:
    return workload(list(envs), name=name)


def directly(most: Any = 1, *, name: str = "web", range_: str | None = None, **more: Any) -> Declared:
    """A service that goes out directly, with so many instances at most."""
    access = {"networkInterfaces": [{"network": NETWORK, "subnetwork": range_ or "netra-sub"}]}
    service = workload([], access, name=name, scaling={"maxInstanceCount": most}, **more)
    return Declared(service.type, name, service.inputs, depends=service.depends)


def crowded(range_: Any, *services: Declared) -> list[Declared]:
    return [network(), subnet(ipCidrRange=range_), *services]


ADDRESS_OF_VM = declared("gcp:compute/address:Address", "vm", address="10.40.0.9", addressType="INTERNAL")
PSA_REDIS = {"connectMode": "PRIVATE_SERVICE_ACCESS", "depends": {"authorizedNetwork": [PSA[1].urn]}}
LOOSE = Declared(sql().type, "db", sql().inputs)
SECONDARY = [{"rangeName": "pods", "ipCidrRange": "10.9.0.0/24"}]

CASES = [
    late(ADDRESS, "pass", "an output of the plan", [redis(host=HOST), workload(cached(HOST))]),
    late(
        ADDRESS,
        "pass",
        "an output in a URL, marked secret",
        [redis(host=HOST), told(plain("URL", Secret(f"redis://:hunter2@{HOST}:6379/0")))],
    ),
    late(
        ADDRESS,
        "pass",
        "an address that the plan reserves",
        [ADDRESS_OF_VM, told(plain("LDAP", "10.40.0.9:389"))],
    ),
    late(
        ADDRESS,
        "pass",
        "declared external",
        [told(plain("LDAP", "10.41.0.9"))],
        contracts=elsewhere("kind: address, id: 10.41.0.9"),
    ),
    late(
        ADDRESS,
        "pass",
        "in a range that is declared external",
        [told(plain("KAFKA", "10.41.0.9:9092,10.41.0.10:9092"))],
        contracts=elsewhere("kind: range, id: office, range: 10.41.0.0/24"),
    ),
    late(ADDRESS, "pass", "a range, which is no address", [redis(), told(plain("TRUSTED", "10.0.0.0/8"))]),
    late(
        ADDRESS,
        "pass",
        "a version, the local host, all interfaces, a public address",
        [
            redis(),
            told(
                plain("APP_VERSION", "10.2.0.1"),
                plain("A", "127.0.0.1"),
                plain("B", "0.0.0.0:80"),
                plain("C", "34.1.2.3"),
            ),
        ],
    ),
    late(
        ADDRESS,
        "fail",
        "written out, before the cache has an address",
        [redis(), workload(cached(HOST))],
        "web",
        "ADDRESS_STALE",
    ),
    late(
        ADDRESS,
        "fail",
        "written out, and the cache has another",
        [redis(host="10.20.0.4"), workload(cached(HOST))],
        "web",
        "ADDRESS_STALE",
    ),
    late(
        ADDRESS,
        "fail",
        "the same in the update",
        [redis(host="10.20.0.4"), workload(cached(HOST))],
        "web",
        "ADDRESS_STALE",
        preview=False,
    ),
    late(
        ADDRESS,
        "fail",
        "in a URL, without a contract",
        [redis(), told(plain("CACHE_URL", f"rediss://:hunter2@{HOST}:6378/0"))],
        "web",
        "ADDRESS_STALE",
    ),
    late(
        ADDRESS, "fail", "with its port", [sql(), told(plain("DB", f"{HOST}:5432"))], "web", "ADDRESS_STALE"
    ),
    late(
        ADDRESS,
        "fail",
        "a record of DNS does not have it",
        [redis(), ROUTE, told(plain("CACHE", HOST))],
        "web",
        "ADDRESS_STALE",
    ),
    late(
        ADDRESS,
        "missing",
        "an address of nothing that the plan has",
        [told(plain("LDAP", "10.41.0.9"))],
        "web",
        "ADDRESS_UNKNOWN",
    ),
    late(ADDRESS, "missing", "no environment", [workload([])]),
    late(ADDRESS, "unknown", "the value", [redis(), workload(cached())]),
    late(ADDRESS, "unknown", "the environment", [redis(), workload(UNKNOWN)]),
    # private-service-access
    late(
        SERVICES,
        "pass",
        "a connection with a range, and an instance that waits for it",
        [network(), *PSA, sql()],
    ),
    late(SERVICES, "pass", "Memorystore by private services access", [network(), *PSA, redis(**PSA_REDIS)]),
    late(SERVICES, "pass", "Memorystore by its own peering needs none", [network(), redis()]),
    late(
        SERVICES,
        "pass",
        "a public address needs none",
        [network(), sql(ip={"privateNetwork": None, "ipv4Enabled": True})],
    ),
    late(
        SERVICES,
        "pass",
        "the network's name and its self link are one",
        [network(), *PSA, sql(ip={"privateNetwork": f"https://www.googleapis.com/compute/v1/{NETWORK}"})],
    ),
    late(
        SERVICES,
        "pass",
        "a network of another project, declared",
        [sql(ip={"privateNetwork": "projects/host/global/networks/shared"})],
        contracts=elsewhere("kind: network, id: projects/host/global/networks/shared"),
    ),
    late(
        SERVICES,
        "pass",
        "waiting by way of another resource",
        [
            network(),
            *PSA,
            Declared("pulumi:pulumi:Component", "net", {}, depends={"x": [PSA[1].urn]}),
            Declared(
                LOOSE.type,
                "db",
                LOOSE.inputs,
                depends={"y": ["urn:pulumi:staging::test::pulumi:pulumi:Component::net"]},
            ),
        ],
    ),
    late(SERVICES, "fail", "the instance does not wait", [network(), *PSA, LOOSE], "db", NO_PEERING),
    early(
        SERVICES,
        "fail",
        "the connection is on another network",
        [
            network(),
            network("other"),
            PSA[0],
            declared(PSA[1].type, "psa", network="other", reservedPeeringRanges=["psa"]),
            sql(),
        ],
        "db",
        NO_PEERING,
    ),
    early(
        SERVICES,
        "fail",
        "the range is reserved for something else",
        [
            network(),
            declared(PSA[0].type, "psa", purpose="PRIVATE_SERVICE_CONNECT", network=NETWORK),
            PSA[1],
            sql(),
        ],
        "db",
        NO_PEERING,
    ),
    early(
        SERVICES,
        "fail",
        "the range is reserved on another network",
        [
            network(),
            network("other"),
            declared(PSA[0].type, "psa", purpose="VPC_PEERING", network="other"),
            PSA[1],
            sql(),
        ],
        "db",
        NO_PEERING,
    ),
    early(
        SERVICES,
        "fail",
        "the connection comes after the instance",
        [network(), PSA[0], LOOSE, PSA[1]],
        "db",
        NO_PEERING,
    ),
    early(SERVICES, "missing", "no connection", [network(), sql()], "db", NO_PEERING),
    early(
        SERVICES,
        "missing",
        "no connection for Memorystore",
        [network(), redis(**PSA_REDIS)],
        "cache",
        NO_PEERING,
    ),
    early(
        SERVICES,
        "missing",
        "a connection without a range",
        [network(), declared(PSA[1].type, "psa", network=NETWORK, reservedPeeringRanges=[]), sql()],
        "db",
        NO_PEERING,
    ),
    late(
        SERVICES,
        "missing",
        "a network that nobody declares",
        [sql(ip={"privateNetwork": "projects/host/global/networks/shared"})],
        "db",
        NO_PEERING,
    ),
    late(
        SERVICES,
        "unknown",
        "the instance's network",
        [network(), *PSA, sql(ip={"privateNetwork": UNKNOWN})],
        "db",
        "NETWORK_UNKNOWN",
    ),
    late(
        SERVICES,
        "unknown",
        "the instance's network, from what it comes from",
        [
            network(),
            *PSA,
            Declared(
                LOOSE.type,
                "db",
                {**LOOSE.inputs, "settings": {"ipConfiguration": {"privateNetwork": UNKNOWN}}},
                depends={"settings": [network().urn, PSA[1].urn]},
            ),
        ],
    ),
    late(
        SERVICES,
        "unknown",
        "the connection's network",
        [
            network(),
            PSA[0],
            declared(PSA[1].type, "psa", network=UNKNOWN, reservedPeeringRanges=["psa"]),
            sql(),
        ],
        "db",
        NO_PEERING,
    ),
    late(
        SERVICES,
        "unknown",
        "the connection's ranges",
        [
            network(),
            PSA[0],
            declared(PSA[1].type, "psa", network=NETWORK, reservedPeeringRanges=UNKNOWN),
            sql(),
        ],
    ),
    # direct-egress-subnet
    late(
        SUBNET,
        "pass",
        "a subnet that holds its services",
        crowded("10.9.0.0/24", directly(50), directly(50, name="b")),
    ),
    late(SUBNET, "pass", "the smallest that is allowed", crowded("10.9.0.0/26", directly(20))),
    late(
        SUBNET,
        "pass",
        "a connector's subnet is not for its services",
        [
            network(),
            subnet(ipCidrRange="10.9.0.0/28"),
            connector(network=None, ipCidrRange=None, subnet={"name": "netra-sub"}),
            workload([], BY_CONNECTOR),
        ],
    ),
    late(
        SUBNET,
        "pass",
        "a service that is scaled to nothing",
        crowded(
            "10.9.0.0/26",
            directly(20),
            workload(
                [],
                {"networkInterfaces": [{"subnetwork": "netra-sub"}]},
                name="b",
                scaling={"scalingMode": "MANUAL", "manualInstanceCount": 0},
            ),
        ),
    ),
    late(
        SUBNET,
        "pass",
        "a subnet of another project, declared with its range",
        [directly(range_=HOSTED)],
        contracts=elsewhere(f"kind: subnetwork, id: {HOSTED}, network: {NETWORK}, range: 10.9.0.0/24"),
    ),
    early(SUBNET, "fail", "smaller than is allowed", crowded("10.9.0.0/27", directly()), "netra-sub", SMALL),
    early(
        SUBNET,
        "fail",
        "too many instances of one service",
        crowded("10.9.0.0/26", directly(100)),
        "netra-sub",
        SMALL,
    ),
    late(
        SUBNET,
        "fail",
        "too many instances of two services",
        crowded("10.9.0.0/25", directly(40), directly(40, name="b")),
        "netra-sub",
        SMALL,
    ),
    late(
        SUBNET,
        "missing",
        "the subnet's range is not written",
        crowded(None, directly()),
        "netra-sub",
        "SUBNET_RANGE_UNKNOWN",
    ),
    early(
        SUBNET,
        "missing",
        "no bound, which is Google's own",
        crowded("10.9.0.0/26", directly(None)),
        "netra-sub",
        SMALL,
    ),
    late(
        SUBNET,
        "unknown",
        "the subnet's range",
        crowded(UNKNOWN, directly()),
        "netra-sub",
        "SUBNET_RANGE_UNKNOWN",
    ),
    late(
        SUBNET,
        "unknown",
        "the most instances",
        crowded("10.9.0.0/26", directly(UNKNOWN)),
        "netra-sub",
        "INSTANCES_UNKNOWN",
    ),
    # network-ranges
    late(
        RANGES,
        "pass",
        "each its own",
        [network(), subnet(), connector(), redis(reservedIpRange="10.20.0.0/29"), *PSA],
    ),
    late(
        RANGES,
        "pass",
        "the same range on two networks",
        [network(), network("other"), subnet(), subnet("b", network="other")],
    ),
    late(
        RANGES,
        "pass",
        "a connector in a subnet of its own",
        [
            network(),
            subnet(ipCidrRange="10.9.0.0/28"),
            connector(network=None, ipCidrRange=None, subnet={"name": "netra-sub"}),
        ],
    ),
    late(
        RANGES,
        "pass",
        "a reserved range by its name",
        [network(), *PSA, redis(reservedIpRange="psa", **PSA_REDIS)],
    ),
    late(RANGES, "pass", "a subnet of another project", [SHARED]),
    late(RANGES, "pass", "a network that is looked up, and nothing to clash with", [subnet(network=UNKNOWN)]),
    late(
        RANGES,
        "fail",
        "a connector inside a subnet",
        [network(), subnet(), connector(ipCidrRange="10.9.0.16/28")],
        "netra-conn",
        OVERLAP,
    ),
    late(
        RANGES,
        "fail",
        "Memorystore inside the range of private services",
        [network(), *PSA, redis(reservedIpRange="10.30.1.0/29")],
        "cache",
        OVERLAP,
    ),
    late(
        RANGES,
        "fail",
        "private services over a subnet",
        [network(), subnet(ipCidrRange="10.30.5.0/24"), *PSA],
        "psa",
        OVERLAP,
    ),
    late(
        RANGES, "fail", "two connectors of one range", [network(), connector(), connector("b")], "b", OVERLAP
    ),
    late(
        RANGES,
        "fail",
        "a secondary range",
        [network(), subnet(), subnet("b", ipCidrRange="10.10.0.0/24", secondaryIpRanges=SECONDARY)],
        "b",
        OVERLAP,
    ),
    late(
        RANGES,
        "fail",
        "what is declared external",
        [network(), subnet()],
        "netra-sub",
        OVERLAP,
        contracts=elsewhere(f"kind: range, id: office, network: {NETWORK}, range: 10.8.0.0/15"),
    ),
    late(
        RANGES,
        "fail",
        "a connector's subnet of another size",
        [network(), subnet(), connector(network=None, ipCidrRange=None, subnet={"name": "netra-sub"})],
        "netra-conn",
        "CONNECTOR_SUBNET_SIZE",
    ),
    late(
        RANGES,
        "missing",
        "ranges that Google chooses",
        [
            network(),
            redis(),
            declared(PSA[0].type, "psa", purpose="VPC_PEERING", prefixLength=16, network=NETWORK),
        ],
    ),
    late(
        RANGES,
        "missing",
        "a cache of the network named default",
        [subnet(network="default"), redis(authorizedNetwork=None, reservedIpRange="10.9.0.0/29")],
        "cache",
        OVERLAP,
    ),
    late(
        RANGES, "unknown", "a range", [network(), subnet(ipCidrRange=UNKNOWN)], "netra-sub", "RANGE_UNKNOWN"
    ),
    late(
        RANGES,
        "unknown",
        "the network",
        [network(), subnet(ipCidrRange="10.8.0.0/24"), connector(network=UNKNOWN)],
        "netra-conn",
        "RANGE_UNKNOWN",
    ),
    late(
        RANGES,
        "unknown",
        "the network, from what it comes from",
        [
            network(),
            connector(),
            Declared(
                subnet().type,
                "s",
                {**subnet().inputs, "name": "s", "network": UNKNOWN, "ipCidrRange": "10.8.0.0/24"},
                depends={"network": [network().urn]},
            ),
        ],
        "s",
        OVERLAP,
    ),
]
