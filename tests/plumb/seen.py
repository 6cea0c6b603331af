"""What a report shows beside its findings, in small: two services, one of them without a way to its cache."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from policies.overview import Bar, Edge, Node, Overview, Served, Topology
from policies.plan import Resource, Source
from policies.report import Changes
from policies.routes import Route
from policies.rules import Verdict
from tests.plumb.reports import FINDINGS, REFUSED, SERVICE, urn

NOW = datetime(2026, 1, 20, tzinfo=UTC)
CAUSE = "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK"


def service(name, **inputs):
    return Resource(
        urn(SERVICE, name), SERVICE, name, lambda: {"name": f"netra-{name}", **inputs},
        source=Source("__main__.py", 42),
    )  # fmt: skip


def route(name, destination, kind, *hops, cause=None, verdict=Verdict.PROVEN):
    message = f"netra-{name} cannot reach {destination}" if cause else f"netra-{name} reaches {destination}"
    fix = "give it a way" if cause else ""
    return Route(destination, verdict, (f"netra-{name}", *hops), cause, message, fix, kind, f"route-{kind}")


def seen(backend="backend"):
    cache = route(backend, "Redis netra-cache", "cache", "connector c", cause=CAUSE, verdict=Verdict.REFUTED)
    database = route("auth", "Cloud SQL netra-db", "database", "connector c", "Cloud SQL netra-db")
    one, other = service(backend), service("auth")
    nodes = (
        Node(one.urn, "service", f"netra-{backend}", one.urn),
        Node(other.urn, "service", "netra-auth", other.urn),
        Node("connector:p:connector c", "connector", "connector c"),
        Node("cache:p:Redis netra-cache", "cache", "Redis netra-cache", FINDINGS[4].urn),
        Node("database:p:Cloud SQL netra-db", "database", "Cloud SQL netra-db", FINDINGS[3].urn),
    )
    edges = (
        Edge(nodes[0].id, nodes[2].id, Verdict.PROVEN, (), 1),
        Edge(nodes[1].id, nodes[2].id, Verdict.PROVEN, (), 1),
        Edge(nodes[2].id, nodes[3].id, Verdict.REFUTED, (CAUSE,), 1),
        Edge(nodes[2].id, nodes[4].id, Verdict.UNPROVEN, ("HOST_UNKNOWN",), 1),
    )
    bar = Bar(
        "connections", "Cloud SQL netra-db", FINDINGS[3].urn, 1260, 387, 500, "connections",
        exact=True, terms=["21 processes with 60 each", "500 - 100 - 13 = 387"],
    )  # fmt: skip
    return Overview(
        [Served(one, [cache]), Served(other, [database])],
        Topology({node.id: node for node in nodes}, {(edge.start, edge.end): edge for edge in edges}),
        [bar],
        [one.urn, other.urn],
    )


CHANGES = Changes(
    "base.json",
    frozenset({FINDINGS[0].key}),
    [replace(FINDINGS[1], name="worker", urn=urn(SERVICE, "worker"))],
    added=[urn(SERVICE, "backend")],
    removed=[urn(SERVICE, "worker"), urn(SERVICE, "old")],
)
OVERVIEW = seen()
SEEN = replace(REFUSED, look=lambda: OVERVIEW, at=NOW, changes=CHANGES)
