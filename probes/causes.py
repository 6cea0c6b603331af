"""From what was observed to the causes that fit it: a pure function over a table.

Owns the table and the ranking. A cause that a rule of the policies would have refuted has the rule's own
word and the rule's id; one that no plan can show (a server that was stopped, a password changed by hand) has
a word of its own and no rule. Each is explained in docs/probes.md; tests hold both to it.

Ranking: checks stand in layers (variables, names, what is behind private and public routes, the front door,
the golden path). What fails in a lower layer explains what fails above it, so lower layers come first; within
a layer every failed check gives its likeliest cause before any gives its second.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from probes.known import KNOWN
from probes.report import MOST_CAUSES, Cause, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from probes.report import Result


Fit = tuple[str, str | None]
"""A cause and the rule that would have caught it."""

LAYERS: Final[Mapping[str, int]] = {
    "environment": 0,
    "names": 1,
    "database": 2,
    "cache": 2,
    "internet": 2,
    "front-door": 3,
    "golden-path": 4,
}

_NO_WAY: Final = (Evidence.TIMEOUT, Evidence.UNREACHABLE)
_NOT_READY: Final = frozenset({502, 503, 504})


def _rows(subject: str, kinds: Iterable[Evidence], *fits: Fit) -> dict[tuple[str, Evidence], tuple[Fit, ...]]:
    return {(subject, kind): fits for kind in kinds}


FITS: Final[Mapping[tuple[str, Evidence], tuple[Fit, ...]]] = {
    **_rows("environment", (Evidence.VARIABLE_MISSING,), ("ENV_MISSING", "env-required")),
    **_rows("environment", (Evidence.VARIABLE_EMPTY,), ("ENV_EMPTY", "env-required")),
    **_rows("environment", (Evidence.SECRET_MISSING,), ("ENV_MISSING", "secret-required")),
    **_rows("environment", (Evidence.SECRET_EMPTY,), ("SECRET_VALUE_EMPTY", "secret-version-filled")),
    **_rows("names", (Evidence.NAME_UNKNOWN,), ("NAME_UNKNOWN", None)),
    **_rows(
        "cache",
        _NO_WAY,
        ("REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "route-cache"),
        ("FIREWALL_RULE", "route-cache"),
        ("ADDRESS_STALE", "route-address"),
    ),
    **_rows(
        "cache",
        (Evidence.REFUSED,),
        ("REDIS_STOPPED", None),
        ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache"),
    ),
    **_rows("cache", (Evidence.OTHER_PORT,), ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache")),
    **_rows("cache", (Evidence.NAME_UNKNOWN,), ("ADDRESS_STALE", "route-address")),
    **_rows(
        "cache",
        (Evidence.TLS_MISSING, Evidence.TLS_FAILED),
        ("REDIS_PLAIN_TEXT", "redis-tls"),
        ("REDIS_INSTANCE_UNSUPPORTED_PORT", "route-cache"),
    ),
    **_rows("cache", (Evidence.TLS_UNTRUSTED,), ("REDIS_CA_CHANGED", None)),
    **_rows("cache", (Evidence.PASSWORD_WRONG,), ("REDIS_AUTH_STRING_CHANGED", None)),
    **_rows(
        "cache",
        (Evidence.PASSWORD_ASKED,),
        ("SECRET_VALUE_EMPTY", "secret-version-filled"),
        ("ENV_MISSING", "secret-required"),
    ),
    **_rows("cache", (Evidence.PASSWORD_NOT_ASKED,), ("REDIS_NO_AUTH", "redis-auth")),
    **_rows("cache", (Evidence.TOO_MANY_CLIENTS,), ("REDIS_CLIENTS_EXHAUSTED", None)),
    **_rows("cache", (Evidence.EVICTS,), ("REDIS_EVICTS_SESSIONS", "redis-eviction")),
    **_rows("cache", (Evidence.SLOW,), ("REDIS_OVERLOADED", None)),
    **_rows(
        "database",
        _NO_WAY,
        ("CLOUD_SQL_INSTANCE_NO_ROUTE", "route-database"),
        ("GOOGLE_MANAGED_SERVICE_NO_PEERING", "private-service-access"),
        ("FIREWALL_RULE", "route-database"),
    ),
    **_rows(
        "database",
        (Evidence.REFUSED,),
        ("DATABASE_STOPPED", None),
        ("CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT", "route-database"),
    ),
    **_rows("database", (Evidence.OTHER_PORT,), ("CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT", "route-database")),
    **_rows("database", (Evidence.NAME_UNKNOWN,), ("ADDRESS_STALE", "route-address")),
    **_rows("database", (Evidence.TLS_MISSING,), ("SQL_PLAIN_TEXT", "sql-tls")),
    **_rows("database", (Evidence.TLS_UNTRUSTED, Evidence.TLS_FAILED), ("DATABASE_CERTIFICATE", None)),
    **_rows("database", (Evidence.PASSWORD_WRONG,), ("DATABASE_PASSWORD_CHANGED", None)),
    **_rows("database", (Evidence.PASSWORD_ASKED,), ("SECRET_VALUE_EMPTY", "secret-version-filled")),
    **_rows(
        "database", (Evidence.NOT_ADMITTED,), ("CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS", "route-database")
    ),
    **_rows("database", (Evidence.DATABASE_UNKNOWN,), ("DATABASE_MISSING", None)),
    **_rows(
        "database",
        (Evidence.TOO_MANY_CLIENTS, Evidence.TOO_FEW_CONNECTIONS),
        ("CONNECTIONS_EXCEEDED", "sql-connections"),
    ),
    **_rows(
        "database",
        (Evidence.SLOW,),
        ("DATABASE_OVERLOADED", None),
        ("SHARED_CORE", "sql-shared-core"),
        ("CONNECTIONS_EXCEED_MEMORY", "sql-flags-memory"),
    ),
    **_rows(
        "internet",
        (Evidence.ALL_HOSTS_OUT,),
        ("NO_ROUTE", "route-internet"),
        ("CLOUD_NAT_NO_ADDRESSES", "route-internet"),
        ("FIREWALL_RULE", "route-internet"),
    ),
    **_rows("internet", (*_NO_WAY, Evidence.REFUSED), ("PROVIDER_DOWN", None)),
    **_rows("internet", (Evidence.NAME_UNKNOWN,), ("NAME_UNKNOWN", None)),
    **_rows(
        "internet",
        (Evidence.TLS_UNTRUSTED, Evidence.TLS_FAILED, Evidence.TLS_MISSING),
        ("PROVIDER_CERTIFICATE", None),
    ),
    **_rows("front-door", (*_NO_WAY, Evidence.REFUSED), ("LOAD_BALANCER_OUT_OF_REACH", None)),
    **_rows("front-door", (Evidence.NAME_UNKNOWN,), ("NAME_UNKNOWN", None)),
    **_rows("front-door", (Evidence.TLS_UNTRUSTED,), ("HOST_NOT_IN_CERTIFICATE", "ingress-hosts")),
    **_rows("front-door", (Evidence.HTTP_STATUS,), ("WEBSOCKET_REFUSED", None)),
    **_rows("front-door", (Evidence.UNAUTHORIZED,), ("SECRETS_DIFFER", "secret-same")),
    **_rows(
        "front-door",
        (Evidence.CLOSED_EARLY,),
        ("SERVICE_FAILED", None),
        ("WEBSOCKET_TIMEOUT_TOO_SHORT", "websocket-timeout"),
    ),
    **_rows(
        "front-door", (Evidence.HANDSHAKES_LOST,), ("SERVICE_NOT_READY", None), ("SERVICE_OVERLOADED", None)
    ),
    **_rows("front-door", (Evidence.SLOW,), ("SERVICE_OVERLOADED", None)),
    **_rows("golden-path", (*_NO_WAY, Evidence.REFUSED), ("LOAD_BALANCER_OUT_OF_REACH", None)),
    **_rows("golden-path", (Evidence.NAME_UNKNOWN,), ("NAME_UNKNOWN", None)),
    **_rows("golden-path", (Evidence.TLS_UNTRUSTED,), ("HOST_NOT_IN_CERTIFICATE", "ingress-hosts")),
    **_rows("golden-path", (Evidence.HTTP_STATUS,), ("WEBSOCKET_REFUSED", None)),
    **_rows("golden-path", (Evidence.UNAUTHORIZED,), ("SECRETS_DIFFER", "secret-same")),
    **_rows("golden-path", (Evidence.SLOW,), ("SERVICE_OVERLOADED", None)),
    **_rows("golden-path", (Evidence.CLOSED_EARLY,), ("SERVICE_FAILED", None)),
}


def causes_of(results: Sequence[Result]) -> list[Cause]:
    """The causes that fit what failed, the likeliest first; at most three.

    Args:
        results: What every check found.
    """
    failed = [result for result in results if result.status == "failed"]
    ordered: dict[Fit, list[str]] = {}
    for layer in sorted({LAYERS[result.subject] for result in failed}):
        here = [result for result in failed if LAYERS[result.subject] == layer]
        columns = [[(fit, result.name) for fit in _fits(result, failed)] for result in here]
        for row in zip_longest(*columns):
            for entry in row:
                if entry is not None:
                    ordered.setdefault(entry[0], []).append(entry[1])
    if len(ordered) > 1:
        ordered.pop(("UNKNOWN", None), None)
    return [
        Cause(
            cause=cause, rule=rule, says=KNOWN[cause].says, fix=KNOWN[cause].fix, checks=sorted(set(checks))
        )
        for (cause, rule), checks in list(ordered.items())[:MOST_CAUSES]
    ]


def _fits(result: Result, failed: Sequence[Result]) -> Sequence[Fit]:
    if result.evidence is None:
        return (("UNKNOWN", None),)
    found = FITS.get((result.subject, result.evidence), (("UNKNOWN", None),))
    if result.evidence in _NO_WAY and result.subject in {"cache", "database"}:
        out = {each.subject for each in failed if each.evidence in _NO_WAY}
        if {"cache", "database"} <= out:
            return (("VPC_CONNECTOR_NOT_SET", f"route-{result.subject}"), *found)
    if result.evidence is Evidence.HTTP_STATUS and result.observed.get("status") in _NOT_READY:
        return (("SERVICE_NOT_READY", None), *found)
    return found
