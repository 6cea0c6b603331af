"""From a public host to the Cloud Run service that answers it, through an external Application Load Balancer.

Owns the way: forwarding rule, proxy, host rule of the URL map, path matcher, backend service, serverless
network endpoint group, service. https://cloud.google.com/load-balancing/docs/https/setting-up-https-serverless
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from policies.plan import tokens
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import SERVICES
from policies.posture.values import among
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key

URL_MAP: Final = "gcp:compute/uRLMap:URLMap"
REGION_URL_MAP: Final = "gcp:compute/regionUrlMap:RegionUrlMap"
URL_MAPS: Final = (URL_MAP, REGION_URL_MAP)
HTTPS_PROXY: Final = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
REGION_HTTPS_PROXY: Final = "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy"
HTTPS_PROXIES: Final = (HTTPS_PROXY, REGION_HTTPS_PROXY)
_GLOBAL_PROXIES: Final = (HTTPS_PROXY, "gcp:compute/targetHttpProxy:TargetHttpProxy")
_PROXIES: Final = (
    *_GLOBAL_PROXIES,
    REGION_HTTPS_PROXY,
    "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy",
)
_FORWARDING_RULES: Final = (
    "gcp:compute/globalForwardingRule:GlobalForwardingRule",
    tokens.FORWARDING_RULE,
)
BACKENDS: Final = tokens.BACKEND_SERVICES
GROUP: Final = tokens.ENDPOINT_GROUP
# The keys under which a URL map, a path matcher or a route names a backend service.
_NAMES_A_BACKEND: Final = frozenset({"defaultService", "service", "backendService"})
_EXTERNAL: Final = frozenset({"EXTERNAL", "EXTERNAL_MANAGED"})
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts a URL map routes by name, and whether those are all."""

    names: Sequence[str]
    complete: bool


def hosts_of(url_map: Resource) -> Hosts:
    """The hosts of a URL map's host rules, without `*`, which stands for all others."""
    rules = elements(url_map.at("hostRules"))
    names: list[str] = []
    complete = not isinstance(rules, Unknown)
    for rule in () if isinstance(rules, Unknown) else rules:
        hosts = elements(at(rule, "hosts"))
        complete = complete and not isinstance(hosts, Unknown)
        for host in () if isinstance(hosts, Unknown) else hosts:
            name = text(host)
            complete = complete and isinstance(name, str)
            if isinstance(name, str) and name != "*":
                names.append(_bare_host(name))
    return Hosts(tuple(dict.fromkeys(names)), complete)


def url_map_of(plan: Plan, proxy: Resource) -> Resource | Unknown | None:
    """The URL map of a target proxy."""
    return plan.refers(URL_MAP if proxy.type in _GLOBAL_PROXIES else REGION_URL_MAP, proxy, "urlMap")


def is_external(part: Resource) -> Verdict:
    """Whether a forwarding rule or a backend service is of a load balancer that the internet reaches."""
    unsaid = "INTERNAL" if part.type == tokens.REGION_BACKEND_SERVICE else "EXTERNAL"
    return among(part.at("loadBalancingScheme"), _EXTERNAL, unsaid)


def published(plan: Plan) -> Mapping[str, tuple[Resource, Resource]]:
    """By its URN each backend service that the internet is led to: by which forwarding rule and URL map."""
    found: dict[str, tuple[Resource, Resource]] = {}
    for rule in plan.of_type(_FORWARDING_RULES):
        if is_external(rule) is Verdict.PROVEN:
            for proxy in _meant(plan, rule, _PROXIES, "target"):
                url_map = url_map_of(plan, proxy)
                if url_map is not None and not isinstance(url_map, Unknown):
                    for backend in _led(plan, url_map):
                        found.setdefault(backend.urn, (rule, url_map))
    return found


def _led(plan: Plan, url_map: Resource) -> Iterator[Resource]:
    for path in _paths(url_map.inputs, ()):
        yield from _meant(plan, url_map, BACKENDS, *path)


def _paths(value: Value, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Where a URL map names a backend service, and where it is unknown what it names."""
    here = bare(value)
    if path and (here is UNKNOWN or path[-1] in _NAMES_A_BACKEND):
        yield path
    elif isinstance(here, dict | list | tuple):
        for step, below in here.items() if isinstance(here, dict) else enumerate(here):
            yield from _paths(below, (*path, step))


def groups_of(plan: Plan, backend: Resource) -> Iterator[Resource]:
    """The serverless groups that a backend service hands its requests to."""
    backends = elements(backend.at("backends"))
    for place in range(0 if isinstance(backends, Unknown) else len(backends)):
        yield from _meant(plan, backend, (GROUP,), "backends", place, "group")


def services_of(plan: Plan, group: Resource) -> Sequence[Resource]:
    """The services that a group may mean by name: one where the name is known, none where nothing is."""
    return tuple(_meant(plan, group, SERVICES, "cloudRun", "service"))


def services_at(plan: Plan, host: str, path: str) -> Sequence[Resource]:
    """The services that may answer a host's path: one where the way is known, none where nothing is."""
    found: dict[str, Resource] = {}
    index = plan.index(URL_MAPS, _by_host)
    rule = next((name for name in (host, *_wildcards(host)) if name in index), host)
    for url_map in index.get(rule):
        for backend in _backends(plan, url_map, _matchers(url_map).get(rule), path):
            for group in groups_of(plan, backend):
                for service in _services(plan, group, f"{host}{path}"):
                    found[service.urn] = service
    return tuple(found.values())


def _wildcards(host: str) -> Iterator[str]:
    """The wildcards that a host rule may name a host by, the longest first."""
    labels = host.split(".")
    for place in range(1, len(labels)):
        yield ".".join(("*", *labels[place:]))


def _by_host(plan: Plan, url_map: Resource) -> Iterator[Key]:
    del plan
    yield from hosts_of(url_map).names


@lru_cache(maxsize=256)
def _matchers(url_map: Resource) -> Mapping[str, int]:
    """The place of the path matcher that each host's rule names. Kept: it is asked for each host in turn."""
    rules, matchers = elements(url_map.at("hostRules")), elements(url_map.at("pathMatchers"))
    if isinstance(rules, Unknown) or isinstance(matchers, Unknown):
        return {}
    places = {text(at(matcher, "name")): place for place, matcher in enumerate(matchers)}
    found: dict[str, int] = {}
    for rule in rules:
        hosts, place = elements(at(rule, "hosts")), places.get(text(at(rule, "pathMatcher")))
        for host in () if isinstance(hosts, Unknown) or place is None else hosts:
            name = text(host)
            if isinstance(name, str) and place is not None:
                found[_bare_host(name)] = place
    return found


def _bare_host(host: str) -> str:
    return host.lower().partition(":")[0]


def _backends(plan: Plan, url_map: Resource, place: int | None, path: str) -> Iterator[Resource]:
    if place is None:
        return
    where: tuple[str | int, ...] = ("pathMatchers", place, "defaultService")
    rules = elements(url_map.at("pathMatchers", place, "pathRules"))
    longest = -1
    for number, rule in enumerate(() if isinstance(rules, Unknown) else rules):
        paths = elements(at(rule, "paths"))
        for pattern in () if isinstance(paths, Unknown) else paths:
            written = text(pattern)
            if isinstance(written, str) and _fits(written, path) and len(written) > longest:
                longest = len(written)
                where = ("pathMatchers", place, "pathRules", number, "service")
    yield from _meant(plan, url_map, BACKENDS, *where)


def _fits(pattern: str, path: str) -> bool:
    if pattern.endswith("/*"):
        return path.startswith(pattern[:-1]) or path == pattern[:-2]
    return path == pattern


def _services(plan: Plan, group: Resource, url: str) -> Iterator[Resource]:
    """The service that a group names, or that its URL mask reads from a request's host and path.

    One that a mask reads is in the group's own project and region.
    https://docs.cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts#url_masks
    """
    mask = text(group.at("cloudRun", "urlMask"))
    if not isinstance(mask, str) or not mask:
        yield from services_of(plan, group)
        return
    named = _read_by_mask(mask, url) or text(group.at("cloudRun", "service"))
    for type_ in SERVICES if isinstance(named, str) else ():
        found = plan.find(type_, named, group)
        if found is not None and not isinstance(found, Unknown):
            yield found


def _read_by_mask(mask: str, url: str) -> str | None:
    """What stands in a URL where the mask has `<service>`; a mask without a host is for any host's path."""
    written = re.escape(mask.strip()).replace("<service>", f"(?P<service>{_LABEL})")
    written = written.replace("<tag>", _LABEL)
    found = re.fullmatch(f"(?:[^/]*(?=/))?{written}(?:/.*)?", url) if mask.startswith("/") else None
    found = found or re.fullmatch(f"{written}(?:/.*)?", url)
    return found.groupdict().get("service") if found is not None else None


def _meant(plan: Plan, near: Resource, types: Sequence[str], *path: str | int) -> Iterator[Resource]:
    """What a reference means; while it is unknown, everything that it may come from."""
    reference: Value = near.at(*path)
    if bare(reference) is UNKNOWN:
        sources = (plan.get(urn) for urn in near.property_dependencies.get(str(path[0]), ()))
        yield from (one for one in sources if one is not None and one.type in types)
        return
    for type_ in types:
        found = plan.find(type_, reference, near)
        if found is not None and not isinstance(found, Unknown):
            yield found
