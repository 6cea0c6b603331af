"""The topology as a picture can hold it: few enough nodes to be read, whatever the size of the plan.

Owns what is drawn by itself and what is drawn as one of many: what is broken alike is one. Draws nothing: the
page and the comment each do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policies.overview import Edge, Node, Served, Topology
    from policies.report import Report

# From left to right: who comes in, who answers, by which way it goes out, into which network, through what,
# to whom.
LAYERS: Final[Mapping[str, int]] = {
    "front": 0, "service": 1, "connector": 2, "direct": 2, "open": 2, "local": 2, "network": 3,
    "nat": 4, "peering": 4, "appliance": 4, "cache": 5, "database": 5, "internet": 5,
}  # fmt: skip
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "front": ("load balancer", "load balancers"),
    "service": ("Cloud Run", "services"),
    "connector": ("connector", "connectors"),
    "direct": ("direct VPC egress", "direct VPC egresses"),
    "open": ("Google's path", "ways by Google's own path"),
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
        word: What its kind is called.
        name: What it is called.
        detail: What else is said of it, in a few words.
        findings: How many findings are about it.
        urns: The resources that it stands for.
    """

    id: str
    kind: str
    word: str
    name: str
    detail: str
    findings: int
    urns: Sequence[str]


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


def picture_of(report: Report, most_services: int) -> Picture:
    """What is drawn of a report's topology.

    Where there are more services than can be drawn by themselves, those with the same faults are drawn as
    one, and with them what only they use.

    Args:
        report: The report.
        most_services: How many services are drawn by themselves; likewise how many groups of them.
    """
    overview = report.overview()
    topology, findings = overview.topology, Counter(finding.urn for finding in report.findings)
    keys: Mapping[str, str] = {id_: id_ for id_ in topology.nodes}
    if len(overview.services) > most_services:
        keys = _folded(topology, _alike(overview.services, findings, most_services))
    groups: dict[str, list[Node]] = defaultdict(list)
    for node in topology.nodes.values():
        groups[keys[node.id]].append(node)
    ids = {key: f"n{number}" for number, key in enumerate(groups, 1)}
    shapes = [_shape(ids[key], nodes, findings) for key, nodes in groups.items()]
    lines = _lines(topology.edges.values(), {node: ids[key] for node, key in keys.items()})
    folded = sum(len(nodes) for nodes in groups.values() if len(nodes) > 1)
    return Picture(shapes, lines, folded)


def _alike(services: Sequence[Served], findings: Mapping[str, int], most: int) -> Mapping[str, str]:
    """Services by URN, each with the key of those that have the same faults."""
    faults: dict[str, str] = {}
    for served in services:
        broken = {(one.kind, one.verdict, one.cause) for one in served.routes if one.cause is not None}
        whole = "findings" if findings.get(served.resource.urn) else "whole"
        faults[served.resource.urn] = repr(sorted(broken)) if broken else whole
    kept = {key for key, _ in Counter(faults.values()).most_common(most)}
    return {urn: key if key in kept else "others" for urn, key in faults.items()}


def _folded(topology: Topology, alike: Mapping[str, str]) -> Mapping[str, str]:
    """The key under which each node is drawn: what the same services use is one."""
    onward: dict[str, list[str]] = defaultdict(list)
    users: dict[str, set[str]] = {id_: set() for id_ in topology.nodes}
    for edge in topology.edges.values():
        onward[edge.start].append(edge.end)
        if topology.nodes[edge.start].kind == "front":
            users[edge.start].add(alike[edge.end])
    for service, key in alike.items():
        rest = [service]
        while rest:
            for end in onward[rest.pop()]:
                # Whoever came this far under the same key has passed what follows.
                if key not in users[end]:
                    users[end].add(key)
                    rest.append(end)
    return {
        node.id: f"{node.kind} {alike[node.id] if node.kind == 'service' else sorted(users[node.id])}"
        for node in topology.nodes.values()
    }


def _shape(id_: str, nodes: Sequence[Node], findings: Mapping[str, int]) -> Shape:
    first = nodes[0]
    count = sum(findings.get(node.urn or "", 0) for node in nodes)
    urns = [node.urn for node in nodes if node.urn is not None]
    word = WORDS[first.kind][0]
    if len(nodes) == 1:
        if first.kind in ("cache", "database") and not first.name.startswith(f"{word} "):
            word = first.kind  # an endpoint, or what only a variable names: it may be of another product
        name = first.name.removeprefix(f"{word} ") if first.kind != "open" else "to the internet"
        return Shape(id_, first.kind, word, name, _detail(first), count, urns)
    return Shape(id_, first.kind, word, f"{len(nodes):,} {WORDS[first.kind][1]}", "", count, urns)


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
