"""A report to render: six findings, two waivers, a rule that could not be judged. Rule ids are real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from contracts import Waiver
from policies.plan import Source
from policies.report import NotJudged, Report, Waived
from policies.rules import Finding, Level, Severity, Verdict

SERVICE = "gcp:cloudrunv2/service:Service"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
REDIS = "gcp:redis/instance:Instance"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:staging::netra::plumbline:service:Service${type_}::{name}"


def finding(  # noqa: PLR0913 - a finding has this much
    rule: str,
    cause: str,
    type_: str,
    name: str,
    message: str,
    *,
    fix: str,
    severity: Severity = Severity.CRITICAL,
    verdict: Verdict = Verdict.REFUTED,
    path: tuple[str, ...] = (),
    line: int | None = None,
    why: str = "without the cache the service holds no sessions: users wait for 120 s and are logged out",
) -> Finding:
    source = None if line is None else Source("__main__.py", line)
    return Finding(
        rule, severity, verdict, cause, urn(type_, name), type_, name, message, why, fix, path, source
    )


FINDINGS = (
    finding(
        "route-cache",
        "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK",
        SERVICE,
        "backend",
        "netra-backend-staging cannot reach its cache netra-cache: the connector run-connector joins the "
        "network main, and netra-cache authorizes the network default",
        fix='authorizedNetwork: network.id, on the Redis instance "cache"',
        path=("netra-backend-staging", "connector run-connector", "network main", "cache netra-cache"),
        line=42,
    ),
    finding(
        "secret-required",
        "ENV_MISSING",
        SERVICE,
        "backend",
        "netra-backend-staging does not set JWT_SECRET_STAGING",
        fix="read JWT_SECRET_STAGING from Secret Manager (valueSource.secretKeyRef with secret and version): "
        "the secret jwt-secret, which JWT_SECRET_KEY reads",
        path=("netra-backend-staging", "JWT_SECRET_STAGING"),
        why="without it the LLM manager starts as None and every agent run times out after 120 s",
        line=42,
    ),
    finding(
        "env-required",
        "ENV_MISSING",
        SERVICE,
        "auth",
        "netra-auth-service does not set POSTGRES_HOST",
        fix="set POSTGRES_HOST among the container's envs",
        path=("netra-auth-service", "POSTGRES_HOST"),
        why="a missing or wrong variable is found when a user reaches the code that reads it, not at start",
        line=77,
    ),
    finding(
        "sql-public-address",
        "SQL_OPEN_TO_THE_WORLD",
        SQL,
        "database",
        "netra-db accepts connections from 0.0.0.0/0",
        fix="take 0.0.0.0/0 out of settings.ipConfiguration.authorizedNetworks",
        why="whoever guesses or finds a password reads every row",
        line=18,
    ),
    finding(
        "redis-tls",
        "REDIS_PLAIN_TEXT",
        REDIS,
        "cache",
        "netra-cache takes connections in plain text",
        fix="transitEncryptionMode: SERVER_AUTHENTICATION",
        severity=Severity.HIGH,
        why="the AUTH string and every session go over the network in plain text",
    ),
    finding(
        "sql-connections",
        "SQL_CONNECTIONS_UNKNOWN",
        SQL,
        "database",
        "cannot tell whether netra-db has enough connections: DB_POOL_SIZE of netra-backend-staging is not "
        "known before the update",
        fix="write DB_POOL_SIZE out",
        severity=Severity.MEDIUM,
        verdict=Verdict.UNPROVEN,
        why="past max_connections every new query is refused, in every service at once",
        line=18,
    ),
)
WAIVER = Waiver(
    rule="sql-regional",
    resource="database",
    environment="staging",
    reason="a second zone is ordered for the week of the audit",
    owner="ada@netra.example",
    until=datetime(2026, 2, 1, tzinfo=UTC),
    file="contracts/waivers.yaml",
    line=3,
)
BROKEN_GLASS = replace(
    WAIVER,
    rule="run-public",
    resource="frontend",
    reason="the load balancer is down",
    owner="ada, grace",
    until=datetime(2026, 1, 4, 16, 30, tzinfo=UTC),
    since=datetime(2026, 1, 3, 16, 30, tzinfo=UTC),
    approved_by=("ada", "grace"),
    line=9,
)
WAIVED = (
    Waived(
        finding(
            "sql-regional", "SQL_ONE_ZONE", SQL, "database", "netra-db lives in one zone",
            fix="availabilityType: REGIONAL", severity=Severity.HIGH, line=18,
        ),
        WAIVER,
    ),
    Waived(
        finding(
            "run-public", "RUN_PUBLIC", SERVICE, "frontend", "netra-frontend-staging answers anybody",
            fix="ingress: INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", line=90,
        ),
        BROKEN_GLASS,
    ),
)  # fmt: skip
ADVICE = replace(
    finding(
        "watched", "NOT_WATCHED", SQL, "database", "no alert watches the database netra-postgres",
        fix="add an alert policy on its connections", severity=Severity.HIGH, line=18,
    ),
    level=Level.ADVISORY,
)  # fmt: skip
NOT_JUDGED = (NotJudged("secret-in-plain-env", "a preview's JSON masks every secret value"),)
REFUSED = Report("examples/raw", "program", FINDINGS, WAIVED, NOT_JUDGED, resources=105, rules=43)
ADVISED = Report("staging", "program", (), resources=105, rules=43, advised=(ADVICE,))
PASSED = Report("staging", "program", (), resources=105, rules=43)
