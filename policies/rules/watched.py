"""The rule that somebody is told when what a service needs breaks.

What counts as watched, by kind of destination:
- a database (Cloud SQL) or a cache (Memorystore for Redis) of this plan: a condition on one of its own
  metrics, written against its monitored resource, whose label selects this instance or no certain one;
- a host on the internet: a condition that names the host, itself or in the filter of the log-based metric it
  looks at. An uptime check does not count: it asks from Google's probers, not from the service.
What is declared external is watched where it is made. Which instance a destination is, is for the routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from policies import controls, parity
from policies.plan.values import UNKNOWN, Unknown, text
from policies.plan.workloads import WORKLOADS, cloud_name, environment, shown_name
from policies.posture.values import all_of
from policies.routes.destinations import TYPES, comes_from, endpoints, owner
from policies.routes.hosts import last
from policies.routes.networks import SQL
from policies.routes.sockets import CONNECTION_NAME, SOCKET
from policies.rules.finding import Claim, Level, Severity, Verdict
from policies.rules.registry import World, rule
from policies.watching import Alert, Alerts, Subject, about, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from contracts import Requirements
    from policies.plan import Resource
    from policies.plan.workloads import Environment
    from policies.routes.route import Kind

KINDS: Final[tuple[Kind, ...]] = ("database", "cache")
_FIX: Final[Mapping[Kind, str]] = {
    "database": "add a gcp.monitoring.AlertPolicy with a condition on cloudsql.googleapis.com/database/… of "
    "resource.type cloudsql_database, and a notification channel",
    "cache": "add a gcp.monitoring.AlertPolicy with a condition on redis.googleapis.com/… of resource.type "
    "redis_instance, and a notification channel",
    "internet": "count the failures in a log-based metric (gcp.logging.Metric) whose filter names the host, "
    "and alert on it (gcp.monitoring.AlertPolicy), with a notification channel",
}
_WORDS: Final[Mapping[Kind, str]] = {"database": "the database", "cache": "the cache", "internet": "the host"}


@rule(
    id="watched",
    title="Every destination of a contract has an alert that tells somebody",
    severity=Severity.HIGH,
    why="Redis was unreachable for hours, and users were the first to say so: what nobody watches breaks "
    "twice, once by itself and once because nobody knows",
    fix="declare an alert policy on the destination's own metrics, enabled, with at least one notification "
    "channel",
    types=WORKLOADS,
    refutes_early=False,
    controls=(controls.SOC2_MONITORING,),
    binds="in production; elsewhere it advises",
)
def watched(resource: Resource, world: World) -> Iterator[Claim]:
    """Each database and cache has an alert on a metric of its own, and each host one that names it.

    A filter selects an instance by its label, or all of the project where it names none. A host is named in
    the condition itself, or in the filter of the log-based metric that the condition looks at. The alert
    policy is enabled and has a notification channel that is. What is declared external is watched where it is
    made. An uptime check of a provider does not count: it does not ask from the service.
    """
    required = world.requirements_of(resource)
    if not world.closed or required is None:
        return
    level = Level.MANDATORY if required.environment in parity.PRODUCTION else Level.ADVISORY
    env = environment(resource, required.container)
    for kind in KINDS:
        for instance in _instances(kind, required, env, resource, world):
            shown = shown_name(instance)
            subject = _subject(kind, instance, world)
            ask = partial(about, subject=subject, plan=world.plan)
            asked = _alerts(world).on_instance(subject)
            yield from _claims(_Wanted(kind, shown, instance, (shown,), level), asked, ask)
    for host, told in _hosts(required, env):
        wanted = _Wanted("internet", told, resource, (shown_name(resource), told), level)
        asked = _alerts(world).on_host(host)
        yield from _claims(wanted, asked, partial(_names, host))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A destination that somebody is to watch, what to call it, and who is at fault when nobody does."""

    kind: Kind
    shown: str
    at_fault: Resource
    path: Sequence[str]
    level: Level

    def claim(self, verdict: Verdict, cause: str, message: str, fix: str) -> Claim:
        return Claim(verdict, cause, message, fix, self.path, resource=self.at_fault, level=self.level)


def _alerts(world: World) -> Alerts:
    found: Alerts | None = world.memo.get(("alerts",))
    if found is None:
        found = world.memo["alerts",] = Alerts(world.plan)
    return found


def _claims(wanted: _Wanted, asked: Iterable[Alert], ask: Callable[[Alert], Verdict]) -> Iterator[Claim]:
    about_it: list[tuple[Alert, Verdict]] = []
    verdicts: set[Verdict] = set()
    for one in asked:
        about_it.append((one, ask(one)))
        verdicts.add(all_of((about_it[-1][1], one.enabled, one.tells)))
        if Verdict.PROVEN in verdicts:
            return
    what, fix = f"{_WORDS[wanted.kind]} {wanted.shown}", _FIX[wanted.kind]
    if Verdict.UNPROVEN in verdicts:
        message = (
            f"cannot tell whether any alert watches {what}: what an alert policy looks at, or whom it tells, "
            "is not known before the update"
        )
        fix = f"write the condition's filter with names that are known, not with outputs; else {fix}"
        yield wanted.claim(Verdict.UNPROVEN, "WATCH_UNKNOWN", message, fix)
        return
    fitting = next((one for one, fits in about_it if fits is Verdict.PROVEN), None)
    if fitting is None:
        message = f"no alert watches {what}: when it breaks, users are the first to know"
        yield wanted.claim(Verdict.REFUTED, "NOT_WATCHED", message, fix)
    elif fitting.enabled is Verdict.REFUTED:
        name = fitting.policy.name
        message = f"the alert on {what}, {name}, is switched off"
        yield wanted.claim(Verdict.REFUTED, "ALERT_DISABLED", message, f"set enabled of {name} to true")
    else:
        name = fitting.policy.name
        message = f"the alert on {what}, {name}, tells nobody"
        fix = f"give {name} a notification channel that is enabled"
        yield wanted.claim(Verdict.REFUTED, "ALERT_TELLS_NOBODY", message, fix)


def _instances(
    kind: Kind, required: Requirements, env: Environment, workload: Resource, world: World
) -> Sequence[Resource]:
    """The instances of this plan that a destination of the contract may be."""
    wanted = required.destinations.database if kind == "database" else required.destinations.cache
    if wanted is None:
        return ()
    variable = last(env, wanted.host)
    if variable is None or variable.from_secret is not False:
        return ()
    value = text(variable.value)
    type_ = TYPES[kind]
    if isinstance(value, Unknown):
        return comes_from(world, workload, type_)
    told = (value or "").strip()
    named = SOCKET.search(told)
    if named or CONNECTION_NAME.fullmatch(told):
        found = world.plan.find(SQL, (named[1] if named else told).rpartition(":")[2], workload)
        return [found] if found is not None and not isinstance(found, Unknown) else ()
    hosts = endpoints(told)
    found = owner(world, hosts[0].host) if hosts else None
    return [found] if found is not None and found.type == type_ else ()


def _subject(kind: Kind, instance: Resource, world: World) -> Subject:
    name, project = cloud_name(instance), world.plan.project_of(instance)
    region = world.plan.region_of(instance)
    known = all(isinstance(one, str) and one for one in (name, project))
    if kind == "database":
        id_ = f"{project}:{name}" if known else UNKNOWN
        return Subject("cloudsql.googleapis.com/", ("cloudsql_database",), "database_id", id_, project)
    whole = f"projects/{project}/locations/{region}/instances/{name}"
    id_ = whole if known and isinstance(region, str) else UNKNOWN
    return Subject("redis.googleapis.com/", ("redis_instance",), "instance_id", id_, project)


def _hosts(required: Requirements, env: Environment) -> Iterator[tuple[str | Unknown, str]]:
    """The contract's hosts on the internet, each with what to call it: never what a variable holds."""
    for wanted in required.destinations.internet:
        if wanted.host is not None:
            yield wanted.host, wanted.host
            continue
        variable = last(env, wanted.host_from or "")
        if variable is None:
            continue  # env-required says so
        value = text(variable.value) if variable.from_secret is False else UNKNOWN
        told = () if isinstance(value, Unknown) else endpoints((value or "").strip())
        if isinstance(value, Unknown) or (told and not told[0].private):
            yield UNKNOWN if isinstance(value, Unknown) else told[0].host, f"in {wanted.host_from}"


def _names(host: str | Unknown, alert: Alert) -> Verdict:
    return Verdict.UNPROVEN if isinstance(host, Unknown) else names(alert, host)
