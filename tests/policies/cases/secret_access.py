"""Cases of the rules about who reads secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases.secrets import contracts, secret, volume
from tests.policies.kit import late, passes, refuted, unproven
from tests.policies.wire import PROJECT, Case, Declared, from_secret, plain, service

OWN, READABLE = "secret-own-account", "secret-readable"
EARLY = (OWN, READABLE)
ACCESSOR = "roles/secretmanager.secretAccessor"
EMAIL = "web@netra-staging.iam.gserviceaccount.com"
MEMBER = f"serviceAccount:{EMAIL}"
DEFAULT = "418722330501-compute@developer.gserviceaccount.com"
ACCOUNT = Declared("gcp:serviceaccount/account:Account", "web", {"accountId": "web", "project": PROJECT})
NAMELESS = Declared("gcp:serviceaccount/account:Account", "web", {"accountId": UNKNOWN, "project": PROJECT})
DISABLED = ("web", "ACCOUNT_DISABLED")
CONDITION = {"expression": "request.time < timestamp('2026-01-01T00:00:00Z')", "title": "for a while"}
JWT = "kind: secret, environment: staging, id: jwt, versions: [1]"


def account(**more: Any) -> Declared:
    return replace(ACCOUNT, inputs={**ACCOUNT.inputs, **more})


def web(account: Any = EMAIL, *, envs: Any = None, **more: Any) -> Declared:
    envs = [from_secret("TOKEN", "jwt")] if envs is None else envs
    template = {"containers": [{"image": "i", "envs": envs}], "serviceAccount": account}
    return service([], template={key: one for key, one in template.items() if one is not None}, **more)


def web_v1(account: Any) -> Declared:
    envs = [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "jwt", "key": "1"}}}]
    spec = {"containers": [{"image": "i", "envs": envs}], "serviceAccountName": account}
    inputs = {"name": "web-staging", "project": PROJECT, "template": {"spec": spec}}
    return Declared("gcp:cloudrun/service:Service", "web", inputs)


def job(account: Any) -> Declared:
    template = {"containers": [{"image": "i", "envs": [from_secret("T", "jwt")]}], "serviceAccount": account}
    inputs = {"name": "web-staging", "project": PROJECT, "template": {"template": template}}
    return Declared("gcp:cloudrunv2/job:Job", "web", inputs)


def grant(on: Any = "jwt", member: Any = MEMBER, role: Any = ACCESSOR, **more: Any) -> Declared:
    declared = {key: more.pop(key) for key in ("depends",) if key in more}
    inputs = {"secretId": on, "project": PROJECT, "role": role, "member": member, **more}
    return Declared("gcp:secretmanager/secretIamMember:SecretIamMember", "grant", inputs, **declared)


def of_project(member: Any = MEMBER, role: Any = ACCESSOR, project: Any = PROJECT, **more: Any) -> Declared:
    inputs = {"project": project, "role": role, "member": member, **more}
    return Declared("gcp:projects/iAMMember:IAMMember", "grant", inputs)


def binding(
    *members: Any, type_: str = "gcp:secretmanager/secretIamBinding:SecretIamBinding", **more: Any
) -> Declared:
    inputs = {"secretId": "jwt", "project": PROJECT, "role": ACCESSOR, "members": members, **more}
    return Declared(type_, "grant", inputs)


def policy(*bindings: Any, type_: str = "gcp:secretmanager/secretIamPolicy:SecretIamPolicy") -> Declared:
    data = json.dumps({"bindings": bindings})
    return Declared(type_, "grant", {"secretId": "jwt", "project": PROJECT, "policyData": data})


def role(*permissions: str) -> Declared:
    inputs = {"roleId": "reader", "project": PROJECT, "title": "r", "permissions": permissions}
    return Declared("gcp:projects/iAMCustomRole:IAMCustomRole", "role", inputs)


CUSTOM = "projects/netra-staging/roles/reader"
READS = "secretmanager.versions.access"
REFUSED = ("web", "SECRET_NOT_READABLE")
UNSURE = ("web", "SECRET_ACCESS_UNPROVEN")


OTHER = "serviceAccount:other@netra-staging.iam.gserviceaccount.com"
VIEWER = "roles/secretmanager.viewer"


def named(name: str, resource: Declared) -> Declared:
    return replace(resource, name=name)


def readable(name: str, *resources: Declared) -> Case:
    return passes(READABLE, name, ACCOUNT, *resources, web())


def not_readable(name: str, *resources: Declared, kind: str = "fail") -> Case:
    return refuted(READABLE, name, *REFUSED, ACCOUNT, *resources, web(), kind=kind)


def unsure(name: str, *resources: Declared, workload: Declared | None = None) -> Case:
    return unproven(READABLE, name, *UNSURE, ACCOUNT, *resources, workload or web())


CASES = [
    # secret-own-account
    passes(OWN, "an account of its own", ACCOUNT, web()),
    passes(OWN, "an account of another stack", web("web@netra-else.iam.gserviceaccount.com")),
    passes(OWN, "no secrets, no account", web(None, envs=[plain("HOST", "h")])),
    passes(
        OWN,
        "unknown, and it comes from one account",
        ACCOUNT,
        web(UNKNOWN, depends={"template": [ACCOUNT.urn]}),
    ),
    refuted(OWN, "the default compute account", "web", "ACCOUNT_DEFAULT", web(DEFAULT)),
    refuted(OWN, "App Engine's", "web", "ACCOUNT_DEFAULT", web("netra-staging@appspot.gserviceaccount.com")),
    refuted(
        OWN, "by its id", "web", "ACCOUNT_DEFAULT", web(f"projects/netra-staging/serviceAccounts/{DEFAULT}")
    ),
    refuted(OWN, "in the first API", "web", "ACCOUNT_DEFAULT", web_v1(DEFAULT)),
    refuted(OWN, "no account", "web", "ACCOUNT_NOT_SET", web(None), kind="missing"),
    refuted(OWN, "a blank account", "web", "ACCOUNT_NOT_SET", web(""), kind="missing"),
    refuted(OWN, "a volume, no account", "web", "ACCOUNT_NOT_SET", volume("jwt", "1"), kind="missing"),
    refuted(OWN, "a job without one", "web", "ACCOUNT_NOT_SET", job(None), kind="missing"),
    unproven(OWN, "the account", "web", "ACCOUNT_UNKNOWN", web(UNKNOWN)),
    # secret-readable
    readable("granted on the secret", grant()),
    readable("granted by the secret's id", grant("projects/netra-staging/secrets/jwt")),
    readable("granted on the project", of_project()),
    readable("granted as administrator", grant(role="roles/secretmanager.admin")),
    readable("granted among others", binding("user:on-call@example.com", MEMBER)),
    readable(
        "granted on the project among others", binding(MEMBER, type_="gcp:projects/iAMBinding:IAMBinding")
    ),
    readable(
        "by a policy",
        policy({"role": "roles/viewer", "members": []}, {"role": ACCESSOR, "members": [MEMBER]}),
    ),
    readable(
        "by the project's policy",
        policy({"role": ACCESSOR, "members": [MEMBER]}, type_="gcp:projects/iAMPolicy:IAMPolicy"),
    ),
    readable("by a role of the project's own", role("secretmanager.versions.get", READS), grant(role=CUSTOM)),
    readable("written in capitals", grant(member=f"serviceAccount:{EMAIL.upper()}")),
    readable(
        "to everybody: whether that is right is not for this rule", grant(member="allAuthenticatedUsers")
    ),
    passes(READABLE, "in the first API", ACCOUNT, grant(), web_v1(EMAIL)),
    passes(READABLE, "a job", ACCOUNT, grant(), job(EMAIL)),
    passes(READABLE, "no secrets", ACCOUNT, web(envs=[])),
    passes(READABLE, "the default account: secret-own-account says it", web(DEFAULT)),
    passes(
        READABLE,
        "traced from what is unknown",
        NAMELESS,
        secret(UNKNOWN),
        grant(UNKNOWN, UNKNOWN, depends={"secretId": [secret().urn], "member": [NAMELESS.urn]}),
        web(
            UNKNOWN,
            envs=[from_secret("TOKEN", UNKNOWN)],
            depends={"template": [secret().urn, NAMELESS.urn]},
        ),
    ),
    Case(
        READABLE,
        "pass",
        "granted outside, as declared",
        [ACCOUNT, web()],
        contracts=contracts(f"{JWT}, readableBy: {EMAIL}"),
    ),
    Case(
        READABLE,
        "pass",
        "the account and its grants are another stack's",
        [web()],
        contracts=contracts(f"{JWT}, readableBy: [{MEMBER}]"),
    ),
    passes(
        READABLE,
        "a secret of another project, granted there",
        ACCOUNT,
        grant("projects/netra-shared/secrets/jwt", project="netra-shared"),
        web(envs=[from_secret("TOKEN", "projects/netra-shared/secrets/jwt")]),
    ),
    passes(
        READABLE,
        "by the project's number, granted on the secret",
        ACCOUNT,
        grant(),
        web(envs=[from_secret("TOKEN", "projects/418722330501/secrets/jwt")]),
    ),
    not_readable(
        "granted to another account", grant(member="serviceAccount:api@netra-staging.iam.gserviceaccount.com")
    ),
    not_readable("granted to the default account", grant(member=f"serviceAccount:{DEFAULT}")),
    not_readable("granted to it as a user", grant(member=f"user:{EMAIL}")),
    not_readable("granted on another secret", grant("other")),
    not_readable("granted on another project", of_project(project="netra-production")),
    not_readable("granted another role", grant(role="roles/secretmanager.viewer")),
    not_readable("editors may not", of_project(role="roles/editor")),
    not_readable(
        "a role of the project's own, without it", role("secretmanager.versions.get"), grant(role=CUSTOM)
    ),
    not_readable("granted on a secret of that name elsewhere", grant("projects/netra-else/secrets/jwt")),
    Case(
        READABLE,
        "fail",
        "granted only after the service",
        [ACCOUNT, web(), grant()],
        early=frozenset({REFUSED}),
        closed=frozenset({REFUSED}),
    ),
    Case(
        READABLE,
        "fail",
        "declared readable by another",
        [ACCOUNT, web()],
        early=frozenset({REFUSED}),
        closed=frozenset({REFUSED}),
        contracts=contracts(f"{JWT}, readableBy: api@netra-staging.iam.gserviceaccount.com"),
    ),
    not_readable("no grant at all", kind="missing"),
    refuted(READABLE, "the first API, no grant", *REFUSED, ACCOUNT, web_v1(EMAIL), kind="missing"),
    refuted(READABLE, "a job, no grant", *REFUSED, ACCOUNT, job(EMAIL), kind="missing"),
    refuted(
        READABLE,
        "a volume, which is checked at deploy as well",
        *REFUSED,
        ACCOUNT,
        service(
            [],
            template={
                "containers": [{"image": "i"}],
                "serviceAccount": EMAIL,
                "volumes": [{"name": "keys", "secret": {"secret": "jwt"}}],
            },
        ),
        kind="missing",
    ),
    unproven(READABLE, "an account that this program does not make", *UNSURE, web()),
    unsure("with a condition", grant(condition=CONDITION)),
    unsure("to a group", grant(member="group:services@example.com")),
    unsure(
        "on a folder",
        Declared(
            "gcp:folder/iAMMember:IAMMember",
            "grant",
            {"folder": "folders/1", "role": ACCESSOR, "member": MEMBER},
        ),
    ),
    unsure("by a role that this program does not make", grant(role=CUSTOM)),
    unsure("to whom", grant(member=UNKNOWN)),
    unsure("on which secret", grant(UNKNOWN)),
    unsure("in which role", grant(role=UNKNOWN)),
    unsure(
        "which policy",
        Declared(
            "gcp:secretmanager/secretIamPolicy:SecretIamPolicy",
            "grant",
            {"secretId": "jwt", "policyData": UNKNOWN},
        ),
    ),
    unsure(
        "whether the project of that number is meant",
        of_project(),
        workload=web(envs=[from_secret("TOKEN", "projects/418722330501/secrets/jwt")]),
    ),
    # An account that is switched off reads nothing, whatever it is granted.
    passes(READABLE, "the account is switched on", account(disabled=False), grant(), web()),
    passes(READABLE, "one that is switched off, and no secrets", account(disabled=True), web(envs=[])),
    refuted(READABLE, "the account is switched off", *DISABLED, account(disabled=True), grant(), web()),
    refuted(READABLE, "switched off, for a job", *DISABLED, account(disabled="true"), grant(), job(EMAIL)),
    unproven(
        READABLE,
        "whether the account is switched off",
        "web",
        "ACCOUNT_DISABLED_UNKNOWN",
        account(disabled=UNKNOWN),
        grant(),
        web(),
    ),
    # Lists that hold every member take away what a member of its own was granted.
    *(
        late(READABLE, name, "web", "SECRET_GRANT_OVERWRITTEN", ACCOUNT, grant(), named("list", other), web())
        for name, other in (
            ("a binding of the same role holds others", binding(OTHER)),
            ("a policy of the secret holds others", policy({"role": ACCESSOR, "members": [OTHER]})),
            ("a policy of the secret has other roles only", policy({"role": VIEWER, "members": [MEMBER]})),
        )
    ),
    late(
        READABLE,
        "a binding of the project's role holds others",
        "web",
        "SECRET_GRANT_OVERWRITTEN",
        ACCOUNT,
        of_project(),
        named("list", binding(OTHER, type_="gcp:projects/iAMBinding:IAMBinding")),
        web(),
    ),
    readable("a binding that holds it too", grant(), named("list", binding(OTHER, MEMBER))),
    readable("a binding of another role", grant(), named("list", binding(OTHER, role=VIEWER))),
    readable("a binding of another secret", grant(), named("list", binding(OTHER, secretId="other"))),
    readable("a binding with a condition", grant(), named("list", binding(OTHER, condition=CONDITION))),
    readable("a binding that holds a group", grant(), named("list", binding("group:ops@example.com"))),
    readable("a binding of unknown members", grant(), named("list", binding(UNKNOWN))),
    readable("granted on the project too", grant(), named("p", of_project()), named("list", binding(OTHER))),
]
