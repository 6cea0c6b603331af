"""Cases of the rules about WebSockets: groups that read the service from the URL, and wildcards of hosts."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases.ingress import AFFINITY, APP, BACK, TIMEOUT, away, compute, free, front, group
from tests.policies.kit import late, passes
from tests.policies.wire import Declared

EARLY = ()
NO_AFFINITY, TOO_SHORT = "WEBSOCKET_NO_AFFINITY", "WEBSOCKET_TIMEOUT_TOO_SHORT"


def masked(mask: Any, *hosts: str) -> list[Declared]:
    """A load balancer whose one group reads the service from the URL."""
    by_mask = replace(group(), inputs={**group().inputs, "cloudRun": {"urlMask": mask}})
    matchers = [{"name": "all", "defaultService": "back"}]
    rules = [{"hosts": list(hosts or (APP,)), "pathMatcher": "all"}]
    urls = compute("URLMap", "urls", project="elsewhere", hostRules=rules, pathMatchers=matchers)
    return [*away(by_mask, BACK), urls]


def named(*hosts: str) -> list[Declared]:
    """A load balancer whose one group names the service `api`."""
    return [*away(group()), *masked("", *hosts)[1:]]


BY_PATH, BY_HOST = f"wss://{APP}/api/live", "wss://api.example.com/live"

CASES = [
    late(
        AFFINITY,
        "a service that the URL's path names",
        "api",
        NO_AFFINITY,
        free("api"),
        *masked(f"{APP}/<service>"),
        front(BY_PATH),
    ),
    late(
        AFFINITY,
        "a service that the path names, whatever the host",
        "api",
        NO_AFFINITY,
        free("api"),
        *masked("/<service>"),
        front(BY_PATH),
    ),
    late(
        TIMEOUT,
        "a service that the host names, by a rule for a wildcard",
        "api",
        TOO_SHORT,
        free("api"),
        *masked("<service>.example.com", "*.example.com"),
        front(BY_HOST),
    ),
    late(
        AFFINITY,
        "a mask with a tag",
        "api",
        NO_AFFINITY,
        free("api"),
        *masked("<tag>.example.com/<service>", "*.example.com"),
        front("wss://next.example.com/api"),
    ),
    late(
        AFFINITY,
        "a service behind a wildcard of hosts",
        "api",
        NO_AFFINITY,
        free("api"),
        *named("*.example.com"),
        front(BY_HOST),
    ),
    passes(
        AFFINITY,
        "the service that the URL names has affinity, another has not",
        free("api", sessionAffinity=True),
        free("other"),
        *masked(f"{APP}/<service>"),
        front(BY_PATH),
    ),
    passes(
        AFFINITY,
        "a URL that the mask does not fit",
        free("api"),
        *masked("x.example.com/<service>"),
        front(BY_PATH),
    ),
    passes(
        AFFINITY,
        "a host that no wildcard is for",
        free("api"),
        *named("*.example.com"),
        front("wss://example.org/"),
    ),
    passes(AFFINITY, "a mask that is not known", free("api"), *masked(UNKNOWN), front(BY_PATH)),
]
