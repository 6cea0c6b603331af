"""The graph that the routes of a plan make: what stands where, and which way is proven, broken or doubtful.

Owns turning hops into nodes and edges. Whether a route exists is `policies.routes`'; a route's words for its
hops are read here, and a test holds that every one of them is understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from policies.plan.values import Unknown
from policies.plan.workloads import shown_name
from policies.posture.front_door import URL_MAPS, hosts_of, services_at
from policies.routes.destinations import ENDPOINTS
from policies.routes.endpoints import ALLOYDB, REDIS_CLUSTER, VALKEY
from policies.routes.networks import CONNECTOR, NAT, NETWORK, REDIS, ROUTER, SQL, Net, network_of
from policies.routes.ways import way_of
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.plan import Plan, Resource
    from policies.routes import Route
    from policies.rules.registry import World

Kind: TypeAlias = Literal[
    "front", "service", "connector", "direct", "open", "network", "nat", "peering", "appliance",
    "cache", "database", "internet", "local",
]  # fmt: skip
_FIRST_WORDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("connector", "connector"),
    ("direct VPC egress", "direct"),
    ("Google's own path", "open"),
    ("network", "network"),
    ("Cloud NAT", "nat"),
    ("private services access", "peering"),
    ("peering", "peering"),
    ("Private Google Access", "peering"),
    ("route", "appliance"),
    ("localhost", "local"),
)
# What an endpoint is, which routes call by its name alone.
_PRODUCTS: Final = {REDIS_CLUSTER: "Redis Cluster", VALKEY: "Valkey", ALLOYDB: "AlloyDB"}
# What a route passes before its way is known: what names the destination.
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|the volumes|the environment")
_INTERNET: Final = "internet"
_RANK: Final = {None: 0, Verdict.PROVEN: 1, Verdict.UNPROVEN: 2, Verdict.REFUTED: 3}


@dataclass(frozen=True, slots=True)
class Served:
    """A workload and its routes."""

    resource: Resource
    routes: Sequence[Route]

    @property
    def verdict(self) -> Verdict:
        """The worst of its routes; proven where it needs none."""
        return max((one.verdict for one in self.routes), key=_RANK.__getitem__, default=Verdict.PROVEN)


@dataclass(frozen=True, slots=True)
class Node:
    """What a route passes or leads to.

    Attributes:
        id: Stands for it in edges.
        kind: What it is.
        name: What it is called, as routes have it.
        urn: Its resource; None where the plan does not declare it.
        detail: What else is to be said of it: its hosts, its network.
    """

    id: str
    kind: Kind
    name: str
    urn: str | None = None
    detail: Sequence[str] = ()


@dataclass(slots=True)
class Edge:
    """A step of one route or of many.

    Attributes:
        start: The id of the node it leaves.
        end: Likewise where it leads.
        verdict: The worst of its routes; None where no route takes it, and it is only there.
        causes: Why it is broken or in doubt.
        routes: How many routes take it.
    """

    start: str
    end: str
    verdict: Verdict | None = None
    causes: tuple[str, ...] = ()
    routes: int = 0


@dataclass(slots=True)
class Topology:
    """The graph. Nodes and edges stand in the order in which the plan gave rise to them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """Takes a node in, once; what is said of it adds up."""
        known = self.nodes.get(node.id)
        if known is None:
            self.nodes[node.id] = node
        elif set(node.detail) - set(known.detail):
            detail = tuple(dict.fromkeys((*known.detail, *node.detail)))
            self.nodes[node.id] = Node(known.id, known.kind, known.name, known.urn or node.urn, detail)
        return node.id

    def link(self, start: str, end: str, verdict: Verdict | None = None, cause: str | None = None) -> None:
        """Takes a step in; where others took it, the worst verdict stays."""
        edge = self.edges.setdefault((start, end), Edge(start, end))
        edge.routes += verdict is not None
        if _RANK[verdict] > _RANK[edge.verdict]:
            edge.verdict = verdict
        if cause is not None and cause not in edge.causes:
            edge.causes = (*edge.causes, cause)


def kind_of(hop: str) -> Kind | None:
    """What a hop between a service and its destination is; None for what is not drawn, as a variable."""
    for words, kind in _FIRST_WORDS:
        if hop == words or hop.startswith(f"{words} "):
            return kind
    return None


def topology_of(world: World, services: Sequence[Served]) -> Topology:
    """The graph of a plan's routes, with the front doors, data stores and NAT that no route passes."""
    graph, declared = Topology(), _declared(world.plan)
    for served in services:
        _add_service(graph, world, served, declared)
    _add_fronts(graph, world.plan)
    _add_unused(graph, world, declared)
    return graph


def _add_service(graph: Topology, world: World, served: Served, declared: Mapping[str, str]) -> None:
    service = served.resource
    start = graph.add(Node(service.urn, "service", shown_name(service), service.urn))
    way, project = way_of(service, world), str(world.plan.project_of(service))
    where = way.net.project or project if way.net is not None else project

    def node(kind: Kind, name: str) -> Node:
        """Two projects may each have a network of one name."""
        own = where if kind in ("network", "nat", "appliance") else project
        if kind in ("direct", "peering", "local", "open"):
            own = f"{own}/{way.net.shown if way.net is not None and kind != 'open' else ''}"
        id_ = _INTERNET if kind == "internet" else f"{kind}:{own}:{name}"
        urn = declared.get(f"{own}:{name}")
        resource = None if urn is None else world.plan.get(urn)
        product = None if resource is None else _PRODUCTS.get(resource.type)
        return Node(id_, kind, name, urn, () if product is None else (product,))

    for route in served.routes:
        at = start
        for hop in _between(route):
            kind = kind_of(hop)
            if kind is None:
                continue
            passed = graph.add(node(kind, hop))
            graph.link(at, passed, Verdict.PROVEN)
            at = passed
        goal = node(route.kind, "the internet" if route.kind == _INTERNET else route.destination)
        if route.kind == _INTERNET:
            goal = Node(goal.id, goal.kind, goal.name, None, (route.destination,))
        graph.link(at, graph.add(goal), route.verdict, route.cause)


def _between(route: Route) -> Sequence[str]:
    """The hops after the service and before the destination, which a broken route does not reach."""
    ends = (route.destination, f"{route.destination} (declared external)")
    return route.hops[1:-1] if route.hops[-1] in ends else route.hops[1:]


def _declared(plan: Plan) -> Mapping[str, str]:
    """URNs by project and name, the name as routes have it."""
    words = {CONNECTOR: "connector", NETWORK: "network", NAT: "Cloud NAT", REDIS: "Redis", SQL: "Cloud SQL"}
    words |= dict.fromkeys(ENDPOINTS, "endpoint")
    return {
        f"{plan.project_of(one)}:{words[one.type]} {shown_name(one)}": one.urn for one in plan.of_type(words)
    }


def _add_fronts(graph: Topology, plan: Plan) -> None:
    for url_map in plan.of_type(URL_MAPS):
        for host in hosts_of(url_map).names:
            for service in services_at(plan, host, "/"):
                if service.urn in graph.nodes:
                    name = f"load balancer {shown_name(url_map)}"
                    front = graph.add(Node(f"front:{url_map.urn}", "front", name, url_map.urn, (host,)))
                    graph.link(front, service.urn)


def _add_unused(graph: Topology, world: World, declared: Mapping[str, str]) -> None:
    """Data stores that no service reaches, and NAT that no service needs."""
    plan = world.plan
    for store in plan.of_type((SQL, REDIS)):
        kind: Kind = "cache" if store.type == REDIS else "database"
        name = f"{'Redis' if store.type == REDIS else 'Cloud SQL'} {shown_name(store)}"
        on = tuple(_network_said(plan, store))
        graph.add(Node(f"{kind}:{plan.project_of(store)}:{name}", kind, name, store.urn, on))
    for nat in plan.of_type((NAT,)):
        router = plan.refers(ROUTER, nat, "router")
        if router is None or isinstance(router, Unknown):
            continue
        net = network_of(plan, router, "network")
        if not isinstance(net, Net):
            continue
        project = net.project or str(plan.project_of(nat))
        network, name = f"network {net.shown}", f"Cloud NAT {shown_name(nat)}"
        at = Node(f"network:{project}:{network}", "network", network, declared.get(f"{project}:{network}"))
        through = Node(f"nat:{project}:{name}", "nat", name, nat.urn)
        graph.link(graph.add(at), graph.add(through))
        graph.link(through.id, graph.add(Node(_INTERNET, "internet", "the internet")))


def _network_said(plan: Plan, store: Resource) -> Iterator[str]:
    if store.type == REDIS:
        net = network_of(plan, store, "authorizedNetwork", default="default")
    else:
        net = network_of(plan, store, "settings", "ipConfiguration", "privateNetwork")
    if isinstance(net, Net):
        yield f"on network {net.shown}"
