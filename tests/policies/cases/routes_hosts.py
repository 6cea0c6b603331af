"""Cases of the rules about routes: the many ways in which a program names what a service is to reach."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases import network as network_cases
from tests.policies.cases import routes_database
from tests.policies.cases.routes import (
    ALL,
    BY_CONNECTOR,
    CLUSTER,
    DIRECTLY,
    HOST,
    NETWORK,
    NO_ROUTE,
    OTHER,
    PEERED,
    REGION,
    WAY,
    at_once,
    cached,
    connector,
    declared,
    elsewhere,
    firewall,
    network,
    previewed,
    redis,
    running,
    standing,
    subnet,
    updated,
    workload,
)
from tests.policies.cases.routes_database import ALL_TRAFFIC, ANY, MOUNTED, PSA, PSC, SOCKET, sql, stored
from tests.policies.cases.routes_internet import nat
from tests.policies.wire import PROJECT, Declared, plain

EARLY = ()
OTHER_NETWORK = f"projects/{PROJECT}/global/networks/other"
ZONE, RECORD = "gcp:dns/managedZone:ManagedZone", "gcp:dns/recordSet:RecordSet"
NAME, PORT, WRONG = "redis.netra.internal", "REDIS_CLUSTER_UNSUPPORTED_PORT", "ROUTE_WRONG_NETWORK"
ACROSS = "NO_KNOWN_ROUTE_FROM_PEERED_NETWORK_TO_DESTINATION"
SECOND = redis("b", host="10.21.0.3", authorizedNetwork=OTHER_NETWORK)
MACHINE = declared("gcp:compute/instance:Instance", "vm", networkInterfaces=[{"network": OTHER_NETWORK}])
LET_IN = firewall("in", network=OTHER_NETWORK, direction="INGRESS", allows=ALL, sourceRanges=["10.0.0.0/8"])
BACK = declared(
    "gcp:compute/networkPeering:NetworkPeering", "back", network=OTHER_NETWORK, peerNetwork=NETWORK
)


def dns(value: Any, *networks: Any, **more: Any) -> list[Declared]:
    """A private zone that answers on some networks, and a record of the cache in it."""
    listed = [{"networkUrl": one} for one in networks]
    return [
        declared(
            ZONE,
            "zone",
            dnsName="netra.internal.",
            visibility="private",
            privateVisibilityConfig={"networks": listed},
        ),
        declared(RECORD, f"{NAME}.", managedZone="zone", type="A", rrdatas=[value], **more),
    ]


def reaching(*destinations: Declared, **more: Any) -> list[Declared]:
    """A service by the connector, whose template depends on all of some destinations."""
    around = [network(), subnet(), connector()]
    envs = more.pop("envs", None) or cached()
    return [
        *around,
        *destinations,
        workload(envs, more.pop("access", BY_CONNECTOR), depends=destinations, **more),
    ]


def alloydb(net: str = NETWORK, **cluster: Any) -> list[Declared]:
    whole = {"clusterId": "pg", "location": REGION, "networkConfig": {"network": net}, **cluster}
    whole = {key: value for key, value in whole.items() if value is not None}
    return [
        declared("gcp:alloydb/cluster:Cluster", "pg", **whole),
        declared(
            "gcp:alloydb/instance:Instance",
            "pg",
            cluster=f"projects/{PROJECT}/locations/{REGION}/clusters/pg",
        ),
    ]


def to_alloydb(*resources: Declared, **more: Any) -> list[Declared]:
    return [network(), subnet(), connector(), *resources, workload(stored(), depends=resources, **more)]


def valkey(**more: Any) -> Declared:
    inputs = {"instanceId": "valkey", "project": PROJECT, "location": REGION, **more}
    return Declared("gcp:memorystore/instance:Instance", "valkey", inputs)


def cluster(net: str) -> Declared:
    return declared("gcp:redis/cluster:Cluster", "cluster", region=REGION, pscConfigs=[{"network": net}])


ELSEWHERE = {"networkInterfaces": [{"network": NETWORK, "subnetwork": "far"}]}
WRITTEN = {"networkInterfaces": [{"subnetwork": f"projects/{PROJECT}/regions/us-east1/subnetworks/far"}]}
ONLY_NETWORK = {"networkInterfaces": [{"network": NETWORK}]}
FAR = subnet("far", region="us-east1")
SIDECAR = {
    "containers": [
        {"image": "i", "ports": {"containerPort": 80}, "envs": cached(HOST)},
        {"image": "s", "name": "side", "envs": [plain("OTHER", "10.21.0.3:6379")]},
    ]
}
BOTH_ADDRESSES = {"ipv4Enabled": True, "authorizedNetworks": ANY}
READ = redis(host=HOST)
STACK = Declared("pulumi:pulumi:StackReference", "other", {"name": "org/other/staging"})
PEERED_CACHE = redis(
    connectMode="PRIVATE_SERVICE_ACCESS", reservedIpRange="psa", depends={"authorizedNetwork": [PSA[1].urn]}
)
DENIED = {"denies": ALL, "destinationRanges": ["10.30.0.0/16"]}

CASES = [
    # Ways.
    previewed(
        "fail",
        "direct egress by a subnet of another region",
        standing(redis(), None, ELSEWHERE, FAR),
        "SUBNET_WRONG_REGION",
    ),
    previewed(
        "fail",
        "direct egress by a subnet whose id names another region",
        standing(redis(), None, WRITTEN),
        "SUBNET_WRONG_REGION",
    ),
    previewed(
        "unknown",
        "whether the network has a subnet of its own name",
        standing(redis(), None, ONLY_NETWORK),
        "SUBNET_UNKNOWN",
    ),
    previewed(
        "pass",
        "direct egress by a network whose subnet has its name",
        standing(redis(), None, ONLY_NETWORK, subnet("netra", ipCidrRange="10.12.0.0/24")),
    ),
    previewed(
        "pass",
        "two subnets of one name, one of them in the service's region",
        standing(redis(), None, DIRECTLY, Declared(FAR.type, "far", {**FAR.inputs, "name": "netra-sub"})),
    ),
    previewed(
        "pass",
        "another network's subnet has the name of one that is declared external",
        [
            network(),
            redis(),
            Declared(FAR.type, "far", {**FAR.inputs, "name": "shared", "network": OTHER_NETWORK}),
            workload(
                cached(),
                {"networkInterfaces": [{"network": NETWORK, "subnetwork": "shared"}]},
                depends=[redis()],
            ),
        ],
        contracts=elsewhere(
            f"kind: subnetwork, network: {NETWORK}, "
            f"id: projects/{PROJECT}/regions/{REGION}/subnetworks/shared"
        ),
    ),
    # Hosts.
    updated(
        "pass",
        "a URL that holds host and port",
        running(redis(host=HOST), cached(f"redis://:p@{HOST}:6379/0")),
    ),
    updated(
        "fail",
        "a URL that holds another port than the port's variable",
        running(redis(host=HOST), cached(f"redis://:p@{HOST}:6380/0")),
        "REDIS_INSTANCE_UNSUPPORTED_PORT",
    ),
    previewed(
        "fail",
        "several hosts, one of them on another network",
        running(redis(host=HOST), cached(f"{HOST}:6379,10.21.0.3:6379"), BY_CONNECTOR, SECOND),
        NO_ROUTE,
    ),
    previewed("unknown", "a host of IPv6", running(redis(host=HOST), cached("fd00::3")), "HOST_UNKNOWN"),
    previewed(
        "unknown", "what is no host at all", running(redis(host=HOST), cached("not a host")), "HOST_UNKNOWN"
    ),
    previewed(
        "fail", "a socket of Cloud SQL", running(redis(host=HOST), cached(SOCKET)), "DESTINATION_WRONG_KIND"
    ),
    previewed(
        "fail",
        "a sidecar's destination, on another network",
        [network(), subnet(), connector(), redis(host=HOST), SECOND, workload([], template=SIDECAR)],
        NO_ROUTE,
    ),
    # Names that the plan gives.
    previewed(
        "pass",
        "a name of a private zone",
        running(redis(host=HOST), cached(NAME), BY_CONNECTOR, *dns(HOST, NETWORK)),
    ),
    previewed(
        "pass",
        "a name whose address is not known yet, from what it comes from",
        running(
            redis(), cached(NAME), BY_CONNECTOR, *dns(UNKNOWN, NETWORK, depends={"rrdatas": [redis().urn]})
        ),
    ),
    previewed(
        "fail",
        "a name that leads to a cache of another network",
        running(SECOND, cached(NAME), BY_CONNECTOR, *dns("10.21.0.3", NETWORK)),
        NO_ROUTE,
    ),
    previewed(
        "fail",
        "a name of a private zone that answers elsewhere",
        running(redis(host=HOST), cached(NAME), BY_CONNECTOR, *dns(HOST, OTHER_NETWORK)),
        "DNS_ZONE_NOT_VISIBLE",
    ),
    previewed(
        "unknown",
        "what a name of the plan leads to",
        running(redis(host=HOST), cached(NAME), BY_CONNECTOR, *dns(UNKNOWN, NETWORK)),
        "HOST_UNKNOWN",
    ),
    previewed(
        "unknown",
        "where the zone of a name answers",
        running(redis(host=HOST), cached(NAME), BY_CONNECTOR, dns(HOST, NETWORK)[1]),
        "HOST_UNKNOWN",
    ),
    previewed(
        "pass",
        "a name in other letters, with the dot at its end and the port beside it",
        running(redis(host=HOST), cached("Redis.Netra.Internal.:6379"), BY_CONNECTOR, *dns(HOST, NETWORK)),
    ),
    # What stands for a cache or a database.
    previewed("pass", "Valkey", reaching(valkey(desiredAutoCreatedEndpoints=[{"network": NETWORK}]))),
    previewed(
        "fail",
        "Valkey of another network",
        reaching(valkey(desiredAutoCreatedEndpoints=[{"network": OTHER_NETWORK}])),
        WRONG,
    ),
    previewed("unknown", "the network of Valkey", reaching(valkey()), "NETWORK_UNKNOWN"),
    previewed("fail", "a cluster's port", reaching(CLUSTER, envs=cached(port="5432")), PORT),
    previewed(
        "fail",
        "a cluster of another network, without a contract",
        reaching(cluster(OTHER_NETWORK), name="other"),
        WRONG,
    ),
    previewed(
        "unknown",
        "whether the host is the cluster's or the instance's",
        reaching(cluster(OTHER_NETWORK), redis()),
        "DESTINATION_UNKNOWN",
    ),
    routes_database.previewed("pass", "AlloyDB", to_alloydb(*alloydb())),
    routes_database.previewed(
        "fail",
        "AlloyDB of another network",
        to_alloydb(*alloydb(OTHER_NETWORK)),
        "CLOUD_SQL_INSTANCE_NO_ROUTE",
    ),
    routes_database.previewed(
        "fail",
        "AlloyDB of another network, without a contract",
        to_alloydb(*alloydb(OTHER_NETWORK), name="other"),
        "CLOUD_SQL_INSTANCE_NO_ROUTE",
    ),
    routes_database.previewed(
        "unknown",
        "the endpoint of AlloyDB",
        to_alloydb(*alloydb(networkConfig=None, pscConfig={"pscEnabled": True})),
        "NETWORK_UNKNOWN",
    ),
    # Across a peering.
    previewed("pass", "a machine of a peered network", reaching(MACHINE, *PEERED, BACK, LET_IN)),
    previewed(
        "unknown", "the other side of a peering to a machine", reaching(MACHINE, *PEERED, LET_IN), ACROSS
    ),
    previewed("fail", "a machine of another network", reaching(MACHINE, network("other")), WRONG),
    previewed(
        "fail",
        "a cluster of a peered network",
        reaching(cluster(OTHER_NETWORK), *PEERED, BACK),
        "PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK",
    ),
    previewed(
        "fail",
        "a cache of a peered network, with custom routes exchanged",
        standing(
            OTHER,
            None,
            BY_CONNECTOR,
            network("other"),
            Declared(PEERED[1].type, "out", {**PEERED[1].inputs, "importCustomRoutes": True}),
            Declared(BACK.type, "back", {**BACK.inputs, "exportCustomRoutes": True}),
        ),
        NO_ROUTE,
    ),
    # Cloud SQL.
    routes_database.previewed(
        "unknown",
        "which of two addresses is told",
        routes_database.standing(sql(ip=BOTH_ADDRESSES), None, None),
        "DESTINATION_UNKNOWN",
    ),
    routes_database.previewed(
        "fail",
        "two addresses, and the public one lets nobody in",
        routes_database.standing(sql(ip={"ipv4Enabled": True}), None, None),
        WAY,
    ),
    routes_database.previewed(
        "unknown",
        "whether the socket takes an instance of Private Service Connect",
        routes_database.standing(sql(ip=PSC), stored(SOCKET), template=MOUNTED),
        "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
    ),
    routes_database.previewed(
        "pass",
        "the socket, everything into a network with NAT",
        routes_database.standing(
            sql(ip=routes_database.CLOSED), stored(SOCKET), ALL_TRAFFIC, *nat(), template=MOUNTED
        ),
    ),
    # Of other stacks.
    previewed(
        "pass",
        "a cache that is only read",
        [
            network(),
            subnet(),
            connector(),
            Declared(READ.type, "cache", {}, outputs=READ.outputs, read_only=True),
            workload(cached(HOST)),
        ],
    ),
    routes_database.previewed(
        "pass",
        "a database that is only read, with its own peering",
        [
            network(),
            connector(),
            Declared(sql().type, "db", {}, outputs=sql(host="10.30.0.3").outputs, read_only=True),
            workload(stored("10.30.0.3")),
        ],
    ),
    previewed(
        "unknown",
        "the host, from another stack",
        [network(), connector(), STACK, workload(cached(), depends=[STACK])],
        "HOST_UNKNOWN",
    ),
    previewed(
        "unknown",
        "the host, from another stack, where the one external is on another network",
        [network(), connector(), STACK, workload(cached(), depends=[STACK])],
        "HOST_UNKNOWN",
        contracts=elsewhere(f"kind: cache, id: theirs, network: {OTHER_NETWORK}"),
    ),
    at_once(
        "fail",
        "the address of an external on another network",
        [network(), connector(), workload(cached("10.77.0.3"))],
        NO_ROUTE,
        contracts=elsewhere(
            f"kind: cache, id: theirs, network: {OTHER_NETWORK}, region: {REGION}, range: 10.77.0.3/32"
        ),
    ),
    network_cases.late(
        network_cases.ADDRESS,
        "unknown",
        "an address that may be another stack's",
        [redis(), STACK, workload(cached("10.99.0.3"), depends=[STACK])],
        "web",
        "ADDRESS_UNKNOWN",
    ),
    network_cases.late(
        network_cases.SERVICES,
        "unknown",
        "private services access of a network that is only read",
        [Declared(network().type, "netra", network().inputs, read_only=True), sql()],
        "db",
        network_cases.NO_PEERING,
    ),
    updated(
        "pass",
        "two caches of one address, each on a network of its own",
        running(redis(host=HOST), None, BY_CONNECTOR, redis("b", host=HOST, authorizedNetwork=OTHER_NETWORK)),
    ),
    previewed(
        "pass",
        "a cache and a database of one address, each on a network of its own",
        running(redis(host=HOST), None, BY_CONNECTOR, sql(host=HOST, ip={"privateNetwork": OTHER_NETWORK})),
    ),
    previewed(
        "fail",
        "two caches of one address, both on other networks",
        running(
            redis(host=HOST, authorizedNetwork="third"),
            None,
            BY_CONNECTOR,
            redis("b", host=HOST, authorizedNetwork=OTHER_NETWORK),
        ),
        NO_ROUTE,
    ),
    previewed(
        "unknown",
        "whether an address outside the private ranges is sent into the network",
        standing(redis(reservedIpRange="11.0.0.0/29"), None, {**BY_CONNECTOR, "egress": UNKNOWN}),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "egress is denied to the range that a cache of private services has its address from",
        standing(PEERED_CACHE, None, BY_CONNECTOR, *PSA, firewall("deny", **DENIED)),
        "FIREWALL_RULE",
    ),
    previewed(
        "pass",
        "egress is denied to another range than that of private services",
        standing(
            PEERED_CACHE,
            None,
            BY_CONNECTOR,
            *PSA,
            firewall("deny", **{**DENIED, "destinationRanges": ["10.99.0.0/16"]}),
        ),
    ),
]
