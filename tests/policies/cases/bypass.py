"""Cases of the rule about switches that skip a check."""

from __future__ import annotations

from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.kit import passes, refuted, unproven
from tests.policies.wire import Declared, from_secret, job, plain, service, service_v1

RULE = "bypass-switch"
EARLY = (RULE,)
PROXY = {"name": "proxy", "image": "i", "envs": [plain("SKIP_OAUTH_VALIDATION", "true")]}
OWN = {"name": "app", "image": "i", "ports": {"containerPort": 8000}, "envs": []}


def on(name: str, value: Any = "true") -> Any:
    return refuted(RULE, f"{name}={value!r}", "web", "BYPASS_SWITCH", service([plain(name, value)]))


def fine(name: str, value: Any) -> Any:
    return passes(RULE, f"{name}={value!r}", service([plain(name, value)]))


def in_plain_text(name: str, value: str) -> Any:
    declared = service([plain(name, value)])
    return refuted(RULE, f"{name}={value!r}", "web", "PLAIN_TEXT_CONNECTION", declared)


BY_SOCKET = {
    "containers": [{**OWN, "envs": [plain("PGSSLMODE", "disable")]}],
    "volumes": [{"name": "cloudsql", "cloudSqlInstance": {"instances": ["p:r:i"]}}],
}

CASES = [
    passes(RULE, "no switch at all", service([plain("HOST", "h")])),
    *(
        fine("BYPASS_STARTUP_VALIDATION", off)
        for off in ("false", "0", "no", "Off", "", " ", False, 0, "None")
    ),
    # Odd but correct: what is named alike and skips nothing.
    fine("BYPASS_TOKEN_URL", "https://example.com"),
    fine("SKIP_PATHS", "/health"),
    fine("VALIDATE_TOKEN_URL", "https://example.com/validate"),
    fine("NO_PROXY", "10.0.0.0/8"),
    fine("OAUTH_VALIDATION_ENABLED", "true"),
    fine("NODE_TLS_REJECT_UNAUTHORIZED", "1"),
    fine("SSL_VERIFY", "/etc/ssl/ca.pem"),
    fine("EMAIL_VERIFICATION_REQUIRED", "false"),
    fine("DISABLE_CHECK_LOGS", "true"),
    fine("DISABLE_TELEMETRY", "true"),
    fine("VERIFY_SIGNATURE", ""),
    # Features, not protections; and a protection that stands on.
    *(
        fine(name, "false")
        for name in (
            *("GITHUB_OAUTH_ENABLED", "ENABLE_DARK_MODE", "TOKEN_CACHE_ENABLED", "SERVER_SSL_ENABLED"),
            *(
                "RATE_LIMIT_LOGGING_ENABLED",
                "BASIC_AUTH_ENABLED",
                "USE_HTTPS",
                "ENABLE_SIGNUP",
                "CORS_ENABLED",
            ),
            *(
                "BETA_CHECKOUT_ENABLED",
                "ALLOW_UNAUTHENTICATED",
                "DISABLE_RATE_LIMIT",
                "MOCK_AUTH",
                "FAKE_AUTH",
            ),
        )
    ),
    *(
        fine(name, value)
        for name, value in (
            ("AUTH_ENABLED", "true"),
            ("RATE_LIMIT_ENABLED", "on"),
            ("AUTH_MODE", "jwt"),
            ("RATE_LIMIT", "0"),
            ("ALLOW_UNVERIFIED_EMAIL", "true"),
            ("MOCK_AUTH_LATENCY_MS", "1"),
            ("TLS_REJECT_UNAUTHORIZED", "1"),
            ("AUTH", "jwt"),
        )
    ),
    *(
        on(name)
        for name in (
            *("BYPASS_STARTUP_VALIDATION", "SKIP_OAUTH_VALIDATION", "DISABLE_SECRETS_CHECK", "NO_VERIFY"),
            *("REDIS_TLS_INSECURE", "ALLOW_UNSAFE_CONFIG", "DISABLE_AUTH_CHECKS", "GIT_SSL_NO_VERIFY"),
            *("OAUTHLIB_INSECURE_TRANSPORT", "AUTH_DISABLED", "skipStartupValidation", "IGNORE_SSL_ERRORS"),
            *("INSECURE_SKIP_VERIFY", "SKIP_AUTH", "VALIDATION_BYPASS", "skip-jwt-verification"),
        )
    ),
    *(
        on("SKIP_OAUTH_VALIDATION", value)
        for value in ("TRUE", "1", "Yes", " on ", '"true"', True, 1, "2", "t")
    ),
    *(
        on(name, "false")
        for name in (
            "OAUTH_VALIDATION_ENABLED",
            "VERIFY_TLS",
            "PYTHONHTTPSVERIFY",
            "REQUIRE_AUTH",
            "SECRETS_CHECK",
            "OAUTH_ENFORCED",
            "JWT_REQUIRED",
        )
    ),
    # Connections to a store.
    *(
        in_plain_text(name, value)
        for name, value in (
            *(("REDIS_TLS", "off"), ("REDIS_SSL", "False"), ("CACHE_TLS_ENABLED", "0"), ("DB_SSL", "false")),
            *(("DATABASE_SSL", "no"), ("PGSSLMODE", "disable"), ("POSTGRES_SSLMODE", "disable")),
            *(("DB_SSL_MODE", "disable"), ("POSTGRES_USE_TLS", "false"), ("DB_SSL_STAGING", "off")),
        )
    ),
    *(
        fine(name, value)
        for name, value in (
            *(("REDIS_TLS", "on"), ("DB_SSL", "true"), ("PGSSLMODE", "require"), ("PGSSLMODE", "prefer")),
            *(("POSTGRES_SSLMODE", "verify-full"), ("DB_SSL", ""), ("REDIS_TLS_PORT", "0")),
            *(("REDIS_SSL_CERT_REQS", "none"), ("DB_SSL_CA", "none"), ("SMTP_TLS", "off"), ("TLS", "off")),
            *(("REDIS_CACHE_ENABLED", "false"), ("DB_SSL_CERT", "0"), ("SSL_ENABLED", "false")),
        )
    ),
    passes(RULE, "by the socket of Cloud SQL", service([plain("PGSSLMODE", "disable")], template=BY_SOCKET)),
    passes(
        RULE, "a host that is the socket", service([plain("DB_SSL", "false"), plain("H", "/cloudsql/p:r:i")])
    ),
    passes(RULE, "through a sidecar", service([plain("PGSSLMODE", "disable"), plain("PGHOST", "127.0.0.1")])),
    unproven(
        RULE, "a store's switch is unknown", "web", "SWITCH_UNKNOWN", service([plain("DB_SSL", UNKNOWN)])
    ),
    on("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
    *(
        on(name, value)
        for name, value in (
            ("AUTH_ENABLED", "false"),
            ("ENABLE_AUTH", "0"),
            ("authEnabled", "False"),
            ("API_AUTHENTICATION_ENABLED", "no"),
            ("USE_AUTH", "off"),
            ("AUTH", "off"),
            ("AUTH_MODE", "none"),
            ("VERIFY_SSL", "0"),
            ("SSL_CERT_VERIFY", "no"),
            ("VERIFY_HOSTNAME", "false"),
            ("STRICT_SSL", "false"),
            ("REDIS_TLS_REJECT_UNAUTHORIZED", "0"),
            ("RATE_LIMIT_ENABLED", "off"),
            ("RATE_LIMITING_ENABLED", "false"),
            ("ENABLE_RATELIMIT", "0"),
            ("CSRF_PROTECTION", "false"),
            ("ENABLE_CSRF_PROTECTION", "disabled"),
            ("RBAC_ENABLED", "false"),
            ("AUDIT_LOGGING_ENABLED", "false"),
            ("AUTH_ENABLED_STAGING", "false"),
            ("SESSION_COOKIE_SECURE", "False"),
            ("DISABLE_RATE_LIMIT", "true"),
            ("RATE_LIMIT_DISABLED", "1"),
            ("ALLOW_UNAUTHENTICATED", "true"),
            ("TLS_ALLOW_INVALID_CERTIFICATES", "true"),
            ("TRUST_ALL_CERTS", "1"),
            ("ACCEPT_SELF_SIGNED", "yes"),
            ("MOCK_AUTH", "true"),
            ("FAKE_OAUTH", "1"),
        )
    ),
    refuted(RULE, "marked as a secret", "web", "BYPASS_SWITCH", service([plain("NO_VERIFY", Secret("1"))])),
    *(
        refuted(
            RULE, f"an option: {args}", "web", "BYPASS_SWITCH", service([], containers=[{**OWN, key: args}])
        )
        for key, args in (
            ("args", ["serve", "--skip-auth"]),
            ("args", ["--insecure-skip-verify=true"]),
            ("args", ["--verify-ssl=false"]),
            ("commands", ["server", "--no-auth", "--port=8000"]),
        )
    ),
    *(
        passes(RULE, f"an option: {args}", service([], containers=[{**OWN, "args": args}]))
        for args in (["--skip-auth=false", "--verify-ssl"], ["--no-sendfile", "--port", "80"], ["skip-auth"])
    ),
    refuted(
        RULE,
        "within JSON",
        "web",
        "BYPASS_SWITCH",
        service([plain("CFG", '{"auth": {"skip_validation": true}}')]),
    ),
    refuted(RULE, "off within JSON", "web", "BYPASS_SWITCH", service([plain("CFG", '{"verifySsl": false}')])),
    passes(RULE, "JSON that skips nothing", service([plain("CFG", '{"skip_validation": false, "a": [1]}')])),
    refuted(
        RULE,
        "a function",
        "f",
        "BYPASS_SWITCH",
        Declared(
            "gcp:cloudfunctionsv2/function:Function",
            "f",
            {"name": "f", "serviceConfig": {"environmentVariables": {"SKIP_AUTH": "true"}}},
        ),
    ),
    refuted(RULE, "the first API", "web", "BYPASS_SWITCH", service_v1([plain("BYPASS_X", "true")])),
    refuted(RULE, "a job", "web", "BYPASS_SWITCH", job([plain("BYPASS_X", "true")])),
    refuted(RULE, "a sidecar", "web", "BYPASS_SWITCH", service([], containers=[PROXY, OWN])),
    refuted(
        RULE,
        "set twice",
        "web",
        "BYPASS_SWITCH",
        service([plain("BYPASS_X", "false"), plain("BYPASS_X", "true")]),
        kind="missing",
    ),
    passes(RULE, "no environment", service([])),
    unproven(
        RULE, "the value is unknown", "web", "SWITCH_UNKNOWN", service([plain("SKIP_AUTH_CHECK", UNKNOWN)])
    ),
    unproven(
        RULE,
        "its source is unknown",
        "web",
        "SWITCH_UNKNOWN",
        service([{"name": "BYPASS_X", "valueSource": UNKNOWN}]),
    ),
    unproven(RULE, "from a secret", "web", "SWITCH_UNREADABLE", service([from_secret("BYPASS_X", "s")])),
    unproven(RULE, "neither on nor off", "web", "SWITCH_UNCLEAR", service([plain("BYPASS_X", "sometimes")])),
]
