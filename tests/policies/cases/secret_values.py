"""Cases of the rules about secret values: none in a plain variable, none missing from a version."""

from __future__ import annotations

import base64
from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.kit import passes, refuted, unproven
from tests.policies.wire import Case, Declared, from_secret, job, plain, service, service_v1

ENV, FILLED = "secret-in-plain-env", "secret-version-filled"
EARLY = (ENV, FILLED)
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
GOOD = "zR4v9-fQ1kxT"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


def named(name: str, value: Any = GOOD) -> Any:
    return refuted(ENV, f"{name}", "web", "SECRET_PLAIN_VALUE", service([plain(name, value)]))


def fine(name: str, value: Any) -> Any:
    return passes(ENV, f"{name}={value!r}", service([plain(name, value)]))


def holds(name: str, value: Any) -> Any:
    return refuted(
        ENV, f"a value in {name}: {value[:12]!r}", "web", "SECRET_IN_VALUE", service([plain(name, value)])
    )


def version(**inputs: Any) -> Declared:
    return Declared(VERSION, "v", {"secret": "projects/netra-staging/secrets/token", **inputs})


def value(data: Any, **more: Any) -> Declared:
    return version(secretData=data, **more)


def stands_in(data: str) -> Any:
    return refuted(FILLED, f"{data!r}", "v", "SECRET_VALUE_STAND_IN", value(data))


# Made up, and put together here so that no scanner takes this file for a leak.
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".c2lnbmF0dXJlLW9mLW5vYm9keQ"
WEB_KEY = "AI" + "za" + "Sy" + "0123456789-_abcdefghijklmnopqrstu"
TOKENS = (
    "sk-" + "a1B2c3D4" * 5,
    "sk-proj-" + "a1B2c3D4" * 5,
    "sk-ant-" + "api03-" + "a1B2c3D4" * 5,
    "GOCSPX-" + "a1B2c3D4" * 4,
    "ghp_" + "a1B2c3D4e5F6" * 3,
    "github_pat_" + "a1B2c3D4e5F6" * 3,
    "glpat-" + "a1B2c3D4e5" * 2,
    "xoxb-" + "1234567890-abcdef",
    "sk_live_" + "a1B2c3D4" * 3,
    "whsec_" + "a1B2c3D4" * 4,
    "SG." + "a1B2c3D4" * 2 + "." + "a1B2c3D4" * 5,
    "hf_" + "a1B2c3D4" * 4,
    WEB_KEY,
    JWT,
)


def started_with(name: str, cause: str, *arguments: str, key: str = "args") -> Any:
    containers = [{"image": "i", "ports": {"containerPort": 8000}, key: list(arguments)}]
    if not cause:
        return passes(ENV, name, service([], containers=containers))
    return refuted(ENV, name, "web", cause, service([], containers=containers))


def function(build: Any = None, **variables: Any) -> Declared:
    config = {"environmentVariables": variables}
    inputs = {"name": "f", "serviceConfig": config, "buildConfig": {"environmentVariables": build or {}}}
    return Declared("gcp:cloudfunctionsv2/function:Function", "f", inputs)


def function_v1(unknown: Any = None, **variables: Any) -> Declared:
    given = variables if unknown is None else unknown
    return Declared("gcp:cloudfunctions/function:Function", "f", {"name": "f", "environmentVariables": given})


PRODUCED = "urn:pulumi:staging::test::random:index/randomPassword:RandomPassword::p"

CASES = [
    passes(ENV, "from Secret Manager", service([from_secret("API_KEY", "s")])),
    passes(ENV, "named by the contract, which secret-required holds", service([plain("TOKEN", GOOD)])),
    *(
        fine(name, "x1y2")
        for name in (
            *("DB_SECRET_NAME", "OAUTH_TOKEN_URL", "JWT_SECRET_ID", "JWT_PUBLIC_KEY", "REDIS_CA_CERT"),
            *("TOKEN_TTL_SECONDS", "LLM_MAX_TOKENS", "PASSWORD_MIN_LENGTH", "STRIPE_PUBLISHABLE_KEY"),
            *("NEXT_PUBLIC_API_KEY", "EOS_TOKEN", "PWD", "API_KEY_HEADER", "CACHE_KEY_PREFIX", "PRIMARY_KEY"),
            *("GOOGLE_OAUTH_CLIENT_ID", "TOKENIZERS_PARALLELISM", "SECRET_MANAGER_PROJECT", "COMPASS"),
        )
    ),
    # Odd but correct: where the secret lies, a switch, a part that Cloud Run or the program fills in.
    fine("DB_PASSWORD", "/etc/secrets/password"),
    fine("GOOGLE_APPLICATION_CREDENTIALS", "/secrets/key.json"),
    fine("JWT_SECRET", "projects/netra-staging/secrets/jwt/versions/3"),
    fine("PASSWORD", "$(DB_PASSWORD)"),
    fine("USE_TOKEN", "true"),
    fine("DATABASE_URL", "postgresql://app:$(POSTGRES_PASSWORD)@10.0.0.3/netra"),
    fine("DATABASE_URL", "postgresql://app@10.0.0.3:5432/netra?sslmode=require"),
    fine("ENDPOINT", "https://example.com:8443/a@b"),
    fine("API_KEY", ""),
    # Odd but correct: what a browser may hold, what only looks like a token, where a token is to be found.
    fine("NEXT_PUBLIC_FIREBASE_KEY", WEB_KEY),
    fine("NEXT_PUBLIC_SUPABASE_ANON_KEY", JWT),
    fine("MODEL", "sk-learn"),
    fine("TASK", "task-0123456789012345678901234567890"),
    fine("BUILD", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    fine("IMAGE_DIGEST", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    fine("RELEASE_ID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
    fine("WIDGET", "eyJhbGciOiJIUzI1NiJ9"),
    started_with("arguments without a secret", "", "--port", "8000", "--workers=4", "serve"),
    started_with("a flag that says where the token lies", "", "--token-file=/etc/t", "--token", "/etc/t"),
    started_with("a flag that the program fills in", "", "--db-password=$(DB_PASSWORD)"),
    started_with("a flag without a value", "", "--password", "--verbose"),
    *(
        refuted(
            ENV,
            f"a token in a plain variable: {token[:7]}",
            "web",
            "SECRET_IN_VALUE",
            service([plain("X", token)]),
        )
        for token in TOKENS
    ),
    *(
        refuted(ENV, f"within a value: {name}", "web", "SECRET_IN_VALUE", service([plain("X", held)]))
        for name, held in (
            ("JSON", '{"db": {"password": "zR4v9fQ1"}}'),
            ("JSON that names no variable", '{"password": "POSTGRES_ROCKS"}'),
            ("a list of JSON", '[{"client_secret": "zR4v9fQ1"}]'),
            ("a connection of another cloud", "Endpoint=sb://x;SharedAccessKey=zR4v9fQ1kxT0="),
            ("a header", "Authorization: Bearer zR4v9fQ1kxT0zR4v9fQ1"),
            ("a header of a password", "authorization: Basic dXNlcjpwdzE="),
            ("a key in Base64", base64.b64encode(PEM.encode()).decode()),
        )
    ),
    fine("SETTINGS", '{"password": "/etc/secrets/p", "max_tokens": 4096, "secret": "jwt", "token": ""}'),
    fine("SETTINGS", '{"password": "$(DB_PASSWORD)"}'),
    fine("SETTINGS", "{not json"),
    passes(
        ENV,
        "the name of the variable that holds the password",
        service(
            [plain("PLUMB_PROBES", '{"db": {"password": "DB_LOGIN"}}'), from_secret("DB_LOGIN", "db", "1")]
        ),
    ),
    refuted(
        ENV,
        "the name of no variable beside it",
        "web",
        "SECRET_IN_VALUE",
        service([plain("SETTINGS", '{"db": {"password": "DB_LOGIN"}}')]),
    ),
    fine("AUTH_SCHEME", "Bearer"),
    fine("HEADER", "Authorization: Bearer $(TOKEN)"),
    fine("CA", base64.b64encode(b"-----BEGIN CERTIFICATE-----" * 3).decode()),
    refuted(ENV, "a function", "f", "SECRET_PLAIN_VALUE", function(DB_PASSWORD=GOOD)),
    refuted(ENV, "a function's build", "f", "SECRET_IN_VALUE", function(build={"NPM_RC": TOKENS[4]})),
    refuted(ENV, "a function of the first API", "f", "SECRET_PLAIN_VALUE", function_v1(DB_PASSWORD=GOOD)),
    passes(ENV, "a function without", function(LOG_LEVEL="info")),
    passes(ENV, "a function whose variables are unknown", function_v1(UNKNOWN)),
    holds("SETTINGS", '{"github": "' + TOKENS[4] + '"}'),
    holds("NEXT_PUBLIC_KEY", TOKENS[0]),
    started_with("a token among the arguments", "SECRET_IN_VALUE", "serve", TOKENS[0]),
    started_with("a password by a flag", "SECRET_PLAIN_VALUE", f"--db-password={GOOD}"),
    started_with("a password behind a flag", "SECRET_PLAIN_VALUE", "--api-key", GOOD),
    started_with("in the command", "SECRET_IN_VALUE", "sh", "-c", f"run {TOKENS[4]}", key="commands"),
    refuted(
        ENV,
        "an annotation",
        "web",
        "SECRET_IN_VALUE",
        service([], annotations={"hook": "https://me:pw1x@example.com"}),
    ),
    *(
        named(name)
        for name in (
            *("DB_PASSWORD", "OPENAI_API_KEY", "JWT_SECRET", "JWT_SECRET_STAGING", "SESSION_SECRET_KEY"),
            *(
                "GITHUB_TOKEN",
                "TLS_PRIVATE_KEY",
                "dbPassword",
                "REDIS_PASSWD",
                "SERVICE_SECRET_2",
                "FERNET_KEY",
            ),
            *("AWS_SECRET_ACCESS_KEY", "OAUTH_CLIENT_SECRET", "SMTP_PASS", "API_KEY_BASE64", "apikey"),
        )
    ),
    named("DB_PASSWORD", Secret(GOOD)),
    named("ADMIN_TOKEN", UNKNOWN),
    named("PG_PASSWORD", 1234),
    holds("DATABASE_URL", f"postgresql://app:{GOOD}@10.0.0.3/netra"),
    holds("BROKER", f"rediss://:{GOOD}@10.0.0.4:6378/0"),
    holds("DSN", f"host=10.0.0.3 user=app password={GOOD}"),
    holds("JDBC", f"jdbc:postgresql://10.0.0.3/netra?user=app&password={GOOD}"),
    holds("CONFIG", PEM),
    holds("ACCOUNT", '{"type": "service_account", "private_key": "x"}'),
    refuted(ENV, "the first API", "web", "SECRET_PLAIN_VALUE", service_v1([plain("API_KEY", GOOD)])),
    refuted(
        ENV,
        "a job",
        "web",
        "SECRET_PLAIN_VALUE",
        job([plain("API_KEY", GOOD)], name="migrate"),
        kind="missing",
    ),
    refuted(
        ENV,
        "a sidecar",
        "web",
        "SECRET_PLAIN_VALUE",
        service(
            [],
            containers=[
                {"name": "app", "image": "i", "ports": {"containerPort": 8000}, "envs": []},
                {"name": "proxy", "image": "i", "envs": [plain("PROXY_TOKEN", GOOD)]},
            ],
        ),
    ),
    unproven(
        ENV,
        "the source is unknown",
        "web",
        "SECRET_SOURCE_UNKNOWN",
        service([{"name": "API_KEY", "valueSource": UNKNOWN}]),
    ),
    # secret-version-filled
    *(
        passes(FILLED, f"a value {number}", value(data))
        for number, data in enumerate(
            (GOOD, "sk-proj-Zk3", "correct horse battery staple", '{"a": 1}', "xx" + GOOD, Secret(GOOD))
        )
    ),
    passes(FILLED, "given write-only", version(secretDataWo=GOOD)),
    passes(FILLED, "in Base64", value(base64.b64encode(b"\xff\x00binary").decode(), isSecretDataBase64=True)),
    passes(FILLED, "only read, not declared", Declared(VERSION, "v", {}, outputs={}, read_only=True)),
    *(
        stands_in(data)
        for data in (
            *(
                "changeme",
                "CHANGE_ME",
                "change-me-please",
                "TODO",
                "todo: ask Ada",
                "xxx",
                "XXXXXXXX",
                "<secret>",
            ),
            *(
                "your-key-here",
                "YOUR_API_KEY",
                "<your key>",
                "dummy",
                "dummy-value",
                "placeholder",
                "replace-me",
            ),
            *(
                "${JWT_SECRET}",
                "{{ jwt }}",
                "none",
                "null",
                "undefined",
                "secret",
                "password123",
                "example-key",
            ),
            *(
                "insert key here",
                "****",
                "...",
                "test",
                "fixme",
                '"changeme"',
                "REPLACE_WITH_REAL_KEY",
                "tbd",
            ),
        )
    ),
    refuted(FILLED, "empty", "v", "SECRET_VALUE_EMPTY", value("")),
    refuted(FILLED, "blank", "v", "SECRET_VALUE_EMPTY", value(" \n")),
    refuted(FILLED, "blank and marked secret", "v", "SECRET_VALUE_EMPTY", value(Secret(" "))),
    refuted(FILLED, "write-only", "v", "SECRET_VALUE_STAND_IN", version(secretDataWo="changeme")),
    refuted(
        FILLED,
        "in Base64",
        "v",
        "SECRET_VALUE_STAND_IN",
        value(base64.b64encode(b"changeme\n").decode(), isSecretDataBase64=True),
    ),
    refuted(
        FILLED,
        "of a region",
        "v",
        "SECRET_VALUE_STAND_IN",
        Declared(
            "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion",
            "v",
            {"secret": "s", "secretData": "x" * 3},
        ),
    ),
    refuted(FILLED, "no value", "v", "SECRET_VALUE_MISSING", version(), kind="missing"),
    unproven(FILLED, "from nowhere", "v", "SECRET_VALUE_UNKNOWN", value(UNKNOWN)),
    Case(
        FILLED,
        "unknown",
        "from a resource, judged in the update",
        [Declared(VERSION, "v", {"secret": "s", "secretData": UNKNOWN}, depends={"secretData": [PRODUCED]})],
    ),
]
