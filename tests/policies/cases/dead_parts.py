"""Cases of the rules about parts that do nothing."""

import json
from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.kit import late, passes, unproven
from tests.policies.wire import PROJECT, Declared, job, service, service_v1

FIREWALL, DEAD = "firewall-matches-nothing", "dead-part"
EARLY = ()
NOTHING, UNTOLD = "FIREWALL_MATCHES_NOTHING", "FIREWALL_TAGS_UNKNOWN"
TAG = "vpc-connector-us-central1-chat"


def compute(kind: str, name: str, **inputs: Any) -> Declared:
    told = {key: inputs.pop(key) for key in ("depends",) if key in inputs}
    given = {"name": name, "project": PROJECT, **inputs}
    return Declared(f"gcp:compute/{kind[0].lower()}{kind[1:]}:{kind}", name, given, **told)


def firewall(*tags: Any, direction: str = "EGRESS", network: Any = "net", **more: Any) -> Declared:
    return compute("Firewall", "rule", network=network, direction=direction, targetTags=list(tags), **more)


def connector(**inputs: Any) -> Declared:
    given = {"name": "chat", "project": PROJECT, "region": "us-central1", "network": "net", **inputs}
    return Declared("gcp:vpcaccess/connector:Connector", "connector", given)


def direct(*tags: Any, network: str = "net") -> Declared:
    access = {"networkInterfaces": [{"network": network, "tags": list(tags)}]}
    return service([], template={"containers": [{"image": "i"}], "vpcAccess": access})


def other(type_: str, name: str, **inputs: Any) -> Declared:
    return Declared(type_, name, {"name": name, "project": PROJECT, **inputs})


def address(**inputs: Any) -> Declared:
    given = {"purpose": "VPC_PEERING", "network": f"projects/{PROJECT}/global/networks/net", **inputs}
    return compute("GlobalAddress", "range", **given)


def connection(*ranges: Any, network: str = "net", **told: Any) -> Declared:
    given = {"network": network, "project": PROJECT, "reservedPeeringRanges": list(ranges)}
    return Declared("gcp:servicenetworking/connection:Connection", "peering", given, **told)


NET = compute("Network", "net")
ELSEWHERE = compute("Network", "elsewhere")
VM = compute("Instance", "vm", tags=["web"])
V1 = service_v1([])
INTERFACES = json.dumps([{"network": "net", "tags": ["web"]}])
DIRECT_V1 = replace(
    V1,
    inputs={
        **V1.inputs,
        "template": {"metadata": {"annotations": {"run.googleapis.com/network-interfaces": INTERFACES}}},
    },
)
USES = f"projects/{PROJECT}/locations/us-central1/connectors/chat"
USER = service([], template={"containers": [{"image": "i"}], "vpcAccess": {"connector": USES}})
RUNS = job([])
DIRECT_JOB = replace(
    RUNS,
    inputs={
        **RUNS.inputs,
        "template": {"template": {"vpcAccess": {"networkInterfaces": [{"tags": ["web"]}]}}},
    },
)
GKE = other("gcp:container/cluster:Cluster", "gke", nodeConfig={"tags": ["web"]})
POOL = other("gcp:container/nodePool:NodePool", "pool", nodeConfig={"tags": ["web"]})
HADOOP = other("gcp:dataproc/cluster:Cluster", "d", clusterConfig={"gceClusterConfig": {"tags": ["web"]}})
DECLARED = {
    "environments.yaml": "environments:\n  staging: {projects: [netra-staging]}\n",
    "externals.yaml": """
externals:
  - {kind: tag, environment: staging, id: bastion, why: machines of the platform team}
  - {kind: connector, environment: staging, id: chat, why: of the network's stack}
""",
}
ARMOR = compute("SecurityPolicy", "armor", type="CLOUD_ARMOR")


def backend(policy: Any = None, name: str = "back", **told: Any) -> Declared:
    given = {} if policy is None else {"securityPolicy": policy}
    return compute("BackendService", name, **given, **told)


CASES = [
    # firewall-matches-nothing
    passes(FIREWALL, "the connector's tag", NET, connector(), firewall(TAG)),
    passes(
        FIREWALL, "every connector's tag", NET, connector(), firewall("vpc-connector", direction="INGRESS")
    ),
    passes(FIREWALL, "a tag of Direct VPC egress, for egress", NET, direct("web"), firewall(Secret("web"))),
    passes(FIREWALL, "a job's Direct VPC egress", DIRECT_JOB, firewall("web")),
    passes(FIREWALL, "the first API's Direct VPC egress", DIRECT_V1, firewall("web")),
    passes(FIREWALL, "a machine's", VM, firewall("web", direction="INGRESS")),
    passes(FIREWALL, "a template's", compute("InstanceTemplate", "t", tags=["web"]), firewall("web")),
    passes(FIREWALL, "a node pool's", POOL, firewall("web")),
    passes(FIREWALL, "a cluster's", GKE, firewall("web")),
    passes(FIREWALL, "a Dataproc cluster's", HADOOP, firewall("web")),
    passes(FIREWALL, "one of two", VM, firewall("web", "nobody")),
    passes(FIREWALL, "no tags aim at everything", firewall()),
    passes(
        FIREWALL,
        "service accounts are no tags",
        firewall(targetServiceAccounts=["a@b.iam.gserviceaccount.com"]),
    ),
    passes(FIREWALL, "a disabled rule", firewall("nobody", disabled=True)),
    passes(FIREWALL, "the connector is another stack's, and a service here uses it", USER, firewall(TAG)),
    replace(passes(FIREWALL, "machines of another stack, declared", firewall("bastion")), contracts=DECLARED),
    replace(passes(FIREWALL, "a connector of another stack, declared", firewall(TAG)), contracts=DECLARED),
    passes(
        FIREWALL,
        "derived from the connector, and not known yet",
        connector(name=UNKNOWN),
        firewall(UNKNOWN, depends={"targetTags": [connector().urn]}),
    ),
    late(
        FIREWALL,
        "a service has no tag of its name",
        "rule",
        NOTHING,
        service([]),
        connector(),
        firewall("web-staging"),
    ),
    late(
        FIREWALL,
        "another region's connector",
        "rule",
        NOTHING,
        connector(region="europe-west1"),
        firewall(TAG),
    ),
    late(
        FIREWALL,
        "the words of a connector's tag in another order",
        "rule",
        NOTHING,
        connector(),
        firewall("vpc-connector-chat-us-central1"),
    ),
    late(FIREWALL, "the network's name for a tag", "rule", NOTHING, NET, VM, firewall("net")),
    late(
        FIREWALL,
        "for what comes in by Direct VPC egress",
        "rule",
        "INGRESS_FIREWALL_TAGS_UNSUPPORTED_BY_DIRECT_VPC_EGRESS",
        NET,
        direct("web"),
        firewall("web", direction="INGRESS"),
    ),
    late(
        FIREWALL,
        "the connector is on another network",
        "rule",
        "FIREWALL_TAGS_ON_ANOTHER_NETWORK",
        NET,
        ELSEWHERE,
        connector(network="elsewhere"),
        firewall(TAG),
    ),
    late(FIREWALL, "nothing that could carry a tag", "rule", NOTHING, NET, firewall("web"), kind="missing"),
    unproven(FIREWALL, "the tags are not known", "rule", UNTOLD, VM, firewall(UNKNOWN)),
    unproven(
        FIREWALL, "the list is not known", "rule", UNTOLD, VM, compute("Firewall", "rule", targetTags=UNKNOWN)
    ),
    unproven(
        FIREWALL,
        "a machine's tags are not known",
        "rule",
        UNTOLD,
        compute("Instance", "vm", tags=UNKNOWN),
        firewall("web"),
    ),
    unproven(
        FIREWALL,
        "a copy's tags are not known",
        "rule",
        UNTOLD,
        compute("InstanceFromTemplate", "vm"),
        firewall("web"),
    ),
    unproven(FIREWALL, "the tags that GKE makes up", "rule", UNTOLD, GKE, firewall("gke-chat-1a2b-node")),
    # dead-part
    passes(DEAD, "the connection offers the range", NET, address(), connection("range")),
    passes(DEAD, "no connection in this plan", NET, address()),
    passes(
        DEAD, "a connection of another network", NET, ELSEWHERE, address(), connection(network="elsewhere")
    ),
    passes(DEAD, "an address for something else", NET, address(purpose=None), connection("other")),
    passes(
        DEAD,
        "the connection's ranges come from it",
        NET,
        address(),
        connection(UNKNOWN, depends={"reservedPeeringRanges": [address().urn]}),
    ),
    passes(
        DEAD,
        "a backend carries the policy",
        ARMOR,
        backend(f"projects/{PROJECT}/global/securityPolicies/armor"),
        backend(name="b"),
    ),
    passes(DEAD, "at the edge", ARMOR, compute("BackendService", "back", edgeSecurityPolicy="armor")),
    passes(DEAD, "backends are another stack's", ARMOR),
    passes(
        DEAD, "it comes from the policy", ARMOR, backend(UNKNOWN, depends={"securityPolicy": [ARMOR.urn]})
    ),
    late(
        DEAD,
        "the connection offers another range",
        "range",
        "RANGE_NOT_OFFERED",
        NET,
        address(),
        connection("other"),
    ),
    late(DEAD, "the connection offers none", "range", "RANGE_NOT_OFFERED", NET, address(), connection()),
    late(
        DEAD,
        "another range is not known yet",
        "range",
        "RANGE_NOT_OFFERED",
        NET,
        address(),
        connection(UNKNOWN, depends={"reservedPeeringRanges": [compute("GlobalAddress", "other").urn]}),
    ),
    late(DEAD, "backends carry another policy", "armor", "POLICY_ON_NO_BACKEND", ARMOR, backend("other")),
    late(DEAD, "no backend carries any", "armor", "POLICY_ON_NO_BACKEND", ARMOR, backend(), kind="missing"),
    unproven(
        DEAD, "what is offered is not known", "range", "RANGE_UNKNOWN", NET, address(), connection(UNKNOWN)
    ),
    unproven(DEAD, "what is carried is not known", "armor", "POLICY_UNKNOWN", ARMOR, backend(UNKNOWN)),
]
