"""Which part of a URL map answers a request, and what it says by itself: pure functions over routes as JSON.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

import ipaddress
from typing import Any, Final

_CODES: Final = {
    "MOVED_PERMANENTLY_DEFAULT": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}
_EVERYBODY: Final = "*"


def action(url_map: dict[str, Any], host: str, target: str) -> dict[str, Any]:
    """What the map does with a request: `service`, `status` or `redirect`."""
    path = target.partition("?")[0]
    rule = _host_rule(url_map["hosts"], host.lower())
    if rule is None:
        return dict(url_map["default"])
    best: dict[str, Any] = rule["default"]
    longest = -1
    for each in rule["paths"]:
        for pattern in each["paths"]:
            if _path_matches(pattern, path) and len(pattern) > longest:
                best, longest = each, len(pattern)
    return best


def _host_rule(rules: list[dict[str, Any]], host: str) -> dict[str, Any] | None:
    """The rule with the most exact host: itself, then the longest wildcard."""
    found, longest = None, -1
    for rule in rules:
        for pattern in rule["hosts"]:
            matches = pattern == host or (pattern.startswith("*") and host.endswith(pattern[1:]))
            weight = len(pattern) + (1000 if pattern == host else 0)
            if matches and weight > longest:
                found, longest = rule, weight
    return found


def _path_matches(pattern: str, path: str) -> bool:
    if pattern.endswith("/*"):
        return path == pattern[:-2] or path.startswith(pattern[:-1])
    return path == pattern


def redirect(rule: dict[str, Any], host: str, target: str) -> tuple[int, str]:
    """Status and location of a redirect."""
    path, question, query = target.partition("?")
    if rule.get("pathRedirect"):
        path = str(rule["pathRedirect"])
    tail = "" if rule.get("stripQuery") else question + query
    scheme = "https" if rule.get("httpsRedirect") else "http"
    code = _CODES.get(str(rule.get("redirectResponseCode") or "MOVED_PERMANENTLY_DEFAULT"), 301)
    return code, f"{scheme}://{rule.get('hostRedirect') or host}{path}{tail}"


def refused(backend: dict[str, Any], client: str) -> int:
    """Status with which a backend refuses a client; 0 when it does not."""
    for rule in backend["deny"]:
        if any(_in_range(client, each) for each in rule["ranges"]):
            if rule["status"]:
                return int(rule["status"])
            break
    return int(backend["status"])


def _in_range(client: str, wanted: str) -> bool:
    if wanted == _EVERYBODY:
        return True
    try:
        return ipaddress.ip_address(client) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False
