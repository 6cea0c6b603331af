"""Cases of the rule that staging is like production, where one program declares both."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN
from tests.policies.kit import SQL, late, passes, unproven
from tests.policies.wire import Declared, service, service_v1

PARITY = "parity"
EARLY = ()
DIFFERS, ALONE, UNTOLD = "STAGING_DIFFERS", "ONLY_IN_ONE", "PARITY_UNKNOWN"
STAGING, PRODUCTION = "netra-staging", "netra-production"


def sql(project: str, tier: str = "db-custom-4-16384", *, name: str = "db", **settings: Any) -> Declared:
    version = settings.pop("version", "POSTGRES_17")
    given = {"tier": tier, "edition": "ENTERPRISE", "availabilityType": "REGIONAL", **settings}
    inputs = {"name": name, "project": project, "databaseVersion": version, "settings": given}
    return Declared(SQL, f"{name}-of-{project}", inputs)


def redis(project: str, gigabytes: Any = 4, **inputs: Any) -> Declared:
    given = {"name": "redis", "project": project, "memorySizeGb": gigabytes, "tier": "STANDARD_HA", **inputs}
    return Declared("gcp:redis/instance:Instance", f"redis-of-{project}", given)


def api(project: str, most: Any = 10, *, name: str = "api", **access: Any) -> Declared:
    template = {"containers": [{"image": "i"}], "scaling": {"maxInstanceCount": most}, "vpcAccess": access}
    word = project.rpartition("-")[2]
    return service([], name=f"{name}-{word}", resource=f"{name}-{word}", project=project, template=template)


def flags(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


DB = f"db-of-{STAGING}"
REDIS = f"redis-of-{STAGING}"
CONNECTOR = {"connector": "chat", "egress": "PRIVATE_RANGES_ONLY"}
V1 = service_v1([], name="api-production")
FIRST_API = replace(
    V1,
    name="api-production",
    inputs={
        **V1.inputs,
        "project": PRODUCTION,
        "template": {
            "metadata": {
                "annotations": {
                    "autoscaling.knative.dev/maxScale": "10",
                    "run.googleapis.com/vpc-access-connector": "chat",
                    "run.googleapis.com/vpc-access-egress": "private-ranges-only",
                }
            }
        },
    },
)
REPLICA = replace(
    sql(PRODUCTION, name="copy"), inputs={**sql(PRODUCTION, name="copy").inputs, "masterInstanceName": "db"}
)

CASES = [
    passes(PARITY, "two that are alike", sql(STAGING), sql(PRODUCTION), redis(STAGING), redis(PRODUCTION)),
    passes(PARITY, "staging is a quarter", sql(STAGING), sql(PRODUCTION, "db-custom-16-65536")),
    passes(PARITY, "staging is larger", sql(STAGING, "db-custom-16-65536"), sql(PRODUCTION)),
    passes(PARITY, "a fifth of the instances", api(STAGING, 4), api(PRODUCTION, 20)),
    passes(PARITY, "production is another program's", sql(STAGING), redis(STAGING), api(STAGING)),
    passes(PARITY, "the only database of each, by another name", sql(STAGING), sql(PRODUCTION, name="main")),
    passes(PARITY, "a replica of production's alone", sql(STAGING), sql(PRODUCTION), REPLICA),
    passes(
        PARITY,
        "flags that follow from memory",
        sql(STAGING, databaseFlags=flags(max_connections="400")),
        sql(PRODUCTION, databaseFlags=flags(max_connections="800")),
    ),
    passes(PARITY, "by both APIs", api(STAGING, **CONNECTOR), FIRST_API),
    passes(
        PARITY,
        "the edition, said and by default",
        sql(STAGING, version="POSTGRES_15", edition=None),
        sql(PRODUCTION, version="POSTGRES_15"),
    ),
    passes(PARITY, "a project that is neither", sql("netra-demo", availabilityType="ZONAL"), sql(PRODUCTION)),
    late(
        PARITY, "one zone against two", DB, DIFFERS, sql(STAGING, availabilityType="ZONAL"), sql(PRODUCTION)
    ),
    late(PARITY, "another version", DB, DIFFERS, sql(STAGING, version="POSTGRES_16"), sql(PRODUCTION)),
    late(PARITY, "another edition, by default", DB, DIFFERS, sql(STAGING, edition=None), sql(PRODUCTION)),
    late(
        PARITY,
        "less than a quarter",
        DB,
        DIFFERS,
        sql(STAGING, "db-custom-2-7680"),
        sql(PRODUCTION, "db-custom-16-65536"),
    ),
    late(
        PARITY,
        "a flag of staging's alone",
        DB,
        DIFFERS,
        sql(STAGING, databaseFlags=flags(log_statement="all")),
        sql(PRODUCTION),
    ),
    late(
        PARITY,
        "projects that their ids tell apart",
        "db-of-chat-stg",
        DIFFERS,
        sql("chat-stg", availabilityType="ZONAL"),
        sql("chat-prod"),
    ),
    late(
        PARITY, "a cache without a replica", REDIS, DIFFERS, redis(STAGING, tier="BASIC"), redis(PRODUCTION)
    ),
    late(
        PARITY,
        "a cache of another major version",
        REDIS,
        DIFFERS,
        redis(STAGING, redisVersion="REDIS_6_X"),
        redis(PRODUCTION, redisVersion="REDIS_7_2"),
    ),
    late(PARITY, "a cache of less than a quarter", REDIS, DIFFERS, redis(STAGING, 1), redis(PRODUCTION, 5)),
    late(
        PARITY,
        "less than a fifth of the instances",
        "api-staging",
        DIFFERS,
        api(STAGING, 3),
        api(PRODUCTION, 20),
    ),
    late(
        PARITY,
        "another egress mode",
        "api-staging",
        DIFFERS,
        api(STAGING, **CONNECTOR),
        api(PRODUCTION, connector="chat", egress="ALL_TRAFFIC"),
    ),
    late(
        PARITY,
        "another way in",
        "api-staging",
        DIFFERS,
        api(STAGING, networkInterfaces=[{"network": "n"}]),
        api(PRODUCTION, **CONNECTOR),
    ),
    late(
        PARITY,
        "a service of production's alone",
        "jobs-production",
        ALONE,
        api(STAGING),
        api(PRODUCTION),
        api(PRODUCTION, name="jobs"),
    ),
    late(
        PARITY,
        "staging's service is nowhere in production",
        "jobs-staging",
        ALONE,
        api(STAGING),
        api(PRODUCTION),
        api(STAGING, name="jobs"),
        kind="missing",
    ),
    unproven(
        PARITY,
        "the availability is not known",
        DB,
        UNTOLD,
        sql(STAGING, availabilityType=UNKNOWN),
        sql(PRODUCTION),
    ),
    unproven(
        PARITY, "the flags are not known", DB, UNTOLD, sql(STAGING, databaseFlags=UNKNOWN), sql(PRODUCTION)
    ),
    unproven(
        PARITY,
        "the most instances are not known",
        "api-staging",
        UNTOLD,
        api(STAGING, UNKNOWN),
        api(PRODUCTION, 20),
    ),
]
