"""Cases of the rules about which secrets are one and which must not be."""

from __future__ import annotations

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases.secrets import contracts, secret, version
from tests.policies.kit import passes, refuted, unproven
from tests.policies.wire import (
    PROJECT,
    Case,
    Declared,
    from_secret,
    from_secret_v1,
    plain,
    service,
    service_v1,
)

SAME, SHARED = "secret-same", "secret-not-shared"
EARLY = (SAME, SHARED)
DIFFER, VERSIONS = "SECRETS_DIFFER", "SECRET_VERSIONS_DIFFER"


def web(token: Any, staging: Any, **more: Any) -> Declared:
    """The small contracts' service: TOKEN and TOKEN_STAGING are one secret."""
    entries = [
        entry if isinstance(entry, dict) else from_secret(name, *entry)
        for name, entry in (("TOKEN", token), ("TOKEN_STAGING", staging))
        if entry is not None
    ]
    return service(entries, **more)


TWO = {
    "environments.yaml": contracts()["environments.yaml"],
    "api.yaml": "service: api-{environment}\nsecrets:\n  KEY: {sameAs: worker/KEY}\n",
    "worker.yaml": "service: worker\nsecrets:\n  KEY:\n",
}


def api(*entry: Any, project: str = PROJECT) -> Declared:
    return service([from_secret("KEY", *entry)], name="api-staging", resource="api", project=project)


def worker(*entry: Any, project: str = PROJECT) -> Declared:
    return service([from_secret("KEY", *entry)], name="worker", resource="worker", project=project)


def two(
    kind: str, name: str, *resources: Declared, at: str = "", cause: str = "", early: bool = True
) -> Case:
    found = frozenset({(at, cause)} if at else ())
    return Case(SAME, kind, name, resources, found if early else frozenset(), found, contracts=TWO)


EU = "netra-staging-eu"
REGIONS = {
    **TWO,
    "environments.yaml": f"environments:\n  staging: {{projects: [{PROJECT}, {EU}]}}\n",
}


def regions(name: str, *resources: Declared, early: bool = False, differ: bool = False) -> Case:
    """An environment of two projects."""
    found = frozenset({("api", DIFFER)} if differ else ())
    kind = "fail" if differ else "pass"
    return Case(SAME, kind, name, resources, found if early else frozenset(), found, contracts=REGIONS)


def shared(
    kind: str, name: str, *resources: Declared, at: str = "", cause: str = "", early: bool = True
) -> Case:
    found = frozenset({(at, cause)} if at else ())
    return Case(SHARED, kind, name, resources, found if early else frozenset(), found)


PRODUCTIONS_NUMBER = "771100220033"
NUMBERED = {
    **TWO,
    "environments.yaml": "environments:\n"
    "  staging: {projects: [netra-staging], numbers: [418722330501]}\n"
    f"  production: {{projects: [netra-production], numbers: ['{PRODUCTIONS_NUMBER}']}}\n",
}


def numbered(kind: str, name: str, *resources: Declared, cause: str = "") -> Case:
    found = frozenset({("worker", cause)} if cause else ())
    return Case(SHARED, kind, name, resources, found, found, contracts=NUMBERED)


ANOTHER = "SECRET_OF_ANOTHER_ENVIRONMENT"
THIRD = "projects/netra-shared/secrets/jwt"
PRODUCTION = "netra-production"

CASES = [
    # secret-same
    passes(SAME, "one secret", web(("jwt", "3"), ("jwt", "3"))),
    passes(SAME, "in two spellings", web(("jwt", "3"), ("projects/netra-staging/secrets/jwt", "3"))),
    passes(SAME, "by the project's number", web(("jwt", "3"), ("projects/418722330501/secrets/jwt", "3"))),
    passes(SAME, "a number that is no text", web(("jwt", "3"), ("jwt", 3))),
    passes(
        SAME,
        "the version's own number, and the same as a number",
        secret(),
        version(),
        web(("jwt", UNKNOWN), ("jwt", "1"), depends={"template": [version().urn]}),
    ),
    passes(
        SAME,
        "in the first API",
        service_v1([from_secret_v1("TOKEN", "a", "1"), from_secret_v1("TOKEN_STAGING", "a", "1")]),
    ),
    passes(SAME, "one is plain: secret-required says it", web(("jwt", "3"), plain("TOKEN_STAGING", "x"))),
    passes(SAME, "no contract", web(("a", "1"), ("b", "1"), name="api")),
    refuted(SAME, "two secrets", "web", DIFFER, web(("jwt", "3"), ("jwt-staging", "3"))),
    refuted(SAME, "two versions", "web", VERSIONS, web(("jwt", "3"), ("jwt", "2"))),
    refuted(SAME, "one is the latest", "web", VERSIONS, web(("jwt", "3"), ("jwt", "latest"))),
    refuted(SAME, "two projects", "web", DIFFER, web(("jwt", "3"), ("projects/netra-else/secrets/jwt", "3"))),
    refuted(
        SAME,
        "in the first API",
        "web",
        DIFFER,
        service_v1([from_secret_v1("TOKEN", "a", "1"), from_secret_v1("TOKEN_STAGING", "b", "1")]),
    ),
    passes(SAME, "one is not set: secret-required says it", web(("jwt", "3"), None)),
    two("pass", "two services", api("jwt", "3"), worker("jwt", "3")),
    two("pass", "of two environments", api("jwt", "3"), worker("other", "3", project=PRODUCTION)),
    two("pass", "the other is in another stack", api("jwt", "3")),
    two(
        "fail",
        "two services, told of the first by name",
        api("jwt", "3"),
        worker("other", "3"),
        at="api",
        cause=DIFFER,
    ),
    two("fail", "the other way round", worker("other", "3"), api("jwt", "3"), at="api", cause=DIFFER),
    two("fail", "versions of two services", worker("jwt", "2"), api("jwt", "3"), at="api", cause=VERSIONS),
    two("missing", "no version in one", worker("jwt", None), api("jwt", "3"), at="api", cause=VERSIONS),
    unproven(SAME, "which secret", "web", "SECRET_UNKNOWN", web(("jwt", "3"), (UNKNOWN, "3"))),
    unproven(SAME, "which version", "web", "SECRET_UNKNOWN", web(("jwt", UNKNOWN), ("jwt", "3"))),
    two(
        "unknown",
        "of another service",
        worker(UNKNOWN, "3"),
        api("jwt", "3"),
        at="api",
        cause="SECRET_UNKNOWN",
        early=False,
    ),
    # secret-not-shared
    shared("pass", "its own", worker("jwt", "3")),
    shared("pass", "its own by its id", worker("projects/netra-staging/secrets/jwt", "3")),
    shared("pass", "of a project of no environment", worker(THIRD, "3")),
    shared("pass", "which two of one environment read", worker(THIRD, "3"), api(THIRD, "3")),
    shared("pass", "each has one of that name", worker("jwt", "3"), api("jwt", "3", project=PRODUCTION)),
    shared(
        "pass",
        "a service of no environment",
        worker("projects/netra-production/secrets/jwt", "1", project="netra-else"),
    ),
    Case(
        SHARED,
        "pass",
        "declared by the project's number",
        [worker("projects/418722330501/secrets/jwt", "3")],
        contracts=contracts(
            "kind: secret, environment: staging, id: projects/418722330501/secrets/jwt, versions: [3]"
        ),
    ),
    shared(
        "pass",
        "by the project's number, and the plan makes it",
        secret(),
        worker("projects/418722330501/secrets/jwt", "1"),
    ),
    shared(
        "fail",
        "production's",
        worker("projects/netra-production/secrets/jwt", "3"),
        at="worker",
        cause=ANOTHER,
    ),
    shared(
        "fail",
        "staging's in production",
        worker("projects/netra-staging/secrets/jwt", "3", project=PRODUCTION),
        at="worker",
        cause=ANOTHER,
    ),
    shared(
        "fail",
        "made in production's project by this program",
        Declared(
            "gcp:secretmanager/secret:Secret", "jwt", {"secretId": "jwt"}, provider={"project": PRODUCTION}
        ),
        worker("projects/netra-production/secrets/jwt", "1"),
        at="worker",
        cause=ANOTHER,
    ),
    shared(
        "fail",
        "two environments read one",
        worker(THIRD, "3"),
        api(THIRD, "1", project=PRODUCTION),
        at="api",
        cause="SECRET_SHARED",
    ),
    shared(
        "missing",
        "in a volume",
        service(
            [],
            resource="worker",
            template={
                "volumes": [{"name": "v", "secret": {"secret": "projects/netra-production/secrets/jwt"}}]
            },
        ),
        at="worker",
        cause=ANOTHER,
    ),
    shared(
        "unknown",
        "a project by its number",
        worker("projects/418722330501/secrets/jwt", "3"),
        at="worker",
        cause="SECRET_PROJECT_UNKNOWN",
        early=False,
    ),
    Case(
        SHARED,
        "unknown",
        "by a number that may be anybody's, declared by its name alone",
        [worker(f"projects/{PRODUCTIONS_NUMBER}/secrets/jwt", "3")],
        closed=frozenset({("worker", "SECRET_PROJECT_UNKNOWN")}),
        contracts=contracts("kind: secret, environment: staging, id: jwt, versions: [3]"),
    ),
    numbered("pass", "its own project's number", worker("projects/418722330501/secrets/jwt", "3")),
    numbered(
        "fail",
        "production's number",
        worker(f"projects/{PRODUCTIONS_NUMBER}/secrets/jwt", "3"),
        cause=ANOTHER,
    ),
    numbered(
        "fail",
        "production's number, and the plan makes one of that name",
        secret(),
        worker(f"projects/{PRODUCTIONS_NUMBER}/secrets/jwt", "1"),
        cause=ANOTHER,
    ),
    shared("unknown", "which secret: secret-version-exists says it", worker(UNKNOWN, "3")),
    regions(
        "a project for each region, each with a secret of its own",
        worker("key", "1", project=EU),
        worker("key", "1"),
        api("key", "1"),
    ),
    regions(
        "the other service is in the environment's other project",
        worker("key", "1", project=EU),
        api("key", "1"),
        differ=True,
    ),
]
