"""Cases of the rules about secret versions: there, enabled, pinned."""

from __future__ import annotations

from typing import Any

from policies.lookups import SecretState
from policies.plan import UNKNOWN, Secret
from tests.policies.kit import late, passes, refuted, unproven
from tests.policies.wire import (
    PROJECT,
    Case,
    Declared,
    from_secret,
    from_secret_v1,
    job,
    plain,
    service,
    service_v1,
)

EXISTS, ENABLED, PINNED = "secret-version-exists", "secret-version-enabled", "secret-version-pinned"
EARLY = (EXISTS, ENABLED, PINNED)
SECRET, VERSION = "gcp:secretmanager/secret:Secret", "gcp:secretmanager/secretVersion:SecretVersion"
MADE_AT = "2026-01-01T00:00:00Z"


class Cloud:
    """A cloud that knows these versions; of all others it says that they are missing, or nothing."""

    def __init__(self, *, says_nothing: bool = False, **states: SecretState) -> None:
        self.states, self.says_nothing = states, says_nothing

    def secret_versions(self, wanted: Any) -> Any:
        if self.says_nothing:
            return {}
        return {one: self.states.get(f"{one.secret}_{one.version}", SecretState.MISSING) for one in wanted}


def contracts(*externals: str) -> dict[str, str]:
    """Contracts that cover staging and production, with externals."""
    return {
        "environments.yaml": "environments:\n  staging: {projects: [netra-staging]}\n"
        "  production: {projects: [netra-production]}\n",
        "externals.yaml": "externals:\n" + "".join(f"  - {{{one}, why: w}}\n" for one in externals),
    }


JWT = 'kind: secret, environment: staging, id: jwt, versions: ["2", "3"]'


def secret(name: Any = "jwt", **more: Any) -> Declared:
    declared = {key: more.pop(key) for key in ("outputs", "provider") if key in more}
    return Declared(SECRET, "jwt", {"secretId": name, "project": PROJECT, **more}, **declared)


def version(resource: str = "v", of: Any = "projects/netra-staging/secrets/jwt", **more: Any) -> Declared:
    declared = {key: more.pop(key) for key in ("outputs", "depends") if key in more}
    return Declared(
        VERSION, resource, {"secret": of, "secretData": Secret("zR4v9-fQ1kxT"), **more}, **declared
    )


def web(*envs: Any, **more: Any) -> Declared:
    return service(list(envs), **more)


def reads(of: Any = "jwt", version_: Any = "1", **more: Any) -> Declared:
    return web(from_secret("TOKEN", of, version_), **more)


def volume(name: Any = "jwt", *items: Any, **more: Any) -> Declared:
    source = {"secret": name, "items": [{"path": "p", "version": item} for item in items]}
    template = {"containers": [{"image": "i"}], "volumes": [{"name": "keys", "secret": source}]}
    return service([], template=template, **more)


def volume_v1(name: str, key: str) -> Declared:
    source = {"secretName": name, "items": [{"path": "p", "key": key}]}
    spec = {"containers": [{"image": "i"}], "volumes": [{"name": "keys", "secret": source}]}
    inputs = {"name": "web-staging", "project": PROJECT, "template": {"spec": spec}}
    return Declared("gcp:cloudrun/service:Service", "web", inputs)


def depends(*resources: Declared) -> dict[str, list[str]]:
    return {"template": [one.urn for one in resources]}


def asked(
    rule: str, kind: str, name: str, cloud: Cloud, resource: Declared, *causes: str, **more: Any
) -> Case:
    found = frozenset(("web", cause) for cause in causes)
    return Case(rule, kind, name, [resource], found, found, cloud=cloud, **more)


OLD = {"createTime": MADE_AT}
ONE = version(outputs={"version": "1"})
ALIASED = Declared(
    "gcp:cloudrun/service:Service",
    "web",
    {
        "name": "web-staging",
        "project": PROJECT,
        "template": {
            "metadata": {
                "annotations": {"run.googleapis.com/secrets": "mine:projects/netra-staging/secrets/jwt"}
            },
            "spec": {"containers": [{"image": "i", "envs": [from_secret_v1("TOKEN", "mine", "3")]}]},
        },
    },
)

CASES = [
    # secret-version-exists
    passes(EXISTS, "no secret is read", web(plain("HOST", "h"))),
    passes(EXISTS, "the plan makes it", secret(), version(), reads()),
    passes(EXISTS, "the plan makes two", secret(), version(), version("w"), reads(version_="2")),
    passes(
        EXISTS,
        "its number is the version's own",
        secret(),
        version(),
        reads("jwt", UNKNOWN, depends=depends(version())),
    ),
    passes(EXISTS, "by its id", secret(), version(), reads("projects/netra-staging/secrets/jwt")),
    passes(
        EXISTS, "by the project's number", secret(), version(), reads("projects/418722330501/secrets/jwt")
    ),
    passes(
        EXISTS,
        "unknown, and each that may be meant is there",
        secret(),
        version(of=UNKNOWN, depends={"secret": [secret().urn]}),
        reads(UNKNOWN, UNKNOWN, depends=depends(secret(), version())),
    ),
    passes(EXISTS, "made in an earlier update", secret(outputs=OLD), ONE, reads()),
    passes(EXISTS, "a job", secret(), version(), job([from_secret("TOKEN", "jwt")])),
    passes(EXISTS, "a volume", secret(), version(), volume("jwt", "1")),
    passes(EXISTS, "a volume that follows the latest", secret(), version(), volume()),
    Case(EXISTS, "pass", "declared as external", [reads(version_="3")], contracts=contracts(JWT)),
    Case(
        EXISTS,
        "pass",
        "declared by its id, by a workload of the first API that calls it otherwise",
        [ALIASED],
        contracts=contracts(
            "kind: secret, environment: staging, id: projects/netra-staging/secrets/jwt, versions: [3]"
        ),
    ),
    Case(
        EXISTS,
        "pass",
        "declared by number, in a project of no environment",
        [reads("projects/1234/secrets/jwt", "3")],
        contracts=contracts(
            "kind: secret, environment: staging, id: projects/1234/secrets/jwt, versions: [3]"
        ),
    ),
    asked(EXISTS, "pass", "a look-up finds it", Cloud(jwt_1=SecretState.ENABLED), reads()),
    asked(EXISTS, "pass", "found, though disabled", Cloud(jwt_1=SecretState.DISABLED), reads()),
    asked(EXISTS, "fail", "a look-up says no", Cloud(), reads(), "SECRET_VERSION_MISSING"),
    asked(
        EXISTS,
        "fail",
        "the first API",
        Cloud(),
        service_v1([from_secret_v1("T", "jwt", "9")]),
        "SECRET_VERSION_MISSING",
    ),
    asked(
        EXISTS, "fail", "a volume of the first API", Cloud(), volume_v1("jwt", "9"), "SECRET_VERSION_MISSING"
    ),
    asked(
        EXISTS,
        "fail",
        "a look-up says no to what is declared",
        Cloud(),
        reads(version_="3"),
        "SECRET_VERSION_MISSING",
        contracts=contracts(JWT),
    ),
    Case(
        EXISTS,
        "fail",
        "the plan makes others",
        [secret(outputs=OLD), ONE, reads(version_="7")],
        closed=frozenset({("web", "SECRET_VERSION_MISSING")}),
        cloud=Cloud(),
    ),
    late(EXISTS, "nobody knows it", "web", "SECRET_VERSION_UNPROVEN", reads(), kind="missing"),
    Case(
        EXISTS,
        "missing",
        "nobody could say",
        [reads()],
        closed=frozenset({("web", "SECRET_VERSION_UNPROVEN")}),
        cloud=Cloud(says_nothing=True),
    ),
    late(
        EXISTS,
        "a container without versions",
        "web",
        "SECRET_VERSION_UNPROVEN",
        secret(),
        reads(),
        kind="missing",
    ),
    Case(
        EXISTS,
        "missing",
        "other versions are declared",
        [reads(version_="1")],
        closed=frozenset({("web", "SECRET_VERSION_UNPROVEN")}),
        contracts=contracts(JWT),
    ),
    Case(
        EXISTS,
        "missing",
        "declared for another environment",
        [reads(version_="3")],
        closed=frozenset({("web", "SECRET_VERSION_UNPROVEN")}),
        contracts=contracts(JWT.replace("staging", "production")),
    ),
    unproven(EXISTS, "which secret", "web", "SECRET_UNKNOWN", reads(UNKNOWN)),
    unproven(
        EXISTS,
        "one of two, and one has no version",
        "web",
        "SECRET_UNKNOWN",
        secret(),
        version(),
        Declared(SECRET, "other", {"secretId": "other", "project": PROJECT}),
        reads(UNKNOWN, "1", depends={"template": [secret().urn, secret().urn.replace("::jwt", "::other")]}),
    ),
    unproven(
        EXISTS,
        "the version is replaced",
        "web",
        "SECRET_VERSION_UNPROVEN",
        secret(outputs=OLD),
        version(outputs={"version": UNKNOWN}),
        reads(),
    ),
    unproven(
        EXISTS, "the environment, without a contract", "web", "SECRETS_UNKNOWN", service(UNKNOWN, name="api")
    ),
    passes(EXISTS, "the environment, with a contract: secret-required says it", service(UNKNOWN)),
    # secret-version-enabled
    passes(ENABLED, "switched on by default", secret(), version(), reads()),
    passes(ENABLED, "switched on", secret(), version(enabled=True), reads()),
    passes(
        ENABLED,
        "an older one is off",
        secret(outputs=OLD),
        version(enabled=False, outputs={"version": "1"}),
        version("w", outputs={"version": "2"}),
        reads(version_="2"),
    ),
    late(
        ENABLED, "switched off", "web", "SECRET_VERSION_DISABLED", secret(), version(enabled=False), reads()
    ),
    late(
        ENABLED,
        "switched off, and read by its own number",
        "web",
        "SECRET_VERSION_DISABLED",
        secret(),
        version(enabled=False),
        reads("jwt", UNKNOWN, depends=depends(version())),
    ),
    late(
        ENABLED,
        "in a volume",
        "web",
        "SECRET_VERSION_DISABLED",
        secret(),
        version(enabled=False),
        volume("jwt", "1"),
    ),
    asked(ENABLED, "pass", "a look-up says enabled", Cloud(jwt_1=SecretState.ENABLED), reads()),
    asked(ENABLED, "fail", "disabled", Cloud(jwt_1=SecretState.DISABLED), reads(), "SECRET_VERSION_DISABLED"),
    asked(
        ENABLED, "fail", "destroyed", Cloud(jwt_1=SecretState.DESTROYED), reads(), "SECRET_VERSION_DESTROYED"
    ),
    asked(
        ENABLED,
        "fail",
        "disabled, whatever is declared",
        Cloud(jwt_3=SecretState.DISABLED),
        reads(version_="3"),
        "SECRET_VERSION_DISABLED",
        contracts=contracts(JWT),
    ),
    Case(
        ENABLED,
        "fail",
        "declared as destroyed",
        [reads()],
        frozenset({("web", "SECRET_VERSION_DESTROYED")}),
        frozenset({("web", "SECRET_VERSION_DESTROYED")}),
        contracts=contracts("kind: secret, environment: staging, id: jwt, versions: [1], state: destroyed"),
    ),
    passes(ENABLED, "not there at all: secret-version-exists says it", reads()),
    asked(ENABLED, "missing", "not there, says a look-up", Cloud(), reads()),
    unproven(
        ENABLED,
        "the switch",
        "web",
        "SECRET_VERSION_STATE_UNKNOWN",
        secret(),
        version(enabled=UNKNOWN),
        reads(),
    ),
    # secret-version-pinned
    passes(PINNED, "by a number", reads(version_="12")),
    passes(PINNED, "by a number that is no text", reads(version_=12)),
    passes(
        PINNED,
        "by the version's own number",
        secret(),
        version(),
        reads("jwt", UNKNOWN, depends=depends(version())),
    ),
    passes(PINNED, "a volume may follow the latest", volume("jwt", "latest")),
    refuted(PINNED, "latest", "web", "SECRET_VERSION_NOT_PINNED", reads(version_="latest")),
    refuted(
        PINNED, "marked as a secret", "web", "SECRET_VERSION_NOT_PINNED", reads(version_=Secret("latest"))
    ),
    refuted(PINNED, "an alias", "web", "SECRET_VERSION_NOT_PINNED", reads(version_="prod")),
    refuted(
        PINNED,
        "a whole path",
        "web",
        "SECRET_VERSION_NOT_PINNED",
        reads(version_="projects/p/secrets/s/versions/1"),
    ),
    refuted(
        PINNED,
        "the first API",
        "web",
        "SECRET_VERSION_NOT_PINNED",
        service_v1([from_secret_v1("T", "s", "latest")]),
    ),
    refuted(PINNED, "a job", "web", "SECRET_VERSION_NOT_PINNED", job([from_secret("T", "s", "latest")])),
    refuted(PINNED, "no version", "web", "SECRET_VERSION_NOT_PINNED", reads(version_=None), kind="missing"),
    refuted(PINNED, "a blank", "web", "SECRET_VERSION_NOT_PINNED", reads(version_=""), kind="missing"),
    unproven(PINNED, "from no version", "web", "SECRET_VERSION_UNKNOWN", reads(version_=UNKNOWN)),
    unproven(
        PINNED,
        "from a version of another secret",
        "web",
        "SECRET_VERSION_UNKNOWN",
        secret(),
        version(of="projects/netra-staging/secrets/other"),
        reads("jwt", UNKNOWN, depends=depends(version())),
    ),
    refuted(
        ENABLED,
        "a secret that ends by itself",
        "web",
        "SECRET_EXPIRES",
        secret(ttl="86400s"),
        version(),
        reads(),
    ),
    refuted(
        ENABLED,
        "a secret that ends on a day",
        "web",
        "SECRET_EXPIRES",
        secret(expireTime="2027-01-01T00:00:00Z"),
        version(),
        reads(),
    ),
    passes(ENABLED, "old versions end later", secret(versionDestroyTtl="86400s"), version(), reads()),
]
