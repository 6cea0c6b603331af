"""Cases of the rules that bind where the contracts name a framework."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN
from policies.rules.audit import AUDIT_CONFIG, BUCKET, KEY, REPOSITORY, SECRET, SINK
from tests.policies.kit import SQL, late, passes, redis, sql
from tests.policies.wire import PROJECT, Case, Declared

LOGS, KEPT, KEYS = "audit-logs", "audit-logs-kept", "customer-managed-keys"
EARLY = ()


def of(*frameworks: str) -> dict[str, str]:
    named = f", compliance: [{', '.join(frameworks)}]" if frameworks else ""
    return {"environments.yaml": f"environments:\n  staging: {{projects: [{PROJECT}]{named}}}\n"}


SOC2, HIPAA, NONE = of("soc2"), of("hipaa"), of()


def secret(name: str = "token", **inputs: Any) -> Declared:
    return Declared(SECRET, name, {"secretId": name, "project": PROJECT} | inputs)


def recorded(service: Any = "secretmanager.googleapis.com", kinds: Any = None, **inputs: Any) -> Declared:
    logged = [{"logType": kind} for kind in ("DATA_READ", "DATA_WRITE")] if kinds is None else kinds
    given = {"project": PROJECT, "service": service, "auditLogConfigs": logged}
    return Declared(AUDIT_CONFIG, "audit", given | inputs)


def bucket(days: Any = 90, id_: str = "audit") -> Declared:
    given = {"project": PROJECT, "location": "us-central1", "bucketId": id_, "retentionDays": days}
    return Declared(BUCKET, "bucket", given)


HERE = f"logging.googleapis.com/projects/{PROJECT}/locations/us-central1/buckets/audit"


def sink(to: Any = HERE, filter_: Any = 'logName:"cloudaudit.googleapis.com"', **inputs: Any) -> Declared:
    depends = {"destination": [bucket().urn]} if to is UNKNOWN else {}
    given = {"project": PROJECT, "name": "audit", "destination": to, "filter": filter_} | inputs
    return Declared(SINK, "sink", given, depends=depends)


def encrypted(key: Any) -> Declared:
    return secret(replication={"auto": {"customerManagedEncryption": {"kmsKeyName": key}}})


def within(contracts: dict[str, str], case: Case) -> Case:
    return replace(case, contracts=contracts)


def unsure(rule: str, name: str, at: str, cause: str, *resources: Declared) -> Case:
    return within(SOC2, late(rule, name, at, cause, *resources, kind="unknown"))


READS_ONLY = recorded("cloudsql.googleapis.com", [{"logType": "DATA_READ"}])
IMAGES = Declared(REPOSITORY, "images", {"project": PROJECT})
OFF, UNSURE = "AUDIT_LOGS_OFF", "AUDIT_LOGS_UNKNOWN"
LOST, LOST_UNKNOWN = "AUDIT_LOGS_NOT_KEPT", "AUDIT_RETENTION_UNKNOWN"
GOOGLES, KEY_UNKNOWN = "NO_KEY_OF_ONES_OWN", "KEY_UNKNOWN"
NAME = f"projects/{PROJECT}/locations/global/keyRings/r/cryptoKeys/k"
OWN = Declared(KEY, "key", {"name": "k", "keyRing": f"projects/{PROJECT}/locations/global/keyRings/r"})
FROM_OWN = Declared(SQL, "db", {"name": "db", "project": PROJECT, "encryptionKeyName": UNKNOWN})
REPLICATED = {"userManaged": {"replicas": [{"location": "us-east1"}]}}

CASES = [
    # audit-logs
    within(SOC2, passes(LOGS, "both kinds of a secret's service", secret(), recorded())),
    within(SOC2, passes(LOGS, "every service at once", secret(), sql(), recorded("allServices"))),
    within(
        SOC2,
        passes(
            LOGS,
            "each kind in a declaration of its own",
            secret(),
            recorded(kinds=[{"logType": "DATA_READ"}]),
            replace(recorded(kinds=[{"logType": "DATA_WRITE"}]), name="more"),
        ),
    ),
    within(NONE, passes(LOGS, "an environment without a framework", secret())),
    within(SOC2, passes(LOGS, "a project that is no environment's", secret(project="another-one"))),
    within(SOC2, late(LOGS, "nothing is recorded", "token", OFF, secret(), kind="missing")),
    within(
        SOC2,
        late(LOGS, "once a service, at its first", "token", OFF, secret(), secret("other"), kind="missing"),
    ),
    within(
        HIPAA,
        late(
            LOGS,
            "reads only",
            "db",
            OFF,
            sql(),
            recorded("cloudsql.googleapis.com", [{"logType": "DATA_READ"}]),
        ),
    ),
    within(SOC2, late(LOGS, "another service's", "token", OFF, secret(), recorded("run.googleapis.com"))),
    within(SOC2, late(LOGS, "another project's", "token", OFF, secret(), recorded(project="another-one"))),
    within(
        SOC2,
        late(
            LOGS,
            "kinds that are not known",
            "token",
            UNSURE,
            secret(),
            recorded(kinds=UNKNOWN),
            kind="unknown",
        ),
    ),
    within(
        SOC2, late(LOGS, "a service not known", "token", UNSURE, secret(), recorded(UNKNOWN), kind="unknown")
    ),
    # audit-logs-kept
    within(SOC2, passes(KEPT, "a bucket that keeps them", secret(), bucket(), sink())),
    within(SOC2, passes(KEPT, "a sink of everything", secret(), bucket(), sink(filter_=None))),
    within(SOC2, passes(KEPT, "a destination not known yet", secret(), bucket(), sink(UNKNOWN))),
    within(SOC2, passes(KEPT, "the default bucket itself", secret(), bucket(id_="_Default"))),
    within(SOC2, passes(KEPT, "a bucket of Cloud Storage", secret(), sink("storage.googleapis.com/audit"))),
    within(HIPAA, passes(KEPT, "a year", secret(), bucket(365), sink())),
    within(NONE, passes(KEPT, "no framework", secret())),
    within(SOC2, late(KEPT, "no sink", "token", LOST, secret(), kind="missing")),
    within(SOC2, late(KEPT, "a month", "token", LOST, secret(), bucket(30), sink())),
    within(HIPAA, late(KEPT, "too short for HIPAA", "token", LOST, secret(), bucket(364), sink())),
    within(SOC2, late(KEPT, "a sink that is off", "token", LOST, secret(), bucket(), sink(disabled=True))),
    within(
        SOC2,
        late(
            KEPT,
            "a sink of something else",
            "token",
            LOST,
            secret(),
            bucket(),
            sink(filter_="severity>=ERROR"),
        ),
    ),
    within(
        SOC2,
        late(
            KEPT, "days not known", "token", LOST_UNKNOWN, secret(), bucket(UNKNOWN), sink(), kind="unknown"
        ),
    ),
    within(
        SOC2, late(KEPT, "a bucket of another stack", "token", LOST_UNKNOWN, secret(), sink(), kind="unknown")
    ),
    # customer-managed-keys
    within(HIPAA, passes(KEYS, "a database", sql(encryptionKeyName=NAME))),
    within(HIPAA, passes(KEYS, "a cache", redis(customerManagedKey=NAME))),
    within(HIPAA, passes(KEYS, "a secret", encrypted(NAME))),
    within(HIPAA, passes(KEYS, "a replica has its primary's", sql(masterInstanceName="primary"))),
    within(
        HIPAA,
        passes(KEYS, "a key of this plan", OWN, replace(FROM_OWN, depends={"encryptionKeyName": [OWN.urn]})),
    ),
    within(SOC2, passes(KEYS, "SOC 2 does not ask for it", sql())),
    within(HIPAA, late(KEYS, "a database without", "db", GOOGLES, sql(), kind="missing")),
    within(HIPAA, late(KEYS, "a cache without", "cache", GOOGLES, redis())),
    within(HIPAA, late(KEYS, "a secret's replica without", "token", GOOGLES, secret(replication=REPLICATED))),
    within(
        HIPAA,
        late(
            KEYS,
            "a repository without",
            "images",
            GOOGLES,
            Declared(REPOSITORY, "images", {"project": PROJECT}),
        ),
    ),
    within(HIPAA, late(KEYS, "a key from nowhere", "db", KEY_UNKNOWN, FROM_OWN, kind="unknown")),
    within(HIPAA, late(KEYS, "a project not known", "db", KEY_UNKNOWN, sql(project=UNKNOWN), kind="unknown")),
]
