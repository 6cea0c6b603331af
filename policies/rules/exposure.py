"""Rules about who can reach what: services that answer everybody, data stores that are open or in plain text.

They judge what is written on the resource. Who can reach it inside the network is for the rules about routes.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from catalog.iam import NOT_ON_A_PROJECT
from policies import controls
from policies.plan.tokens import PROJECT_GRANTS
from policies.plan.values import Secret, Unknown, at, elements, show, text
from policies.plan.workloads import SERVICES, shown_name
from policies.posture import invokers, stores
from policies.posture.values import OFF, ON, among, any_of
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource

_LIMIT = (
    "set the service's ingress to INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER (behind the load balancer) or "
    "INGRESS_TRAFFIC_INTERNAL_ONLY, or let in only the accounts of its callers"
)


@rule(
    id="run-public",
    title="A Cloud Run service that lets everybody in is reached through the load balancer only",
    severity=Severity.HIGH,
    why="with ingress open its run.app address answers the internet past the load balancer: without Cloud "
    "Armor, without rate limits, under a name no certificate of ours carries",
    fix=_LIMIT,
    types=(*SERVICES, *invokers.GRANTS),
    refutes_early=True,
    controls=(controls.SOC2_ACCESS, controls.SOC2_BOUNDARY, controls.HIPAA_ACCESS),
)
def run_public(resource: Resource, world: World) -> Iterator[Claim]:
    """No service is invocable by everybody while its ingress is open to the internet.

    Early, whichever comes second is refused: as a rule the grant, which refers to its service. A job has no
    ingress to limit: everybody may never run one. Nor may everybody invoke all services of a project.
    """
    if resource.type in PROJECT_GRANTS:
        yield from _everything_for_everybody(resource, world)
    elif resource.type in invokers.JOB_GRANTS:
        yield from _job_for_everybody(resource)
    elif resource.type in SERVICES:
        yield from _unchecked(resource)
        for grant in () if world.closed else invokers.grants_of(world.plan, resource):
            yield from _granted(grant, resource)
    else:
        service = invokers.service_of(world.plan, resource)
        yield from _granted(resource, None if isinstance(service, Unknown) else service)


def _granted(grant: Resource, service: Resource | None) -> Iterator[Claim]:
    kept_out = invokers.not_for_everybody(grant)
    closed = Verdict.UNPROVEN if service is None else invokers.closed_to_outsiders(service)
    verdict = any_of((kept_out, closed))
    if verdict is Verdict.PROVEN:
        return
    name = _granted_on(grant) if service is None else shown_name(service)
    if verdict is Verdict.REFUTED:
        message = f"{grant.name} lets everybody invoke {name}, whose ingress is open to the internet"
    elif kept_out is Verdict.UNPROVEN:
        message = f"cannot tell whether {grant.name} lets everybody invoke {name}: its members are not known"
    elif service is None:
        message = (
            f"{grant.name} lets everybody invoke {name}, and this plan does not show that service's ingress"
        )
    else:
        message = f"{grant.name} lets everybody invoke {name}, whose ingress is not known before the update"
    cause = "INVOKER_EVERYBODY" if verdict is Verdict.REFUTED else "INVOKER_UNKNOWN"
    yield Claim(verdict, cause, message, _LIMIT, (name, grant.name), resource=grant)


def _granted_on(grant: Resource) -> str:
    name = grant.at(invokers.SERVICE_GRANTS[grant.type])
    return name if isinstance(name, str) else "a service"


def _unchecked(service: Resource) -> Iterator[Claim]:
    verdict = any_of((invokers.checks_invokers(service), invokers.closed_to_outsiders(service)))
    if verdict is Verdict.PROVEN:
        return
    name = shown_name(service)
    if verdict is Verdict.REFUTED:
        message = f"{name} does not check who invokes it, and its ingress is open to the internet"
    else:
        message = f"cannot tell whether {name} answers everybody: invokerIamDisabled or ingress is not known"
    cause = "INVOKER_UNCHECKED" if verdict is Verdict.REFUTED else "INVOKER_UNKNOWN"
    yield Claim(verdict, cause, message, _LIMIT, (name, "invokerIamDisabled"))


def _job_for_everybody(grant: Resource) -> Iterator[Claim]:
    verdict = invokers.not_for_everybody(grant)
    fix = "grant the role to the accounts that start the job (a scheduler's, the pipeline's)"
    if verdict is Verdict.REFUTED:
        yield Claim(
            verdict, "INVOKER_EVERYBODY", f"{grant.name} lets everybody run a job", fix, (grant.name,)
        )
    elif verdict is Verdict.UNPROVEN:
        message = (
            f"cannot tell whether {grant.name} lets everybody run a job: its members or role are not known"
        )
        yield Claim(verdict, "INVOKER_UNKNOWN", message, fix, (grant.name,))


def _everything_for_everybody(grant: Resource, world: World) -> Iterator[Claim]:
    verdict = invokers.not_for_everybody_of(world.plan, grant)
    if verdict is Verdict.REFUTED:
        message = f"{grant.name} lets everybody invoke every service of the project, which Google refuses"
        yield Claim(verdict, "INVOKER_EVERYBODY", f"{message} ({NOT_ON_A_PROJECT})", _LIMIT, (grant.name,))
    elif verdict is Verdict.UNPROVEN:
        message = f"cannot tell whether {grant.name} lets everybody invoke the services of a project"
        why = "its members or role are not known"
        yield Claim(verdict, "INVOKER_UNKNOWN", f"{message}: {why}", _LIMIT, (grant.name,))


@rule(
    id="sql-public-address",
    title="A Cloud SQL instance has no public address",
    severity=Severity.CRITICAL,
    why="a database with a public address is one password, or one wide network, away from everybody; "
    "Cloud SQL gives one to every instance that does not say otherwise",
    fix="set settings.ipConfiguration.ipv4Enabled to false and name a privateNetwork (or pscConfigs)",
    types=(stores.SQL,),
    refutes_early=True,
    controls=(
        controls.CIS_SQL_NO_PUBLIC_ADDRESS,
        controls.CIS_SQL_NOT_THE_WORLD,
        controls.SOC2_BOUNDARY,
        controls.HIPAA_ACCESS,
    ),
)
def sql_public_address(resource: Resource, world: World) -> Iterator[Claim]:
    """`ipv4Enabled` is false; unset it is true. A replica or clone that says nothing is unproven."""
    del world
    if stores.is_elsewhere(resource):
        return
    path, name = ("settings", "ipConfiguration", "ipv4Enabled"), shown_name(resource)
    verdict = _said(resource, path, OFF)
    fix = "in settings.ipConfiguration set ipv4Enabled to false and privateNetwork to the services' network"
    if verdict is Verdict.REFUTED:
        wide = [cidr for cidr in _authorized(resource) if _is_wide(cidr)]
        cause = "SQL_OPEN_TO_THE_WORLD" if wide else "SQL_PUBLIC_ADDRESS"
        open_to = f", and lets in {', '.join(wide)}" if wide else ""
        message = f"{name} has a public address (ipv4Enabled is {_shown(resource, *path)}){open_to}"
        yield Claim(verdict, cause, message, fix, (name,))
    elif verdict is Verdict.UNPROVEN:
        message = f"cannot tell whether {name} has a public address: ipv4Enabled is {_shown(resource, *path)}"
        yield Claim(verdict, "SQL_ADDRESS_UNKNOWN", message, fix, (name,))


@rule(
    id="sql-tls",
    title="A Cloud SQL instance takes encrypted connections only",
    severity=Severity.HIGH,
    why="left to itself Cloud SQL takes plain text too: one client that forgets sslmode sends its password "
    "and its rows unencrypted, and nothing tells",
    fix="set settings.ipConfiguration.sslMode to ENCRYPTED_ONLY or TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
    types=(stores.SQL,),
    refutes_early=True,
    controls=(
        controls.CIS_SQL_TLS,
        controls.SOC2_TRANSMISSION,
        controls.HIPAA_TRANSMISSION,
        controls.HIPAA_ENCRYPTION_ON_THE_MOVE,
    ),
)
def sql_tls(resource: Resource, world: World) -> Iterator[Claim]:
    """`sslMode` or the old `requireSsl` refuses plain text, or only Cloud SQL's connectors may connect."""
    del world
    if stores.is_elsewhere(resource):
        return
    network, name = ("settings", "ipConfiguration"), shown_name(resource)
    encrypted = frozenset({"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"})
    mode = _said(resource, (*network, "sslMode"), encrypted)
    if text(resource.at(*network, "sslMode")) is None:
        mode = any_of((mode, among(resource.at(*network, "requireSsl"), ON)))
    # The connectors always encrypt: https://cloud.google.com/sql/docs/postgres/connect-overview
    verdict = any_of((mode, among(resource.at("settings", "connectorEnforcement"), frozenset({"REQUIRED"}))))
    fix = "set settings.ipConfiguration.sslMode to ENCRYPTED_ONLY"
    if verdict is not Verdict.PROVEN:
        shown = _shown(resource, *network, "sslMode")
        refuted = verdict is Verdict.REFUTED
        message = (
            f"{name} takes connections in plain text (sslMode is {shown})"
            if refuted
            else f"cannot tell whether {name} takes connections in plain text: sslMode is {shown}"
        )
        yield Claim(verdict, "SQL_PLAIN_TEXT" if refuted else "SQL_TLS_UNKNOWN", message, fix, (name,))


@rule(
    id="redis-auth",
    title="A Redis instance asks for AUTH",
    severity=Severity.HIGH,
    why="AUTH is off by default: everything on the network reads and writes every session without a password",
    fix="set authEnabled to true (on a cluster, authorizationMode to AUTH_MODE_IAM_AUTH)",
    types=stores.CACHES,
    refutes_early=True,
    controls=(controls.SOC2_ACCESS, controls.HIPAA_ACCESS),
)
def redis_auth(resource: Resource, world: World) -> Iterator[Claim]:
    """`authEnabled` is true; on clusters and Valkey, `authorizationMode` is one that authenticates."""
    del world
    if resource.type == stores.REDIS:
        key, verdict, right = "authEnabled", among(resource.at("authEnabled"), ON), "true"
    else:
        key, right = (
            "authorizationMode",
            "IAM_AUTH" if resource.type == stores.VALKEY else "AUTH_MODE_IAM_AUTH",
        )
        verdict = among(resource.at(key), frozenset({right, "TOKEN_AUTH"}))
    yield from _cache(
        resource, key, verdict, right=right, cause="REDIS_NO_AUTH", says="lets in whoever reaches it"
    )


@rule(
    id="redis-tls",
    title="A Redis instance encrypts what is sent to it",
    severity=Severity.HIGH,
    why="encryption is off by default: sessions and the AUTH string itself cross the network in plain text",
    fix="set transitEncryptionMode to SERVER_AUTHENTICATION; clients then use port 6378 and trust its CA",
    types=stores.CACHES,
    refutes_early=True,
    controls=(
        controls.SOC2_TRANSMISSION,
        controls.HIPAA_TRANSMISSION,
        controls.HIPAA_ENCRYPTION_ON_THE_MOVE,
    ),
)
def redis_tls(resource: Resource, world: World) -> Iterator[Claim]:
    """`transitEncryptionMode` names server authentication; it is off by default."""
    del world
    cluster = resource.type == stores.REDIS_CLUSTER
    right = "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION" if cluster else "SERVER_AUTHENTICATION"
    verdict = among(resource.at("transitEncryptionMode"), frozenset({right}))
    says = "takes connections in plain text"
    yield from _cache(
        resource, "transitEncryptionMode", verdict, right=right, cause="REDIS_PLAIN_TEXT", says=says
    )


def _cache(  # noqa: PLR0913 - what one claim is made of
    resource: Resource, key: str, verdict: Verdict, *, right: str, cause: str, says: str
) -> Iterator[Claim]:
    name = shown_name(resource)
    if verdict is Verdict.REFUTED:
        message = f"{name} {says} ({key} is {_shown(resource, key)})"
        yield Claim(verdict, cause, message, f"set {key} to {right}", (name,))
    elif verdict is Verdict.UNPROVEN:
        message = f"cannot tell whether {name} {says}: {key} is not known before the update"
        yield Claim(verdict, f"{cause}_UNKNOWN", message, f"write {key} out as {right}", (name,))


def _said(instance: Resource, path: tuple[str, ...], allowed: frozenset[str]) -> Verdict:
    """As `among`; what a replica or a clone leaves unsaid is not known here."""
    value = instance.at(*path)
    if value is None and stores.takes_after_another(instance):
        return Verdict.UNPROVEN
    return among(value, allowed)


def _shown(resource: Resource, *path: str) -> str:
    value = resource.at(*path)
    said = text(value)
    if isinstance(said, Unknown):
        return "not known before the update"
    if said is None:
        return "not set"
    return show(value) if isinstance(value, Secret) else said


def _authorized(instance: Resource) -> Iterator[str]:
    networks = elements(instance.at("settings", "ipConfiguration", "authorizedNetworks"))
    for network in () if isinstance(networks, Unknown) else networks:
        cidr = at(network, "value")
        if isinstance(cidr, str):
            yield cidr


# Wider than any one organisation's own addresses.
_WIDEST_PREFIX = 8


def _is_wide(cidr: str) -> bool:
    try:
        return ip_network(cidr, strict=False).prefixlen <= _WIDEST_PREFIX
    except ValueError:
        return False
