"""Cases of the rules about sizes: databases, pools, sockets."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.plan.workloads import JOB, SERVICE_V1, WORKER_POOL
from policies.sizing.instances import INSTANCE
from tests.policies.wire import PROJECT, Case, Declared, from_secret, plain, service

FLAGS, SHARED, CONNECTIONS = "sql-flags-memory", "sql-shared-core", "sql-connections"
SOCKET, RECYCLE = "sql-socket-connections", "pool-recycle"
EARLY = (FLAGS, SHARED, CONNECTIONS, SOCKET, RECYCLE)

CONTRACTS = {
    "environments.yaml": """
environments:
  staging: {projects: [netra-staging]}
  development: {projects: [netra-dev]}
""",
    "web.yaml": """
service: web-{environment}
env:
  DB_HOST:
  DB_PORT:
destinations:
  database: {host: DB_HOST, port: DB_PORT}
pool: {}
""",
    "other.yaml": """
service: other-{environment}
env:
  DB_HOST:
destinations:
  database: {host: DB_HOST}
pool: {size: POOL, maxOverflow: MORE, workers: THREADS}
""",
    "externals.yaml": """
externals:
  - {kind: database, environment: staging, id: 10.99.0.3, why: another team's}
""",
}
CUSTOM = "db-custom-4-16384"  # 500 connections, 387 for services


def sql(
    name: str = "db", *, tier: Any = CUSTOM, flags: Any = None, outputs: Any = None, **more: Any
) -> Declared:
    settings = {"tier": tier, "edition": "ENTERPRISE"}
    settings |= {key: more.pop(key) for key in ("availabilityType", "connectionPoolConfigs") if key in more}
    if flags is not None:
        listed = (
            [{"name": flag, "value": value} for flag, value in flags.items()]
            if isinstance(flags, dict)
            else flags
        )
        settings["databaseFlags"] = listed
    inputs = {
        "name": name,
        "project": PROJECT,
        "databaseVersion": "POSTGRES_17",
        "region": "us-central1",
        "settings": settings,
        **more,
    }
    outer = None if outputs is None else {**inputs, **outputs}
    return Declared(INSTANCE, name, {k: v for k, v in inputs.items() if v is not None}, outputs=outer)


DB, REPLICA = sql(), sql("replica", masterInstanceName="db")
POOL = {"DB_POOL_SIZE": "8", "DB_MAX_OVERFLOW": "4", "DB_POOL_RECYCLE_SECONDS": "540", "DB_PORT": "5432"}


def web(
    resource: str = "web", *, host: Any = UNKNOWN, most: Any = 20, uses: Any = (), **more: Any
) -> Declared:
    """A service with a pool; lower-case arguments are of the service, upper-case ones are variables."""
    changed = {key: more.pop(key) for key in list(more) if key.isupper()}
    values = {**POOL, "DB_HOST": host, **changed}
    envs = [
        value if isinstance(value, dict) else plain(key, value)
        for key, value in values.items()
        if value is not None
    ]
    scaling = None if most is None else {"maxInstanceCount": most}
    depends = {"template": [one.urn for one in uses]}
    return service(
        envs,
        name=more.pop("name", f"{resource}-staging"),
        resource=resource,
        scaling=scaling,
        depends=depends,
        **more,
    )


def case(rule: str, kind: str, name: str, resources: list[Declared], *found: tuple[str, str]) -> Case:
    """Refuted early, and so at the end."""
    return Case(rule, kind, name, resources, frozenset(found), frozenset(found), CONTRACTS)


def late(rule: str, kind: str, name: str, resources: list[Declared], *found: tuple[str, str]) -> Case:
    return Case(rule, kind, name, resources, closed=frozenset(found), contracts=CONTRACTS)


def flagged(kind: str, name: str, flags: Any, *causes: str, **more: Any) -> Case:
    return case(FLAGS, kind, name, [sql(flags=flags, **more)], *(("db", cause) for cause in causes))


EXCEEDED = ("db", "CONNECTIONS_EXCEEDED")
UNSET, NO_NUMBER, UNKNOWN_POOL = ("web", "POOL_NOT_SET"), ("web", "POOL_NO_NUMBER"), ("web", "POOL_UNKNOWN")
TOO_MANY, TOO_LARGE = "CONNECTIONS_EXCEED_MEMORY", "SHARED_BUFFERS_TOO_LARGE"
SHARED_CORE = ("db", "SHARED_CORE")
NAME = f"{PROJECT}:us-central1:db"
MOUNT = {"volumes": [{"name": "cloudsql", "cloudSqlInstance": {"instances": [NAME]}}]}


def mounting(volumes: Any = None, **more: Any) -> Declared:
    declared = web(**more)
    template = {**declared.inputs["template"], **(MOUNT if volumes is None else {"volumes": volumes})}
    return Declared(
        declared.type, declared.name, {**declared.inputs, "template": template}, depends=declared.depends
    )


def first_api(most: Any = "20", **notes: Any) -> Declared:
    envs = [plain(key, value) for key, value in {**POOL, "DB_HOST": UNKNOWN, "DB_POOL_SIZE": "50"}.items()]
    annotations = {"autoscaling.knative.dev/maxScale": most, **notes}
    template = {
        "metadata": {"annotations": annotations},
        "spec": {"containers": [{"image": "i", "envs": envs}]},
    }
    return Declared(
        SERVICE_V1,
        "web",
        {"name": "web-staging", "project": PROJECT, "location": "us-central1", "template": template},
    )


POOLED = [plain(key, value) for key, value in POOL.items()]


def tasks(**template: Any) -> Declared:
    inner = {"containers": [{"image": "i", "envs": POOLED}]}
    inputs = {"name": "jobs", "project": PROJECT, "template": {"template": inner, **template}}
    return Declared(JOB, "jobs", inputs)


def workers(**scaling: Any) -> Declared:
    template = {"containers": [{"image": "i", "envs": POOLED}]}
    inputs = {"name": "pool", "project": PROJECT, "template": template, "scaling": scaling}
    return Declared(WORKER_POOL, "pool", inputs)


CASES = [
    # sql-flags-memory
    flagged("pass", "no flags", None),
    flagged("pass", "flags that fit", {"max_connections": "500", "shared_buffers": "699050"}),
    flagged("pass", "as many as fit", {"max_connections": "1092"}),
    flagged("pass", "40 % for buffers", {"shared_buffers": "838784"}),
    flagged("pass", "a sort that fits", {"work_mem": "65536"}),
    flagged("pass", "another flag", {"log_min_duration_statement": "500"}),
    flagged("pass", "a tier that is none is told elsewhere", {"max_connections": "9000"}, tier="db-nope"),
    flagged("pass", "a flag that is none is told elsewhere", {"shared_buffers": "2GB"}),
    flagged("pass", "another database", {"max_connections": "9000"}, databaseVersion="MYSQL_8_0"),
    flagged("fail", "more connections than memory bears", {"max_connections": "2000"}, TOO_MANY),
    flagged("fail", "one more than memory bears", {"max_connections": "1093"}, TOO_MANY),
    flagged("fail", "a number, not text", {"max_connections": 2000}, TOO_MANY),
    flagged("fail", "a secret flag", {"max_connections": Secret("2000")}, TOO_MANY),
    flagged("fail", "buffers above 40 %", {"shared_buffers": "1048576"}, TOO_LARGE),
    flagged("fail", "all memory for one sort", {"work_mem": "16777216"}, "WORK_MEM_TOO_LARGE"),
    flagged(
        "fail",
        "the incident's instance",
        {"max_connections": "200", "shared_buffers": "262144"},
        TOO_LARGE,
        TOO_MANY,
        tier="db-g1-small",
    ),
    flagged("missing", "no settings", None),
    case(FLAGS, "missing", "no database", [web()]),
    late(
        FLAGS,
        "unknown",
        "the connections",
        [sql(flags={"max_connections": UNKNOWN})],
        ("db", "SQL_FLAG_UNKNOWN"),
    ),
    late(FLAGS, "unknown", "the flags", [sql(flags=UNKNOWN)], ("db", "SQL_FLAG_UNKNOWN")),
    late(
        FLAGS,
        "unknown",
        "a flag's name",
        [sql(flags=[{"name": UNKNOWN, "value": "1"}])],
        ("db", "SQL_FLAG_UNKNOWN"),
    ),
    # sql-shared-core
    case(SHARED, "pass", "cores of its own", [DB]),
    case(SHARED, "pass", "a shared core in development", [sql(tier="db-f1-micro", project="netra-dev")]),
    case(
        SHARED,
        "pass",
        "a shared core where no environment is known",
        [sql(tier="db-f1-micro", project="elsewhere")],
    ),
    case(SHARED, "pass", "a tier that is none is told elsewhere", [sql(tier="db-nope")]),
    case(SHARED, "fail", "the smallest in staging", [sql(tier="db-f1-micro")], SHARED_CORE),
    case(SHARED, "fail", "the incident's in staging", [sql(tier="db-g1-small")], SHARED_CORE),
    case(SHARED, "fail", "a secret tier", [sql(tier=Secret("db-g1-small"))], SHARED_CORE),
    case(
        SHARED,
        "fail",
        "two zones, and no environment known",
        [sql(tier="db-g1-small", project="elsewhere", availabilityType="REGIONAL")],
        SHARED_CORE,
    ),
    case(SHARED, "missing", "no tier", [sql(tier=None)]),
    late(SHARED, "unknown", "the tier", [sql(tier=UNKNOWN)], ("db", "TIER_UNKNOWN")),
    late(
        SHARED,
        "unknown",
        "the project",
        [sql(tier="db-g1-small", project=UNKNOWN)],
        ("db", "ENVIRONMENT_UNKNOWN"),
    ),
    # sql-connections
    case(CONNECTIONS, "pass", "pools that fit", [DB, web(uses=[DB])]),
    case(
        CONNECTIONS,
        "pass",
        "two services that fit together",
        [DB, web(uses=[DB]), web("other", most=9, POOL="8", MORE="4", uses=[DB])],
    ),
    case(
        CONNECTIONS,
        "pass",
        "the incident's pool on an instance sized for it",
        [
            sql(tier="db-custom-4-26368", flags={"max_connections": "1757"}),
            web(DB_POOL_SIZE="40", DB_MAX_OVERFLOW="20"),
        ],
    ),
    case(CONNECTIONS, "pass", "an instance of another team", [DB, web(host="10.99.0.3", DB_POOL_SIZE="500")]),
    case(
        CONNECTIONS,
        "pass",
        "managed connection pooling",
        [
            sql(connectionPoolConfigs=[{"connectionPoolingEnabled": True}]),
            web(DB_POOL_SIZE="50", DB_PORT="6432"),
        ],
    ),
    case(CONNECTIONS, "pass", "an instance and its replica", [DB, REPLICA, web(uses=[DB, REPLICA])]),
    case(
        CONNECTIONS,
        "pass",
        "a service without a contract and without a pool",
        [DB, web("else", DB_POOL_SIZE=None)],
    ),
    case(CONNECTIONS, "pass", "no database in this stack", [web(DB_POOL_SIZE="500")]),
    case(
        CONNECTIONS,
        "pass",
        "a most of the revision below the service's",
        [
            DB,
            web(
                most=1000,
                template={
                    "containers": [{"envs": [plain(k, v) for k, v in {**POOL, "DB_HOST": UNKNOWN}.items()]}],
                    "scaling": {"maxInstanceCount": 20},
                },
            ),
        ],
    ),
    late(
        CONNECTIONS,
        "pass",
        "two instances, each with a service of its own",
        [
            DB,
            sql("second"),
            web(uses=[DB], DB_POOL_SIZE="14"),
            web("other", POOL="14", MORE="4", uses=[sql("second")]),
        ],
    ),
    case(
        CONNECTIONS,
        "pass",
        "no most: a hundred instances of one connection",
        [DB, web(most=None, DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0")],
    ),
    case(
        CONNECTIONS,
        "fail",
        "the asked-for fix of the incident",
        [DB, web(DB_POOL_SIZE="50", DB_MAX_OVERFLOW="10")],
        EXCEEDED,
    ),
    case(
        CONNECTIONS,
        "fail",
        "a candidate is one too many",
        [sql(flags={"max_connections": "316"}), web(DB_POOL_SIZE="8", DB_MAX_OVERFLOW="4")],
        EXCEEDED,
    ),
    case(CONNECTIONS, "fail", "workers", [DB, web(WEB_CONCURRENCY="4")], EXCEEDED),
    case(
        CONNECTIONS,
        "fail",
        "two services that do not fit together",
        [DB, web(DB_POOL_SIZE="12"), web("other", POOL="8", MORE="4")],
        EXCEEDED,
    ),
    case(CONNECTIONS, "fail", "no most is a hundred instances", [DB, web(most=None)], EXCEEDED),
    case(CONNECTIONS, "fail", "a most of 0 is no most", [DB, web(most=0)], EXCEEDED),
    case(CONNECTIONS, "fail", "the first API", [DB, first_api()], EXCEEDED),
    case(
        CONNECTIONS,
        "fail",
        "no contract, and the usual variables",
        [DB, web("else", DB_POOL_SIZE="50")],
        EXCEEDED,
    ),
    case(
        CONNECTIONS,
        "fail",
        "over the socket",
        [DB, web(host=f"/cloudsql/{NAME}", DB_POOL_SIZE="50")],
        EXCEEDED,
    ),
    case(
        CONNECTIONS,
        "fail",
        "past managed connection pooling",
        [sql(connectionPoolConfigs=[{"connectionPoolingEnabled": True}]), web(DB_POOL_SIZE="50")],
        EXCEEDED,
    ),
    case(
        CONNECTIONS,
        "fail",
        "a literal host, and one instance",
        [DB, web(host="10.20.0.3", DB_POOL_SIZE="50")],
        EXCEEDED,
    ),
    case(CONNECTIONS, "fail", "a secret size", [DB, web(DB_POOL_SIZE=Secret("50"))], EXCEEDED),
    late(
        CONNECTIONS,
        "fail",
        "two instances, and it uses the smaller",
        [sql("second", tier="db-custom-16-65536"), DB, web(DB_POOL_SIZE="20", uses=[DB])],
        EXCEEDED,
    ),
    late(
        CONNECTIONS,
        "fail",
        "two instances, found by address",
        [
            sql("second"),
            sql(outputs={"privateIpAddress": "10.20.0.3"}),
            web(host="10.20.0.3", DB_POOL_SIZE="50"),
        ],
        EXCEEDED,
    ),
    late(
        CONNECTIONS,
        "fail",
        "traced by a database on it",
        [
            sql("second"),
            DB,
            Declared("gcp:sql/database:Database", "netra", {"name": "netra", "instance": "db"}),
            web(DB_POOL_SIZE="50", uses=[Declared("gcp:sql/database:Database", "netra", {})]),
        ],
        EXCEEDED,
    ),
    case(CONNECTIONS, "fail", "a size in words", [DB, web(DB_POOL_SIZE="many")], NO_NUMBER),
    case(CONNECTIONS, "fail", "a pool without an end", [DB, web(DB_MAX_OVERFLOW="-1")], NO_NUMBER),
    case(CONNECTIONS, "missing", "nobody decided the size", [DB, web(DB_POOL_SIZE=None)], UNSET),
    case(CONNECTIONS, "missing", "nobody decided the overflow", [DB, web(DB_MAX_OVERFLOW="")], UNSET),
    case(CONNECTIONS, "missing", "one worker, where nobody says", [DB, web(WEB_CONCURRENCY=None)]),
    late(CONNECTIONS, "unknown", "the size", [DB, web(DB_POOL_SIZE=UNKNOWN)], UNKNOWN_POOL),
    late(
        CONNECTIONS,
        "unknown",
        "the size, from Secret Manager",
        [DB, web(DB_POOL_SIZE=from_secret("DB_POOL_SIZE", "s"))],
        UNKNOWN_POOL,
    ),
    late(CONNECTIONS, "unknown", "the workers", [DB, web(WEB_CONCURRENCY=UNKNOWN)], UNKNOWN_POOL),
    late(CONNECTIONS, "unknown", "the instances", [DB, web(most=UNKNOWN)], UNKNOWN_POOL),
    late(
        CONNECTIONS,
        "unknown",
        "which of two instances, too much for one",
        [DB, sql("second"), web(DB_POOL_SIZE="50")],
        ("web", "DATABASE_UNKNOWN"),
    ),
    case(CONNECTIONS, "unknown", "which of two instances, each bears it", [DB, sql("second"), web()]),
    case(
        CONNECTIONS, "unknown", "the flag is told elsewhere", [sql(flags={"max_connections": UNKNOWN}), web()]
    ),
    late(CONNECTIONS, "unknown", "the environment", [DB, service(UNKNOWN)], UNKNOWN_POOL),
    # sql-socket-connections
    case(SOCKET, "pass", "a pool that the socket carries", [mounting(host=f"/cloudsql/{NAME}")]),
    case(
        SOCKET, "pass", "a large pool over the private address", [web(host="10.20.0.3", DB_POOL_SIZE="150")]
    ),
    case(
        SOCKET,
        "pass",
        "a large pool over the private address, a socket beside it",
        [mounting(host="10.20.0.3", DB_POOL_SIZE="150")],
    ),
    case(SOCKET, "pass", "exactly what it carries", [mounting(host=f"/cloudsql/{NAME}", DB_POOL_SIZE="96")]),
    case(SOCKET, "pass", "another volume", [mounting([{"name": "tmp", "emptyDir": {}}], DB_POOL_SIZE="150")]),
    case(
        SOCKET,
        "fail",
        "a pool that is too large",
        [mounting(host=f"/cloudsql/{NAME}", DB_POOL_SIZE="97")],
        ("web", "SOCKET_CONNECTIONS"),
    ),
    case(
        SOCKET,
        "fail",
        "workers",
        [mounting(host=f"/cloudsql/{NAME}", WEB_CONCURRENCY="9")],
        ("web", "SOCKET_CONNECTIONS"),
    ),
    case(
        SOCKET,
        "fail",
        "mounted, and no contract",
        [mounting(resource="else", DB_POOL_SIZE="150")],
        ("else", "SOCKET_CONNECTIONS"),
    ),
    case(
        SOCKET,
        "fail",
        "the first API, without a contract",
        [
            Declared(
                SERVICE_V1,
                "web",
                {
                    **first_api(**{"run.googleapis.com/cloudsql-instances": NAME}).inputs,
                    "name": "x",
                    "template": {
                        "metadata": {"annotations": {"run.googleapis.com/cloudsql-instances": NAME}},
                        "spec": {"containers": [{"envs": [plain("DB_POOL_SIZE", "150")]}]},
                    },
                },
            )
        ],
        ("web", "SOCKET_CONNECTIONS"),
    ),
    case(SOCKET, "missing", "no pool", [mounting(resource="else", DB_POOL_SIZE=None)]),
    late(
        SOCKET,
        "unknown",
        "whether it goes over the socket",
        [mounting(DB_POOL_SIZE="150")],
        ("web", "HOST_UNKNOWN"),
    ),
    late(
        SOCKET,
        "unknown",
        "the pool",
        [mounting(host=f"/cloudsql/{NAME}", DB_POOL_SIZE=UNKNOWN)],
        UNKNOWN_POOL,
    ),
    # pool-recycle
    case(RECYCLE, "pass", "below the cut-off", [web()]),
    case(RECYCLE, "pass", "just below", [web(DB_POOL_RECYCLE_SECONDS="599")]),
    case(RECYCLE, "pass", "a number, not text", [web(DB_POOL_RECYCLE_SECONDS=540)]),
    case(RECYCLE, "pass", "no contract, and nobody says", [web("else", DB_POOL_RECYCLE_SECONDS=None)]),
    case(
        RECYCLE, "fail", "half an hour", [web(DB_POOL_RECYCLE_SECONDS="1800")], ("web", "RECYCLED_TOO_LATE")
    ),
    case(
        RECYCLE, "fail", "at the cut-off", [web(DB_POOL_RECYCLE_SECONDS="600")], ("web", "RECYCLED_TOO_LATE")
    ),
    case(
        RECYCLE,
        "fail",
        "never, as SQLAlchemy says it",
        [web(DB_POOL_RECYCLE_SECONDS="-1")],
        ("web", "POOL_NOT_RECYCLED"),
    ),
    case(RECYCLE, "fail", "never", [web(DB_POOL_RECYCLE_SECONDS="0")], ("web", "POOL_NOT_RECYCLED")),
    case(RECYCLE, "fail", "no number", [web(DB_POOL_RECYCLE_SECONDS="9m")], NO_NUMBER),
    case(
        RECYCLE,
        "fail",
        "no contract, half an hour",
        [web("else", DB_POOL_RECYCLE_SECONDS="1800")],
        ("else", "RECYCLED_TOO_LATE"),
    ),
    case(
        RECYCLE,
        "missing",
        "nobody decided",
        [web(DB_POOL_RECYCLE_SECONDS=None)],
        ("web", "POOL_NOT_RECYCLED"),
    ),
    late(RECYCLE, "unknown", "the age", [web(DB_POOL_RECYCLE_SECONDS=UNKNOWN)], UNKNOWN_POOL),
    late(RECYCLE, "unknown", "the environment", [service(UNKNOWN)], UNKNOWN_POOL),
    # Jobs and worker pools, which open pools too.
    case(CONNECTIONS, "pass", "a job of few tasks", [DB, tasks(taskCount=4)]),
    case(CONNECTIONS, "pass", "a job of many tasks, few at once", [DB, tasks(taskCount=500, parallelism=4)]),
    case(CONNECTIONS, "pass", "a job of one task", [DB, tasks(parallelism=500)]),
    case(CONNECTIONS, "fail", "a job of many tasks at once", [DB, tasks(taskCount=100)], EXCEEDED),
    case(CONNECTIONS, "fail", "a job beside a service", [DB, web(), tasks(taskCount=20)], EXCEEDED),
    late(CONNECTIONS, "unknown", "how many tasks", [DB, tasks(taskCount=UNKNOWN)], ("jobs", "POOL_UNKNOWN")),
    case(CONNECTIONS, "pass", "a worker pool of one", [DB, workers()]),
    case(CONNECTIONS, "pass", "a worker pool of few", [DB, workers(manualInstanceCount=10)]),
    case(CONNECTIONS, "fail", "a worker pool of many", [DB, workers(manualInstanceCount=40)], EXCEEDED),
    case(
        CONNECTIONS,
        "fail",
        "a worker pool that scales",
        [DB, workers(scalingMode="AUTOMATIC", maxInstanceCount=40)],
        EXCEEDED,
    ),
]
