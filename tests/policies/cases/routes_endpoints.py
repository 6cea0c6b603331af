"""Cases of the rules about routes to endpoints: whether anything answers at an address, and lets one in."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases import routes, routes_database
from tests.policies.cases.routes import (
    ALL,
    BY_CONNECTOR,
    CACHE,
    CONTRACTS,
    DIRECTLY,
    NETWORK,
    REGION,
    cached,
    connector,
    elsewhere,
    firewall,
    network,
    subnet,
    workload,
)
from tests.policies.cases.routes import declared as declare
from tests.policies.cases.routes_database import ENDPOINT, IN_USE, PSC, sql, stored
from tests.policies.wire import PROJECT, Case, Declared

EARLY = ()
ADDRESS = "10.9.0.9"
RULE = "gcp:compute/forwardingRule:ForwardingRule"
DENIED = "FIREWALL_RULE"
UNUSED, REFUSED = "DESTINATION_UNKNOWN", "PSC_CONNECTION_NOT_ACCEPTED"
LINK = "projects/google/regions/us-central1/serviceAttachments/db"


def previewed(kind: str, name: str, resources: Any, *causes: str, **more: Any) -> Case:
    given = {"rule": routes_database.DATABASE, "contracts": routes_database.CONTRACTS, **more}
    return routes.previewed(kind, name, resources, *causes, **given)


def told(*others: Declared, access: Any = BY_CONNECTOR) -> list[Declared]:
    """A service that is told the endpoint's address."""
    return [network(), subnet(), connector(), ENDPOINT, *others, workload(stored(ADDRESS), access)]


def rule(address: Any, **more: Any) -> Declared:
    depends = more.pop("depends", {})
    return Declared(RULE, "psc", {**IN_USE.inputs, "ipAddress": address, **more}, depends=depends)


def attached(allowed: Any, *, link: Any = UNKNOWN, settings: Any = None, **more: Any) -> list[Declared]:
    """An instance for Private Service Connect, and an endpoint that leads to it."""
    psc = {"pscEnabled": True, "allowedConsumerProjects": allowed}
    psc = {key: value for key, value in psc.items() if value is not None}
    database = sql(ip={**PSC, "pscConfigs": [psc]}, settings=None)
    if settings is not None:
        database = sql(settings={"ipConfiguration": {"ipv4Enabled": False, "pscConfigs": [psc]}, **settings})
    depends = {"ipAddress": [ENDPOINT.urn]} | ({"target": [database.urn]} if link is UNKNOWN else {})
    outputs = {**(database.outputs or {}), "pscServiceAttachmentLink": link}
    whole = Declared(database.type, "db", database.inputs, outputs=outputs, depends=database.depends)
    return told(whole, rule(UNKNOWN, target=link, depends=depends, **more))


ATTACHED = declare(
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation",
    "attached",
    attachmentTarget=NETWORK,
    firewallPolicy="theirs",
)
MACHINE = declare(
    "gcp:compute/instance:Instance",
    "vm",
    tags=["cache"],
    networkInterfaces=[{"subnetwork": "netra-sub", "networkIp": "10.9.0.7"}],
    region=REGION,
)


def let_in(name: str = "in", **more: Any) -> Declared:
    inputs = {"allows": ALL, "direction": "INGRESS", **more}
    return firewall(name, **{key: value for key, value in inputs.items() if value is not None})


def keep_out(priority: int, *tags: str) -> Declared:
    return let_in("no", allows=None, denies=ALL, priority=priority, sourceTags=[*tags] or None)


def to_machine(kind: str, name: str, rules: Any, access: Any = DIRECTLY) -> Case:
    """A service that is told the address of a machine in place of a cache."""
    resources = [network(), subnet(), connector(), MACHINE, *rules, workload(cached("10.9.0.7"), access)]
    causes = [] if kind == "pass" else [DENIED]
    return previewed(kind, name, resources, *causes, rule=CACHE, contracts=CONTRACTS)


CASES = [
    previewed("unknown", "an address that nothing uses", told(), UNUSED),
    previewed("pass", "an address that a forwarding rule has, by its name", told(rule("psc"))),
    previewed("pass", "an address that a forwarding rule has, written out", told(rule(ADDRESS))),
    previewed("unknown", "an address beside that of a forwarding rule", told(rule("10.9.0.8")), UNUSED),
    previewed(
        "pass",
        "an address of another program",
        [
            network(),
            subnet(),
            connector(),
            Declared(ENDPOINT.type, "psc", {}, outputs=ENDPOINT.inputs, read_only=True),
            workload(stored(ADDRESS)),
        ],
    ),
    # Whom an instance for Private Service Connect takes.
    previewed("pass", "an endpoint of a project that is allowed", attached([PROJECT])),
    previewed("fail", "an endpoint of a project that is left out", attached(["other-project"]), REFUSED),
    previewed(
        "fail",
        "the same where the attachment is known",
        attached(["other-project"], link=f"https://www.googleapis.com/compute/v1/{LINK}"),
        REFUSED,
    ),
    previewed("unknown", "which projects are allowed", attached(UNKNOWN), REFUSED),
    previewed("unknown", "whose number is allowed", attached(["418722330501"]), REFUSED),
    previewed("unknown", "whether a list that is not there leaves all out", attached(None), REFUSED),
    previewed(
        "unknown",
        "whether the network's project counts",
        attached(["host-project"], network="projects/host-project/global/networks/shared"),
        REFUSED,
    ),
    previewed(
        "fail",
        "an endpoint of an instance that is stopped",
        attached([PROJECT], settings={"activationPolicy": "NEVER"}),
        "CLOUD_SQL_INSTANCE_NOT_RUNNING",
    ),
    # A machine's network lets nothing in by itself.
    to_machine("fail", "a machine, and no rule that lets anything in", ()),
    to_machine("pass", "a rule for the subnet's range", [let_in(sourceRanges=["10.9.0.0/24"])]),
    to_machine("pass", "a rule for everybody", [let_in()]),
    to_machine("fail", "a rule for other ranges", [let_in(sourceRanges=["10.8.0.0/28"])]),
    to_machine("fail", "a rule for another port", [let_in(allows=[{"protocol": "tcp", "ports": ["22"]}])]),
    to_machine("fail", "a rule for other machines", [let_in(targetTags=["web"])]),
    to_machine("pass", "a rule for the machine's tag", [let_in(targetTags=["cache"])]),
    to_machine("fail", "a rule that is switched off", [let_in(disabled=True)]),
    to_machine("fail", "a rule of another network", [let_in(network="default")]),
    to_machine("fail", "a rule for what goes out", [let_in(direction="EGRESS")]),
    to_machine("fail", "a denial before it", [let_in(), let_in("no", allows=None, denies=ALL, priority=9)]),
    to_machine("fail", "a rule for another tag", [let_in(sourceTags=["batch"])]),
    to_machine("unknown", "a rule for the tag of direct egress", [let_in(sourceTags=["web"])]),
    to_machine("unknown", "a rule for what an account sends", [let_in(sourceServiceAccounts=["a@b"])]),
    to_machine("unknown", "whom the rule lets in", [let_in(sourceRanges=UNKNOWN)]),
    to_machine("unknown", "a rule for some of the subnet", [let_in(sourceRanges=["10.9.0.0/25"])]),
    to_machine("unknown", "whether a policy lets it in", [ATTACHED]),
    # A connector brings a rule of its own, which nobody sees.
    to_machine("pass", "a machine, by a connector", (), BY_CONNECTOR),
    to_machine("pass", "a denial after the connector's own rule", [keep_out(1000)], BY_CONNECTOR),
    to_machine("fail", "a denial before the connector's own rule", [keep_out(900)], BY_CONNECTOR),
    to_machine("fail", "a denial for the connector's tag", [keep_out(900, "vpc-connector")], BY_CONNECTOR),
    to_machine("pass", "a denial for another tag", [keep_out(900, "batch")], BY_CONNECTOR),
    to_machine(
        "pass",
        "a rule for the connector's tag before a denial",
        [let_in(sourceTags=["vpc-connector"], priority=800), keep_out(900)],
        BY_CONNECTOR,
    ),
    previewed(
        "unknown",
        "a machine of a network that nobody declares",
        [subnet(), MACHINE, workload(cached("10.9.0.7"), DIRECTLY)],
        DENIED,
        rule=CACHE,
        contracts=CONTRACTS,
    ),
    previewed(
        "pass",
        "a machine of a network that is declared external",
        [subnet(), MACHINE, workload(cached("10.9.0.7"), DIRECTLY)],
        rule=CACHE,
        contracts=elsewhere(f"kind: network, id: {NETWORK}"),
    ),
    previewed(
        "fail",
        "the reserved address of a machine, and no rule that lets anything in",
        told(
            declare(MACHINE.type, "vm", networkInterfaces=[{"network": NETWORK, "networkIp": ADDRESS}]),
            access=DIRECTLY,
        ),
        DENIED,
    ),
]
