"""Rules that bind where the contracts name a framework for an environment (`compliance: [soc2, hipaa]`).

They ask who read what, how long that is kept, and whose keys encrypt. Neither framework names a number of
days for these logs: 90, and 365 with HIPAA, are this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import logging
from policies import controls
from policies.plan.values import Unknown, at, bare, elements, text
from policies.plan.workloads import SERVICE, SERVICE_V1, shown_name
from policies.posture import stores
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.plan.values import Value

SECRET: Final = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type of resource
REPOSITORY: Final = "gcp:artifactregistry/repository:Repository"
AUDIT_CONFIG: Final = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
BUCKET: Final = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
SINK: Final = "gcp:logging/projectSink:ProjectSink"
KEY: Final = "gcp:kms/cryptoKey:CryptoKey"
_BINDS: Final = "where environments.yaml names soc2 or hipaa"
# What holds or reads data, and the service that its audit logs are of.
AUDITED: Final[Mapping[str, str]] = {
    SECRET: "secretmanager.googleapis.com",
    stores.SQL: "cloudsql.googleapis.com",
    SERVICE: "run.googleapis.com",
    SERVICE_V1: "run.googleapis.com",
}


@rule(
    id="audit-logs",
    title="Who read and wrote secrets, databases and services is recorded",
    severity=Severity.HIGH,
    why="Data Access logs are off by default: without them nobody can say who read a secret, and no audit "
    "can show that nobody did",
    fix="declare gcp.projects.IAMAuditConfig for the service, with DATA_READ and DATA_WRITE",
    types=tuple(AUDITED),
    refutes_early=False,
    controls=(controls.SOC2_MONITORING, controls.HIPAA_AUDIT),
    binds=_BINDS,
)
def audit_logs(resource: Resource, world: World) -> Iterator[Claim]:
    """Data Access logs of the service are on in its project, for reads and for writes.

    Judged once for each service of a project, at the first of its resources. `allServices` covers them all.
    Logs that a folder or the organisation switches on are not seen here: waive it, with that as the reason.
    """
    service = AUDITED[resource.type]
    project = _first_of(resource, world, service)
    if project is None:
        return
    on: set[str] = set()
    unsure = False
    for config in world.plan.of_type((AUDIT_CONFIG,)):
        of, where = text(config.at("service")), text(config.at("project"))
        if where not in (project, f"projects/{project}") and not isinstance(where, Unknown):
            continue
        if of not in (service, logging.ALL_SERVICES) and not isinstance(of, Unknown):
            continue
        kinds = elements(config.at("auditLogConfigs"))
        logged = [] if isinstance(kinds, Unknown) else [text(at(one, "logType")) for one in kinds]
        unknown = isinstance(kinds, Unknown) or any(isinstance(one, Unknown) for one in (of, where, *logged))
        if unknown:
            unsure = True
        else:
            on |= {one for one in logged if isinstance(one, str)}
    missing = [kind for kind in logging.JUDGED if kind not in on]
    if not missing:
        return
    name = logging.AUDITED[service]
    fix = f"declare gcp.projects.IAMAuditConfig in {project} with service {service} and {', '.join(missing)}"
    if unsure:
        message = f"cannot tell whether {' and '.join(missing)} of {name} are recorded in {project}"
        yield Claim(Verdict.UNPROVEN, "AUDIT_LOGS_UNKNOWN", message, fix, (project, name))
    else:
        message = f"{' and '.join(missing)} of {name} are not recorded in {project}"
        yield Claim(Verdict.REFUTED, "AUDIT_LOGS_OFF", message, fix, (project, name))


@rule(
    id="audit-logs-kept",
    title="Audit logs are kept at least 90 days, with HIPAA a year",
    severity=Severity.MEDIUM,
    why="Data Access logs are kept 30 days unless somebody says otherwise: what is found out later has left "
    "no trace",
    fix="lead audit logs into a log bucket of their own (gcp.logging.ProjectSink to a ProjectBucketConfig) "
    "that keeps them long enough",
    types=tuple(AUDITED),
    refutes_early=False,
    controls=(controls.SOC2_MONITORING, controls.HIPAA_AUDIT),
    binds=_BINDS,
)
def audit_logs_kept(resource: Resource, world: World) -> Iterator[Claim]:
    """A sink that is on leads audit logs into a log bucket with the retention, or `_Default` itself has it.

    Judged once a project. A sink to Cloud Storage, BigQuery or elsewhere passes: how long it is kept there is
    for its owner, and no retention of Cloud Logging.
    """
    project = _first_of(resource, world, "kept")
    if project is None:
        return
    hipaa = "hipaa" in (world.compliance_of(resource) or ())
    days = logging.HIPAA_RETENTION_DAYS if hipaa else int(logging.RETENTION_DAYS.low)
    buckets = [
        one
        for one in world.plan.of_type((BUCKET,))
        if text(one.at("project")) in (project, f"projects/{project}")
    ]
    verdicts = [_kept(one, days) for one in buckets if text(one.at("bucketId")) == logging.DEFAULT_BUCKET]
    sinks = (one for one in world.plan.of_type((SINK,)) if world.plan.project_of(one) == project)
    verdicts += [_sent(sink, buckets, days, world.plan) for sink in sinks]
    if Verdict.PROVEN in verdicts:
        return
    fix = (
        f"keep them {days} days: a ProjectSink with the filter {logging.AUDIT_LOGS} to a ProjectBucketConfig"
    )
    if Verdict.UNPROVEN in verdicts:
        message = f"cannot tell how long audit logs of {project} are kept"
        yield Claim(Verdict.UNPROVEN, "AUDIT_RETENTION_UNKNOWN", message, fix, (project,))
    else:
        message = f"nothing keeps the audit logs of {project} for {days} days"
        yield Claim(Verdict.REFUTED, "AUDIT_LOGS_NOT_KEPT", message, fix, (project,))


@rule(
    id="customer-managed-keys",
    title="With HIPAA, data is encrypted with keys of one's own",
    severity=Severity.MEDIUM,
    why="with Google's keys nobody but Google can take access to the data away; with one's own, whoever owns "
    "the key can, and every use of it is recorded",
    fix="set encryptionKeyName (Cloud SQL), customerManagedKey (Memorystore), customerManagedEncryption (a "
    "secret's replication) or kmsKeyName (a repository)",
    types=(stores.SQL, stores.REDIS, SECRET, REPOSITORY),
    refutes_early=False,
    controls=(controls.HIPAA_ENCRYPTION_AT_REST,),
    binds="where environments.yaml names hipaa",
)
def customer_managed_keys(resource: Resource, world: World) -> Iterator[Claim]:
    """Each database, cache, secret and repository names a key; a replica has its primary's."""
    profiles = world.compliance_of(resource)
    asked = any("hipaa" in one for one in world.contracts.compliance.values())
    if not world.closed or not asked or (profiles is not None and "hipaa" not in profiles):
        return
    if resource.type == stores.SQL and (stores.is_replica(resource) or stores.is_elsewhere(resource)):
        return
    wrong = [value for value in _keys_of(resource) if text(value) in (None, "")]
    unknown = [value for value in _keys_of(resource) if isinstance(text(value), Unknown)]
    name = shown_name(resource)
    if resource.type == SECRET:
        name = text(resource.at("secretId")) or resource.name
        name = name if isinstance(name, str) else resource.name
    fix = f"name a key in {_PROPERTY[resource.type]}, and let the service's agent use it"
    declared = world.plan.sources(KEY, resource, _PROPERTY[resource.type].partition(".")[0])
    if profiles is None or (unknown and not wrong and not declared):
        message = f"cannot tell whether {name} is encrypted with a key of one's own"
        yield Claim(Verdict.UNPROVEN, "KEY_UNKNOWN", message, fix)
    elif wrong:
        yield Claim(Verdict.REFUTED, "NO_KEY_OF_ONES_OWN", f"{name} is encrypted with Google's key", fix)


_PROPERTY: Final = {
    stores.SQL: "encryptionKeyName",
    stores.REDIS: "customerManagedKey",
    SECRET: "replication.auto.customerManagedEncryption.kmsKeyName",
    REPOSITORY: "kmsKeyName",
}


def _keys_of(resource: Resource) -> list[Value]:
    if resource.type != SECRET:
        return [resource.at(_PROPERTY[resource.type])]
    replicas = elements(resource.at("replication", "userManaged", "replicas"))
    if not isinstance(replicas, Unknown) and replicas:
        return [at(one, "customerManagedEncryption", "kmsKeyName") for one in replicas]
    return [resource.at("replication", "auto", "customerManagedEncryption", "kmsKeyName")]


def _first_of(resource: Resource, world: World, what: str) -> str | None:
    """The project, where this is the first resource of it that is asked for; else it was judged before."""
    if not world.closed or not world.compliance_of(resource):
        return None
    project = world.plan.project_of(resource)
    key = f"{project} {what if what == 'kept' else AUDITED[resource.type]}"
    first = world.plan.index(tuple(AUDITED), _of_project).get(key)
    return project if isinstance(project, str) and first and first[0] is resource else None


def _of_project(plan: Plan, resource: Resource) -> Iterator[Key]:
    project = plan.project_of(resource)
    if isinstance(project, str):
        yield f"{project} kept"
        yield f"{project} {AUDITED[resource.type]}"


def _kept(bucket: Resource, days: int) -> Verdict:
    kept = bare(bucket.at("retentionDays"))
    if isinstance(kept, Unknown):
        return Verdict.UNPROVEN
    long = isinstance(kept, int | float) and kept >= days
    return Verdict.PROVEN if long else Verdict.REFUTED


def _sent(sink: Resource, buckets: list[Resource], days: int, plan: Plan) -> Verdict:
    """Whether a sink leads audit logs to where they are kept long enough."""
    off, said, to = text(sink.at("disabled")), text(sink.at("filter")), text(sink.at("destination"))
    if off == "true" or (isinstance(said, str) and said and "cloudaudit.googleapis.com" not in said):
        return Verdict.REFUTED
    if isinstance(off, Unknown) or isinstance(said, Unknown):
        return Verdict.UNPROVEN
    if isinstance(to, Unknown):
        found = [one for one in plan.sources(BUCKET, sink, "destination") if one in buckets]
        return _kept(found[0], days) if len(found) == 1 else Verdict.UNPROVEN
    where = (to or "").partition("logging.googleapis.com/")[2]
    if not where:
        return Verdict.PROVEN if to else Verdict.REFUTED
    id_ = where.rpartition("/")[2]
    named = [one for one in buckets if text(one.at("bucketId")) == id_]
    # A bucket of another project or stack is kept by whoever owns it.
    return _kept(named[0], days) if named else Verdict.UNPROVEN
