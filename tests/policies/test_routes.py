"""Routes explained, and what holds for every rule about them: no value told, no unknown that breaks a "
"rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pulumi.runtime.proto import resource_pb2

from policies.judge import Judge
from policies.plan import UNKNOWN, Plan
from policies.plan.analyze import ended, seen
from policies.plan.graph import Source
from policies.plan.monitor import Monitor
from policies.plan.workloads import SERVICE
from policies.routes import explain
from policies.routes.destinations import endpoints
from policies.rules import Verdict, World, registered
from policies.rules.finding import RULE_FAILED
from tests.policies.cases import (
    network,
    routes,
    routes_database,
    routes_endpoints,
    routes_firewalls,
    routes_hosts,
    routes_internet,
    routes_serving,
)
from tests.policies.cases.routes import (
    BY_CONNECTOR,
    CONTRACTS,
    PEERED,
    connector,
    elsewhere,
    redis,
    standing,
    workload,
)
from tests.policies.cases.routes import network as network_of
from tests.policies.conftest import contracts_of
from tests.policies.wire import Case, Declared, analyze, analyze_stack, plain

FAMILIES = (
    routes,
    routes_database,
    routes_internet,
    routes_firewalls,
    routes_hosts,
    routes_endpoints,
    routes_serving,
    network,
)
CASES = [case for family in FAMILIES for case in family.CASES]
RULES = {case.rule for case in CASES}


def planned(resources: list[Declared], *, preview: bool = True) -> Plan:
    plan = Plan(preview=preview)
    for resource in resources:
        seen(plan, analyze(resource))
    ended(plan, analyze_stack(resources))
    return plan


@pytest.fixture
def contracts(tmp_path):
    return contracts_of(CONTRACTS, tmp_path)


@pytest.fixture
def explained(contracts):
    def ask(resources: list[Declared]) -> list[Any]:
        plan = planned(resources)
        service = plan.get(resources[-1].urn)
        assert service is not None
        return list(explain(service, World(plan, contracts, closed=True)))

    return ask


def test_a_proven_route_names_every_hop(explained):
    [route] = explained(standing(redis()))
    assert (route.verdict, route.cause, route.kind) == (Verdict.PROVEN, None, "cache")
    assert route.hops == ("web-staging", "connector netra-conn", "network netra", "Redis cache")


def test_a_broken_route_ends_where_it_breaks_and_names_both_networks(explained):
    [route] = explained(standing(routes.OTHER))
    assert route.verdict is Verdict.REFUTED
    assert route.hops == ("web-staging", "connector netra-conn", "network netra")
    assert "network netra" in route.message
    assert "is on other" in route.message
    assert "netra" in route.fix


def test_peering_is_named_and_said_not_to_help(explained):
    [route] = explained(standing(routes.OTHER, None, BY_CONNECTOR, *PEERED))
    assert "to-other" in route.message
    assert "not transitive" in route.message


def test_an_unset_network_is_said_to_be_the_default_one(explained):
    [route] = explained(standing(redis(authorizedNetwork=None)))
    assert "authorizedNetwork is not set" in route.message


def test_the_external_that_an_unknown_host_may_be_is_named_and_proves_nothing(tmp_path):
    contracts = contracts_of(elsewhere(f"kind: cache, id: theirs, network: {routes.NETWORK}"), tmp_path)
    plan = planned([network_of(), connector(), workload(routes.cached())])
    [route] = explain(next(plan.of_type((SERVICE,))), World(plan, contracts, closed=True))
    assert (route.verdict, route.cause) == (Verdict.UNPROVEN, "HOST_UNKNOWN")
    assert "external theirs" in route.message
    assert "address" in route.fix


def test_a_host_may_come_from_a_look_up_which_nothing_depends_on(contracts):
    """Only where nothing was looked up without an answer, what a template depends on is all there is."""
    database = routes_database.sql()
    resources = [network_of(), connector(), database, workload(routes.cached(), depends=[database])]
    for answered, cause in ((True, "DESTINATION_WRONG_KIND"), (False, "HOST_UNKNOWN")):
        plan = planned(resources)
        if not answered:
            monitor = Monitor(plan, "staging", "test", Source)
            monitor.Invoke(resource_pb2.ResourceInvokeRequest(tok="gcp:redis/getInstance:getInstance"))
        service = next(plan.of_type((SERVICE,)))
        routes_ = explain(service, World(plan, contracts, closed=True))
        assert [one.cause for one in routes_ if one.kind == "cache"] == [cause]


def test_a_resource_that_is_no_workload_has_no_routes(contracts):
    plan = planned([redis()])
    world = World(plan, contracts, closed=True)
    assert [explain(resource, world) for resource in plan] == [()]


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ("10.0.0.3", ["10.0.0.3"]),
        ("10.0.0.3:6379", ["10.0.0.3"]),
        ("rediss://:p@ss@10.0.0.3:6378/0", ["10.0.0.3"]),
        ("postgresql+asyncpg://u:p@db.example.com/x?ssl=1", ["db.example.com"]),
        ("10.0.0.3:9092, 10.0.0.4:9092", ["10.0.0.3", "10.0.0.4"]),
        ("mongodb://u:p,w@10.0.0.3:1,10.0.0.4:1/x", ["10.0.0.3", "10.0.0.4"]),
        ("http://10.0.0.3,http://10.0.0.4", ["10.0.0.3", "10.0.0.4"]),
        ("10.0.0.0/8", []),
        ("a sentence, with 10.0.0.3 in it", []),
        ("", []),
    ],
)
def test_hosts_are_read_from_a_value(value, hosts):
    assert [one.host for one in endpoints(value)] == hosts


def test_no_value_of_the_environment_is_told(contracts):
    canary = "canary-4711"
    values = [
        canary,
        f"https://u:{canary}@{canary}.example.com/{canary}",
        f"/cloudsql/{canary}:us-central1:{canary}",
    ]
    values += [f"{canary}:us-central1:{canary}", f"redis://:{canary}@10.77.1.2:6379", f"{canary}.example.com"]
    for value in values:
        envs = [plain("REDIS_HOST", value), plain("REDIS_PORT", value), plain("DATABASE_URL", value)]
        access = {**BY_CONNECTOR, "egress": "ALL_TRAFFIC"}
        for name in ("web-staging", "other"):
            plan = planned([*standing(redis())[:-1], workload(envs, access, name=name)])
            found = Judge(registered(), contracts).closed(plan)
            told = [one for one in found if one.rule in RULES]
            assert canary not in json.dumps([one.to_json() for one in told])
            assert "10.77.1.2" not in json.dumps([one.to_json() for one in told])


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))


def blanked(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    if isinstance(value, Mapping):
        return {**value, path[0]: blanked(value[path[0]], path[1:], by)}
    return [blanked(member, path[1:], by) if at == path[0] else member for at, member in enumerate(value)]


WHOLE = [case for case in CASES if case.kind in ("pass", "fail")][::6]


@pytest.mark.parametrize("by", [UNKNOWN, None, "", [], {}, 7, "10.0.0.0/33"], ids=repr)
@pytest.mark.parametrize("case", WHOLE, ids=str)
def test_no_input_breaks_a_rule(case: Case, by, tmp_path):
    """Whatever stands in any one place of a program, each rule still answers."""
    judge = Judge(
        [rule for rule in registered() if rule.id == case.rule], contracts_of(case.contracts or {}, tmp_path)
    )
    for index, resource in enumerate(case.resources):
        for path in leaves(resource.inputs):
            changed = list(case.resources)
            changed[index] = replace(resource, inputs=blanked(resource.inputs, path, by))
            plan = Plan(preview=case.preview)
            for one in changed:
                early = judge.early(plan, seen(plan, analyze(one)))
                assert RULE_FAILED not in {finding.cause for finding in early}, (path, early)
            ended(plan, analyze_stack(changed))
            found = judge.closed(plan)
            assert RULE_FAILED not in {finding.cause for finding in found}, (path, found)


@pytest.mark.parametrize("case", WHOLE, ids=str)
def test_what_is_refuted_early_is_still_found_at_the_end(case: Case, tmp_path):
    """What is refuted before the plan is whole is still found once it is."""
    # An address that nobody has is told by its own rule, once it is certain that nobody has it.
    rules = [rule for rule in registered() if rule.id in {case.rule, "route-address"}]
    judge = Judge(rules, contracts_of(case.contracts or {}, tmp_path))
    plan = Plan(preview=case.preview)
    early = {f.urn for one in case.resources for f in judge.early(plan, seen(plan, analyze(one)))}
    ended(plan, analyze_stack(case.resources))
    assert early <= {finding.urn for finding in judge.closed(plan)}
