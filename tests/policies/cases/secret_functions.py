"""Cases of the rules about secrets for Cloud Functions: they name a secret and its project apart."""

from __future__ import annotations

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases.secret_access import ACCOUNT, EMAIL, REFUSED, binding, grant
from tests.policies.cases.secrets import contracts, secret, version
from tests.policies.kit import late, passes, refuted, unproven
from tests.policies.wire import PROJECT, Case, Declared

OWN, READABLE = "secret-own-account", "secret-readable"
EXISTS, ENABLED, PINNED = "secret-version-exists", "secret-version-enabled", "secret-version-pinned"
SHARED = "secret-not-shared"
EARLY = ()
JWT = 'kind: secret, environment: staging, id: jwt, versions: ["2"]'
BOTH = (secret(), version())


def variable(of: Any = "jwt", version_: Any = "1", project: Any = PROJECT) -> dict[str, Any]:
    return {"key": "TOKEN", "projectId": project, "secret": of, "version": version_}


def volume(*versions: Any, of: Any = "jwt") -> dict[str, Any]:
    listed = [{"path": "key", "version": each} for each in versions]
    return {"mountPath": "/keys", "projectId": PROJECT, "secret": of, "versions": listed}


def function(*variables: Any, account: Any = EMAIL, volumes: Any = (), **more: Any) -> Declared:
    config = {"secretEnvironmentVariables": variables, "secretVolumes": volumes}
    if account is not None:
        config["serviceAccountEmail"] = account
    inputs = {"name": "web", "project": PROJECT, "serviceConfig": more.pop("config", config)}
    return Declared("gcp:cloudfunctionsv2/function:Function", "web", inputs, **more)


def function_v1(*variables: Any, account: Any = EMAIL, volumes: Any = (), **more: Any) -> Declared:
    inputs = {
        "name": "web",
        "project": PROJECT,
        "secretEnvironmentVariables": variables,
        "secretVolumes": volumes,
    }
    if account is not None:
        inputs["serviceAccountEmail"] = account
    return Declared("gcp:cloudfunctions/function:Function", "web", inputs, **more)


PRODUCTIONS = variable("jwt", "1", "netra-production")

CASES = [
    passes(OWN, "a function with an account of its own", ACCOUNT, function(variable())),
    passes(OWN, "a function without secrets", function(account=None)),
    refuted(OWN, "a function", "web", "ACCOUNT_NOT_SET", function(variable(), account=None), kind="missing"),
    refuted(
        OWN,
        "a function with a file",
        *("web", "ACCOUNT_NOT_SET"),
        function(volumes=[volume("1")], account=None),
        kind="missing",
    ),
    refuted(
        OWN,
        "a function of the first generation",
        *("web", "ACCOUNT_NOT_SET"),
        function_v1(variable(), account=None),
        kind="missing",
    ),
    refuted(
        OWN,
        "App Engine's account, of the first generation",
        *("web", "ACCOUNT_DEFAULT"),
        function_v1(variable(), account="netra-staging@appspot.gserviceaccount.com"),
    ),
    unproven(OWN, "a function's account", "web", "ACCOUNT_UNKNOWN", function(variable(), account=UNKNOWN)),
    passes(
        OWN,
        "a function's account, unknown, that comes from one",
        ACCOUNT,
        function(variable(), account=UNKNOWN, depends={"serviceConfig": [ACCOUNT.urn]}),
    ),
    passes(
        OWN,
        "likewise of the first generation",
        ACCOUNT,
        function_v1(variable(), account=UNKNOWN, depends={"serviceAccountEmail": [ACCOUNT.urn]}),
    ),
    passes(READABLE, "a function", ACCOUNT, grant(), function(variable(), volumes=[volume("1")])),
    passes(READABLE, "one of the first generation", ACCOUNT, grant(), function_v1(variable())),
    passes(READABLE, "one of the first generation, granted later", ACCOUNT, function_v1(variable()), grant()),
    passes(READABLE, "a function, granted among others", ACCOUNT, binding(EMAIL), function()),
    refuted(READABLE, "a function, no grant", *REFUSED, ACCOUNT, function(variable()), kind="missing"),
    refuted(
        READABLE,
        "a function's file, no grant",
        *REFUSED,
        ACCOUNT,
        function(volumes=[volume("1")]),
        kind="missing",
    ),
    refuted(
        READABLE,
        "a function, granted on the secret of that name elsewhere",
        *REFUSED,
        ACCOUNT,
        grant(),
        function(variable(project="netra-else")),
    ),
    late(
        READABLE,
        "one of the first generation, no grant",
        *REFUSED,
        ACCOUNT,
        function_v1(variable()),
        kind="missing",
    ),
    passes(EXISTS, "a function, and the plan makes it", *BOTH, function(variable(), volumes=[volume("1")])),
    passes(EXISTS, "one of the first generation, and the plan makes it", *BOTH, function_v1(variable())),
    passes(
        EXISTS,
        "a function's secret, unknown, and each that may be meant is there",
        *BOTH,
        function(variable(UNKNOWN, UNKNOWN), depends={"serviceConfig": [each.urn for each in BOTH]}),
    ),
    Case(
        EXISTS,
        "pass",
        "a function, declared outside",
        [function(variable(version_="2"))],
        contracts=contracts(JWT),
    ),
    unproven(EXISTS, "a function's", "web", "SECRET_VERSION_UNPROVEN", function(variable())),
    unproven(EXISTS, "a function's file", "web", "SECRET_VERSION_UNPROVEN", function(volumes=[volume("1")])),
    unproven(
        EXISTS,
        "one of the first generation's",
        *("web", "SECRET_VERSION_UNPROVEN"),
        function_v1(volumes=[volume("1")]),
    ),
    unproven(EXISTS, "all of a function's", "web", "SECRETS_UNKNOWN", function(config=UNKNOWN)),
    late(
        ENABLED,
        "a function's",
        *("web", "SECRET_VERSION_DISABLED"),
        secret(),
        version(enabled=False),
        function(variable()),
    ),
    passes(PINNED, "a function's file may follow the latest", function(volumes=[volume("latest")])),
    refuted(PINNED, "a function", "web", "SECRET_VERSION_NOT_PINNED", function(variable(version_="latest"))),
    refuted(
        PINNED,
        "one of the first generation",
        *("web", "SECRET_VERSION_NOT_PINNED"),
        function_v1(variable(version_="latest")),
    ),
    Case(
        SHARED,
        "fail",
        "a function reads production's",
        [function(PRODUCTIONS)],
        frozenset({("web", "SECRET_OF_ANOTHER_ENVIRONMENT")}),
        frozenset({("web", "SECRET_OF_ANOTHER_ENVIRONMENT")}),
        contracts=contracts(JWT),
    ),
]
