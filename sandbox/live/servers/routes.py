"""What a global load balancer does with a request, read from the cloud's things.

Owns the walk from a forwarding rule to the revisions that answer, as plain data for the proxy: which host and
path leads to which backend service, and what each backend service is. Runs nothing.
https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox import references
from sandbox.grants import holds
from sandbox.live import containers
from sandbox.live.servers import cloud_run
from sandbox.services._compute_load_balancing import (
    BACKEND,
    CERTIFICATE,
    HTTP_PROXY,
    HTTPS_PROXY,
    NEG,
    SECURITY_POLICY,
    URL_MAP,
)
from sandbox.services.cloudrunv2 import SERVICE, served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.cloud import Cloud, Thing
    from sandbox.live.server import Faults

FORWARDING_RULE: Final = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
_INVOKES: Final = frozenset({"roles/run.invoker", "roles/owner", "run.routes.invoke"})
_REACHED_FROM: Final = frozenset({"INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"})
_HTTPS: Final = 443
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Listener:
    """One forwarding rule.

    Attributes:
        rule: its id.
        address: public address.
        port: port.
        certificate_hosts: what its certificates are for.
        routes: everything else, as JSON for the proxy.
    """

    rule: str
    address: str
    port: int
    certificate_hosts: tuple[str, ...]
    routes: dict[str, Any]


def listeners(cloud: Cloud, faults: Faults) -> Iterator[Listener]:
    """One for each global forwarding rule that leads to a target proxy."""
    for rule in cloud.all(FORWARDING_RULE):
        if not cloud.exists(rule):
            continue
        target = str(rule.body.get("target") or "")
        https = _find(cloud, HTTPS_PROXY, target, rule)
        proxy = https or _find(cloud, HTTP_PROXY, target, rule)
        url_map = _find(cloud, URL_MAP, str(proxy.body.get("urlMap") or ""), proxy) if proxy else None
        if proxy is None or url_map is None:
            continue
        port = int(str(rule.body.get("portRange") or _HTTPS).partition("-")[0])
        backends: dict[str, Any] = {}
        for reference in _services_of(url_map.body):
            backend = _find(cloud, BACKEND, reference, url_map)
            if backend is not None:
                backends[reference] = _backend(cloud, backend, faults)
        routes = {
            "port": port,
            "tls": https is not None,
            "map": _map(url_map.body),
            "backends": backends,
            "refuseWebSockets": "refuse-websockets" in faults.of(rule.id),
        }
        hosts = tuple(_certificate_hosts(cloud, https)) if https else ()
        yield Listener(rule.id, str(rule.body.get("ipAddress")), port, hosts, routes)


def hosts(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Every host that a URL map names, with the forwarding rule that leads to it."""
    for listener in listeners(cloud, _no_faults()):
        for rule in listener.routes["map"]["hosts"]:
            for host in rule["hosts"]:
                yield host, listener.rule


def _no_faults() -> Faults:
    from sandbox.live.server import Faults  # noqa: PLC0415 - a type elsewhere in this file

    return Faults()


def _certificate_hosts(cloud: Cloud, proxy: Thing) -> Iterator[str]:
    for reference in proxy.body.get("sslCertificates") or ():
        certificate = _find(cloud, CERTIFICATE, str(reference), proxy)
        if certificate is not None:
            yield from (certificate.body.get("managed") or {}).get("domains") or ()


def _map(body: dict[str, Any]) -> dict[str, Any]:
    matchers = {each["name"]: each for each in body.get("pathMatchers") or ()}
    return {
        "default": _action(body),
        "hosts": [
            {
                "hosts": [str(host) for host in rule.get("hosts") or ()],
                "default": _action(matchers[rule["pathMatcher"]]),
                "paths": [
                    {"paths": [str(path) for path in each.get("paths") or ()], **_path_action(each)}
                    for each in matchers[rule["pathMatcher"]].get("pathRules") or ()
                ],
            }
            for rule in body.get("hostRules") or ()
            if rule.get("pathMatcher") in matchers
        ],
    }


def _action(place: dict[str, Any]) -> dict[str, Any]:
    """What a URL map, or a matcher in it, does by default."""
    return _does(
        place.get("defaultUrlRedirect"), place.get("defaultRouteAction"), place.get("defaultService")
    )


def _path_action(rule: dict[str, Any]) -> dict[str, Any]:
    return _does(rule.get("urlRedirect"), rule.get("routeAction"), rule.get("service"))


def _does(redirect: Any, action: Any, service: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a body
    if redirect:
        return {"redirect": redirect}
    abort = ((action or {}).get("faultInjectionPolicy") or {}).get("abort") or {}
    if abort.get("httpStatus") and float(abort.get("percentage") or 0) >= _WHOLE:
        return {"status": int(abort["httpStatus"])}
    return {"service": str(service)} if service else {"status": 404}


def _services_of(body: dict[str, Any]) -> Iterator[str]:
    for place in (body, *(body.get("pathMatchers") or ())):
        if place.get("defaultService"):
            yield str(place["defaultService"])
        for rule in place.get("pathRules") or ():
            if rule.get("service"):
                yield str(rule["service"])


def _backend(cloud: Cloud, backend: Thing, faults: Faults) -> dict[str, Any]:
    targets: list[dict[str, Any]] = []
    slow, refuses, status = 0.0, False, 0
    for each in backend.body.get("backends") or ():
        group = _find(cloud, NEG, str(each.get("group") or ""), backend)
        run = (group.body.get("cloudRun") or {}) if group else {}
        service = next(iter(cloud.named(SERVICE, str(run.get("service")), backend.project)), None)
        if service is None or not cloud.exists(service):
            status = 404
            continue
        status = _refused(cloud, service)
        broken = faults.of(service.id)
        refuses = refuses or "refuse-websockets" in broken
        slow = max([slow, *(float(f.partition(":")[2]) for f in broken if f.startswith("slow:"))])
        targets += _targets(service, str(run.get("tag") or ""))
    policy = _find(cloud, SECURITY_POLICY, str(backend.body.get("securityPolicy") or ""), backend)
    return {
        "targets": targets,
        "status": status if status or targets else 404,
        "slow": slow,
        "refuseWebSockets": refuses,
        "deny": list(_denied(policy)) if policy else [],
    }


def _refused(cloud: Cloud, service: Thing) -> int:
    """Status with which Cloud Run itself answers, before any revision is asked; 0 for none."""
    if str(service.body.get("ingress") or "INGRESS_TRAFFIC_ALL") not in _REACHED_FROM:
        return 404
    open_to_all = service.body.get("invokerIamDisabled") is True
    if not open_to_all and not holds(cloud, "allUsers", _INVOKES, [service.id], service.project):
        return 403
    return 0


def _targets(service: Thing, tag: str) -> Iterator[dict[str, Any]]:
    for name, percent, of_tag in served(service.body):
        if name and (of_tag == tag if tag else percent):
            container = containers.of_template(cloud_run.template_of(service, name), service.project)
            yield {
                "place": cloud_run.place_of(service.id, name),
                "port": container.port,
                "weight": _WHOLE if tag else percent,
            }


def _denied(policy: Thing) -> Iterator[dict[str, Any]]:
    """Cloud Armor's rules by address, in order of priority, up to those that let through."""
    rules: Iterable[dict[str, Any]] = policy.body.get("rules") or ()
    for rule in sorted(rules, key=lambda each: int(each.get("priority") or 0)):
        match = rule.get("match") or {}
        ranges = (match.get("config") or {}).get("srcIpRanges") or []
        action = str(rule.get("action") or "")
        if rule.get("preview") or not ranges or not action.startswith(("deny", "allow")):
            continue
        digits = "".join(character for character in action if character.isdigit())
        yield {"ranges": ranges, "status": int(digits or 403) if action.startswith("deny") else 0}


def _find(cloud: Cloud, token: str, reference: str, seen_from: Thing) -> Thing | None:
    return references.resolve(cloud, token, reference, seen_from.project) if reference else None
