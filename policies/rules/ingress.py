"""Rules about how requests come in: hosts that a certificate covers, services that can hold WebSockets.

They judge the load balancer as it is written. Whether DNS leads to it, and whether Google has issued the
certificate, is asked after the deploy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from catalog.cloud_run import DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS, TIMEOUT_DOC, WEB_SOCKETS
from policies import controls
from policies.plan.values import Unknown, text
from policies.plan.workloads import SERVICE, SERVICES, WORKLOADS, environment, shown_name
from policies.posture import certificates, front_door
from policies.posture.values import ON, among, any_of
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.plan import Resource


@rule(
    id="ingress-hosts",
    title="Every host of the load balancer is in its certificate",
    severity=Severity.HIGH,
    why="a host that the certificate does not name cannot be reached over TLS: browsers refuse it, and "
    "WebSockets fail without any page to show",
    fix="add the host to the certificate's domains, or take it out of the URL map",
    types=front_door.HTTPS_PROXIES,
    refutes_early=True,
    controls=(controls.SOC2_TRANSMISSION, controls.HIPAA_TRANSMISSION),
)
def ingress_hosts(resource: Resource, world: World) -> Iterator[Claim]:
    """Each host of the URL map's rules is a domain of the proxy's certificates, or under a wildcard of one.

    Certain as soon as the URL map and all certificates are known; a certificate map may get entries until the
    plan is whole.
    """
    url_map = front_door.url_map_of(world.plan, resource)
    if url_map is None or isinstance(url_map, Unknown):
        yield from _hosts_unknown(resource, "its URL map is not in this plan, or not known")
        return
    hosts = front_door.hosts_of(url_map)
    own = certificates.of_proxy(world.plan, resource)
    for host in hosts.names:
        shown = own or certificates.of_map(world.plan, resource, host, closed=world.closed)
        if shown.covers(host):
            continue
        where = ", ".join(shown.names) or "any certificate"
        path = (host, url_map.name, resource.name)
        if shown.complete:
            yield Claim(
                Verdict.REFUTED,
                "HOST_NOT_IN_CERTIFICATE",
                f"{host} is routed by {url_map.name}, and is not among the domains of {where}",
                f"add {host} to the domains of {where}, or take it out of the host rules of {url_map.name}",
                path,
            )
        else:
            yield Claim(
                Verdict.UNPROVEN,
                "CERTIFICATE_UNKNOWN",
                f"cannot tell whether {host} is in the certificate of {resource.name}: not all is known",
                f"declare the certificate in this program, with {host} among its domains",
                path,
            )
    if not hosts.complete:
        yield from _hosts_unknown(resource, f"the host rules of {url_map.name} are not known")


def _hosts_unknown(proxy: Resource, why: str) -> Iterator[Claim]:
    yield Claim(
        Verdict.UNPROVEN,
        "HOSTS_UNKNOWN",
        f"cannot tell which hosts {proxy.name} answers: {why} before the update",
        "declare the URL map in this program and write its hosts out",
        (proxy.name,),
    )


@rule(
    id="websocket-affinity",
    title="A service that answers WebSockets keeps a client at one instance",
    severity=Severity.MEDIUM,
    why="without affinity a client that reconnects meets another instance, which knows nothing of its run; "
    "affinity set on the load balancer does nothing in front of Cloud Run",
    fix="set template.sessionAffinity to true on the service",
    types=WORKLOADS,
    refutes_early=True,
)
def websocket_affinity(resource: Resource, world: World) -> Iterator[Claim]:
    """A service whose contract says `webSockets`, or to whose host a wss:// variable leads, has affinity.

    A service of one instance has it by nature. Where several services may answer the host, because the way to
    them is not known before the update, it is refuted only when none of them has affinity.
    """
    for service in _answering(resource, world, lambda one: _has_affinity(one) is Verdict.REFUTED):
        name, verdict = shown_name(service), _has_affinity(service)
        key = (
            "template.sessionAffinity"
            if service.type == SERVICE
            else "the annotation run.googleapis.com/sessionAffinity"
        )
        if verdict is Verdict.REFUTED:
            message = f"{name} answers WebSockets without session affinity ({WEB_SOCKETS})"
            fix = f"set {key} to true"
            yield Claim(verdict, "WEBSOCKET_NO_AFFINITY", message, fix, (name,), resource=service)
        elif verdict is Verdict.UNPROVEN:
            message = f"cannot tell whether {name}, which answers WebSockets, has session affinity"
            fix = f"write {key} out"
            yield Claim(verdict, "WEBSOCKET_AFFINITY_UNKNOWN", message, fix, (name,), resource=service)


@rule(
    id="websocket-timeout",
    title="A service that answers WebSockets lets them stay open",
    severity=Severity.HIGH,
    why="to Cloud Run a WebSocket is a request: at the service's timeout, five minutes by default, the "
    "connection is cut, whatever runs over it",
    fix="set template.timeout to 3600s, the most there is; clients reconnect after that",
    types=WORKLOADS,
    refutes_early=True,
)
def websocket_timeout(resource: Resource, world: World) -> Iterator[Claim]:
    """The timeout is at least what the contract says (an hour unless it says otherwise).

    Where no contract speaks and a wss:// variable leads to the service, more than Cloud Run's own default
    is taken for somebody's choice.
    """
    required = _web_sockets(resource, world)
    least = DEFAULT_TIMEOUT_SECONDS + 1 if required is None else required

    def too_short(service: Resource) -> bool:
        seconds = _timeout(service)
        return not isinstance(seconds, Unknown) and seconds < least

    for service in _answering(resource, world, too_short):
        name, seconds = shown_name(service), _timeout(service)
        v2 = service.type == SERVICE
        most = MAX_TIMEOUT_SECONDS
        wants = f"template.timeout to {most}s" if v2 else f"template.spec.timeoutSeconds to {most}"
        if isinstance(seconds, Unknown):
            message = f"cannot tell how long a WebSocket to {name} may stay open: its timeout is not known"
            verdict, cause = Verdict.UNPROVEN, "WEBSOCKET_TIMEOUT_UNKNOWN"
        elif seconds < least:
            says = (
                f"its contract asks for {least} s" if required is not None else "which is made for requests"
            )
            message = f"{name} cuts WebSockets after {seconds:g} s; {says} ({TIMEOUT_DOC})"
            verdict, cause = Verdict.REFUTED, "WEBSOCKET_TIMEOUT_TOO_SHORT"
        else:
            continue
        yield Claim(verdict, cause, message, f"set {wants}", (name,), resource=service)


def _web_sockets(resource: Resource, world: World) -> int | None:
    """How long, by its contract, WebSockets to a service stay open; None when no contract says it has any."""
    required = world.requirements_of(resource) if resource.type in SERVICES else None
    return None if required is None or required.web_sockets is None else required.web_sockets.seconds


def _answering(resource: Resource, world: World, fails: Callable[[Resource], bool]) -> Iterator[Resource]:
    """The services that certainly answer WebSockets: the resource itself, or those its wss:// leads to.

    Which service a wss:// address leads to is certain once the plan is whole. Where it may be one of several,
    there is something to say only when it is the same of all.
    """
    if _web_sockets(resource, world) is not None:
        yield resource
    if not world.closed:
        return
    for spelled in environment(resource).variables.values():
        for variable in spelled:
            host, path = _web_socket_address(text(variable.value))
            services = front_door.services_at(world.plan, host, path) if host else ()
            theirs = [one for one in services if _web_sockets(one, world) is None]
            if theirs and len(theirs) == len(services) and (len(theirs) == 1 or all(map(fails, theirs))):
                yield from theirs


def _web_socket_address(value: str | Unknown | None) -> tuple[str, str]:
    if not isinstance(value, str) or not value.lower().startswith("wss://"):
        return "", ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.path or "/"


def _has_affinity(service: Resource) -> Verdict:
    if service.type == SERVICE:
        affinity = service.at("template", "sessionAffinity")
        most = service.at("template", "scaling", "maxInstanceCount")
        whole = service.at("scaling", "maxInstanceCount")
    else:
        annotations = ("template", "metadata", "annotations")
        affinity = service.at(*annotations, "run.googleapis.com/sessionAffinity")
        most = service.at(*annotations, "autoscaling.knative.dev/maxScale")
        whole = service.at("metadata", "annotations", "run.googleapis.com/maxScale")
    return any_of((among(affinity, ON), among(most, _ONE), among(whole, _ONE)))


_ONE: Final = frozenset({"1"})


def _timeout(service: Resource) -> float | Unknown:
    """The service's request timeout in seconds; Cloud Run's default where it says none."""
    v2 = service.type == SERVICE
    said = text(service.at("template", "timeout") if v2 else service.at("template", "spec", "timeoutSeconds"))
    if isinstance(said, Unknown):
        return said
    try:
        return DEFAULT_TIMEOUT_SECONDS if said is None else float(said.removesuffix("s"))
    except ValueError:
        return DEFAULT_TIMEOUT_SECONDS
