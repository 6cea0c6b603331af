"""What a plan is beside its findings: over every case of every rule, and in numbers those of the rules."""

from __future__ import annotations

import re

import pytest

from contracts import Contracts
from policies.judge import Judge
from policies.overview import overview_of
from policies.overview.topology import VARIABLE, _between, kind_of
from policies.plan import Plan
from policies.plan.analyze import ended, seen
from policies.rules import Verdict, registered
from tests.policies.conftest import SMALL, contracts_of
from tests.policies.kit import redis, sql
from tests.policies.test_rules import CASES
from tests.policies.wire import PROJECT, Declared, analyze, analyze_stack, plain, service


def planned(resources, *, preview=True):
    plan = Plan(preview=preview)
    for resource in resources:
        if not resource.read_only:
            seen(plan, analyze(resource))
    ended(plan, analyze_stack(resources))
    return plan


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """The plan, the contracts and the overview of every case."""
    small = contracts_of(SMALL, tmp_path_factory.mktemp("small"))
    found = []
    for case in CASES:
        own = (
            small if case.contracts is None else contracts_of(case.contracts, tmp_path_factory.mktemp("own"))
        )
        plan = planned(case.resources, preview=case.preview)
        found.append((case, plan, own, overview_of(plan, own)))
    return found


def test_every_hop_of_every_route_is_understood(looked):
    hops = {
        hop for *_, overview in looked for one in overview.services for r in one.routes for hop in _between(r)
    }
    assert {hop for hop in hops if kind_of(hop) is None and not VARIABLE.fullmatch(hop)} == set()
    assert {"connector", "direct", "open", "network", "nat", "peering", "appliance", "local"} <= {
        kind_of(hop) for hop in hops
    }


def test_an_endpoint_is_its_own_resource_and_says_what_it_is(looked):
    ends = {
        (node.name, node.detail)
        for _, plan, _, overview in looked
        for node in overview.topology.nodes.values()
        if node.name.startswith("endpoint ") and node.urn is not None and plan.get(node.urn)
    }
    assert {
        ("endpoint cluster", ("Redis Cluster",)),
        ("endpoint valkey", ("Valkey",)),
        ("endpoint pg", ("AlloyDB",)),
        ("endpoint vm", ()),
    } <= ends


def test_a_route_that_is_refused_is_drawn_broken_with_its_cause_and_none_else_is(looked):
    for case, _, _, overview in looked:
        broken = {(r.verdict, r.cause) for one in overview.services for r in one.routes if r.cause}
        drawn = {(e.verdict, cause) for e in overview.topology.edges.values() for cause in e.causes}
        assert {cause for _, cause in drawn} == {cause for _, cause in broken}, case
        worst = {verdict for verdict, _ in broken}
        assert {e.verdict for e in overview.topology.edges.values() if e.causes} <= worst, case


def test_every_edge_joins_two_nodes_and_every_service_is_there(looked):
    for case, plan, _, overview in looked:
        nodes = overview.topology.nodes
        assert {end for edge in overview.topology.edges for end in edge} <= nodes.keys(), case
        assert {one.resource.urn for one in overview.services} <= nodes.keys(), case
        assert all(node.urn is None or plan.get(node.urn) for node in nodes.values()), case


def test_a_bar_is_exceeded_where_its_rule_refuses_and_nowhere_else(looked):
    causes = {
        "connections": "CONNECTIONS_EXCEEDED",
        "memory": "CONNECTIONS_EXCEED_MEMORY",
        "addresses": "SUBNET_TOO_SMALL",
    }
    agreed = dict.fromkeys(causes, 0)
    for case, plan, own, overview in looked:
        findings = Judge(registered(), own).closed(plan)
        for bar in overview.capacity:
            if bar.kind not in causes or bar.urn is None:
                continue
            refused = {f.cause for f in findings if f.urn == bar.urn and f.verdict is Verdict.REFUTED}
            if bar.exceeded and bar.kind != "memory":
                assert causes[bar.kind] in refused, (case, bar)
                agreed[bar.kind] += 1
            elif bar.exceeded:
                # Buffers that are too large by themselves are refused before the connections beside them.
                assert refused & {causes["memory"], "SHARED_BUFFERS_TOO_LARGE"}, (case, bar)
                agreed[bar.kind] += 1
            elif causes[bar.kind] in refused and bar.kind == "connections":
                pytest.fail(f"{case}: refused, and the bar has room: {bar}")
    assert all(agreed.values()), agreed


def test_what_stands_in_a_secret_has_no_bar(looked):
    shown = {term for *_, overview in looked for bar in overview.capacity for term in bar.terms}
    assert shown
    assert not any("[secret]" in term for term in shown)


def test_networks_of_one_name_in_two_projects_are_two():
    plan = planned([
        Declared("gcp:compute/network:Network", "one", {"name": "main", "project": PROJECT}),
        Declared("gcp:compute/network:Network", "other", {"name": "main", "project": "elsewhere"}),
        *(nat(name, project) for name, project in (("one", PROJECT), ("other", "elsewhere"))
          for nat in (router, translation)),
    ])  # fmt: skip
    nodes = overview_of(plan, Contracts()).topology.nodes
    assert sorted(node.id for node in nodes.values() if node.kind == "network") == [
        "network:elsewhere:network main",
        f"network:{PROJECT}:network main",
    ]


def router(name, project):
    network = f"projects/{project}/global/networks/main"
    inputs = {"name": "router", "project": project, "network": network, "region": "us-central1"}
    return Declared("gcp:compute/router:Router", f"router-{name}", inputs)


def translation(name, project):
    inputs = {"name": "nat", "project": project, "router": "router", "region": "us-central1"}
    return Declared("gcp:compute/routerNat:RouterNat", f"nat-{name}", inputs)


def test_a_store_that_nothing_reaches_is_drawn_beside_the_rest():
    overview = overview_of(planned([redis(), sql(), service([plain("A", "b")])]), Contracts())
    assert {node.kind for node in overview.topology.nodes.values()} == {"cache", "database", "service"}
    assert overview.topology.edges == {}


def test_a_plan_that_nobody_can_read_has_a_report_without_a_picture(monkeypatch):
    def broken(*_):
        raise RuntimeError("not today")

    plan = planned([service([plain("A", "b")])])
    for name in ("explain", "topology_of", "capacity_of"):
        monkeypatch.setattr(f"policies.overview.{name}", broken)
    overview = overview_of(plan, Contracts())
    assert [one.routes for one in overview.services] == [()]
    assert (overview.topology.nodes, overview.capacity) == ({}, ())
    assert overview.inventory == [next(iter(plan)).urn]


def test_the_sum_of_a_bar_is_the_one_its_words_give(looked):
    """Connections: what the services of the terms ask adds up to what is used."""
    checked = 0
    for *_, overview in looked:
        for bar in overview.capacity:
            if bar.kind == "connections" and bar.used and not any("more" in term for term in bar.terms):
                asked = [
                    int(number) for term in bar.terms for number in re.findall(r", (\d+) connections$", term)
                ]
                assert sum(asked) == bar.used
                checked += 1
    assert checked
