"""Cases of the rule about Cloud SQL instances that Google cannot make."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.rules.limits_sql import INSTANCE
from tests.policies.wire import Case, Declared, service

RULE = "sql-limits"
EARLY = (RULE,)
CUSTOM, SHARED, PERFORMANCE = "db-custom-4-16384", "db-f1-micro", "db-perf-optimized-N-4"


def sql(
    *, version: Any = "POSTGRES_17", name: str = "db", read_only: bool = False, **settings: Any
) -> Declared:
    outer = {key: settings.pop(key) for key in ("masterInstanceName", "clone") if key in settings}
    given = {"tier": CUSTOM, "edition": "ENTERPRISE", **settings}
    kept = {key: value for key, value in given.items() if value is not None}
    inputs = {"name": name, "databaseVersion": version, "region": "us-central1", "settings": kept, **outer}
    return Declared(INSTANCE, name, inputs, read_only=read_only)


def flags(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset(("db", cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found)


def unknown(name: str, resource: Declared) -> Case:
    return Case(RULE, "unknown", name, [resource], closed=frozenset({("db", "LIMIT_UNKNOWN")}))


def backups(**given: Any) -> dict[str, Any]:
    return {"backupConfiguration": {"enabled": True, **given}}


CASES = [
    both("pass", "a custom tier with ENTERPRISE on 17", sql()),
    both("pass", "a tier of ENTERPRISE_PLUS, which 17 defaults to", sql(edition=None, tier=PERFORMANCE)),
    both(
        "pass", "a custom tier on 15, which defaults to ENTERPRISE", sql(version="POSTGRES_15", edition=None)
    ),
    both("pass", "a shared core with ENTERPRISE", sql(tier=SHARED)),
    both("pass", "an N4 tier", sql(tier="db-custom-N4-4-16384", diskSize=20)),
    both("pass", "one vCPU", sql(tier="db-custom-1-3840")),
    both(
        "pass",
        "flags in Google's units",
        sql(databaseFlags=flags(max_connections="500", shared_buffers="699050", work_mem="4096")),
    ),
    both(
        "pass", "a flag that holds words", sql(databaseFlags=flags(**{"cloudsql.iam_authentication": "on"}))
    ),
    both("pass", "a flag as a number", sql(databaseFlags=flags(max_connections=500))),
    both(
        "pass",
        "managed connection pooling with ENTERPRISE_PLUS",
        sql(
            edition="ENTERPRISE_PLUS",
            tier=PERFORMANCE,
            connectionPoolConfigs=[{"connectionPoolingEnabled": True}],
        ),
    ),
    both(
        "pass",
        "35 days of log with ENTERPRISE_PLUS",
        sql(edition="ENTERPRISE_PLUS", tier=PERFORMANCE, **backups(transactionLogRetentionDays=35)),
    ),
    both("pass", "another database", sql(version="MYSQL_8_0", edition=None, tier="db-n1-standard-1")),
    both("pass", "secret settings", sql(tier=Secret(CUSTOM))),
    Case(RULE, "pass", "one that exists already", [sql(tier="db-nope", read_only=True)]),
    Case(
        RULE,
        "pass",
        "a replica without an edition: its primary's",
        [sql(name="primary"), sql(edition=None, masterInstanceName="primary")],
    ),
    Case(
        RULE,
        "pass",
        "a replica of an instance of another stack",
        [sql(edition=None, masterInstanceName="elsewhere")],
    ),
    Case(
        RULE, "pass", "two instances", [sql(), sql(name="other", edition="ENTERPRISE_PLUS", tier=PERFORMANCE)]
    ),
    both("fail", "a version that there is not", sql(version="POSTGRES_99"), "SQL_VERSION"),
    both("fail", "a version in small letters", sql(version="postgres_17"), "SQL_VERSION"),
    both(
        "fail",
        "an old version with ENTERPRISE_PLUS",
        sql(version="POSTGRES_11", edition="ENTERPRISE_PLUS", tier=PERFORMANCE),
        "SQL_VERSION",
    ),
    both("fail", "a tier that there is not", sql(tier="db-nope"), "SQL_TIER"),
    both("fail", "a tier of another database", sql(tier="db-n1-standard-4"), "SQL_TIER"),
    both("fail", "three vCPUs", sql(tier="db-custom-3-12288"), "SQL_TIER"),
    both("fail", "memory not in steps of 256 MB", sql(tier="db-custom-4-16000"), "SQL_TIER"),
    both("fail", "too little memory", sql(tier="db-custom-1-1024"), "SQL_TIER"),
    both("fail", "memory in GB", sql(tier="db-custom-4-16"), "SQL_TIER"),
    both("fail", "a tier that is secret and is none", sql(tier=Secret("db-nope")), "SQL_TIER"),
    both("fail", "a performance tier with ENTERPRISE", sql(tier=PERFORMANCE), "SQL_EDITION"),
    both("fail", "a custom tier with ENTERPRISE_PLUS", sql(edition="ENTERPRISE_PLUS"), "SQL_EDITION"),
    both("fail", "a disk of 5 GB", sql(diskSize=5), "SQL_DISK"),
    both("fail", "an N4's disk of 10 GB", sql(tier="db-custom-N4-4-16384", diskSize=10), "SQL_DISK"),
    both("fail", "too many connections", sql(databaseFlags=flags(max_connections="300000")), "SQL_FLAG"),
    both("fail", "too few connections", sql(databaseFlags=flags(max_connections="5")), "SQL_FLAG"),
    both("fail", "a flag with its unit", sql(databaseFlags=flags(shared_buffers="2GB")), "SQL_FLAG"),
    both(
        "fail", "a flag with its unit, secret", sql(databaseFlags=flags(work_mem=Secret("4MB"))), "SQL_FLAG"
    ),
    both(
        "fail",
        "data cache with ENTERPRISE",
        sql(dataCacheConfig={"dataCacheEnabled": True}),
        "SQL_EDITION_FEATURE",
    ),
    both(
        "fail",
        "managed connection pooling with ENTERPRISE",
        sql(connectionPoolConfigs=[{"connectionPoolingEnabled": True}]),
        "SQL_EDITION_FEATURE",
    ),
    both(
        "fail",
        "35 days of log with ENTERPRISE",
        sql(**backups(transactionLogRetentionDays=35)),
        "SQL_BACKUPS",
    ),
    both(
        "fail",
        "no backup kept",
        sql(**backups(backupRetentionSettings={"retainedBackups": 0})),
        "SQL_BACKUPS",
    ),
    both("fail", "an eighth day", sql(maintenanceWindow={"day": 8, "hour": 4}), "SQL_MAINTENANCE"),
    Case(
        RULE,
        "fail",
        "a replica with a tier that its primary's edition does not take",
        [sql(name="primary"), sql(edition=None, tier=PERFORMANCE, masterInstanceName="primary")],
        frozenset({("db", "SQL_EDITION")}),
        frozenset({("db", "SQL_EDITION")}),
    ),
    both("missing", "no edition, and a custom tier on 17", sql(edition=None), "SQL_EDITION"),
    both(
        "missing",
        "no edition, and a shared core on 16",
        sql(version="POSTGRES_16", edition=None, tier=SHARED),
        "SQL_EDITION",
    ),
    Case(
        RULE,
        "missing",
        "a clone has its source's settings",
        [
            Declared(
                INSTANCE,
                "db",
                {"name": "db", "databaseVersion": "POSTGRES_17", "clone": {"sourceInstanceName": "x"}},
            )
        ],
    ),
    Case(RULE, "missing", "no database at all", [service([])]),
    unknown("the version", sql(version=UNKNOWN)),
    unknown("the tier", sql(tier=UNKNOWN)),
    unknown("the edition", sql(edition=UNKNOWN)),
    unknown("the flags", sql(databaseFlags=UNKNOWN)),
    unknown("a flag's value", sql(databaseFlags=flags(max_connections=UNKNOWN))),
    unknown("a flag's name", sql(databaseFlags=[{"name": UNKNOWN, "value": "1"}])),
    unknown(
        "the settings",
        Declared(INSTANCE, "db", {"name": "db", "databaseVersion": "POSTGRES_17", "settings": UNKNOWN}),
    ),
    both("pass", "a zone of its region", sql(locationPreference={"zone": "us-central1-c"})),
    both(
        "pass",
        "no second zone",
        sql(locationPreference={"zone": "us-central1-c", "secondaryZone": "no_secondary_zone"}),
    ),
    both("fail", "a zone of another region", sql(locationPreference={"zone": "us-east1-b"}), "SQL_ZONE"),
    both(
        "fail",
        "a second zone of another region",
        sql(locationPreference={"secondaryZone": "us-east1-b"}),
        "SQL_ZONE",
    ),
    unknown("the zone", sql(locationPreference={"zone": UNKNOWN})),
]
