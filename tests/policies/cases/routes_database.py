"""Cases of the rules about routes to databases."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.plan.workloads import JOB, SERVICE_V1
from tests.policies.cases import routes
from tests.policies.cases.routes import (
    BY_CONNECTOR,
    DENY,
    DIRECTLY,
    NETWORK,
    REGION,
    WAY,
    at_once,
    connector,
    declared,
    elsewhere,
    firewall,
    network,
    redis,
    subnet,
    workload,
)
from tests.policies.wire import PROJECT, Case, Declared, from_secret, plain

DATABASE = "route-database"
EARLY = (DATABASE,)
HOST, PUBLIC, PORT = "10.30.0.3", "34.1.2.3", "5432"
NAME = f"{PROJECT}:{REGION}:db"
SOCKET = f"/cloudsql/{NAME}"
ANY = [{"name": "all", "value": "0.0.0.0/0"}]
ALL_TRAFFIC = {**BY_CONNECTOR, "egress": "ALL_TRAFFIC"}
MOUNTED = {"volumes": [{"name": "sql", "cloudSqlInstance": {"instances": [NAME]}}]}
NO_ROUTE, NO_ADDRESS = "CLOUD_SQL_INSTANCE_NO_ROUTE", "CLOUD_SQL_INSTANCE_NO_IP_ADDRESS"
CONTRACTS = {
    **routes.CONTRACTS,
    "web.yaml": """
service: web-{environment}
env: {POSTGRES_HOST: , POSTGRES_PORT: }
destinations: {database: {host: POSTGRES_HOST, port: POSTGRES_PORT}}
""",
}
BOTH = {
    **routes.CONTRACTS,
    "web.yaml": """
service: web-{environment}
env: {POSTGRES_HOST: , REDIS_HOST: }
destinations: {database: {host: POSTGRES_HOST}, cache: {host: REDIS_HOST}}
""",
}
PSA = [
    declared(
        "gcp:compute/globalAddress:GlobalAddress",
        "psa",
        purpose="VPC_PEERING",
        address="10.30.0.0",
        prefixLength=16,
        network=NETWORK,
    ),
    declared(
        "gcp:servicenetworking/connection:Connection",
        "psa",
        network=NETWORK,
        reservedPeeringRanges=["psa"],
    ),
]


def sql(name: str = "db", *, host: str | None = None, settings: Any = None, **more: Any) -> Declared:
    """A Cloud SQL instance with a private address, unless its `ipConfiguration` is given; it waits for "
    "PSA."""
    ip = {"ipv4Enabled": False, "privateNetwork": NETWORK, **more.pop("ip", {})}
    ip = {key: value for key, value in ip.items() if value is not None}
    inputs = {"region": REGION, "databaseVersion": "POSTGRES_17", **more}
    inputs["settings"] = {"tier": "db-custom-2-7680", "ipConfiguration": ip, **(settings or {})}
    outputs = {**inputs, "privateIpAddress": host or UNKNOWN, "publicIpAddress": PUBLIC if host else UNKNOWN}
    waits = {"settings": [PSA[1].urn]}
    return declared(
        "gcp:sql/databaseInstance:DatabaseInstance", name, outputs=outputs, depends=waits, **inputs
    )


OPEN = {"ipv4Enabled": True, "privateNetwork": None, "authorizedNetworks": ANY}
CLOSED = {"ipv4Enabled": True, "privateNetwork": None}
ELSEWHERE = {"privateNetwork": f"projects/{PROJECT}/global/networks/other"}


def stored(host: Any = UNKNOWN, port: Any = PORT) -> list[dict[str, Any]]:
    return [plain("POSTGRES_HOST", host), plain("POSTGRES_PORT", port)]


def standing(
    database: Declared, envs: Any = None, access: Any = BY_CONNECTOR, *others: Declared, **more: Any
) -> list[Declared]:
    """A database, and a service whose host comes from it."""
    envs = stored() if envs is None else envs
    service = workload(envs, access, depends=[database], **more)
    return [network(), subnet(), connector(), *PSA, database, *others, service]


def previewed(kind: str, name: str, resources: Any, *causes: str, **more: Any) -> Case:
    return routes.previewed(kind, name, resources, *causes, rule=DATABASE, **{"contracts": CONTRACTS, **more})


def updated(kind: str, name: str, resources: Any, *causes: str, **more: Any) -> Case:
    return routes.updated(kind, name, resources, *causes, rule=DATABASE, **{"contracts": CONTRACTS, **more})


def by_job(access: Any = None) -> list[Declared]:
    """A job of no contract, with a value that comes from the database."""
    database = sql()
    template = {"containers": [{"envs": [plain("DB", UNKNOWN)]}], "vpcAccess": access}
    inputs = {"name": "migrate", "project": PROJECT, "location": REGION, "template": {"template": template}}
    whole = Declared(JOB, "web", inputs, depends={"template": [database.urn]})
    return [network(), connector(), *PSA, database, whole]


def first_api(*envs: Any, **annotations: str) -> list[Declared]:
    names = {f"run.googleapis.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
    template = {"metadata": {"annotations": names}, "spec": {"containers": [{"image": "i", "envs": envs}]}}
    inputs = {"name": "web-staging", "project": PROJECT, "location": REGION, "template": template}
    return [network(), connector(), *PSA, sql(ip=CLOSED), Declared(SERVICE_V1, "web", inputs)]


PROXY = {
    "containers": [
        {"image": "i", "ports": {"containerPort": 80}, "envs": stored("127.0.0.1")},
        {"image": "proxy"},
    ]
}

ENDPOINT = declared(
    "gcp:compute/address:Address", "psc", address="10.9.0.9", addressType="INTERNAL", subnetwork="netra-sub"
)
IN_USE = declared(
    "gcp:compute/forwardingRule:ForwardingRule",
    "psc",
    region=REGION,
    network=NETWORK,
    ipAddress=UNKNOWN,
    target="projects/theirs/regions/us-central1/serviceAttachments/db",
    depends={"ipAddress": [ENDPOINT.urn]},
)
UNPLACED = declared("gcp:compute/address:Address", "psc", addressType="INTERNAL", network="other")
PSC = {"privateNetwork": None, "pscConfigs": [{"pscEnabled": True}]}

POOLED = {"connectionPoolConfigs": [{"connectionPoolingEnabled": True}]}
SUBNET_OF_PUBLIC = subnet("public", ipCidrRange="6.20.0.0/24")
SUBNET_OF_SHARED = subnet("shared", ipCidrRange="100.64.0.0/24")
OF_PUBLIC = {"networkInterfaces": [{"subnetwork": "public"}]}
OF_SHARED = {"networkInterfaces": [{"subnetwork": "shared"}]}
EXPORTED = declared(
    "gcp:compute/networkPeeringRoutesConfig:NetworkPeeringRoutesConfig",
    "export",
    network=NETWORK,
    peering="servicenetworking-googleapis-com",
    exportSubnetRoutesWithPublicIp=True,
)
SHARED_NETWORK = "projects/host-project/global/networks/shared"

LIBRARY = [plain("INSTANCE_CONNECTION_NAME", UNKNOWN)]

CASES = [
    previewed(
        "pass",
        "a connector library, its instance not known yet",
        standing(sql(ip=CLOSED), LIBRARY, None, name="other"),
    ),
    previewed(
        "fail",
        "a connector library, everything into a network without NAT",
        standing(sql(ip=CLOSED), LIBRARY, ALL_TRAFFIC, name="other"),
        "NO_ROUTE",
    ),
    previewed(
        "fail",
        "a connector library to a private address, without a way",
        standing(sql(), LIBRARY, None, name="other"),
        WAY,
    ),
    previewed(
        "pass",
        "an endpoint of Private Service Connect",
        standing(sql(ip=PSC), stored("10.9.0.9"), BY_CONNECTOR, ENDPOINT, IN_USE),
    ),
    previewed(
        "pass",
        "an endpoint that is not known yet",
        [network(), subnet(), connector(), ENDPOINT, IN_USE, workload(stored(), depends=[ENDPOINT])],
    ),
    previewed(
        "fail",
        "an endpoint of another network",
        [network(), connector(), UNPLACED, workload(stored(), depends=[UNPLACED])],
        "ROUTE_WRONG_NETWORK",
    ),
    previewed(
        "missing",
        "an endpoint, and no way to it",
        [subnet(), ENDPOINT, workload(stored("10.9.0.9"), None)],
        WAY,
    ),
    previewed("unknown", "the endpoint", standing(sql(ip=PSC)), "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT"),
    previewed(
        "fail",
        "the cache's host, before it is known",
        [network(), connector(), redis(), workload(stored(), depends=[redis(), connector()])],
        "DESTINATION_WRONG_KIND",
    ),
    updated(
        "fail",
        "the cache's host, in the update",
        [
            network(),
            connector(),
            sql(),
            redis(host=HOST),
            workload([*stored(HOST), plain("REDIS_HOST", HOST)]),
        ],
        "DESTINATION_WRONG_KIND",
        contracts=BOTH,
    ),
    previewed("pass", "a private address on the connector's network", standing(sql())),
    updated("pass", "the same in the update", standing(sql(host=HOST), stored(HOST))),
    previewed("pass", "another region", standing(sql(region="us-east1"))),
    previewed("pass", "direct VPC egress", standing(sql(), None, DIRECTLY)),
    previewed("pass", "a private and a public address", standing(sql(ip={"ipv4Enabled": True}))),
    previewed("pass", "a public address that lets everybody in", standing(sql(ip=OPEN), None, None)),
    previewed(
        "pass",
        "the socket, by the public address",
        standing(sql(ip=CLOSED), stored(SOCKET), BY_CONNECTOR, template=MOUNTED),
    ),
    previewed(
        "pass",
        "the socket, without a way into a network",
        standing(sql(ip=CLOSED), stored(SOCKET), None, template=MOUNTED),
    ),
    previewed(
        "pass", "the socket, by the private address", standing(sql(), stored(SOCKET), template=MOUNTED)
    ),
    previewed("pass", "the socket of the first API", first_api(*stored(SOCKET), cloudsql_instances=NAME)),
    previewed(
        "pass",
        "the socket, its name not known yet",
        standing(
            sql(ip=CLOSED), None, None, template={"volumes": [{"cloudSqlInstance": {"instances": [UNKNOWN]}}]}
        ),
    ),
    previewed("pass", "the Auth Proxy as a sidecar", standing(sql(), None, template=PROXY)),
    previewed("pass", "the port of managed pooling", standing(sql(settings=POOLED), stored(port=6432))),
    previewed(
        "fail",
        "the port of managed pooling, where nothing pools",
        standing(sql(), stored(port="6432")),
        "CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT",
    ),
    previewed(
        "fail",
        "another port of a public address",
        standing(sql(host=HOST, ip=OPEN), stored(PUBLIC, "3306"), None),
        "CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT",
    ),
    previewed(
        "pass",
        "a private address of a range that is somebody's public one",
        standing(sql(host="6.10.0.3"), stored("6.10.0.3"), ALL_TRAFFIC),
    ),
    previewed(
        "fail",
        "from a range that is somebody's public one",
        standing(sql(), None, OF_PUBLIC, SUBNET_OF_PUBLIC),
        NO_ROUTE,
    ),
    previewed(
        "pass",
        "from such a range, exported and authorized",
        standing(
            sql(ip={"authorizedNetworks": [{"value": "6.0.0.0/8"}]}),
            None,
            OF_PUBLIC,
            SUBNET_OF_PUBLIC,
            EXPORTED,
        ),
    ),
    previewed(
        "fail",
        "from a range of RFC 6598, which is authorized only where it is listed",
        standing(sql(), None, OF_SHARED, SUBNET_OF_SHARED),
        "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    ),
    previewed(
        "pass",
        "from a range of RFC 6598 that is listed",
        standing(
            sql(ip={"authorizedNetworks": [{"value": "100.64.0.0/10"}]}), None, OF_SHARED, SUBNET_OF_SHARED
        ),
    ),
    previewed(
        "fail",
        "a public range of another project's network, by private ranges only",
        [
            declared(
                "gcp:compute/globalAddress:GlobalAddress",
                "shared-psa",
                project="host-project",
                purpose="VPC_PEERING",
                address="6.10.0.0",
                prefixLength=16,
                network=SHARED_NETWORK,
            ),
            shared_psa := declared(
                "gcp:servicenetworking/connection:Connection",
                "shared-psa",
                project=None,
                network=SHARED_NETWORK,
                reservedPeeringRanges=["shared-psa"],
            ),
            declared("gcp:compute/network:Network", "shared", project="host-project"),
            subnet("shared-sub", project="host-project", network=SHARED_NETWORK),
            database := replace(
                sql(ip={"privateNetwork": SHARED_NETWORK}), depends={"settings": [shared_psa.urn]}
            ),
            workload(
                stored(),
                {
                    "networkInterfaces": [
                        {"subnetwork": f"projects/host-project/regions/{REGION}/subnetworks/shared-sub"}
                    ]
                },
                depends=[database],
            ),
        ],
        "NO_ROUTE",
    ),
    previewed(
        "pass",
        "a URL with a password",
        standing(sql(host=HOST), stored(Secret(f"postgres://u:hunter2@{HOST}:5432/db"))),
    ),
    previewed(
        "pass",
        "a connection name for a connector library",
        standing(sql(ip=CLOSED), [*stored(), plain("INSTANCE", NAME)], None, name="other"),
    ),
    previewed(
        "pass",
        "another stack's",
        [network(), connector(), workload(stored(HOST))],
        contracts=elsewhere(f"kind: database, id: {HOST}, network: {NETWORK}", contracts=CONTRACTS),
    ),
    previewed(
        "pass",
        "another stack's, by its host name",
        [network(), connector(), workload(stored("db.example.com"))],
        contracts=elsewhere("kind: database, id: db.example.com", contracts=CONTRACTS),
    ),
    previewed(
        "unknown",
        "another stack's, not known yet: the one external need not be it",
        [network(), connector(), workload(stored())],
        "HOST_UNKNOWN",
        contracts=elsewhere(f"kind: database, id: db, network: {NETWORK}", contracts=CONTRACTS),
    ),
    previewed("pass", "a job", by_job(BY_CONNECTOR)),
    previewed("pass", "no service at all", [network(), *PSA, sql()]),
    previewed(
        "pass",
        "Cloud SQL that its own rule refuses already",
        [network(), connector(), sql(), workload(stored(), depends=[sql()])],
    ),
    previewed("fail", "another network", standing(sql(ip=ELSEWHERE)), NO_ROUTE),
    updated("fail", "the same in the update", standing(sql(host=HOST, ip=ELSEWHERE), stored(HOST)), NO_ROUTE),
    at_once(
        "fail",
        "the socket to a private address of another network",
        standing(sql(ip=ELSEWHERE), stored(SOCKET), template=MOUNTED),
        NO_ROUTE,
        rule=DATABASE,
        contracts=CONTRACTS,
    ),
    at_once(
        "fail",
        "a socket that is not mounted",
        standing(sql(ip=CLOSED), stored(SOCKET)),
        "CLOUD_SQL_SOCKET_NOT_MOUNTED",
        rule=DATABASE,
        contracts=CONTRACTS,
    ),
    at_once(
        "fail",
        "the socket, everything into a network without NAT",
        standing(sql(ip=CLOSED), stored(SOCKET), ALL_TRAFFIC, template=MOUNTED),
        "NO_ROUTE",
        rule=DATABASE,
        contracts=CONTRACTS,
    ),
    previewed("fail", "no address at all", standing(sql(ip={"privateNetwork": None})), NO_ADDRESS),
    previewed("fail", "a public address that lets nobody in", standing(sql(ip=CLOSED)), NO_ADDRESS),
    updated(
        "fail",
        "a private address, of an instance that has none",
        standing(sql(host="10.30.0.9", ip=OPEN), stored(HOST)),
        NO_ADDRESS,
    ),
    previewed(
        "fail",
        "the public address, which lets nobody in",
        standing(sql(host=HOST), stored(PUBLIC)),
        "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    ),
    previewed(
        "fail",
        "the Auth Proxy is required",
        standing(sql(settings={"connectorEnforcement": "REQUIRED"})),
        "CLOUD_SQL_CONNECTOR_REQUIRED",
    ),
    updated(
        "fail",
        "another port",
        standing(sql(host=HOST), stored(HOST, "3306")),
        "CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT",
    ),
    updated(
        "fail",
        "egress is denied",
        standing(sql(host=HOST), stored(HOST), BY_CONNECTOR, firewall("deny", **DENY)),
        "FIREWALL_RULE",
    ),
    previewed(
        "fail",
        "egress is denied to the one range that addresses come from",
        standing(
            sql(), None, BY_CONNECTOR, firewall("deny", **{**DENY, "destinationRanges": ["10.30.0.0/15"]})
        ),
        "FIREWALL_RULE",
    ),
    previewed(
        "pass",
        "the one range that addresses come from is allowed before the denial",
        standing(
            sql(),
            None,
            BY_CONNECTOR,
            firewall("deny", **{**DENY, "priority": 2000}),
            firewall(
                "allow",
                allows=[{"protocol": "tcp", "ports": [PORT]}],
                priority=1000,
                destinationRanges=["10.30.0.0/16"],
            ),
        ),
    ),
    previewed(
        "fail",
        "a job without a way",
        by_job(),
        WAY,
    ),
    previewed(
        "fail",
        "a second database, in a URL",
        standing(
            sql(),
            [*stored(), plain("OTHER_URL", "postgres://10.31.0.3/x")],
            BY_CONNECTOR,
            sql("second", host="10.31.0.3", ip=ELSEWHERE),
        ),
        NO_ROUTE,
    ),
    updated("missing", "no way into a network", standing(sql(host=HOST), stored(HOST), None), WAY),
    at_once(
        "missing",
        "the same in the preview, where no database has a public address",
        standing(sql(), None, None),
        WAY,
        rule=DATABASE,
        contracts=CONTRACTS,
    ),
    previewed(
        "missing",
        "a socket of no instance that anybody declares",
        standing(
            sql(),
            stored(f"/cloudsql/{PROJECT}:{REGION}:gone"),
            template={"volumes": [{"cloudSqlInstance": {"instances": [f"{PROJECT}:{REGION}:gone"]}}]},
        ),
        "DESTINATION_UNKNOWN",
    ),
    previewed(
        "missing",
        "localhost, where nothing else listens",
        standing(sql(), stored("localhost")),
        "HOST_UNKNOWN",
    ),
    previewed("unknown", "the network", standing(sql(ip={"privateNetwork": UNKNOWN})), "NETWORK_UNKNOWN"),
    previewed(
        "unknown",
        "the settings",
        standing(
            declared("gcp:sql/databaseInstance:DatabaseInstance", "db", region=REGION, settings=UNKNOWN)
        ),
        "NETWORK_UNKNOWN",
    ),
    previewed(
        "unknown", "the host, from no database", [network(), connector(), workload(stored())], "HOST_UNKNOWN"
    ),
    previewed(
        "unknown",
        "the host, from Secret Manager",
        standing(sql(), [from_secret("POSTGRES_HOST", "h")]),
        "HOST_UNKNOWN",
    ),
    previewed(
        "unknown",
        "whom the public address lets in",
        standing(sql(ip={**OPEN, "authorizedNetworks": UNKNOWN}), None, None),
        "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    ),
    previewed(
        "unknown",
        "what is sent into the network",
        standing(sql(ip=CLOSED), stored(SOCKET), {**BY_CONNECTOR, "egress": UNKNOWN}, template=MOUNTED),
        "EGRESS_UNKNOWN",
    ),
]
