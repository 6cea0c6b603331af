"""Cases of the rule `watched`: whose alerts are enough, whose are not, and where the rule only advises."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN
from policies.watching import CHANNEL, LOG_METRIC, POLICY
from tests.policies.kit import SQL, late, passes
from tests.policies.wire import Case, Declared, from_secret, plain, service

WATCHED = "watched"
EARLY = ()

ENVIRONMENTS = """
environments:
  staging: {projects: [netra-staging]}
  production: {projects: [netra-production]}
"""


def contract(destinations: str, **env: str) -> dict[str, str]:
    lines = "".join(f"  {name}:\n" for name in env.values())
    text = f"service: web-{{environment}}\nenv:\n{lines}destinations:\n  {destinations}\n"
    return {"environments.yaml": ENVIRONMENTS, "web.yaml": text}


DATABASE = contract("database: {host: DB}", database="DB")
CACHE = contract("cache: {host: CACHE}", cache="CACHE")
HOST = contract("internet: [{host: api.openai.com}]", any="MODE")
FROM = contract("internet: [{hostFrom: THERE}]", there="THERE")

PRODUCTION = "netra-production"
SQL_DB = Declared(SQL, "db", {"name": "main", "project": PRODUCTION, "region": "us-central1"})
REDIS = Declared(
    "gcp:redis/instance:Instance", "cache", {"name": "main", "project": PRODUCTION, "region": "us-central1"}
)
ON_DATABASE = (
    'metric.type="cloudsql.googleapis.com/database/cpu/utilization" AND resource.type="cloudsql_database"'
)
ON_CACHE = 'metric.type="redis.googleapis.com/clients/connected" AND resource.type="redis_instance"'
THIS_CACHE = (
    f'{ON_CACHE} AND resource.labels.instance_id="projects/{PRODUCTION}/locations/us-central1/instances/main"'
)


def web(variable: str = "DB", value: Any = UNKNOWN, of: Declared | None = SQL_DB, **more: Any) -> Declared:
    depends = {"template": [of.urn]} if of is not None else {}
    given = {"name": "web-production", "project": PRODUCTION, "depends": depends, **more}
    return service([plain(variable, value)], **given)


def alert(filter_: Any, *, channels: Any = (UNKNOWN,), depends: Any = None, **inputs: Any) -> Declared:
    condition = inputs.pop("condition", {"conditionThreshold": {"filter": filter_}})
    given = {"project": PRODUCTION, "conditions": [condition], "notificationChannels": channels, **inputs}
    channels_of = {"notificationChannels": [depends.urn]} if depends is not None else {}
    return Declared(POLICY, "alert", given, depends=channels_of)


def counted(filter_: Any, name: str = "provider-failures") -> Declared:
    return Declared(LOG_METRIC, "failures", {"name": name, "project": PRODUCTION, "filter": filter_})


COUNTS = 'metric.type="logging.googleapis.com/user/provider-failures" AND resource.type="cloud_run_revision"'
SILENT = Declared(CHANNEL, "team", {"type": "email", "enabled": False, "project": PRODUCTION})
AUTO = {
    "conditionPrometheusQueryLanguage": {
        "query": "max(cloudsql_googleapis_com:database_cpu_utilization) > 0.9"
    }
}
ABSENT = {"conditionAbsent": {"filter": THIS_CACHE}}
BUILT = replace(SQL_DB, outputs={**SQL_DB.inputs, "privateIpAddress": "10.2.0.3"})


def within(contracts: dict[str, str], case: Case) -> Case:
    return replace(case, contracts=contracts)


def good(name: str, contracts: dict[str, str], *resources: Declared) -> Case:
    return within(contracts, passes(WATCHED, name, *resources))


def bad(
    name: str, contracts: dict[str, str], at: str, cause: str, *resources: Declared, kind: str = "fail"
) -> Case:
    return within(contracts, late(WATCHED, name, at, cause, *resources, kind=kind))


def unsure(name: str, contracts: dict[str, str], at: str, *resources: Declared) -> Case:
    return bad(name, contracts, at, "WATCH_UNKNOWN", *resources, kind="unknown")


NOT, NOBODY = "NOT_WATCHED", "ALERT_TELLS_NOBODY"

CASES = [
    # what is enough
    good("a database by a metric of its own", DATABASE, SQL_DB, web(), alert(ON_DATABASE)),
    good(
        "by its label",
        DATABASE,
        SQL_DB,
        web(),
        alert(f'{ON_DATABASE} AND resource.labels.database_id = "{PRODUCTION}:main"'),
    ),
    good(
        "one of several",
        DATABASE,
        SQL_DB,
        web(),
        alert(f'{ON_DATABASE} AND resource.label.database_id=one_of("a:b", "{PRODUCTION}:main")'),
    ),
    good(
        "by a pattern",
        DATABASE,
        SQL_DB,
        web(),
        alert(
            f'{ON_DATABASE} AND resource.labels.database_id=monitoring.regex.full_match("{PRODUCTION}:.*")'
        ),
    ),
    good("in PromQL", DATABASE, SQL_DB, web(), alert("", condition=AUTO)),
    good("an address that is known", DATABASE, BUILT, web(value="10.2.0.3", of=None), alert(ON_DATABASE)),
    good(
        "the socket of the instance",
        DATABASE,
        SQL_DB,
        web(value=f"/cloudsql/{PRODUCTION}:us-central1:main", of=None),
        alert(ON_DATABASE),
    ),
    good("a cache: its metric stays away", CACHE, REDIS, web("CACHE", of=REDIS), alert("", condition=ABSENT)),
    good("a host in a log-based metric", HOST, web("MODE", "x"), counted("to=api.openai.com"), alert(COUNTS)),
    good(
        "a host in a pattern",
        HOST,
        web("MODE", "x"),
        counted(r'textPayload=~"(api\.openai\.com|api\.anthropic\.com)"'),
        alert(COUNTS),
    ),
    good(
        "a host that a variable holds",
        FROM,
        web("THERE", "https://click.example:8443"),
        alert('metric.type="custom.googleapis.com/out" AND metric.labels.host="click.example"'),
    ),
    good(
        "a database of another stack is watched there",
        DATABASE,
        web(value="10.9.0.3", of=None),
        alert(ON_CACHE),
    ),
    good("a service without destinations", {**DATABASE, "web.yaml": "service: web-{environment}\n"}, web()),
    # what is not
    bad("no alert at all", DATABASE, "db", NOT, SQL_DB, web(), kind="missing"),
    bad("an alert on something else", DATABASE, "db", NOT, SQL_DB, web(), alert(ON_CACHE)),
    bad(
        "an alert on another instance",
        DATABASE,
        "db",
        NOT,
        SQL_DB,
        web(),
        alert(f'{ON_DATABASE} AND resource.labels.database_id="{PRODUCTION}:other"'),
    ),
    bad(
        "an alert on every instance but this",
        DATABASE,
        "db",
        NOT,
        SQL_DB,
        web(),
        alert(f'{ON_DATABASE} AND resource.labels.database_id!="{PRODUCTION}:main"'),
    ),
    bad(
        "a metric of the right service on the wrong resource",
        DATABASE,
        "db",
        NOT,
        SQL_DB,
        web(),
        alert(ON_DATABASE.replace("cloudsql_database", "global")),
    ),
    bad(
        "an alert of another project's",
        DATABASE,
        "db",
        NOT,
        SQL_DB,
        web(),
        alert(ON_DATABASE, project="netra-staging"),
    ),
    bad("switched off", DATABASE, "db", "ALERT_DISABLED", SQL_DB, web(), alert(ON_DATABASE, enabled=False)),
    bad("nobody is told", DATABASE, "db", NOBODY, SQL_DB, web(), alert(ON_DATABASE, channels=[])),
    bad(
        "a channel that is switched off",
        DATABASE,
        "db",
        NOBODY,
        SQL_DB,
        web(),
        SILENT,
        alert(ON_DATABASE, depends=SILENT),
    ),
    bad("a cache, unwatched", CACHE, "cache", NOT, REDIS, web("CACHE", of=REDIS), alert(ON_DATABASE)),
    bad("another host", HOST, "web", NOT, web("MODE", "x"), counted("xapi.openai.com"), alert(COUNTS)),
    bad("a longer host", HOST, "web", NOT, web("MODE", "x"), counted("api.openai.com.evil"), alert(COUNTS)),
    bad("a metric without an alert", HOST, "web", NOT, web("MODE", "x"), counted("api.openai.com")),
    bad(
        "staging is advised",
        DATABASE,
        "db",
        NOT,
        replace(SQL_DB, inputs={**SQL_DB.inputs, "project": "netra-staging"}),
        web(name="web-staging", project="netra-staging"),
    ),
    # what nobody can tell yet
    unsure("a filter that is not known", DATABASE, "db", SQL_DB, web(), alert(UNKNOWN)),
    unsure("channels not known", DATABASE, "db", SQL_DB, web(), alert(ON_DATABASE, channels=UNKNOWN)),
    unsure("enabled or not", DATABASE, "db", SQL_DB, web(), alert(ON_DATABASE, enabled=UNKNOWN)),
    unsure(
        "a host from a secret",
        FROM,
        "web",
        service([from_secret("THERE", "s")], name="web-production", project=PRODUCTION),
        counted("x"),
        alert(COUNTS),
    ),
]
