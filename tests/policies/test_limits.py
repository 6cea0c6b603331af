"""The rules about limits and sizes: what they never say, and what they cost."""

from __future__ import annotations

from time import process_time

import pytest

from contracts import Contracts
from policies.judge import Judge
from policies.plan import Plan, Resource, Secret
from policies.plan.workloads import SERVICE
from policies.rules import registered
from policies.rules.limits_cidr import SUBNET
from policies.rules.limits_connector import CONNECTOR
from policies.rules.limits_redis import INSTANCE as REDIS
from policies.sizing.instances import INSTANCE as SQL
from tests.policies.wire import Declared, plain, service

CANARY = "Canary.5b0e"
HIDDEN = Secret(CANARY)
OURS = ("-limits", "serverless-timeout", "sql-", "pool-recycle", "timeouts-nest")
LIMITS = {"cpu": HIDDEN, "memory": HIDDEN}
VARIABLES = ("DB_POOL_SIZE", "DB_MAX_OVERFLOW", "DB_POOL_RECYCLE_SECONDS", "WEB_CONCURRENCY", "QUERY_SECONDS")
DEEP = [
    Declared(CONNECTOR, "one", dict.fromkeys(("name", "ipCidrRange", "machineType", "minInstances"), HIDDEN)),
    Declared(REDIS, "one", dict.fromkeys(("name", "memorySizeGb", "redisVersion", "tier"), HIDDEN)),
    Declared(REDIS, "two", {"memorySizeGb": 1, "reservedIpRange": HIDDEN}),
    Declared(SQL, "one", {"name": HIDDEN, "databaseVersion": HIDDEN, "settings": {"tier": HIDDEN}}),
    Declared(
        SQL,
        "two",
        {
            "databaseVersion": "POSTGRES_17",
            "settings": {"tier": "db-g1-small", "databaseFlags": [{"name": "work_mem", "value": HIDDEN}]},
        },
    ),
    Declared(SUBNET, "one", {"name": HIDDEN, "ipCidrRange": HIDDEN}),
    service(
        [],
        name=HIDDEN,
        template=Secret({"timeout": CANARY, "containers": [{"resources": {"limits": LIMITS}}]}),
    ),
    service([plain(name, CANARY) for name in VARIABLES], resource="pool"),
]


def test_what_stands_in_a_secret_or_in_an_environment_is_judged_and_not_said(engine):
    told = engine.run(DEEP)
    judged = {
        one["rule"] for one in engine.findings if one["rule"].startswith("sql-") or "-limits" in one["rule"]
    }
    assert judged >= {
        "connector-limits",
        "redis-limits",
        "sql-limits",
        "cidr-limits",
        "name-limits",
        "cloud-run-limits",
    }
    assert CANARY not in "".join(map(str, told)) + engine.file.read_text()


def test_a_secret_flag_is_not_said_by_the_sums_either(engine):
    flags = [{"name": "max_connections", "value": Secret("777")}]
    settings = {"tier": "db-g1-small", "databaseFlags": flags}
    pools = [plain("DB_POOL_SIZE", "500"), plain("DB_MAX_OVERFLOW", "0")]
    database = Declared(SQL, "db", {"name": "db", "databaseVersion": "POSTGRES_15", "settings": settings})
    told = engine.run([database, service(pools, name="web")])
    assert engine.found("sql-flags-memory") == {("db", "CONNECTIONS_EXCEED_MEMORY")}
    assert engine.found("sql-connections") == {("db", "CONNECTIONS_EXCEEDED")}
    assert "777" not in "".join(map(str, told)) + engine.file.read_text()


def cost(services: int) -> float:
    """Processor seconds that judging so many services of one database takes, early and at the end."""
    rules = [rule for rule in registered() if any(word in rule.id for word in OURS)]
    judge, plan = Judge(rules, Contracts()), Plan(project="p")
    envs = [
        plain("DB_POOL_SIZE", "1"),
        plain("DB_MAX_OVERFLOW", "0"),
        plain("DB_POOL_RECYCLE_SECONDS", "540"),
    ]
    inputs = {"name": "web", "template": {"containers": [{"envs": envs}]}, "scaling": {"maxInstanceCount": 1}}
    settings = {"tier": "db-custom-64-262144", "edition": "ENTERPRISE"}
    plan.add(
        Resource(
            "urn:db",
            SQL,
            "db",
            lambda: {"name": "db", "databaseVersion": "POSTGRES_17", "settings": settings},
        )
    )
    began = process_time()
    for index in range(services):
        one = Resource(f"urn:{index}", SERVICE, f"s{index}", lambda: inputs)
        plan.add(one)
        judge.early(plan, one)
    judge.closed(plan)
    return process_time() - began


@pytest.mark.parametrize("times", [10])
def test_ten_times_the_services_cost_ten_times_as_much(times):
    cost(20)
    few = min(cost(100) for _ in range(5))
    many = min(cost(100 * times) for _ in range(3))
    assert many < few * times * 1.5  # 1.1 in the benchmark, which has the machine to itself
