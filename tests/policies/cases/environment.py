"""Cases of the rules about a service's environment."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.wire import Case, from_secret, from_secret_v1, job, plain, service, service_v1

ENV, SECRET = "env-required", "secret-required"
EARLY = (ENV, SECRET)
PLAIN = {"ENVIRONMENT": "staging", "HOST": "10.0.0.3", "MODE": "require", "PORT": "6378"}
SECRETS = {"TOKEN": "token", "TOKEN_STAGING": "token"}
WRITTEN, EMPTY = "hunter2", ""
REDIS = "urn:pulumi:staging::test::gcp:redis/instance:Instance::cache"


def envs(**changed: Any) -> list[dict[str, Any]]:
    """A whole environment, with some variables changed: a value, a whole entry, or left out (None)."""
    entries = {name: plain(name, value) for name, value in PLAIN.items()}
    entries |= {name: from_secret(name, secret) for name, secret in SECRETS.items()}
    for name, value in changed.items():
        entries[name] = value if isinstance(value, dict) or value is None else plain(name, value)
    return [entry for entry in entries.values() if entry is not None]


def found(*causes: str) -> frozenset[tuple[str, str]]:
    return frozenset(("web", cause) for cause in causes)


def both(rule: str, kind: str, name: str, resource: Any, *causes: str) -> Case:
    """Refuted early, and so at the end."""
    return Case(rule, kind, name, [resource], found(*causes), found(*causes))


def late(rule: str, name: str, resource: Any, *causes: str) -> Case:
    """Unknown: nothing early, unproven at the end."""
    return Case(rule, "unknown", name, [resource], closed=found(*causes))


OWN = {"name": "app", "ports": {"containerPort": 8000}, "envs": envs()}
PROXY = {"name": "proxy", "image": "i"}

CASES = [
    # env-required
    both(ENV, "pass", "everything is set", service(envs())),
    both(ENV, "pass", "a number is a value", service(envs(PORT=6378))),
    both(ENV, "pass", "the first API", service_v1(envs())),
    both(ENV, "pass", "a job", job(envs())),
    both(ENV, "pass", "a job without a contract", job([], name="migrate")),
    both(ENV, "pass", "beside a sidecar", service([], containers=[PROXY, OWN])),
    both(
        ENV,
        "pass",
        "the contract names the container",
        service(
            [], name="sidecar-staging", containers=[PROXY, {"name": "app", "envs": [plain("HOST", "h")]}]
        ),
    ),
    both(
        ENV,
        "pass",
        "a value from Secret Manager, where any will do",
        service(envs(HOST=from_secret("HOST", "h"))),
    ),
    both(
        ENV,
        "pass",
        "a whole template that is a secret",
        service([], template=Secret({"containers": [{"envs": envs()}]})),
    ),
    both(ENV, "fail", "an empty value", service(envs(HOST="")), "ENV_EMPTY"),
    both(ENV, "fail", "a blank value", service(envs(HOST="  ")), "ENV_EMPTY"),
    both(ENV, "fail", "no value", service([*envs(HOST=None), {"name": "HOST"}]), "ENV_EMPTY"),
    both(ENV, "fail", "a secret that is empty", service(envs(HOST=Secret(""))), "ENV_EMPTY"),
    both(ENV, "fail", "another port", service(envs(PORT="6379")), "ENV_NOT_ALLOWED"),
    both(ENV, "fail", "another mode", service(envs(MODE="disable")), "ENV_NOT_ALLOWED"),
    both(ENV, "fail", "another environment", service(envs(ENVIRONMENT="production")), "ENV_NOT_ALLOWED"),
    both(ENV, "fail", "written twice, once wrong", service([*envs(), plain("PORT", "1")]), "ENV_NOT_ALLOWED"),
    both(ENV, "missing", "one is not set", service(envs(HOST=None)), "ENV_MISSING"),
    both(ENV, "missing", "none is set", service([]), "ENV_MISSING"),
    both(ENV, "missing", "the list of envs is null", service(None), "ENV_MISSING"),
    both(ENV, "missing", "there is no container", service([], containers=[]), "ENV_MISSING"),
    both(ENV, "missing", "the first API", service_v1(envs(HOST=None)), "ENV_MISSING"),
    both(ENV, "missing", "a job", job(envs(HOST=None)), "ENV_MISSING"),
    both(
        ENV,
        "missing",
        "set on the sidecar only",
        service([], containers=[{**PROXY, "envs": envs()}, {**OWN, "envs": envs(HOST=None)}]),
        "ENV_MISSING",
    ),
    both(
        ENV,
        "missing",
        "the named container is not there",
        service([], name="sidecar-staging", containers=[PROXY]),
        "ENV_MISSING",
    ),
    Case(ENV, "unknown", "an unknown value is set", [service(envs(HOST=UNKNOWN))]),
    Case(
        ENV,
        "unknown",
        "an unknown value that a resource of the plan will give",
        [service(envs(PORT=UNKNOWN), depends={"template": [REDIS]})],
    ),
    late(
        ENV, "an unknown value that must be one, from no resource", service(envs(PORT=UNKNOWN)), "ENV_UNKNOWN"
    ),
    late(
        ENV, "a secret value that must be one", service(envs(PORT=from_secret("PORT", "p"))), "ENV_UNREADABLE"
    ),
    late(ENV, "the whole environment", service(UNKNOWN), "ENV_UNKNOWN"),
    late(ENV, "the containers", service([], containers=UNKNOWN), "ENV_UNKNOWN"),
    late(ENV, "one container", service([], containers=[UNKNOWN]), "ENV_UNKNOWN"),
    late(ENV, "the template", service([], template=UNKNOWN), "ENV_UNKNOWN"),
    late(ENV, "a secret template", service([], template=Secret(UNKNOWN)), "ENV_UNKNOWN"),
    late(ENV, "the name of an entry", service([*envs(HOST=None), plain(UNKNOWN, "h")]), "ENV_UNKNOWN"),
    late(ENV, "an entry", service([*envs(HOST=None), UNKNOWN]), "ENV_UNKNOWN"),
    late(
        ENV,
        "two containers and no port",
        service([], containers=[{**PROXY, "envs": envs()}, {"name": "app", "envs": envs()}]),
        "ENV_UNKNOWN",
    ),
    # secret-required
    both(SECRET, "pass", "every secret is read from Secret Manager", service(envs())),
    both(
        SECRET,
        "pass",
        "the first API",
        service_v1(
            [*envs(TOKEN=None, TOKEN_STAGING=None), *(from_secret_v1(name, s) for name, s in SECRETS.items())]
        ),
    ),
    both(
        SECRET,
        "pass",
        "the provider's empty value beside the reference",
        service(envs(TOKEN={**from_secret("TOKEN", "token"), "value": ""})),
    ),
    both(SECRET, "fail", "a plain value", service(envs(TOKEN=WRITTEN)), "SECRET_PLAIN_VALUE"),
    both(
        SECRET,
        "fail",
        "a plain value that is marked secret",
        service(envs(TOKEN=Secret("hunter2"))),
        "SECRET_PLAIN_VALUE",
    ),
    both(
        SECRET,
        "fail",
        "a plain value that is not known yet",
        service(envs(TOKEN=UNKNOWN)),
        "SECRET_PLAIN_VALUE",
    ),
    both(
        SECRET,
        "fail",
        "a plain value beside a reference",
        service(envs(TOKEN={**from_secret("TOKEN", "token"), "value": "hunter2"})),
        "SECRET_PLAIN_VALUE",
    ),
    both(SECRET, "fail", "an empty value", service(envs(TOKEN=EMPTY)), "SECRET_EMPTY"),
    both(
        SECRET,
        "fail",
        "a source that names no secret",
        service(envs(TOKEN={"name": "TOKEN", "valueSource": {}})),
        "SECRET_EMPTY",
    ),
    both(
        SECRET,
        "fail",
        "a reference to nothing",
        service(envs(TOKEN=from_secret("TOKEN", ""))),
        "SECRET_UNNAMED",
    ),
    both(
        SECRET,
        "fail",
        "the first API, plain",
        service_v1(envs(TOKEN=WRITTEN, TOKEN_STAGING=from_secret_v1("TOKEN_STAGING", "token"))),
        "SECRET_PLAIN_VALUE",
    ),
    both(SECRET, "missing", "one is not set", service(envs(TOKEN_STAGING=None)), "ENV_MISSING"),
    both(SECRET, "missing", "none is set", service([]), "ENV_MISSING"),
    both(SECRET, "missing", "a job", job(envs(TOKEN=None)), "ENV_MISSING"),
    Case(
        SECRET,
        "unknown",
        "which secret is not known, that it is one is",
        [service(envs(TOKEN=from_secret("TOKEN", UNKNOWN, UNKNOWN)))],
    ),
    late(
        SECRET,
        "the source",
        service(envs(TOKEN={"name": "TOKEN", "valueSource": UNKNOWN})),
        "SECRET_SOURCE_UNKNOWN",
    ),
    late(
        SECRET,
        "the reference",
        service(envs(TOKEN={"name": "TOKEN", "valueSource": {"secretKeyRef": UNKNOWN}})),
        "SECRET_SOURCE_UNKNOWN",
    ),
    late(SECRET, "the whole environment", service(UNKNOWN), "ENV_UNKNOWN"),
    late(SECRET, "the template", service([], template=UNKNOWN), "ENV_UNKNOWN"),
]
