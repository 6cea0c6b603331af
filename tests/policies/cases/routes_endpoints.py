"""Cases of the rules about routes to endpoints: whether anything answers at an address, and lets one in."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases.routes import connector, network, subnet, workload
from tests.policies.cases.routes_database import ENDPOINT, IN_USE, PSC, previewed, sql, stored
from tests.policies.wire import PROJECT, Declared

EARLY = ()
ADDRESS = "10.9.0.9"
RULE = "gcp:compute/forwardingRule:ForwardingRule"
UNUSED, REFUSED = "DESTINATION_UNKNOWN", "PSC_CONNECTION_NOT_ACCEPTED"
LINK = "projects/google/regions/us-central1/serviceAttachments/db"


def told(*others: Declared) -> list[Declared]:
    """A service that is told the endpoint's address."""
    return [network(), subnet(), connector(), ENDPOINT, *others, workload(stored(ADDRESS))]


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
]
