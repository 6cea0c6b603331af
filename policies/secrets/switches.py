"""Switches by their names: which one skips a check or turns a protection off, and how it stands.

Owns the words. Pure functions over text: no plan, no verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.secrets.words import words_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_ENVIRONMENTS: Final = frozenset(
    {"STAGING", "STAGE", "STG", "PRODUCTION", "PROD", "PRD", "DEVELOPMENT", "DEV", "TEST", "QA", "UAT"}
)
_ON: Final = frozenset({"1", "true", "t", "yes", "y", "on", "enable", "enabled", "active", "always", "all"})
_OFF: Final = frozenset(
    {"", "0", "false", "f", "no", "n", "off", "disable", "disabled", "inactive", "never", "none", "null"}
)
_SKIPS: Final = frozenset(
    {"SKIP", "DISABLE", "DISABLED", "IGNORE", "SUPPRESS", "NO", "WITHOUT", "OMIT", "DISABLES", "SKIPS"}
)
# What is skipped, for it to be a check that somebody relies on.
_CHECKS: Final = frozenset(
    {
        *("VALIDATION", "VALIDATIONS", "VALIDATE", "VALIDATOR", "VALIDATORS", "CHECK", "CHECKS", "CHECKING"),
        *("VERIFY", "VERIFICATION", "VERIFIED", "AUTH", "AUTHENTICATION", "AUTHORIZATION", "AUTHZ", "AUTHN"),
        *("RATELIMIT", "RATELIMITING", "RBAC", "XSRF"),
        *("OAUTH", "SSL", "TLS", "CSRF", "HEALTHCHECK", "SIGNATURE", "SIGNATURES", "PREFLIGHT"),
    }
)
_BYPASSES: Final = frozenset({"BYPASS", "BYPASSES", "BYPASSED"})
_ALONE: Final = frozenset({"NOVERIFY", "NOAUTH", "NOCHECK", "NOVALIDATE", "SKIPVALIDATION", "SKIPAUTH"})
_UNSAFE: Final = frozenset({"INSECURE", "UNSAFE"})
# A switch whose `off` skips the check, where what is checked is one of these.
_DEMANDS: Final = frozenset(
    {
        *("VALIDATION", "VALIDATE", "VERIFY", "VERIFICATION", "CHECK", "CHECKS"),
        *("REQUIRE", "REQUIRED", "REQUIRES", "ENFORCE", "ENFORCED", "ENFORCES"),
    }
)
_GUARDED: Final = frozenset(
    {
        *(
            "STARTUP",
            "OAUTH",
            "AUTH",
            "AUTHENTICATION",
            "JWT",
            "TOKEN",
            "SECRET",
            "SECRETS",
            "SSL",
            "TLS",
            "CERT",
        ),
        *(
            "CERTS",
            "CERTIFICATE",
            "HTTPS",
            "SIGNATURE",
            "ENV",
            "ENVIRONMENT",
            "CONFIG",
            "CREDENTIALS",
            "CSRF",
            "HOSTNAME",
        ),
    }
)
# What protects, as a switch's whole name says it once the words around it are taken away: `AUTH_ENABLED` of
# the service itself, where `GITHUB_OAUTH_ENABLED` is one more way to log in. TLS is not among them: on Cloud
# Run a container speaks HTTP, and the socket of Cloud SQL is encrypted without it.
_PROTECTIONS: Final = frozenset(
    {
        *("AUTH", "AUTHENTICATION", "AUTHORIZATION", "AUTHZ", "AUTHN", "JWT AUTH", "RBAC", "ACCESS CONTROL"),
        *("RATE LIMIT", "RATE LIMITS", "RATE LIMITING", "RATE LIMITER", "RATELIMIT", "RATELIMITING"),
        *("CSRF", "XSRF", "CSRF PROTECTION", "XSRF PROTECTION", "ENCRYPTION", "ENCRYPTION AT REST"),
        *("AUDIT LOG", "AUDIT LOGS", "AUDIT LOGGING", "INPUT VALIDATION", "REQUEST SIGNING"),
        *("COOKIE SECURE", "COOKIES SECURE", "SECURE COOKIE", "SECURE COOKIES", "SESSION COOKIE SECURE"),
        *("CSRF COOKIE SECURE", "STRICT SSL", "STRICT TLS", "SSL STRICT"),
    }
)
# Those that are switches without another word: `RATE_LIMIT=0` is a number, `AUTH=off` is not.
_PROTECT_ALONE: Final = _PROTECTIONS - {"RATE LIMIT", "RATE LIMITS", "RATELIMIT", "AUDIT LOG", "AUDIT LOGS"}
_SWITCHED: Final = frozenset(
    {"ENABLE", "ENABLED", "ENABLES", "USE", "USES", "IS", "ON", "ACTIVE", "ACTIVATE", "WITH", "MODE"}
)
_AROUND: Final = frozenset(
    {"API", "APP", "SERVER", "SERVICE", "HTTP", "WEB", "BACKEND", "GLOBAL", "INTERNAL"}
)
_ALLOWS: Final = frozenset({"ALLOW", "ALLOWS", "ACCEPT", "ACCEPTS", "TRUST", "PERMIT"})
_UNTRUSTED: Final = frozenset({"UNAUTHENTICATED", "UNVERIFIED", "SELFSIGNED", "UNTRUSTED"})
_PRETENDS: Final = frozenset({"MOCK", "FAKE", "STUB", "DUMMY"})
_PRETENDED: Final = frozenset({"AUTH", "AUTHENTICATION", "OAUTH", "JWT", "AUTHZ"})
_CERTIFICATES: Final = frozenset({"CERT", "CERTS", "CERTIFICATE", "CERTIFICATES", "SSL", "TLS"})
# Switches of runtimes and tools, whose names tell nothing: which value skips the check.
_KNOWN_OFF: Final = frozenset({"NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY"})
# Whether a client encrypts what it sends to a store: `REDIS_TLS`, `DB_SSL`, libpq's own `PGSSLMODE`.
_STORES: Final = frozenset(
    {"REDIS", "VALKEY", "CACHE", "DB", "DATABASE", "POSTGRES", "POSTGRESQL", "PG", "SQL", "CLOUDSQL"}
)
_ENCRYPTS: Final = frozenset({"SSL", "TLS", "SSLMODE"})
_LIBPQ: Final = "PGSSLMODE"
# Words that make of a switch's name the name of something else: a list, a limit, an address.
_NO_SWITCH: Final = frozenset(
    {
        *("URL", "URI", "HOST", "HOSTS", "PATH", "PATHS", "LIST", "TOKEN", "SECRET", "KEY", "SECONDS", "MS"),
        *("INTERVAL", "TIMEOUT", "PERIOD", "EMAIL", "REASON", "HEADER", "NAME", "ID", "PORT", "FILE", "DIR"),
        *("LOG", "LOGS", "LOGGING", "METRICS", "CACHE", "LEVEL", "COUNT", "MODE"),
    }
)


def skipping_value(name: str) -> bool | None:
    """Which position of a switch skips a check: on (True) or off (False); None for what is no switch."""
    words = words_of(name)
    there = set(words)
    if name.upper() in _KNOWN_OFF or _protects(words):
        return False
    if not words or words[-1] in _NO_SWITCH:
        return None
    if _skips(there) or _lets_in(words) or (words[-1] in {"DISABLED", "SKIPPED"} and there & _GUARDED):
        return True
    demands = there & _DEMANDS and there & _GUARDED and not there & _SKIPS
    return False if demands or {"REJECT", "UNAUTHORIZED"} <= there else None


def encrypts(name: str) -> bool:
    """Whether a switch's `off` lets a client speak to a store in plain text."""
    words = [word for word in words_of(name) if word not in _ENVIRONMENTS | _SWITCHED]
    if words == [_LIBPQ]:
        return True
    there = set(words)
    return bool(there & _STORES and there & _ENCRYPTS) and there <= _STORES | _ENCRYPTS


def _skips(there: AbstractSet[str]) -> bool:
    """Whether a switch's words say that a check is left out."""
    checks = there & _CHECKS or {"RATE", "LIMIT"} <= there or {"RATE", "LIMITING"} <= there
    return bool(there & (_BYPASSES | _ALONE | _UNSAFE) or (there & _SKIPS and checks))


def _protects(words: list[str]) -> bool:
    """Whether a switch is of a protection itself, and not of one feature that bears its name."""
    words = [word for word in words if word not in _ENVIRONMENTS]
    own = [word for word in words if word not in _SWITCHED and word not in _AROUND]
    phrase = " ".join(own)
    return phrase in (_PROTECTIONS if set(words) & (_SWITCHED - {"MODE"}) else _PROTECT_ALONE)


def _lets_in(words: list[str]) -> bool:
    """Whether a switch lets in what nobody has checked, or puts a stand-in for who checks."""
    there = set(words)
    if there & _PRETENDS and words[-1] in _PRETENDED | _SWITCHED and there & _PRETENDED:
        return True
    untrusted = (
        bool(there & _UNTRUSTED)
        or {"SELF", "SIGNED"} <= there
        or bool(there & {"INVALID", "ALL", "ANY"} and there & _CERTIFICATES)
    )
    return bool(there & _ALLOWS) and untrusted and not there & {"EMAIL", "EMAILS", "PHONE"}


def position(value: str) -> bool | None:
    """Whether a switch stands on or off; None for a value that is neither."""
    said = value.strip().strip("\"'").strip().casefold()
    if said in _OFF:
        return False
    if said in _ON:
        return True
    try:
        return float(said) != 0
    except ValueError:
        return None
