"""Every limit of the catalogue, at its edges and beyond, and where it is written."""

import importlib
import pkgutil

import pytest

import catalog
from catalog import (
    cidr,
    cloud_run,
    connector,
    direct_egress,
    load_balancer,
    logging,
    metrics,
    network,
    redis,
    sql,
    sql_flags,
    sql_sizing,
)
from catalog.names import NameRule
from catalog.source import Breach, Limit, Source

EDGES = [
    (cidr.RESERVED_RANGE_PREFIX, 8, 30),
    (connector.MIN_INSTANCES, 2, 9),
    (connector.MAX_INSTANCES, 3, 10),
    (connector.MIN_THROUGHPUT, 200, 900),
    (connector.MAX_THROUGHPUT, 300, 1000),
    (direct_egress.INSTANCES, 1, 200),
    (network.FLOW_LOG_SAMPLING, 0, 1),
    (sql.VCPUS, 1, 96),
    (sql.N4_VCPUS, 2, 80),
    (sql.BACKUPS_RETAINED, 1, 365),
    (sql.PITR_DAYS["ENTERPRISE"], 1, 7),
    (sql.PITR_DAYS["ENTERPRISE_PLUS"], 1, 35),
    (sql.DISK_GB["PD_SSD"], 10, 65_536),
    (sql.DISK_GB["HYPERDISK_BALANCED"], 20, 65_536),
    (sql.MAINTENANCE_DAY, 1, 7),
    (sql.MAINTENANCE_HOUR, 0, 23),
    (sql_sizing.MAX_CONNECTIONS, 14, 262_143),
    (redis.MEMORY_GB, 1, 300),
    (redis.CLIENTS, 0, 65_000),
    (redis.REPLICAS, 1, 5),
    (redis.NO_REPLICAS, 0, 0),
    (redis.ONE_REPLICA, 1, 1),
    (redis.READ_REPLICA_MEMORY_GB, 5, 300),
    (sql_flags.NUMBERS["autovacuum_max_workers"], 1, 262_143),
    (sql_flags.NUMBERS["deadlock_timeout"], 1, 2_147_483_647),
    (sql_flags.NUMBERS["effective_cache_size"], 1, 2_147_483_647),
    (sql_flags.NUMBERS["idle_in_transaction_session_timeout"], 0, 2_147_483_647),
    (sql_flags.NUMBERS["lock_timeout"], 0, 2_147_483_647),
    (sql_flags.NUMBERS["log_min_duration_statement"], -1, 2_147_483_647),
    (sql_flags.NUMBERS["maintenance_work_mem"], 64, 2_147_483_647),
    (sql_flags.NUMBERS["shared_buffers"], 16, 1_073_741_823),
    (sql_flags.NUMBERS["statement_timeout"], 0, 2_147_483_647),
    (sql_flags.NUMBERS["temp_buffers"], 100, 1_073_741_823),
    (sql_flags.NUMBERS["work_mem"], 64, 2_147_483_647),
    (cloud_run.CONCURRENCY, 1, 1000),
    (cloud_run.TIMEOUT_SECONDS, 1, 3600),
    (cloud_run.MAX_INSTANCES, 1, 1000),
    (cloud_run.MIN_INSTANCES, 0, 1000),
    (cloud_run.MEMORY_MIB, 128, 32_768),
    (cloud_run.PORT, 1, 65_535),
    (cloud_run.ENV_VARS, 0, 1000),
    (cloud_run.STARTUP_SECONDS, 1, 240),
    (cloud_run.STARTUP_DELAY_SECONDS, 0, 240),
    (cloud_run.LIVENESS_PERIOD_SECONDS, 1, 3600),
    (cloud_run.TASK_TIMEOUT_SECONDS, 1, 168 * 3600),
    (cloud_run.TASK_RETRIES, 0, 10),
    (load_balancer.CERTIFICATE_DOMAINS, 1, 100),
    (load_balancer.REQUESTS, 1, 1_000_000),
    (load_balancer.BAN_SECONDS, 60, 3600),
    (logging.RETENTION_DAYS, 90, 3650),
    (metrics.GOAL, 0.5, 0.9999),
]


def catalogue(kind):
    """All values of a type that stand at the top of the catalogue's modules, those in mappings too."""
    found = []
    for module_info in pkgutil.iter_modules(catalog.__path__):
        module = importlib.import_module(f"catalog.{module_info.name}")
        for value in vars(module).values():
            values = value.values() if isinstance(value, dict) else [value]
            found += [item for item in values if isinstance(item, kind) and item not in found]
    return found


@pytest.mark.parametrize(("limit", "low", "high"), EDGES, ids=lambda value: getattr(value, "says", value))
def test_a_limit_holds_at_both_edges_and_breaks_one_step_beyond(limit, low, high):
    step = limit.step or 0.01
    assert limit.check(low) is None
    assert limit.check(high) is None
    below, above = limit.check(low - step), limit.check(high + step)
    assert below == Breach(f"is {low - step:g}", limit.says, limit.source, low)
    assert above == Breach(f"is {high + step:g}", limit.says, limit.source, high)


def test_no_limit_of_the_catalogue_is_left_out_of_this_table():
    assert {limit.says for limit in catalogue(Limit)} == {limit.says for limit, _, _ in EDGES}


def test_every_limit_and_name_rule_says_where_it_is_written():
    facts = [*catalogue(Limit), *catalogue(NameRule)]
    assert len(facts) > 40
    assert [fact for fact in facts if fact.source is None] == []


def test_every_source_is_an_address_that_one_can_open():
    sources = catalogue(Source)
    assert len(sources) > 20
    assert [source.url for source in sources if not source.url.startswith("https://")] == []


def test_a_value_between_two_steps_is_refused_with_the_step_below_it():
    assert connector.MAX_THROUGHPUT.check(950) == Breach(
        "is 950", connector.MAX_THROUGHPUT.says, connector.GCLOUD, 900
    )


def test_a_reason_is_the_rule_and_its_address():
    assert Breach("is 1", "why", Source("https://example.com")).reason == "why (https://example.com)"
    assert Breach("is 1", "why").reason == "why"
