"""What is certain is refused before it exists: `up --skip-preview` of one faulty program for each early rule.

The programs are the corpus's. Each is brought up in a cloud of its own; the engine stops at the first
resource that is refused, which must be the faulty one, and nothing of it may exist afterwards.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import corpus
from policies.rules import registered
from toolchain.stack_copy import project_name

pytestmark = pytest.mark.engine

# The faulty program that shows it, for each rule that refutes early.
SHOWN = {
    "bypass-switch": "incident/08-bypass-switches",
    "cidr-limits": "variants/limits.a_range_with_host_bits",
    "cloud-run-limits": "variants/limits.a_timeout_over_an_hour",
    "connector-limits": "variants/limits.throughput_between_steps",
    "contract-present": "variants/secrets.not_in_any_contract",
    "direct-egress-subnet": "variants/routes.direct_egress_from_a_small_subnet",
    "env-required": "incident/01-missing-settings",
    "ingress-hosts": "variants/ingress.a_typing_error",
    "ingress-reaches-service": "variants/ingress.internal_traffic_only",
    "name-limits": "variants/limits.a_name_with_capitals",
    "pool-recycle": "variants/sizing.recycled_after_the_network_forgot",
    "private-service-access": "variants/routes.no_private_service_access",
    "redis-auth": "incident/07-cache-unprotected",
    "redis-eviction": "incident/07-cache-unprotected",
    "redis-limits": "variants/limits.a_redis_that_does_not_exist",
    "redis-replica": "incident/07-cache-unprotected",
    "redis-tls": "incident/07-cache-unprotected",
    "route-cache": "incident/03-cache-network",
    "route-database": "variants/routes.database_on_another_network",
    "route-internet": "incident/05-no-nat",
    "run-public": "variants/exposure.everybody_past_the_load_balancer",
    "secret-in-plain-env": "variants/secrets.in_plain_text",
    "secret-not-shared": "variants/secrets.of_production",
    "secret-own-account": "incident/11-secret-access",
    "secret-public": "variants/secrets.for_everybody",
    "secret-readable": "variants/secrets.nobody_may_read",
    "secret-required": "incident/01-missing-settings",
    "secret-same": "variants/secrets.two_names_for_one_thing",
    "secret-version-enabled": "variants/secrets.a_version_of_last_year",
    "secret-version-exists": "variants/secrets.a_version_to_come",
    "secret-version-filled": "variants/secrets.a_placeholder",
    "secret-version-pinned": "variants/secrets.the_newest",
    "serverless-timeout": "variants/ingress.one_backend_of_two",
    "sql-backups": "variants/durability.backups_switched_off",
    "sql-connections": "variants/sizing.the_asked_for_fix",
    "sql-deletion": "incident/06-database-exposed",
    "sql-flags-memory": "variants/sizing.more_connections_than_memory",
    "sql-limits": "variants/limits.three_cpus",
    "sql-public-address": "incident/06-database-exposed",
    "sql-regional": "incident/06-database-exposed",
    "sql-shared-core": "variants/sizing.the_smallest_tier",
    "sql-socket-connections": "variants/sizing.a_pool_over_the_socket",
    "sql-tls": "incident/06-database-exposed",
    "timeouts-nest": "variants/sizing.timeouts_inside_out",
    "websocket-affinity": "variants/ingress.affinity_of_the_load_balancer",
    "websocket-timeout": "variants/ingress.five_minutes",
}
# Faults of a service that a rule shown above with another fault refuses too.
ALSO = [
    ("route-cache", "variants/routes.no_way_into_the_network"),
    ("secret-required", "variants/secrets.a_key_of_the_contract_in_plain_text"),
]
# What is too small was right until a service came that asks for more: the service is not created.
SEEN_WHEN_THE_SERVICE_COMES = {"direct-egress-subnet", "sql-connections"}
SERVICE = "gcp:cloudrunv2/service:Service::"
PROGRAMS = {one.name: one for one in [*corpus.incident(), *corpus.variants()]}


@pytest.fixture(scope="module")
def brought_up(prepared, tmp_path_factory):
    """For each program: what the engine said, what was found, and what exists afterwards."""
    folder = tmp_path_factory.mktemp("early")

    def up(name):
        program, place = PROGRAMS[name], folder / name.replace("/", "-")
        place.mkdir()
        findings = place / "findings.json"
        told = {**program.environ, "PLUMB_FINDINGS": str(findings)}
        world = prepared.copy_for(program.folder, place, **told)
        stack = ("--stack", "staging")
        ran = world.run(
            "pulumi", "up", "--yes", "--skip-preview", "--non-interactive", *stack, cwd=program.folder
        )
        resources = world.resources(project_name(program.folder))
        return name, (ran, json.loads(findings.read_text()), {one["urn"] for one in resources})

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(pool.map(up, sorted({program for _, program in [*SHOWN.items(), *ALSO]})))


def test_every_early_rule_is_shown_on_the_engine():
    early = {rule.id for rule in registered() if rule.refutes_early}
    assert set(SHOWN) == early


@pytest.mark.parametrize(("rule", "program"), [*SHOWN.items(), *ALSO])
def test_what_is_certainly_wrong_is_never_created(rule, program, brought_up):
    ran, findings, existing = brought_up[program]
    of_rule = [one for one in findings if one["rule"] == rule and one["verdict"] == "refuted"]
    assert ran.code != 0
    assert of_rule, ran.text
    assert rule in ran.text
    faulty = {one["resource"]["urn"] for one in of_rule}
    if rule in SEEN_WHEN_THE_SERVICE_COMES:
        faulty = {urn for urn in existing if SERVICE in urn}
    assert not faulty & existing, ran.text
