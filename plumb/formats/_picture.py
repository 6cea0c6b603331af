"""The topology as a picture can hold it: few enough nodes to be read, whatever the size of the plan.

Owns what is drawn by itself and what is drawn as one of many. What is broken or in doubt, and what has
findings, is drawn by itself first. Draws nothing: the page and the comment each do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policies.overview import Edge, Node, Topology
    from policies.report import Report

# From left to right: who comes in, who answers, by which way it goes out, into which network, through what, to
# whom.
LAYERS: Final[Mapping[str, int]] = {
    "front": 0, "service": 1, "connector": 2, "direct": 2, "open": 2, "local": 2, "network": 3,
    "nat": 4, "peering": 4, "appliance": 4, "cache": 5, "database": 5, "internet": 5,
}  # fmt: skip
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "front": ("load balancer", "load balancers"),
    "service": ("Cloud Run", "Cloud Run services"),
    "connector": ("connector", "connectors"),
    "direct": ("direct VPC egress", "direct VPC egresses"),
    "open": ("Google's own path", "ways by Google's own path"),
    "local": ("localhost", "ways by localhost"),
    "network": ("network", "networks"),
    "nat": ("Cloud NAT", "Cloud NATs"),
    "peering": ("peering", "peerings"),
    "appliance": ("route", "routes to an appliance"),
    "cache": ("Redis", "caches"),
    "database": ("Cloud SQL", "databases"),
    "internet": ("internet", "internets"),
}
_WORST: Final = {None: 0, Verdict.PROVEN: 1, Verdict.UNPROVEN: 2, Verdict.REFUTED: 3}


@dataclass(frozen=True, slots=True)
class Shape:
    """A node that is drawn.

    Attributes:
        id: Stands for it in lines; `n1`, `n2`: nothing that a program wrote.
        kind: What it is, as the topology has it.
        name: What it is called.
        detail: What else is said of it, in a few words.
        findings: How many findings are about it.
        urns: The resources that it stands for.
    """

    id: str
    kind: str
    name: str
    detail: str
    findings: int
    urns: Sequence[str]

    @property
    def word(self) -> str:
        """What its kind is called."""
        return WORDS[self.kind][0]


@dataclass(frozen=True, slots=True)
class Line:
    """An edge that is drawn."""

    start: str
    end: str
    verdict: Verdict | None
    causes: tuple[str, ...]
    routes: int

    @property
    def label(self) -> str:
        """The cause that stands on it."""
        more = f" +{len(self.causes) - 1}" if len(self.causes) > 1 else ""
        return f"{self.causes[0]}{more}" if self.causes else ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn; `folded` counts the nodes that are drawn as one of many."""

    shapes: Sequence[Shape]
    lines: Sequence[Line]
    folded: int


def picture_of(report: Report, most_services: int, most_others: int) -> Picture:
    """What is drawn of a report's topology.

    Args:
        report: The report.
        most_services: How many services are drawn by themselves.
        most_others: How many of each other kind.
    """
    topology = report.overview().topology
    findings = Counter(finding.urn for finding in report.findings)
    alone = _alone(topology, findings, most_services, most_others)
    stands: dict[str, str] = {}
    groups: dict[str, list[Node]] = defaultdict(list)
    for node in topology.nodes.values():
        key = node.id if node.id in alone else _many(node, findings)
        stands[node.id] = key
        groups[key].append(node)
    ids = {key: f"n{number}" for number, key in enumerate(groups, 1)}
    shapes = [_shape(ids[key], nodes, findings) for key, nodes in groups.items()]
    lines = _lines(topology.edges.values(), {node: ids[key] for node, key in stands.items()})
    folded = sum(len(nodes) for nodes in groups.values() if len(nodes) > 1)
    return Picture(shapes, lines, folded)


def _alone(topology: Topology, findings: Mapping[str, int], services: int, others: int) -> frozenset[str]:
    """The nodes that are drawn by themselves: the worst services, and what is on their way first."""
    worst: dict[str, int] = defaultdict(int)
    onward: dict[str, list[str]] = defaultdict(list)
    for edge in topology.edges.values():
        onward[edge.start].append(edge.end)
        worst[edge.start] = max(worst[edge.start], _WORST[edge.verdict])
        worst[edge.end] = max(worst[edge.end], _WORST[edge.verdict])

    def rank(node: Node) -> tuple[int, int]:
        """Broken ways first, then those with findings, then as the plan has them."""
        return -worst[node.id], -findings.get(node.urn or "", 0)

    nodes = topology.nodes
    ranked = sorted((one for one in nodes.values() if one.kind == "service"), key=rank)
    chosen = [one.id for one in ranked[:services]]
    reached, rest = dict.fromkeys(chosen), list(chosen)
    while rest:
        for end in onward[rest.pop(0)]:
            if end not in reached:
                reached[end] = None
                rest.append(end)
    counts: Counter[str] = Counter()
    found = set(chosen)
    passed = [nodes[id_] for id_ in reached if nodes[id_].kind != "service"]
    unpassed = [one for one in nodes.values() if one.id not in reached and one.kind != "service"]
    for node in (*sorted(passed, key=rank), *sorted(unpassed, key=rank)):
        counts[node.kind] += 1
        if counts[node.kind] <= others:
            found.add(node.id)
    return frozenset(found)


def _many(node: Node, findings: Mapping[str, int]) -> str:
    """The key under which a node is one of many: those with findings stand apart."""
    return f"many:{node.kind}:{bool(findings.get(node.urn or '', 0))}"


def _shape(id_: str, nodes: Sequence[Node], findings: Mapping[str, int]) -> Shape:
    first = nodes[0]
    count = sum(findings.get(node.urn or "", 0) for node in nodes)
    urns = [node.urn for node in nodes if node.urn is not None]
    if len(nodes) == 1:
        word = WORDS[first.kind][0]
        name = first.name.removeprefix(f"{word} ") if first.kind != "open" else "to the internet"
        return Shape(id_, first.kind, name, _detail(first), count, urns)
    what = " with findings" if count else ""
    return Shape(id_, first.kind, f"{len(nodes):,} {WORDS[first.kind][1]}{what}", "", count, urns)


def _detail(node: Node) -> str:
    if len(node.detail) > 1:
        return f"{len(node.detail)} hosts"
    return node.detail[0] if node.detail else ""


def _lines(edges: Iterable[Edge], ids: Mapping[str, str]) -> list[Line]:
    merged: dict[tuple[str, str], Line] = {}
    for edge in edges:
        key = ids[edge.start], ids[edge.end]
        known = merged.get(key, Line(*key, None, (), 0))
        worst = max(known.verdict, edge.verdict, key=_WORST.__getitem__)
        causes = tuple(dict.fromkeys((*known.causes, *edge.causes)))
        merged[key] = Line(*key, worst, causes, known.routes + edge.routes)
    return list(merged.values())
