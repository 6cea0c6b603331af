"""The types of settings: a Python type, the fact of the catalogue that bounds it, and an example.

Owns how a fact becomes a field's check and part of the JSON Schema. Owns no fact.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from catalog import (
    cidr,
    cloud_run,
    connector,
    direct_egress,
    load_balancer,
    logging,
    metrics,
    names,
    network,
    redis,
    secret_manager,
    sql,
    sql_sizing,
)
from catalog.names import NameRule
from catalog.source import Breach, Limit

BREACH = "breach"
"""Type of the pydantic error that carries a `Breach` under that name in its context."""


def refuse(breach: Breach | None) -> None:
    """Raise what pydantic turns into an error of the field.

    Raises:
        PydanticCustomError: When there is a breach; its message holds no value.
    """
    if breach is not None:
        raise PydanticCustomError(BREACH, "this value is not allowed", {BREACH: breach})


@dataclass(frozen=True, slots=True)
class Checked:
    """A field that a function of the catalogue judges.

    Attributes:
        check: The function.
        example: A value that passes.
        schema: Added to the field's JSON Schema.
    """

    check: Callable[[Any], Breach | None]
    example: object
    schema: tuple[tuple[str, object], ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's own signature
        """Judge the value once its type is right."""
        return core_schema.no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell an editor what the function knows."""
        return {**handler(schema), **dict(self.schema), "examples": [self.example]}

    def _judge(self, value: Any) -> Any:  # noqa: ANN401 - whatever the field holds
        refuse(self.check(value))
        return value


def within(limit: Limit, example: object) -> Checked:
    """A number between two others."""
    bounds: tuple[tuple[str, object], ...] = (("minimum", limit.low), ("maximum", limit.high))
    return Checked(limit.check, example, bounds)


def named(rule: NameRule, example: str | None = None) -> Checked:
    """A name that Google Cloud allows."""
    schema = (("pattern", f"^{rule.pattern}$"), ("minLength", rule.shortest), ("maxLength", rule.longest))
    return Checked(rule.check, example or rule.example, schema)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with or without a fraction; a whole one becomes an `int`, so that 4 is printed as 4."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's own signature
        """Read a number, no text."""
        return core_schema.no_info_after_validator_function(_whole, core_schema.float_schema(strict=True))


def _whole(value: float) -> float:
    return int(value) if value.is_integer() else value


_CONFIG_KEY = re.compile(r"(?=.*(?:password|secret|token|key))[a-z][a-z0-9_-]{0,63}", re.IGNORECASE)


def check_config_key(key: str) -> Breach | None:
    """Whether this names a secret config key, and is not by mistake the secret itself; it is never echoed.

    The name says what it is, so that its value is hidden wherever values of secretive names are.
    """
    if _CONFIG_KEY.fullmatch(key):
        return None
    why = "it names a key of the plumbline namespace, with Password, Secret, Token or Key in it"
    return Breach("is not the name of a secret config key", why, None, "postgresPasswordNetra")


def _check_path(path: str) -> Breach | None:
    if not path or path.startswith("/"):
        return None
    return Breach(f"is {path!r}", "a path begins with /", None, f"/{path}")


def _check_tier(name: str) -> Breach | None:
    tier = sql.parse_tier(name)
    return tier if isinstance(tier, Breach) else None


def _check_address(text: str) -> Breach | None:
    if re.fullmatch(r"[^@\s\"]+@[a-z0-9-]+(\.[a-z0-9-]+)+|#[a-z0-9_-]{1,80}", text):
        return None
    why = "it is an e-mail address, or a Slack channel that begins with #"
    return Breach(f"is {text!r}", why, None, "on-call@example.com")


def _check_words(text: str) -> Breach | None:
    if re.fullmatch(r"[^\"\\\n]{3,100}", text):
        return None
    why = "3 to 100 characters of a log entry, without quotation marks and backslashes"
    return Breach(f"is {text!r}", why, None, "timed out after")


def _check_url(text: str) -> Breach | None:
    if re.fullmatch(r"https?://[^\s\"]+[^/\s\"]", text):
        return None
    return Breach(
        f"is {text!r}", "it is a URL without a / at its end", None, "https://docs.example.com/runbooks"
    )


ProjectId = Annotated[str, named(names.PROJECT)]
Region = Annotated[str, named(names.REGION)]
LabelKey = Annotated[str, named(names.LABEL_KEY)]
LabelValue = Annotated[str, named(names.LABEL_VALUE)]
RepositoryId = Annotated[str, named(names.REPOSITORY)]
NetworkName = Annotated[str, named(names.NETWORK)]
SubnetName = Annotated[str, named(names.SUBNET)]
SubnetRange = Annotated[str, Checked(cidr.check_subnet, "10.10.0.0/20")]
PrivateServicesRange = Annotated[str, Checked(cidr.check_private_services, "10.20.0.0/16")]
FlowLogsSampling = Annotated[float, Number(), within(network.FLOW_LOG_SAMPLING, 0.5)]

ConnectorName = Annotated[str, named(names.CONNECTOR)]
ConnectorRange = Annotated[str, Checked(connector.check_range, "10.8.0.0/28")]
ConnectorMachineType = Annotated[
    str,
    Checked(connector.check_machine_type, "e2-standard-4", (("enum", tuple(connector.MACHINE_TYPES)),)),
]
ConnectorMinInstances = Annotated[int, within(connector.MIN_INSTANCES, 2)]
ConnectorMaxInstances = Annotated[int, within(connector.MAX_INSTANCES, 10)]
DirectRange = Annotated[str, Checked(direct_egress.check_range, "10.9.0.0/24")]

SqlInstanceName = Annotated[str, named(names.SQL_INSTANCE)]
SqlVersion = Annotated[
    str,
    Checked(
        lambda version: sql.check_version(version, "ENTERPRISE"),
        "POSTGRES_17",
        (("enum", tuple(sql.VERSIONS)),),
    ),
]
SqlTier = Annotated[str, Checked(_check_tier, "db-custom-4-16384")]
DiskSizeGb = Annotated[int, within(sql.DISK_GB["PD_SSD"], 50)]
MaxConnections = Annotated[int, within(sql_sizing.MAX_CONNECTIONS, 500)]
BackupsRetained = Annotated[int, within(sql.BACKUPS_RETAINED, 7)]
PitrDays = Annotated[int, within(sql.PITR_DAYS["ENTERPRISE_PLUS"], 7)]
MaintenanceDay = Annotated[int, within(sql.MAINTENANCE_DAY, 7)]
MaintenanceHour = Annotated[int, within(sql.MAINTENANCE_HOUR, 4)]
DatabaseName = Annotated[str, named(names.POSTGRES_NAME)]
DatabaseUser = Annotated[str, named(names.POSTGRES_NAME)]
ConfigKey = Annotated[str, Checked(check_config_key, "postgresPasswordNetra")]

RedisName = Annotated[str, named(names.REDIS_INSTANCE)]
RedisVersion = Annotated[str, Checked(redis.check_version, "REDIS_7_2", (("enum", redis.VERSIONS),))]
RedisMemoryGb = Annotated[int, within(redis.MEMORY_GB, 4)]
RedisRange = Annotated[str, Checked(redis.check_range, "10.30.0.0/29")]

SecretId = Annotated[str, named(names.SECRET)]
SecretVersion = Annotated[str, Checked(secret_manager.check_version, "1")]

SERVICE_KEY = NameRule(
    "a service's key",
    r"[a-z][a-z0-9-]*",
    "lower-case letters, digits and hyphens, beginning with a letter",
    1,
    24,
    example="backend",
)
ServiceKey = Annotated[str, named(SERVICE_KEY)]
ServiceName = Annotated[str, named(names.CLOUD_RUN_SERVICE)]
ServiceAccountId = Annotated[str, named(names.SERVICE_ACCOUNT)]
Image = Annotated[
    str,
    Checked(
        cloud_run.check_image,
        f"us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:{'0' * 64}",
        (("pattern", r"@sha256:[0-9a-f]{64}$"),),
    ),
]
Port = Annotated[int, within(cloud_run.PORT, 8080)]
Cpu = Annotated[float, Number(), Checked(cloud_run.check_cpu, 1)]
MemoryMib = Annotated[int, within(cloud_run.MEMORY_MIB, 512)]
MinInstances = Annotated[int, within(cloud_run.MIN_INSTANCES, 1)]
MaxInstances = Annotated[int, within(cloud_run.MAX_INSTANCES, 10)]
Concurrency = Annotated[int, within(cloud_run.CONCURRENCY, 80)]
TimeoutSeconds = Annotated[int, within(cloud_run.TIMEOUT_SECONDS, 300)]
ProbeSeconds = Annotated[int, within(Limit("a check has 1 to 60 seconds", 1, 60, step=1), 8)]
JobTimeoutSeconds = Annotated[
    int, within(Limit("a verification job has 10 to 600 seconds", 10, 600, step=1), 60)
]
Workers = Annotated[int, within(Limit("an instance runs 1 to 64 worker processes", 1, 64, step=1), 1)]
CandidateInstances = Annotated[int, within(Limit("a candidate has 0 to 100 instances", 0, 100, step=1), 1)]
PoolShare = Annotated[int, within(Limit("a share of connections is 1 to 100", 1, 100, step=1), 1)]
EnvName = Annotated[str, named(names.ENV_VAR), Checked(cloud_run.check_env_name, "SERVICE_ID")]
UrlPath = Annotated[str, Checked(_check_path, "/health")]

Domain = Annotated[str, named(names.DOMAIN)]
DnsZone = Annotated[str, named(names.DNS_ZONE)]
HostLabel = Annotated[str, named(names.HOST_LABEL)]
CandidatePrefix = Annotated[
    str,
    Checked(lambda prefix: names.HOST_LABEL.check(f"{prefix}x"), "candidate-"),
]
_KEY = NameRule(
    "a key",
    r"[a-z][a-z0-9-]*",
    "lower-case letters, digits and hyphens, beginning with a letter",
    1,
    40,
    example="on-call",
)
ChannelKey = Annotated[str, named(_KEY, "on-call")]
OwnerKey = Annotated[str, named(_KEY, "reliability")]
OutsideKey = Annotated[str, named(_KEY, "openai")]
ChannelAddress = Annotated[str, Checked(_check_address, "on-call@example.com")]
RevenueUsd = Annotated[
    int, within(Limit("revenue of a year is 0 to 1000000000000 dollars", 0, 10**12, step=1), 500_000)
]
AvailabilityGoal = Annotated[float, Number(), within(metrics.GOAL, 0.995)]
LatencyMs = Annotated[int, within(Limit("a promise is 1 to 3600000 ms", 1, 3_600_000, step=1), 2000)]
LogWords = Annotated[str, Checked(_check_words, "timed out after")]
HostName = Annotated[str, named(names.DOMAIN, "api.openai.com")]
RunbooksUrl = Annotated[str, Checked(_check_url, "https://docs.example.com/runbooks")]
LogBucketName = Annotated[str, named(names.LOG_BUCKET)]
RetentionDays = Annotated[int, within(logging.RETENTION_DAYS, 90)]
KeyRingName = Annotated[str, named(names.KEY_RING)]
RequestsPerMinute = Annotated[int, within(load_balancer.REQUESTS, 1200)]
BanSeconds = Annotated[int, within(load_balancer.BAN_SECONDS, 300)]
