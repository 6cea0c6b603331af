"""Refusals one at a time, word by word; the malformed files show many at once."""

import pytest

from catalog import sql

SERVERS = "(https://cloud.google.com/sql/docs/postgres/flags)"


def only(stack_file, line, text):
    """Assert that this is all that is said."""
    what, why, fix = text.strip().splitlines()
    assert stack_file.said() == f"stack.yaml:{line}: {what}\n  why: {why.strip()}\n  fix: {fix.strip()}"


def line_of(stack_file, text):
    return next(number for number, line in enumerate(stack_file.text.splitlines(), 1) if text in line)


def test_staging_as_it_is_committed_has_nothing_wrong(stack_file):
    assert stack_file.said() == ""


def test_a_connector_s_least_instances_above_its_most_are_refused(stack_file):
    stack_file.edit("minInstances: 2\n", "minInstances: 5\n").edit(
        "maxInstances: 10\n    # direct", "maxInstances: 5\n    # direct"
    )
    only(
        stack_file,
        line_of(stack_file, "minInstances: 5"),
        """
plumbline:egress.connector.minInstances is 5
a connector's minInstances lies below its maxInstances, which is 5 (https://cloud.google.com/sdk/gcloud/reference/compute/networks/vpc-access/connectors/create)
minInstances: 4""",
    )


def test_a_perf_optimized_tier_in_enterprise_is_refused(stack_file):
    stack_file.edit("db-custom-4-16384", "db-perf-optimized-N-4")
    only(
        stack_file,
        line_of(stack_file, "edition: "),
        """
plumbline:database.edition is ENTERPRISE
the tier db-perf-optimized-N-4 comes only in edition ENTERPRISE_PLUS; the create fails though previews pass (https://cloud.google.com/sql/docs/postgres/editions-intro)
edition: ENTERPRISE_PLUS""",
    )


def test_a_version_that_google_does_not_have_is_refused(stack_file):
    stack_file.edit("POSTGRES_17", "POSTGRES_99")
    only(
        stack_file,
        line_of(stack_file, "POSTGRES_99"),
        f"""
plumbline:database.version is 'POSTGRES_99'
Cloud SQL for PostgreSQL has {", ".join(sql.VERSIONS)} (https://cloud.google.com/sql/docs/postgres/instance-settings)
version: POSTGRES_18""",
    )


def test_more_days_of_log_than_the_edition_keeps_are_refused(stack_file):
    stack_file.edit("pointInTimeRecoveryDays: 7", "pointInTimeRecoveryDays: 8")
    only(
        stack_file,
        line_of(stack_file, "RecoveryDays: 8"),
        """
plumbline:database.pointInTimeRecoveryDays is 8
ENTERPRISE keeps 1 to 7 days of write-ahead log (https://cloud.google.com/sql/docs/postgres/backup-recovery/pitr)
pointInTimeRecoveryDays: 7""",
    )


def test_pools_that_no_tier_bears_are_refused_with_another_way_out(stack_file):
    stack_file.edit("maxInstances: 20", "maxInstances: 1000").edit("workers: 1", "workers: 64")
    said = stack_file.said()
    assert "backend: (1000 instances + 1 of a candidate) x 64 workers = 64064" in said
    assert said.endswith("fix: lower maxInstances or workers: no tier bears so many")


def test_pools_that_only_more_memory_bears_are_refused_with_that_tier(stack_file):
    stack_file.edit("maxInstances: 20", "maxInstances: 300").edit("workers: 1", "workers: 4")
    needed = next(total for total in range(1, 9000) if total - -(-total // 5) - 13 >= 301 * 4 + 11)
    assert stack_file.said().endswith(f"fix: tier: db-custom-8-32768 with maxConnections: {needed}")


def test_a_written_max_connections_is_the_line_that_is_blamed_for_pools(stack_file):
    stack_file.edit("maxConnections: null", "maxConnections: 50")
    only(
        stack_file,
        line_of(stack_file, "maxConnections: 50"),
        f"""
plumbline:database.maxConnections gives 50 connections, too few for the services
auth: (10 instances + 1 of a candidate) x 1 workers = 11; \
backend: (20 instances + 1 of a candidate) x 1 workers = 21; \
together 32 at one connection each, and there are 50 - 10 (margin of 20%) - 13 (reserved) = 27 {SERVERS}
maxConnections: 57""",
    )


def test_a_shared_core_is_allowed_in_development(stack_file):
    stack_file.edit("plumbline:environment: staging", "plumbline:environment: development")
    stack_file.edit("db-custom-4-16384", "db-g1-small").edit("maxInstances: 20", "maxInstances: 2")
    stack_file.edit("maxInstances: 10\n      database", "maxInstances: 2\n      database")
    assert stack_file.said() == ""


@pytest.mark.parametrize("name", ["postgres", "template1", "cloudsqladmin"])
def test_a_database_that_google_keeps_is_refused(stack_file, name):
    stack_file.edit("      netra: {user: netra", f"      {name}: {{user: netra").edit(
        "database: netra #", f"database: {name} #"
    )
    assert f"plumbline:database.databases.{name} is a reserved name" in stack_file.said()


def test_one_user_for_two_databases_is_refused_with_both_lines(stack_file):
    stack_file.edit("user: auth", "user: netra")
    only(
        stack_file,
        line_of(stack_file, "auth: {user"),
        f"""
plumbline:database.databases.auth.user is 'netra', as \
plumbline:database.databases.netra.user (line {line_of(stack_file, "netra: {user")})
users belong to the instance: one name is one user with one password, for both databases
user: auth""",
    )


def test_a_service_whose_name_is_too_long_for_its_account_is_told_to_name_one(stack_file):
    stack_file.edit("name: netra-auth-service", "name: netra-authentication-service-staging")
    only(
        stack_file,
        line_of(stack_file, "netra-authentication"),
        """
plumbline:services.auth.name is 'netra-authentication-service-staging', 36 characters
a service account's id has 6 to 30 characters: lower-case letters, digits and hyphens, \
beginning with a letter and not ending in a hyphen \
(https://cloud.google.com/iam/docs/service-accounts-create)
serviceAccount: netra-authentication-service-s""",
    )
    stack_file.edit(
        "authentication-service-staging\n",
        "authentication-service-staging\n      serviceAccount: netra-auth\n",
    )
    assert stack_file.said() == ""


def test_two_services_with_one_account_are_refused(stack_file):
    stack_file.edit("      port: 3000", "      serviceAccount: netra-auth-service\n      port: 3000")
    what = "plumbline:services.frontend.serviceAccount is 'netra-auth-service', the account of"
    assert f"{what} plumbline:services.auth (line" in stack_file.said()


def test_a_cache_password_that_is_not_the_auth_string_is_refused(stack_file):
    stack_file.edit("REDIS_PASSWORD: redis-password", "REDIS_PASSWORD: jwt-secret")
    only(
        stack_file,
        line_of(stack_file, "REDIS_PASSWORD: jwt"),
        """
plumbline:services.backend.secrets.REDIS_PASSWORD names another secret
AUTH is on: without the instance's own AUTH string Redis refuses every command
REDIS_PASSWORD: redis-password""",
    )


def test_a_service_without_its_database_password_is_refused(stack_file):
    stack_file.edit("        POSTGRES_PASSWORD: postgres-password-auth\n", "")
    assert "plumbline:services.auth.secrets.POSTGRES_PASSWORD is missing" in stack_file.said()


def test_a_variable_of_cloud_run_itself_is_refused(stack_file):
    stack_file.edit("SERVICE_ID: netra-auth", "SERVICE_ID: netra-auth\n        PORT: '8080'")
    only(
        stack_file,
        line_of(stack_file, "PORT: '8080'"),
        """
plumbline:services.auth.env.PORT has a key that is set by Cloud Run itself
PORT is reserved (https://cloud.google.com/run/docs/container-contract)
remove it""",
    )


def test_no_hosts_are_refused(stack_file):
    begin = stack_file.text.index("    hosts: #")
    end = stack_file.text.index("    candidatePrefix")
    stack_file.text = f"{stack_file.text[:begin]}    hosts: {{}}\n{stack_file.text[end:]}"
    assert "plumbline:ingress.hosts is empty" in stack_file.said()


def test_more_hosts_than_one_certificate_names_are_refused(stack_file):
    many = "".join(f"      h{number}: {{service: backend}}\n" for number in range(48))
    stack_file.edit("      app: {service", f"{many}      app: {{service")
    only(
        stack_file,
        line_of(stack_file, "    hosts:"),
        """
plumbline:ingress.hosts has 51 hosts
a managed certificate names at most 100 domains, and each host takes two, its candidate's being the other (https://cloud.google.com/load-balancing/docs/quotas#ssl_certificates)
keep 50 hosts""",
    )


def test_a_host_that_is_another_s_candidate_is_refused(stack_file):
    stack_file.edit("      app: {service", "      candidate-api: {service: backend}\n      app: {service")
    assert "plumbline:ingress.hosts.candidate-api is a candidate's host" in stack_file.said()


def test_a_host_whose_candidate_has_too_long_a_label_is_refused(stack_file):
    stack_file.edit("      app: {service", f"      {'h' * 60}: {{service: backend}}\n      app: {{service")
    assert f"makes the candidate's label 'candidate-{'h' * 60}'" in stack_file.said()


def test_direct_egress_carries_no_more_than_two_hundred_instances_of_a_service(stack_file):
    begin, end = stack_file.text.index("    connector:\n"), stack_file.text.index("    # direct")
    stack_file.text = stack_file.text[:begin] + stack_file.text[end:]
    stack_file.edit("    # direct:", "    direct:").edit("via: connector", "via: direct")
    assert stack_file.said() == ""
    stack_file.edit("10.9.0.0/24", "10.9.0.0/16").edit("maxInstances: 20", "maxInstances: 201")
    assert "plumbline:services.backend.maxInstances is 201" in stack_file.said()


def test_too_many_labels_are_refused(stack_file):
    many = "".join(f"    l{number}: x\n" for number in range(62))
    stack_file.edit("    cost-centre: chat\n", f"    cost-centre: chat\n{many}")
    assert "plumbline:labels has 63 labels" in stack_file.said()


def test_an_encrypted_value_that_nothing_uses_is_refused(stack_file):
    stack_file.edit(
        "  plumbline:registry:", "  plumbline:oldToken:\n    secure: v1:abc\n  plumbline:registry:"
    )
    only(
        stack_file,
        line_of(stack_file, "oldToken"),
        """
plumbline:oldToken is an encrypted value that nothing uses
none of plumbline:database, plumbline:secrets and plumbline:monitoring names it
pulumi config rm plumbline:oldToken""",
    )


def test_secrets_that_are_named_and_not_set_are_refused_only_where_they_must_be_set(stack_file):
    assert stack_file.said() == ""
    said = stack_file.said(require_secrets=True)
    assert said.count("which is not set") == 2
    assert "  fix: pulumi config set --secret plumbline:postgresPasswordNetra" in said
    stack_file.edit(
        "  plumbline:registry:",
        "  plumbline:postgresPasswordNetra: {secure: v1:a}\n"
        "  plumbline:postgresPasswordAuth: {secure: v1:b}\n"
        "  plumbline:registry:",
    )
    assert stack_file.said(require_secrets=True) == ""


def test_keys_of_other_providers_are_none_of_our_business(stack_file):
    stack_file.edit("  plumbline:registry:", "  random:seed: 7\n  pulumi:tags: {a: b}\n  plumbline:registry:")
    assert stack_file.said() == ""


def test_one_mistake_in_a_service_does_not_hide_one_in_another(stack_file):
    stack_file.edit("port: 8000", "port: 0").edit(
        "cpu: 1\n      memoryMib: 512", "cpu: 1\n      memoryMib: 8192"
    )
    said = stack_file.said()
    assert "plumbline:services.backend.port is 0" in said
    assert "plumbline:services.auth.memoryMib is 8192" in said
