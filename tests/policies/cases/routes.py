"""Cases of the rules about routes to caches, and what all the cases about routes share."""

from collections.abc import Mapping
from typing import Any

from policies.plan import UNKNOWN
from policies.plan.workloads import JOB, SERVICE, SERVICE_V1
from tests.policies.wire import PROJECT, Case, Declared, from_secret, plain

CACHE = "route-cache"
EARLY = (CACHE,)
REGION = "us-central1"
NETWORK, HOST, PORT, TLS_PORT = f"projects/{PROJECT}/global/networks/netra", "10.20.0.3", "6379", "6378"

CONTRACTS = {
    "environments.yaml": "environments: {staging: {projects: [netra-staging]}}",
    "web.yaml": """
service: web-{environment}
env: {REDIS_HOST: , REDIS_PORT: }
destinations: {cache: {host: REDIS_HOST, port: REDIS_PORT}}
""",
}


def elsewhere(*externals: str, contracts: Mapping[str, str] = CONTRACTS) -> dict[str, str]:
    """The contracts, with externals declared."""
    lines = [f"- {{environment: staging, why: made by the platform team, {one}}}" for one in externals]
    return {**contracts, "externals.yaml": "externals:\n" + "\n".join(lines)}


def declared(type_: str, name: str, **inputs: Any) -> Declared:
    """A resource with its name, project and region; None leaves an input out."""
    own = {key: inputs.pop(key) for key in ("outputs", "depends", "read_only", "provider") if key in inputs}
    whole = {"name": name, "project": PROJECT, **inputs}
    return Declared(type_, name, {key: value for key, value in whole.items() if value is not None}, **own)


def network(name: str = "netra", **more: Any) -> Declared:
    return declared("gcp:compute/network:Network", name, autoCreateSubnetworks=False, **more)


def subnet(name: str = "netra-sub", **more: Any) -> Declared:
    inputs = {"region": REGION, "network": NETWORK, "ipCidrRange": "10.9.0.0/24", **more}
    return declared("gcp:compute/subnetwork:Subnetwork", name, **inputs)


def connector(name: str = "netra-conn", **more: Any) -> Declared:
    inputs = {"region": REGION, "network": NETWORK, "ipCidrRange": "10.8.0.0/28", **more}
    return declared("gcp:vpcaccess/connector:Connector", name, **inputs)


def redis(name: str = "cache", *, host: str | None = None, **more: Any) -> Declared:
    """A Memorystore instance; its host is known when it is given."""
    inputs = {"region": REGION, "authorizedNetwork": NETWORK, "memorySizeGb": 1, **more}
    outputs = {**inputs, "host": host or UNKNOWN}
    return declared("gcp:redis/instance:Instance", name, outputs=outputs, **inputs)


def firewall(name: str, **more: Any) -> Declared:
    return declared(
        "gcp:compute/firewall:Firewall", name, **{"network": NETWORK, "direction": "EGRESS", **more}
    )


ALL = [{"protocol": "all"}]
BY_CONNECTOR = {"connector": f"projects/{PROJECT}/locations/{REGION}/connectors/netra-conn"}
DIRECTLY = {"networkInterfaces": [{"network": NETWORK, "subnetwork": "netra-sub", "tags": ["web"]}]}


def workload(
    envs: Any, access: Any = BY_CONNECTOR, *, depends: Any = (), name: str = "web-staging", **more: Any
) -> Declared:
    """A service that goes out by the connector, unless told otherwise; `depends`: what its template does."""
    template = {"containers": [{"image": "i", "envs": envs}], "vpcAccess": access, **more.pop("template", {})}
    template = {key: value for key, value in template.items() if value is not None}
    inputs = {"name": name, "project": PROJECT, "location": REGION, "template": template, **more}
    return Declared(SERVICE, "web", inputs, depends={"template": [one.urn for one in depends]})


def cached(host: Any = UNKNOWN, port: Any = PORT) -> list[dict[str, Any]]:
    return [plain("REDIS_HOST", host), plain("REDIS_PORT", port)]


def found(*causes: str) -> frozenset[tuple[str, str]]:
    return frozenset(("web", cause) for cause in causes)


def previewed(kind: str, name: str, resources: Any, *causes: str, rule: str = CACHE, **more: Any) -> Case:
    """Found at the end of a preview, and nothing before."""
    more.setdefault("contracts", CONTRACTS)
    return Case(rule, kind, name, resources, closed=found(*causes), **more)


def at_once(kind: str, name: str, resources: Any, *causes: str, rule: str = CACHE, **more: Any) -> Case:
    """Found in a preview before the plan is whole, and still at the end."""
    more.setdefault("contracts", CONTRACTS)
    return Case(rule, kind, name, resources, found(*causes), found(*causes), **more)


def updated(kind: str, name: str, resources: Any, *causes: str, rule: str = CACHE, **more: Any) -> Case:
    """Found in the update before the service is created, and still at the end."""
    more.setdefault("contracts", CONTRACTS)
    return Case(rule, kind, name, resources, found(*causes), found(*causes), preview=False, **more)


def standing(
    cache: Declared, envs: Any = None, access: Any = BY_CONNECTOR, *others: Declared
) -> list[Declared]:
    """A cache, and a service whose host comes from it."""
    envs = cached() if envs is None else envs
    return [network(), subnet(), connector(), cache, *others, workload(envs, access, depends=[cache])]


def running(
    cache: Declared, envs: Any = None, access: Any = BY_CONNECTOR, *others: Declared
) -> list[Declared]:
    """The same in the update: the host is known."""
    envs = cached(HOST) if envs is None else envs
    return [network(), subnet(), connector(), cache, *others, workload(envs, access)]


def on(type_: str, spec: Any) -> list[Declared]:
    """A service of the first API or a job, with the same cache."""
    cache = redis()
    inputs = {"name": "web-staging", "project": PROJECT, "location": REGION, "template": spec}
    return [network(), connector(), cache, Declared(type_, "web", inputs, depends={"template": [cache.urn]})]


def first_api(**annotations: str) -> list[Declared]:
    names = {f"run.googleapis.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
    spec = {"containers": [{"image": "i", "envs": cached()}]}
    return on(SERVICE_V1, {"metadata": {"annotations": names}, "spec": spec})


OTHER = redis(authorizedNetwork="projects/netra-staging/global/networks/other")
OTHER_UP = redis(host=HOST, authorizedNetwork="default")
PEERED = [
    network("other"),
    declared(
        "gcp:compute/networkPeering:NetworkPeering",
        "to-other",
        network=NETWORK,
        peerNetwork=f"projects/{PROJECT}/global/networks/other",
    ),
]
HOSTED = "projects/host/regions/us-central1/subnetworks/shared-sub"
SHARED = connector(network=None, ipCidrRange=None, subnet={"name": "shared-sub", "projectId": "host"})
DENY = {
    "denies": ALL,
    "priority": 65000,
    "destinationRanges": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
}
ALLOW = {"allows": [{"protocol": "tcp", "ports": ["6378-6379"]}], "priority": 1000}
TAG = f"vpc-connector-{REGION}-netra-conn"
NO_ROUTE = "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK"
WAY = "VPC_CONNECTOR_NOT_SET"
SPELLED = f"https://www.googleapis.com/compute/v1/{NETWORK}"

CLUSTER = declared("gcp:redis/cluster:Cluster", "cluster", region=REGION, pscConfigs=[{"network": NETWORK}])

CASES = [
    previewed("pass", "a cluster", [network(), connector(), CLUSTER, workload(cached(), depends=[CLUSTER])]),
    previewed("pass", "a connector on the cache's network", standing(redis())),
    updated("pass", "the same in the update", running(redis(host=HOST))),
    previewed(
        "pass", "the network's name and its self link are one", standing(redis(authorizedNetwork=SPELLED))
    ),
    previewed("pass", "direct VPC egress", standing(redis(), None, DIRECTLY)),
    previewed(
        "pass",
        "a subnet alone",
        standing(redis(), None, {"networkInterfaces": [{"subnetwork": "netra-sub"}]}),
    ),
    previewed(
        "pass",
        "TLS and its port",
        standing(redis(transitEncryptionMode="SERVER_AUTHENTICATION"), cached(port=TLS_PORT)),
    ),
    previewed("pass", "a port that is the instance's own", standing(redis(), cached(port=UNKNOWN))),
    previewed(
        "pass",
        "a job",
        on(JOB, {"template": {"containers": [{"envs": cached()}], "vpcAccess": BY_CONNECTOR}}),
    ),
    previewed("pass", "the first API", first_api(vpc_access_connector="netra-conn")),
    previewed(
        "pass",
        "direct VPC egress by the first API",
        first_api(network_interfaces='[{"network": "netra", "subnetwork": "netra-sub"}]'),
    ),
    previewed("pass", "no service at all", [network(), connector(), redis()]),
    previewed(
        "pass",
        "scaled to nothing",
        [
            network(),
            connector(),
            redis(),
            workload(cached(), depends=[redis()], scaling={"maxInstanceCount": 0}),
        ],
    ),
    previewed(
        "pass",
        "two caches in reach",
        [network(), connector(), redis(), redis("b"), workload(cached(), depends=[redis(), redis("b")])],
    ),
    previewed(
        "pass",
        "several connectors",
        standing(redis(), None, BY_CONNECTOR, connector("far", region="europe-west1", network="default")),
    ),
    updated(
        "pass",
        "a cache of another network that has the same address",
        running(redis(host=HOST), None, BY_CONNECTOR, redis("a", host=HOST, authorizedNetwork="default")),
    ),
    updated(
        "fail",
        "a connector with a range of its own on another project's network",
        [
            redis(host=HOST, authorizedNetwork="projects/host-project/global/networks/shared"),
            connector(network="projects/host-project/global/networks/shared"),
            workload(cached(HOST)),
        ],
        "VPC_CONNECTOR_WANTS_SUBNET",
    ),
    previewed(
        "fail",
        "direct VPC egress by a subnet of another region",
        [
            network(),
            subnet(region="europe-west1"),
            cache := redis(),
            workload(
                cached(),
                {"networkInterfaces": [{"subnetwork": "regions/europe-west1/subnetworks/netra-sub"}]},
                depends=[cache],
            ),
        ],
        "SUBNET_WRONG_REGION",
    ),
    updated(
        "pass",
        "a cache of another network, and our own",
        running(redis(host=HOST), None, BY_CONNECTOR, redis("b", authorizedNetwork="default")),
    ),
    previewed(
        "pass",
        "a network of a Shared VPC host project",
        [
            SHARED,
            redis(authorizedNetwork="projects/host/global/networks/shared"),
            workload(cached(), depends=[redis()]),
        ],
        contracts=elsewhere(f"kind: subnetwork, id: {HOSTED}, network: projects/host/global/networks/shared"),
    ),
    previewed(
        "pass",
        "a connector and a cache of another stack",
        [workload(cached(HOST), {"connector": "shared-conn"})],
        contracts=elsewhere(
            "kind: connector, id: shared-conn, network: shared, region: us-central1",
            f"kind: cache, id: {HOST}, network: shared, region: us-central1, port: 6379",
        ),
    ),
    previewed(
        "pass",
        "a provider with a project",
        [
            declared("gcp:compute/network:Network", "netra", project=None, provider={"project": PROJECT}),
            connector(),
            redis(authorizedNetwork="netra", project=None, provider={"project": PROJECT}),
            workload(cached(), depends=[redis()]),
        ],
    ),
    updated(
        "pass",
        "an allowance for the connector's tag before a denial of all",
        running(
            redis(host=HOST),
            None,
            BY_CONNECTOR,
            firewall("allow", targetTags=[TAG], **ALLOW),
            firewall("deny", **DENY),
        ),
    ),
    updated(
        "pass",
        "a denial for others",
        running(redis(host=HOST), None, BY_CONNECTOR, firewall("deny", targetTags=["vm"], **DENY)),
    ),
    updated(
        "pass",
        "a denial that is switched off",
        running(redis(host=HOST), None, BY_CONNECTOR, firewall("deny", disabled=True, **DENY)),
    ),
    updated(
        "pass",
        "a denial of what comes in",
        running(redis(host=HOST), None, BY_CONNECTOR, firewall("deny", **{**DENY, "direction": "INGRESS"})),
    ),
    previewed(
        "pass",
        "without a contract, from what its template depends on",
        [network(), connector(), redis(), workload(cached(), name="other", depends=[redis()])],
    ),
    # Broken for certain.
    previewed("fail", "a cache of another network", standing(OTHER), NO_ROUTE),
    updated("fail", "the same in the update", running(OTHER_UP), NO_ROUTE),
    updated(
        "fail",
        "no network named means the one named default",
        running(redis(host=HOST, authorizedNetwork=None)),
        NO_ROUTE,
    ),
    updated(
        "fail",
        "each cache is on another network",
        running(OTHER_UP, None, BY_CONNECTOR, redis("b", authorizedNetwork="third")),
        NO_ROUTE,
    ),
    previewed("fail", "peering does not help", standing(OTHER, None, BY_CONNECTOR, *PEERED), NO_ROUTE),
    previewed("fail", "direct VPC egress into another network", standing(OTHER, None, DIRECTLY), NO_ROUTE),
    previewed(
        "fail",
        "a job",
        [
            network(),
            connector(),
            OTHER,
            Declared(
                JOB,
                "web",
                {
                    "name": "migrate",
                    "project": PROJECT,
                    "location": REGION,
                    "template": {"template": {"containers": [{"envs": cached()}], "vpcAccess": BY_CONNECTOR}},
                },
                depends={"template": [OTHER.urn]},
            ),
        ],
        NO_ROUTE,
    ),
    previewed(
        "fail",
        "without a contract",
        [network(), connector(), OTHER, workload(cached(), name="other", depends=[OTHER])],
        NO_ROUTE,
    ),
    at_once("fail", "the first API without a connector", first_api(), WAY),
    previewed(
        "fail",
        "the cache is in another region",
        standing(redis(region="us-east1")),
        "REDIS_INSTANCE_WRONG_REGION",
    ),
    updated(
        "fail",
        "the connector is in another region",
        [
            network(),
            connector(region="us-east1"),
            redis(host=HOST),
            workload(
                cached(HOST), {"connector": f"projects/{PROJECT}/locations/us-east1/connectors/netra-conn"}
            ),
        ],
        "VPC_CONNECTOR_WRONG_REGION",
    ),
    previewed(
        "fail",
        "a connector's name, which means one of the own region",
        [
            network(),
            connector(region="us-east1"),
            redis(),
            workload(cached(), {"connector": "netra-conn"}, depends=[redis()]),
        ],
        "VPC_CONNECTOR_WRONG_REGION",
    ),
    updated(
        "fail",
        "the port without TLS",
        running(redis(host=HOST, transitEncryptionMode="SERVER_AUTHENTICATION")),
        "REDIS_INSTANCE_UNSUPPORTED_PORT",
    ),
    previewed(
        "fail", "the port of TLS", standing(redis(), cached(port=6378)), "REDIS_INSTANCE_UNSUPPORTED_PORT"
    ),
    updated(
        "fail",
        "egress is denied",
        running(redis(host=HOST), None, BY_CONNECTOR, firewall("deny", **DENY)),
        "FIREWALL_RULE",
    ),
    updated(
        "fail",
        "a denial for the connector's tag",
        running(redis(host=HOST), None, BY_CONNECTOR, firewall("deny", targetTags=[TAG], denies=ALL)),
        "FIREWALL_RULE",
    ),
    updated(
        "fail",
        "a denial for the tag of direct egress",
        running(redis(host=HOST), None, DIRECTLY, firewall("deny", targetTags=["web"], denies=ALL)),
        "FIREWALL_RULE",
    ),
    updated(
        "fail",
        "in a tie the denial wins",
        running(
            redis(host=HOST), None, BY_CONNECTOR, firewall("allow", **ALLOW), firewall("deny", denies=ALL)
        ),
        "FIREWALL_RULE",
    ),
    updated(
        "fail",
        "the allowance is for another port",
        running(
            redis(host=HOST),
            None,
            BY_CONNECTOR,
            firewall("allow", allows=[{"protocol": "tcp", "ports": ["5432"]}]),
            firewall("deny", **DENY),
        ),
        "FIREWALL_RULE",
    ),
    previewed(
        "fail",
        "a route that takes its packets elsewhere",
        standing(
            redis(reservedIpRange="10.20.0.0/29"),
            None,
            BY_CONNECTOR,
            declared(
                "gcp:compute/route:Route",
                "astray",
                network=NETWORK,
                destRange="10.20.0.0/30",
                nextHopIp="10.9.0.2",
            ),
        ),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "a range that private ranges leave out",
        standing(redis(reservedIpRange="11.0.0.0/29")),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "a connector of public addresses",
        [network(), connector(ipCidrRange="11.0.0.0/28"), redis(), workload(cached(), depends=[redis()])],
        "REDIS_INSTANCE_CONNECTING_FROM_PUPI_ADDRESS",
    ),
    previewed(
        "fail",
        "a subnet of another network than the interface",
        [network(), subnet(network="default"), redis(), workload(cached(), DIRECTLY, depends=[redis()])],
        "ROUTE_WRONG_NETWORK",
    ),
    at_once(
        "fail",
        "an external cache of another network",
        [network(), connector(), workload(cached(HOST))],
        NO_ROUTE,
        contracts=elsewhere(f"kind: cache, id: {HOST}, network: shared"),
    ),
    Case(
        CACHE,
        "fail",
        "the database's address",
        [
            network(),
            connector(),
            redis(),
            declared(
                "gcp:sql/databaseInstance:DatabaseInstance", "db", outputs={"privateIpAddress": "10.30.0.3"}
            ),
            workload(cached("10.30.0.3")),
        ],
        closed=found("DESTINATION_WRONG_KIND"),
        contracts=CONTRACTS,
    ),
    # Absent.
    updated("missing", "no way into a network", running(redis(host=HOST), None, None), WAY),
    Case(
        CACHE,
        "missing",
        "the same in the preview, where no cache has another address",
        standing(redis(), None, None),
        found(WAY),
        found(WAY),
        contracts=CONTRACTS,
    ),
    previewed(
        "missing",
        "an empty list of interfaces",
        [network(), workload(cached(), {"networkInterfaces": []}, depends=[redis()]), redis()],
        WAY,
    ),
    previewed(
        "missing",
        "a connector that nobody declares",
        [network(), redis(), workload(cached(), depends=[redis()])],
        "VPC_CONNECTOR_UNKNOWN",
    ),
    previewed(
        "missing",
        "a cache that nobody declares",
        [network(), connector(), workload(cached("redis.example.com"))],
        "HOST_UNKNOWN",
    ),
    # Not known.
    previewed(
        "unknown",
        "the connector, from what the template depends on",
        [
            network(),
            connector(),
            redis(),
            workload(cached(), {"connector": UNKNOWN}, depends=[redis(), connector()]),
        ],
    ),
    previewed(
        "unknown",
        "the networks, from what they come from",
        [
            network(),
            connector(network=UNKNOWN, depends={"network": [network().urn]}),
            redis(authorizedNetwork=UNKNOWN, depends={"authorizedNetwork": [network().urn]}),
            workload(cached(), depends=[redis()]),
        ],
    ),
    previewed(
        "unknown",
        "the networks, which are two",
        [
            network(),
            network("other"),
            connector(network=UNKNOWN, depends={"network": [network().urn]}),
            Declared(
                OTHER.type,
                "cache",
                {**OTHER.inputs, "authorizedNetwork": UNKNOWN},
                depends={"authorizedNetwork": [network("other").urn]},
            ),
            workload(cached(), depends=[redis()]),
        ],
        NO_ROUTE,
    ),
    previewed(
        "unknown", "the host, from no cache", [network(), connector(), workload(cached())], "HOST_UNKNOWN"
    ),
    previewed(
        "unknown",
        "the host, from one of two caches",
        [
            network(),
            connector(),
            redis(),
            redis("b", authorizedNetwork="default"),
            workload(cached(), depends=[redis(), redis("b")]),
        ],
        "DESTINATION_UNKNOWN",
    ),
    previewed(
        "unknown", "the cache's network", standing(redis(authorizedNetwork=UNKNOWN)), "NETWORK_UNKNOWN"
    ),
    previewed(
        "unknown",
        "the connector's network",
        [network(), connector(network=UNKNOWN), redis(), workload(cached(), depends=[redis()])],
        "NETWORK_UNKNOWN",
    ),
    previewed("unknown", "the way", standing(redis(), None, UNKNOWN), "VPC_CONNECTOR_UNKNOWN"),
    previewed(
        "unknown",
        "the host, from Secret Manager",
        [network(), connector(), redis(), workload([from_secret("REDIS_HOST", "h")])],
        "HOST_UNKNOWN",
    ),
    previewed(
        "unknown",
        "whether TLS is on",
        standing(redis(transitEncryptionMode=UNKNOWN)),
        "REDIS_INSTANCE_UNSUPPORTED_PORT",
    ),
    previewed(
        "unknown",
        "whom the denial is for",
        standing(redis(), None, BY_CONNECTOR, firewall("deny", targetTags=UNKNOWN, **DENY)),
        "FIREWALL_RULE",
    ),
    previewed(
        "unknown",
        "a subnet of another project",
        [SHARED, redis(), workload(cached(), depends=[redis()])],
        "SUBNET_UNKNOWN",
    ),
]
