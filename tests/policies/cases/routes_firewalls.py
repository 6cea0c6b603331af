"""Cases of the rules about routes: what stands in the way on a network, and in which order Google asks it."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases import routes_database, routes_internet
from tests.policies.cases.routes import (
    ALL,
    BY_CONNECTOR,
    DENY,
    DIRECTLY,
    HOST,
    NETWORK,
    REGION,
    cached,
    connector,
    declared,
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
from tests.policies.cases.routes_database import sql
from tests.policies.cases.routes_internet import nat, out, route
from tests.policies.wire import PROJECT, Declared

EARLY = ()
STOPPED, LED, POLICY = "FIREWALL_RULE", "NO_ROUTE", "POLICY_BASED_ROUTE"
RANGE = "10.20.0.0/29"
RESERVED = redis(reservedIpRange=RANGE)
EVERY_PROTOCOL = [{"ipProtocol": "all"}]
ACCOUNT = f"web@{PROJECT}.iam.gserviceaccount.com"
WITH_ACCOUNT = {"serviceAccount": ACCOUNT}
POLICIES_FIRST = network(networkFirewallPolicyEnforcementOrder="BEFORE_CLASSIC_FIREWALL")


def rule(name: str, priority: Any = 100, *, region: str | None = None, **more: Any) -> Declared:
    """A rule of the firewall policy `policy`, for everything that goes out."""
    kind = "regionNetworkFirewallPolicyRule" if region else "networkFirewallPolicyRule"
    match = {"layer4Configs": EVERY_PROTOCOL, "destIpRanges": ["10.0.0.0/8"], **more.pop("match", {})}
    inputs = {"firewallPolicy": "policy", "direction": "EGRESS", "action": "deny", **more}
    type_ = f"gcp:compute/{kind}:{kind[0].upper()}{kind[1:]}"
    return declared(type_, name, priority=priority, match=match, region=region, **inputs)


def policy(*rules: Declared, region: str | None = None, on: Any = NETWORK) -> list[Declared]:
    """A firewall policy on the network, global unless it is given a region, with its rules."""
    kind = "regionNetworkFirewallPolicy" if region else "networkFirewallPolicy"
    type_ = f"gcp:compute/{kind}:{kind[0].upper()}{kind[1:]}"
    attached = f"gcp:compute/{kind}Association:{kind[0].upper()}{kind[1:]}Association"
    return [
        declared(type_, "policy", region=region),
        *rules,
        declared(attached, "attached", attachmentTarget=on, firewallPolicy="policy", region=region),
    ]


def by_policy(name: str, **more: Any) -> Declared:
    """A policy-based route for all packets, to a load balancer."""
    filter_ = {"protocolVersion": "IPV4", **more.pop("filter", {})}
    inputs = {"network": NETWORK, "filter": filter_, "nextHopIlbIp": "10.9.0.9", **more}
    return declared("gcp:networkconnectivity/policyBasedRoute:PolicyBasedRoute", name, **inputs)


def among(*others: Declared, access: Any = BY_CONNECTOR, **more: Any) -> list[Declared]:
    """A cache with a range of its own and a service, with something on the network."""
    given = {one.urn: one for one in (network(), subnet(), connector(), RESERVED, *others)}
    return [*given.values(), workload(cached(), access, depends=[RESERVED], **more)]


def above(name: str, **more: Any) -> list[Declared]:
    """A rule of the organisation's own firewall policy."""
    kind = "gcp:compute/firewallPolicy"
    return [
        declared(f"{kind}:FirewallPolicy", "org", parent="organizations/1", shortName="org"),
        Declared(
            f"{kind}Rule:FirewallPolicyRule",
            name,
            {
                "firewallPolicy": "org",
                "direction": "EGRESS",
                "action": "deny",
                "priority": 10,
                "match": {"layer4Configs": EVERY_PROTOCOL, "destIpRanges": ["10.0.0.0/8"]},
                **more,
            },
        ),
        declared(
            f"{kind}Association:FirewallPolicyAssociation",
            "org",
            attachmentTarget="organizations/1",
            firewallPolicy="org",
        ),
    ]


INLINE = [
    declared(
        "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
        "policy",
        rules=[
            {
                "priority": 100,
                "direction": "EGRESS",
                "action": "deny",
                "match": {"layer4Configs": EVERY_PROTOCOL, "destIpRanges": ["10.0.0.0/8"]},
            }
        ],
    ),
    policy()[-1],
]
UNNAMED = [
    declared("gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy", "policy"),
    Declared(
        rule("deny").type,
        "deny",
        {**rule("deny").inputs, "firewallPolicy": UNKNOWN},
        depends={"firewallPolicy": [policy()[0].urn]},
    ),
    Declared(
        policy()[-1].type,
        "attached",
        {"attachmentTarget": UNKNOWN, "firewallPolicy": UNKNOWN},
        depends={"attachmentTarget": [network().urn], "firewallPolicy": [policy()[0].urn]},
    ),
]
LET_OUT = firewall("allow", allows=ALL, priority=65000, destinationRanges=["10.0.0.0/8"])

CASES = [
    # Firewall policies.
    previewed("fail", "a network firewall policy denies egress", among(*policy(rule("deny"))), STOPPED),
    previewed("fail", "a policy with its rules written into it", among(*INLINE), STOPPED),
    previewed(
        "fail", "a policy whose name is not known yet, from what it comes from", among(*UNNAMED), STOPPED
    ),
    previewed(
        "fail",
        "a regional policy of the way's region",
        among(*policy(rule("deny", region=REGION), region=REGION)),
        STOPPED,
    ),
    updated(
        "fail",
        "a policy, in the update",
        running(redis(host=HOST), None, BY_CONNECTOR, *policy(rule("deny"))),
        STOPPED,
    ),
    previewed(
        "fail",
        "a policy that comes before the VPC firewall rule that allows",
        among(POLICIES_FIRST, LET_OUT, *policy(rule("deny"))),
        STOPPED,
    ),
    previewed(
        "fail",
        "a policy's rule passes on to a VPC firewall rule that denies",
        among(POLICIES_FIRST, *policy(rule("pass", action="goto_next")), firewall("deny", **DENY)),
        STOPPED,
    ),
    previewed(
        "fail",
        "a policy for TCP by its number, and for one port",
        among(*policy(rule("deny", match={"layer4Configs": [{"ipProtocol": "6", "ports": ["6000-7000"]}]}))),
        STOPPED,
    ),
    previewed(
        "pass",
        "a VPC firewall rule that allows comes before the policy that denies",
        among(LET_OUT, *policy(rule("deny"))),
    ),
    previewed(
        "pass",
        "a policy that allows comes before the VPC firewall rule that denies",
        among(POLICIES_FIRST, *policy(rule("allow", action="allow")), firewall("deny", **DENY)),
    ),
    previewed(
        "pass",
        "a rule passes on before the one that denies",
        among(*policy(rule("deny"), rule("pass", 50, action="goto_next"))),
    ),
    previewed(
        "pass", "a policy that is attached to another network", among(*policy(rule("deny"), on="other"))
    ),
    previewed(
        "pass",
        "a regional policy of another region",
        among(*policy(rule("deny", region="us-east1"), region="us-east1")),
    ),
    previewed(
        "pass",
        "a rule of another project's policy of the same name",
        among(*policy(Declared(rule("deny").type, "deny", {**rule("deny").inputs, "project": "elsewhere"}))),
    ),
    previewed(
        "pass",
        "a rule of the regional policy of the same name",
        among(*policy(rule("deny", region="us-east1"))),
    ),
    previewed("pass", "a policy that is attached to nothing", among(*policy(rule("deny"))[:-1])),
    previewed(
        "pass",
        "a policy's rule for secure tags, which no service carries",
        among(*policy(rule("deny", targetSecureTags=[{"name": "tagValues/1"}])), access=DIRECTLY),
    ),
    previewed("pass", "a policy's rule that is switched off", among(*policy(rule("deny", disabled=True)))),
    previewed("pass", "a policy's rule for what comes in", among(*policy(rule("deny", direction="INGRESS")))),
    previewed(
        "pass",
        "a policy's rule for others' addresses",
        among(*policy(rule("deny", match={"srcIpRanges": ["10.77.0.0/16"]}))),
    ),
    previewed("unknown", "what a policy is attached to", among(*policy(rule("deny"), on=UNKNOWN)), STOPPED),
    previewed("unknown", "what a policy's rule does", among(*policy(rule("deny", action=UNKNOWN))), STOPPED),
    previewed(
        "unknown",
        "in which order policies and VPC firewall rules are asked",
        among(network(networkFirewallPolicyEnforcementOrder=UNKNOWN), LET_OUT, *policy(rule("deny"))),
        STOPPED,
    ),
    previewed(
        "unknown",
        "whether a policy's names are the destination's",
        among(*policy(rule("deny", match={"destFqdns": ["x.example.com"]}))),
        STOPPED,
    ),
    previewed("unknown", "whether the organisation's policy is above", among(*above("deny")), STOPPED),
    previewed(
        "pass",
        "the organisation's rule for another destination",
        among(*above("deny", match={"layer4Configs": EVERY_PROTOCOL, "destIpRanges": ["8.8.8.8/32"]})),
    ),
    routes_internet.previewed(
        "fail",
        "a policy denies egress to the internet",
        out(*nat(), *policy(rule("deny", match={"destIpRanges": ["0.0.0.0/0"]}))),
        STOPPED,
    ),
    routes_database.previewed(
        "fail",
        "a policy denies egress to the range of private services",
        routes_database.standing(
            sql(), None, BY_CONNECTOR, *policy(rule("deny", match={"destIpRanges": ["10.30.0.0/16"]}))
        ),
        STOPPED,
    ),
    # VPC firewall rules.
    previewed(
        "unknown",
        "the direction of a denial",
        among(firewall("deny", **{**DENY, "direction": UNKNOWN})),
        STOPPED,
    ),
    previewed(
        "unknown", "the network of a denial", among(firewall("deny", **{**DENY, "network": UNKNOWN})), STOPPED
    ),
    previewed(
        "pass",
        "a denial for others' addresses",
        among(firewall("deny", **DENY, sourceRanges=["10.77.0.0/16"])),
    ),
    previewed(
        "fail",
        "an allowance for others' addresses before a denial of all",
        among(
            firewall("allow", allows=ALL, priority=1, sourceRanges=["10.77.0.0/16"]), firewall("deny", **DENY)
        ),
        STOPPED,
    ),
    previewed(
        "fail",
        "a denial of both halves of the range",
        among(firewall("deny", **{**DENY, "destinationRanges": ["10.20.0.0/30", "10.20.0.4/30"]})),
        STOPPED,
    ),
    previewed(
        "pass",
        "a denial of IPv6",
        standing(redis(), None, BY_CONNECTOR, firewall("deny", **{**DENY, "destinationRanges": ["::/0"]})),
    ),
    previewed(
        "unknown",
        "which tags direct egress carries",
        among(
            firewall("deny", **DENY, targetTags=["web"]),
            access={"networkInterfaces": [{**DIRECTLY["networkInterfaces"][0], "tags": [UNKNOWN]}]},
        ),
        STOPPED,
    ),
    previewed(
        "unknown",
        "whether a denial for the service's account is for direct egress",
        among(
            firewall("deny", **DENY, targetServiceAccounts=[ACCOUNT]), access=DIRECTLY, template=WITH_ACCOUNT
        ),
        STOPPED,
    ),
    previewed(
        "pass",
        "a denial for another account",
        among(
            firewall("deny", **DENY, targetServiceAccounts=["vm@x.iam.gserviceaccount.com"]),
            access=DIRECTLY,
            template=WITH_ACCOUNT,
        ),
    ),
    previewed(
        "pass",
        "a denial for the service's account, which a connector does not carry",
        among(firewall("deny", **DENY, targetServiceAccounts=[ACCOUNT]), template=WITH_ACCOUNT),
    ),
    # Routes.
    previewed("unknown", "a policy-based route's load balancer", among(by_policy("inspect")), POLICY),
    previewed(
        "pass",
        "a policy-based route that leaves these packets to the others",
        among(
            by_policy("inspect"),
            by_policy(
                "skip",
                priority=10,
                filter={"destRange": "10.20.0.0/24"},
                nextHopIlbIp=None,
                nextHopOtherRoutes="DEFAULT_ROUTING",
            ),
        ),
    ),
    previewed(
        "pass",
        "a policy-based route for others' tags",
        among(by_policy("inspect", virtualMachine={"tags": ["vm"]})),
    ),
    previewed(
        "pass",
        "a policy-based route for what comes in by an attachment",
        among(by_policy("inspect", interconnectAttachment={"region": "all"})),
    ),
    previewed(
        "pass",
        "a policy-based route elsewhere",
        among(by_policy("inspect", filter={"destRange": "10.99.0.0/16"})),
    ),
    routes_internet.previewed(
        "unknown",
        "what is behind a policy-based route to the internet",
        out(*nat(), by_policy("inspect", filter={"destRange": "0.0.0.0/0"})),
        POLICY,
    ),
    previewed(
        "unknown",
        "whom a route elsewhere is for",
        among(route("x", destRange=RANGE, tags=UNKNOWN, nextHopIp="10.9.0.2")),
        LED,
    ),
    previewed(
        "unknown",
        "which packets a route takes",
        among(route("x", destRange=UNKNOWN, nextHopIp="10.9.0.2")),
        LED,
    ),
    previewed(
        "unknown",
        "on which network a route is",
        among(route("x", destRange=RANGE, network=UNKNOWN, nextHopIp="10.9.0.2")),
        LED,
    ),
    previewed(
        "fail",
        "a route for the tag of direct egress",
        among(route("x", destRange=RANGE, tags=["web"], nextHopInstance="vm"), access=DIRECTLY),
        LED,
    ),
    previewed(
        "pass",
        "a route for others' tags, and one that is wider",
        among(
            route("x", destRange=RANGE, tags=["vm"], nextHopIp="10.9.0.2"),
            route("y", destRange="10.0.0.0/8", nextHopVpnTunnel="tunnel"),
        ),
    ),
    routes_database.previewed(
        "pass",
        "a route as wide as the range of private services: each service's own is narrower",
        routes_database.standing(
            sql(), None, BY_CONNECTOR, route("x", destRange="10.30.0.0/16", nextHopIp="10.9.0.2")
        ),
    ),
    routes_database.previewed(
        "unknown",
        "where in the range of private services the database is, beside a route into it",
        routes_database.standing(
            sql(), None, BY_CONNECTOR, route("x", destRange="10.30.4.0/24", nextHopIp="10.9.0.2")
        ),
        LED,
    ),
]
