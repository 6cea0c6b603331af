"""Cases of the rules about routes to the internet."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases import routes
from tests.policies.cases.routes import (
    ALL,
    BY_CONNECTOR,
    DENY,
    DIRECTLY,
    HOSTED,
    NETWORK,
    REGION,
    SHARED,
    at_once,
    connector,
    declared,
    elsewhere,
    firewall,
    network,
    subnet,
    workload,
)
from tests.policies.wire import Case, Declared, plain

INTERNET = "route-internet"
EARLY = (INTERNET,)
CONTRACTS = {
    **routes.CONTRACTS,
    "web.yaml": """
service: web-{environment}
env: {CLICKHOUSE_HOST: }
destinations:
  internet: [{host: api.openai.com}, {hostFrom: CLICKHOUSE_HOST, port: 8443}]
""",
    "google.yaml": """
service: google-{environment}
destinations: {internet: [{host: generativelanguage.googleapis.com}]}
""",
    "none.yaml": """
service: none-{environment}
env: {DATABASE_URL: }
destinations: {database: {host: DATABASE_URL}}
""",
    "one-host.yaml": """
service: one-host-{environment}
destinations: {internet: [{host: api.openai.com}]}
""",
}
EVERYTHING = {**BY_CONNECTOR, "egress": "ALL_TRAFFIC"}
EVERYTHING_DIRECTLY = {**DIRECTLY, "egress": "ALL_TRAFFIC"}
ENVS = [plain("CLICKHOUSE_HOST", "c.example.com")]
CONNECTOR_OWN = connector(network=None, ipCidrRange=None, subnet={"name": "netra-sub"})


def nat(**more: Any) -> list[Declared]:
    """A router on the network and its Cloud NAT."""
    on = {"region": REGION, "network": NETWORK, **more.pop("router", {})}
    inputs = {
        "region": on["region"],
        "router": "router",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
        **more,
    }
    return [
        declared("gcp:compute/router:Router", "router", **on),
        declared("gcp:compute/routerNat:RouterNat", "nat", **inputs),
    ]


def route(name: str, **more: Any) -> Declared:
    return declared("gcp:compute/route:Route", name, **{"network": NETWORK, "destRange": "0.0.0.0/0", **more})


def out(*others: Declared, access: Any = EVERYTHING, envs: Any = None, **more: Any) -> list[Declared]:
    """A service that sends everything into its network, and what else there is."""
    given = {one.urn: one for one in (network(), subnet(), connector(), *others)}
    return [*given.values(), workload(ENVS if envs is None else envs, access, **more)]


def previewed(kind: str, name: str, resources: Any, *causes: str, **more: Any) -> Case:
    return routes.previewed(kind, name, resources, *causes, rule=INTERNET, **{"contracts": CONTRACTS, **more})


def early(kind: str, name: str, resources: Any, *causes: str, **more: Any) -> Case:
    return at_once(kind, name, resources, *causes, rule=INTERNET, **{"contracts": CONTRACTS, **more})


LISTED = {
    "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
    "subnetworks": [{"name": "netra-sub", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
}
SECONDARY = [{"name": "netra-sub", "sourceIpRangesToNats": ["LIST_OF_SECONDARY_IP_RANGES"]}]
NO_DEFAULT = network(deleteDefaultRoutesOnCreate=True)

GATEWAY, TUNNEL = {"nextHopGateway": "default-internet-gateway"}, {"nextHopVpnTunnel": "tunnel"}
SIDECAR = {
    "containers": [
        {"image": "i", "ports": {"containerPort": 80}, "envs": []},
        {"image": "s", "envs": [plain("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example.com")]},
    ]
}
ZONE = [
    declared(
        "gcp:dns/managedZone:ManagedZone",
        "google",
        dnsName="googleapis.com.",
        visibility="private",
        privateVisibilityConfig={"networks": [{"networkUrl": NETWORK}]},
    ),
    declared(
        "gcp:dns/recordSet:RecordSet",
        "private.googleapis.com.",
        managedZone="google",
        type="A",
        rrdatas=["199.36.153.8", "199.36.153.9"],
    ),
]
VIRTUAL = route("virtual", destRange="199.36.153.8/30", **GATEWAY)
PRIVATELY = subnet(privateIpGoogleAccess=True)
NOTHING_OUT = firewall("deny", denies=ALL, priority=65000)
READ_ONLY = Declared(network().type, "netra", network().inputs, read_only=True)


def halves(hop: dict[str, str]) -> list[Declared]:
    return [route("low", destRange="0.0.0.0/1", **hop), route("high", destRange="128.0.0.0/1", **hop)]


CASES = [
    previewed("pass", "no way into a network", [workload(ENVS, None)]),
    previewed("pass", "private ranges only", out(access=BY_CONNECTOR)),
    previewed("pass", "Cloud NAT for everything", out(*nat())),
    previewed("pass", "Cloud NAT for direct VPC egress", out(*nat(), access=EVERYTHING_DIRECTLY)),
    previewed("pass", "Cloud NAT that lists the connector's subnet", out(CONNECTOR_OWN, *nat(**LISTED))),
    previewed(
        "pass",
        "Cloud NAT with addresses of its own",
        out(*nat(natIpAllocateOption="MANUAL_ONLY", natIps=[UNKNOWN])),
    ),
    previewed(
        "pass",
        "a default route of its own",
        out(NO_DEFAULT, route("out", nextHopGateway="default-internet-gateway"), *nat()),
    ),
    previewed(
        "pass", "an appliance instead of Cloud NAT", out(route("out", nextHopIlb="10.9.0.9", priority=100))
    ),
    previewed(
        "pass",
        "Google's own APIs, by private access",
        out(CONNECTOR_OWN, subnet(privateIpGoogleAccess=True), name="google-staging"),
    ),
    previewed(
        "pass",
        "a network of another project, declared",
        [SHARED, workload(ENVS, EVERYTHING)],
        contracts=elsewhere(
            f"kind: subnetwork, id: {HOSTED}, network: projects/host/global/networks/shared",
            contracts=CONTRACTS,
        ),
    ),
    previewed("pass", "a denial of private ranges", out(*nat(), firewall("deny", **DENY))),
    previewed(
        "pass",
        "without a contract, nothing on the internet in its environment",
        out(envs=[plain("MODE", "x")], name="other"),
    ),
    previewed(
        "pass",
        "without a contract, a host for browsers only",
        out(envs=[plain("NEXT_PUBLIC_API_URL", "https://x.example.com")], name="other"),
    ),
    previewed("pass", "no service at all", [network(), connector()]),
    early("fail", "Cloud NAT in another region", out(*nat(router={"region": "us-east1"})), "NO_ROUTE"),
    early("fail", "Cloud NAT on another network", out(*nat(router={"network": "default"})), "NO_ROUTE"),
    early(
        "fail",
        "Cloud NAT that lists another subnet",
        out(
            CONNECTOR_OWN,
            subnet("b"),
            *nat(**{**LISTED, "subnetworks": [{**LISTED["subnetworks"][0], "name": "b"}]}),
        ),
        "NO_ROUTE",
    ),
    early(
        "fail",
        "Cloud NAT for secondary ranges only",
        out(CONNECTOR_OWN, *nat(**{**LISTED, "subnetworks": SECONDARY})),
        "NO_ROUTE",
    ),
    early("fail", "a list of subnets cannot name a connector's bare range", out(*nat(**LISTED)), "NO_ROUTE"),
    early(
        "fail",
        "Cloud NAT without addresses",
        out(*nat(natIpAllocateOption="MANUAL_ONLY")),
        "CLOUD_NAT_NO_ADDRESSES",
    ),
    early("fail", "Cloud NAT between private networks", out(*nat(type="PRIVATE")), "NO_ROUTE"),
    previewed("fail", "the default routes are deleted", out(NO_DEFAULT, *nat()), "NO_ROUTE"),
    previewed(
        "fail",
        "a default route for others",
        out(NO_DEFAULT, route("out", nextHopGateway="default-internet-gateway", tags=["vm"]), *nat()),
        "NO_ROUTE",
    ),
    previewed("fail", "egress is denied", out(*nat(), firewall("deny", denies=ALL)), "FIREWALL_RULE"),
    previewed(
        "fail",
        "without a contract, a host in its environment",
        out(envs=[plain("API_URL", "https://u:hunter2@x.example.com/")], name="other"),
        "NO_ROUTE",
    ),
    early(
        "fail",
        "Google's own APIs, without private access",
        out(CONNECTOR_OWN, name="google-staging"),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "a host that its contract does not name",
        out(
            access=EVERYTHING, envs=[plain("SENTRY_URL", "https://sentry.example.com/1")], name="none-staging"
        ),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "a host in a sidecar's environment",
        out(access=EVERYTHING, name="none-staging", template=SIDECAR),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "without a contract, a host in a sidecar's environment",
        out(access=EVERYTHING, name="other", template=SIDECAR),
        "NO_ROUTE",
    ),
    previewed(
        "pass",
        "a host that its contract does not name, with Cloud NAT",
        out(*nat(), envs=[plain("SENTRY_URL", "https://sentry.example.com/1")], name="none-staging"),
    ),
    previewed(
        "pass",
        "a host that its contract does not name, by Google's own path",
        out(access=BY_CONNECTOR, envs=[plain("SENTRY_URL", "https://x.example.com/1")], name="none-staging"),
    ),
    previewed(
        "pass",
        "the database's variable is no host on the internet",
        out(envs=[plain("DATABASE_URL", "postgres://u:p@db.example.com/x")], name="none-staging"),
    ),
    early("missing", "no Cloud NAT at all", out(), "NO_ROUTE"),
    early("missing", "no Cloud NAT for direct VPC egress", out(access=EVERYTHING_DIRECTLY), "NO_ROUTE"),
    previewed(
        "missing",
        "a network that nobody declares",
        [connector(network="gone"), workload(ENVS, EVERYTHING)],
        "NAT_UNKNOWN",
    ),
    previewed(
        "unknown",
        "what is sent into the network",
        out(access={**BY_CONNECTOR, "egress": UNKNOWN}),
        "EGRESS_UNKNOWN",
    ),
    previewed(
        "unknown",
        "the way",
        out(access={"connector": UNKNOWN, "egress": "ALL_TRAFFIC"}),
        "VPC_CONNECTOR_UNKNOWN",
    ),
    previewed("unknown", "the network", out(connector(network=UNKNOWN)), "NETWORK_UNKNOWN"),
    previewed("unknown", "the router's network", out(*nat(router={"network": UNKNOWN})), "NO_ROUTE"),
    previewed(
        "unknown",
        "which subnets Cloud NAT serves",
        out(*nat(sourceSubnetworkIpRangesToNat=UNKNOWN)),
        "NO_ROUTE",
    ),
    previewed(
        "unknown",
        "the router, from what it comes from",
        out(
            nat()[0],
            Declared(
                "gcp:compute/routerNat:RouterNat",
                "nat",
                {**nat()[1].inputs, "router": UNKNOWN},
                depends={"router": [nat()[0].urn]},
            ),
        ),
    ),
    previewed(
        "unknown",
        "whom the denial is for",
        out(*nat(), firewall("deny", targetTags=UNKNOWN, denies=ALL)),
        "FIREWALL_RULE",
    ),
    # Routes for the internet, and their order.
    early(
        "fail",
        "a default route to a tunnel, after Google's own",
        out(route("vpn", priority=2000, **TUNNEL)),
        "NO_ROUTE",
    ),
    previewed(
        "pass", "a default route to a tunnel, before Google's own", out(route("vpn", priority=500, **TUNNEL))
    ),
    early(
        "fail",
        "a default route to a tunnel as good as Google's own: some packets take the gateway",
        out(route("vpn", priority=1000, **TUNNEL)),
        "NO_ROUTE",
    ),
    previewed(
        "pass", "two halves to a tunnel, which are narrower than the default route", out(*halves(TUNNEL))
    ),
    previewed("pass", "two halves to the gateway", out(NO_DEFAULT, *halves(GATEWAY), *nat())),
    previewed(
        "unknown", "whether one half to a tunnel is for the host", out(halves(TUNNEL)[0], *nat()), "NO_ROUTE"
    ),
    previewed(
        "pass",
        "a partner's public range by a tunnel",
        out(route("partner", destRange="203.0.113.0/24", **TUNNEL), *nat()),
    ),
    previewed(
        "unknown",
        "whether a default route to a tunnel comes before one that may be deleted",
        out(network(deleteDefaultRoutesOnCreate=UNKNOWN), route("vpn", **TUNNEL)),
        "NO_ROUTE",
    ),
    previewed(
        "unknown",
        "whether the default routes are deleted",
        out(network(deleteDefaultRoutesOnCreate=UNKNOWN), *nat()),
        "NO_ROUTE",
    ),
    previewed(
        "unknown",
        "whom the default route is for",
        out(NO_DEFAULT, route("out", tags=UNKNOWN, **GATEWAY), *nat()),
        "NO_ROUTE",
    ),
    previewed(
        "pass",
        "a default route for the tag of direct egress",
        out(NO_DEFAULT, route("out", tags=["web"], **GATEWAY), *nat(), access=EVERYTHING_DIRECTLY),
    ),
    # Cloud NAT, and networks that are another's.
    early(
        "fail",
        "Cloud NAT without addresses, beside another's",
        out(
            *nat(natIpAllocateOption="MANUAL_ONLY"),
            declared(
                "gcp:compute/routerNatAddress:RouterNatAddress", "address", routerNat="other", natIps=["a"]
            ),
        ),
        "CLOUD_NAT_NO_ADDRESSES",
    ),
    previewed(
        "pass",
        "Cloud NAT that is given its addresses one by one",
        out(
            *nat(natIpAllocateOption="MANUAL_ONLY"),
            declared(
                "gcp:compute/routerNatAddress:RouterNatAddress", "address", routerNat="nat", natIps=["a"]
            ),
        ),
    ),
    previewed(
        "unknown",
        "how Cloud NAT gets addresses",
        out(*nat(natIpAllocateOption=UNKNOWN)),
        "CLOUD_NAT_NO_ADDRESSES",
    ),
    previewed("unknown", "what is on a network that is only read", out(READ_ONLY), "NAT_UNKNOWN"),
    # Google's own APIs.
    previewed(
        "pass",
        "Google's own APIs, by a host in a variable",
        out(
            CONNECTOR_OWN,
            PRIVATELY,
            envs=[plain("A_URL", "https://x.googleapis.com"), plain("B_URL", "https://b-abc-uc.a.run.app")],
            name="other",
        ),
    ),
    previewed(
        "pass",
        "Google's own APIs, by their virtual range alone",
        out(NO_DEFAULT, CONNECTOR_OWN, PRIVATELY, VIRTUAL, *ZONE, name="google-staging"),
    ),
    previewed(
        "pass",
        "Google's own APIs, by the virtual range that alone is let out",
        out(
            CONNECTOR_OWN,
            PRIVATELY,
            *ZONE,
            NOTHING_OUT,
            firewall("allow", allows=ALL, destinationRanges=["199.36.153.8/30"]),
            name="google-staging",
        ),
    ),
    previewed(
        "fail",
        "Google's own APIs, by a virtual range that is not let out",
        out(CONNECTOR_OWN, PRIVATELY, *ZONE, NOTHING_OUT, name="google-staging"),
        "FIREWALL_RULE",
    ),
    previewed(
        "unknown",
        "whether Google's own APIs are looked up to their virtual range",
        out(NO_DEFAULT, CONNECTOR_OWN, PRIVATELY, VIRTUAL, name="google-staging"),
        "NO_ROUTE",
    ),
    previewed(
        "unknown", "private access of a connector's bare range", out(name="google-staging"), "NO_ROUTE"
    ),
    early(
        "fail",
        "Cloud NAT for load balancers' proxies",
        out(*nat(endpointTypes=["ENDPOINT_TYPE_MANAGED_PROXY_LB"])),
        "NO_ROUTE",
    ),
    previewed("pass", "Cloud NAT for machines, and said so", out(*nat(endpointTypes=["ENDPOINT_TYPE_VM"]))),
    previewed("unknown", "what Cloud NAT is for", out(*nat(endpointTypes=UNKNOWN)), "NO_ROUTE"),
    previewed(
        "unknown",
        "whether a name that the network's own zone gives is on the internet at all",
        out(
            Declared(ZONE[0].type, "own", {**ZONE[0].inputs, "name": "own", "dnsName": "openai.com."}),
            declared(ZONE[1].type, "api.openai.com.", managedZone="own", type="A", rrdatas=["10.9.0.9"]),
            name="one-host-staging",
        ),
        "NO_ROUTE",
    ),
]
