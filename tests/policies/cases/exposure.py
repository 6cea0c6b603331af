"""Cases of the rules about exposure."""

import json
from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.kit import SQL, cluster, passes, redis, refuted, sql, unproven, valkey
from tests.policies.wire import PROJECT, Declared, service, service_v1

PUBLIC, ADDRESS, SQL_TLS, AUTH, TLS = (
    "run-public",
    "sql-public-address",
    "sql-tls",
    "redis-auth",
    "redis-tls",
)
EARLY = (PUBLIC, ADDRESS, SQL_TLS, AUTH, TLS)
BEHIND, INTERNAL = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_INTERNAL_ONLY"
PLACE = {"project": PROJECT, "location": "us-central1"}
V1_INGRESS, V1_UNCHECKED = "run.googleapis.com/ingress", "run.googleapis.com/invoker-iam-disabled"


def grant(kind: str = "serviceIamMember", *, api: str = "cloudrunv2", **inputs: Any) -> Declared:
    type_ = f"gcp:{api}/{kind}:{kind[0].upper()}{kind[1:]}"
    told = {key: inputs.pop(key) for key in ("depends",) if key in inputs}
    given = {"role": "roles/run.invoker", "name": "web-staging", **PLACE, **inputs}
    return Declared(type_, "everyone", {k: v for k, v in given.items() if v is not None}, **told)


def of_project(member: Any = "allUsers", role: str = "roles/run.invoker", **more: Any) -> Declared:
    inputs = {"project": PROJECT, "role": role, "member": member}
    return Declared("gcp:projects/iAMMember:IAMMember", "everyone", inputs, **more)


def policy(*bindings: tuple[str, str]) -> str:
    return json.dumps({"bindings": [{"role": role, "members": [member]} for role, member in bindings]})


def v1(ingress: Any, **annotations: Any) -> Declared:
    declared = service_v1([])
    notes = {V1_INGRESS: ingress, **annotations}
    return Declared(declared.type, "web", {**declared.inputs, "metadata": {"annotations": notes}})


MEMBER = grant(member="allUsers")
NETWORK = Declared("gcp:compute/network:Network", "net", {"name": "net"})
EVERYBODY, UNCHECKED, MAYBE = "INVOKER_EVERYBODY", "INVOKER_UNCHECKED", "INVOKER_UNKNOWN"
UNREADABLE = Declared(SQL, "db", {"settings": UNKNOWN})
WORLD = [{"value": "0.0.0.0/0"}]
PRIVATE = {"ipv4Enabled": False, "privateNetwork": "projects/p/global/networks/net"}

CASES = [
    # run-public
    passes(PUBLIC, "behind the load balancer", service([], ingress=BEHIND), MEMBER),
    passes(PUBLIC, "without an address of its own", service([], defaultUriDisabled=True), MEMBER),
    passes(
        PUBLIC,
        "invokers unchecked, no address",
        service([], defaultUriDisabled=True, invokerIamDisabled=True),
    ),
    passes(PUBLIC, "internal only", service([], ingress=INTERNAL), MEMBER),
    passes(
        PUBLIC, "the first API, behind the load balancer", v1("internal-and-cloud-load-balancing"), MEMBER
    ),
    passes(PUBLIC, "open, and only an account may call", service([]), grant(member="serviceAccount:a@b.c")),
    passes(
        PUBLIC, "everybody may look at it", service([]), grant(member="allUsers", role="roles/run.viewer")
    ),
    passes(PUBLIC, "invokers unchecked behind", service([], ingress=BEHIND, invokerIamDisabled=True)),
    passes(PUBLIC, "invokers checked in so many words", service([], invokerIamDisabled=False)),
    passes(
        PUBLIC,
        "its namesake of another region is the open one",
        service([], ingress=BEHIND),
        service([], resource="other", location="europe-west1"),
        MEMBER,
    ),
    passes(
        PUBLIC,
        "a policy for accounts",
        service([]),
        grant("serviceIamPolicy", role=None, policyData=policy(("roles/run.invoker", "user:a@b.c"))),
    ),
    passes(
        PUBLIC,
        "the service's name comes from the service",
        service([], name=UNKNOWN, ingress=BEHIND),
        grant(member="allUsers", name=UNKNOWN, depends={"name": [service([]).urn]}),
    ),
    passes(
        PUBLIC, "a job for an account", grant("jobIamMember", member="serviceAccount:a@b.c", name="migrate")
    ),
    refuted(
        PUBLIC, "ingress says all", "everyone", EVERYBODY, service([], ingress="INGRESS_TRAFFIC_ALL"), MEMBER
    ),
    refuted(PUBLIC, "ingress is not set", "everyone", EVERYBODY, service([]), MEMBER, kind="missing"),
    refuted(PUBLIC, "the grant comes first", "everyone", EVERYBODY, MEMBER, service([])),
    refuted(
        PUBLIC,
        "everybody with an account",
        "everyone",
        EVERYBODY,
        service([]),
        grant(member="allAuthenticatedUsers"),
    ),
    refuted(
        PUBLIC,
        "one of many in a binding",
        "everyone",
        EVERYBODY,
        service([]),
        grant("serviceIamBinding", members=["user:a@b.c", "allUsers"]),
    ),
    refuted(
        PUBLIC,
        "in a policy",
        "everyone",
        EVERYBODY,
        service([]),
        grant("serviceIamPolicy", role=None, policyData=policy(("roles/run.invoker", "allUsers"))),
    ),
    refuted(
        PUBLIC,
        "a role that can do more",
        "everyone",
        EVERYBODY,
        service([]),
        grant(member="allUsers", role="roles/run.admin"),
    ),
    refuted(
        PUBLIC,
        "the first API's member, on its service",
        "everyone",
        EVERYBODY,
        v1("all"),
        grant("iamMember", api="cloudrun", name=None, service="web-staging", member="allUsers"),
    ),
    refuted(
        PUBLIC,
        "the first API's member, on a service of the second",
        "everyone",
        EVERYBODY,
        service([]),
        grant("iamMember", api="cloudrun", name=None, service="web-staging", member="allUsers"),
    ),
    refuted(
        PUBLIC,
        "the service by its full name",
        "everyone",
        EVERYBODY,
        service([]),
        grant(
            member=Secret("allUsers"), name=f"projects/{PROJECT}/locations/us-central1/services/web-staging"
        ),
    ),
    refuted(PUBLIC, "invokers unchecked", "web", UNCHECKED, service([], invokerIamDisabled=True)),
    refuted(
        PUBLIC, "invokers unchecked, the first API", "web", UNCHECKED, v1("all", **{V1_UNCHECKED: "true"})
    ),
    refuted(
        PUBLIC,
        "everybody may run a job",
        "everyone",
        EVERYBODY,
        grant("jobIamMember", member="allUsers", name="migrate"),
    ),
    unproven(PUBLIC, "ingress is not known", "everyone", MAYBE, service([], ingress=UNKNOWN), MEMBER),
    unproven(PUBLIC, "the member is not known", "everyone", MAYBE, service([]), grant(member=UNKNOWN)),
    unproven(
        PUBLIC,
        "a role of the team's own",
        "everyone",
        MAYBE,
        service([]),
        grant(member="allUsers", role="projects/p/roles/r"),
    ),
    unproven(
        PUBLIC,
        "the policy is not known",
        "everyone",
        MAYBE,
        service([]),
        grant("serviceIamPolicy", policyData=UNKNOWN),
    ),
    unproven(PUBLIC, "the service is elsewhere", "everyone", MAYBE, MEMBER),
    unproven(
        PUBLIC,
        "whose service is not known",
        "everyone",
        MAYBE,
        service([]),
        grant(member="allUsers", name=UNKNOWN),
    ),
    unproven(
        PUBLIC,
        "whether invokers are checked is not known",
        "web",
        MAYBE,
        service([], invokerIamDisabled=UNKNOWN),
    ),
    unproven(
        PUBLIC, "a job's members are not known", "everyone", MAYBE, grant("jobIamBinding", members=UNKNOWN)
    ),
    passes(PUBLIC, "an account may invoke all of the project", of_project("serviceAccount:a@b.c")),
    passes(PUBLIC, "a role that invokes nothing, for all of the project", of_project(role="roles/viewer")),
    passes(
        PUBLIC,
        "the member of a project's grant comes from an account",
        of_project(
            UNKNOWN, depends={"member": ["urn:pulumi:staging::test::gcp:serviceaccount/account:Account::a"]}
        ),
        Declared("gcp:serviceaccount/account:Account", "a", {"accountId": "a"}),
    ),
    refuted(PUBLIC, "all of the project, for everybody", "everyone", EVERYBODY, of_project()),
    refuted(
        PUBLIC,
        "all of the project, behind the load balancer too",
        "everyone",
        EVERYBODY,
        service([], ingress=BEHIND),
        of_project("allAuthenticatedUsers", role="roles/run.admin"),
    ),
    refuted(
        PUBLIC,
        "all of the project, by a policy",
        "everyone",
        EVERYBODY,
        Declared(
            "gcp:projects/iAMPolicy:IAMPolicy",
            "everyone",
            {"project": PROJECT, "policyData": policy(("roles/run.invoker", "allUsers"))},
        ),
    ),
    unproven(PUBLIC, "the member of a project's grant", "everyone", MAYBE, of_project(UNKNOWN)),
    # sql-public-address
    passes(ADDRESS, "a private address only", sql(PRIVATE)),
    passes(
        ADDRESS,
        "by Private Service Connect",
        sql({"ipv4Enabled": False, "pscConfigs": [{"pscEnabled": True}]}),
    ),
    passes(
        ADDRESS, "networks without an address to use them on", sql({**PRIVATE, "authorizedNetworks": WORLD})
    ),
    passes(ADDRESS, "a server outside Google Cloud", sql(instanceType="ON_PREMISES_INSTANCE")),
    refuted(ADDRESS, "in so many words", "db", "SQL_PUBLIC_ADDRESS", sql({"ipv4Enabled": True})),
    refuted(
        ADDRESS,
        "beside a private one",
        "db",
        "SQL_PUBLIC_ADDRESS",
        sql({**PRIVATE, "ipv4Enabled": Secret("true")}),
    ),
    refuted(
        ADDRESS,
        "open to the world",
        "db",
        "SQL_OPEN_TO_THE_WORLD",
        sql({"ipv4Enabled": True, "authorizedNetworks": WORLD}),
    ),
    refuted(
        ADDRESS,
        "open to a two hundred and fifty-sixth of it",
        "db",
        "SQL_OPEN_TO_THE_WORLD",
        sql({"authorizedNetworks": [{"value": "203.0.113.7/32"}, {"value": "13.0.0.0/8"}]}),
    ),
    refuted(
        ADDRESS,
        "open to an office",
        "db",
        "SQL_PUBLIC_ADDRESS",
        sql({"authorizedNetworks": [{"value": "203.0.113.7"}]}),
    ),
    refuted(ADDRESS, "nothing is said of addresses", "db", "SQL_PUBLIC_ADDRESS", sql(), kind="missing"),
    refuted(
        ADDRESS,
        "only the network is said",
        "db",
        "SQL_PUBLIC_ADDRESS",
        sql({"privateNetwork": "net"}),
        kind="missing",
    ),
    unproven(ADDRESS, "ipv4Enabled is not known", "db", "SQL_ADDRESS_UNKNOWN", sql({"ipv4Enabled": UNKNOWN})),
    unproven(ADDRESS, "the settings are not known", "db", "SQL_ADDRESS_UNKNOWN", UNREADABLE),
    unproven(
        ADDRESS, "a replica does not say", "db", "SQL_ADDRESS_UNKNOWN", sql(masterInstanceName="primary")
    ),
    unproven(
        ADDRESS, "a clone does not say", "db", "SQL_ADDRESS_UNKNOWN", sql(clone={"sourceInstanceName": "a"})
    ),
    # sql-tls
    passes(SQL_TLS, "encrypted only", sql({"sslMode": "ENCRYPTED_ONLY"})),
    passes(SQL_TLS, "with client certificates", sql({"sslMode": "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"})),
    passes(SQL_TLS, "in the words of older providers", sql({"requireSsl": True})),
    passes(SQL_TLS, "only Cloud SQL's connectors", sql(settings={"connectorEnforcement": "REQUIRED"})),
    passes(SQL_TLS, "a server outside Google Cloud", sql(instanceType="ON_PREMISES_INSTANCE")),
    refuted(
        SQL_TLS, "plain text too", "db", "SQL_PLAIN_TEXT", sql({"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"})
    ),
    refuted(
        SQL_TLS,
        "the newer word holds over the older",
        "db",
        "SQL_PLAIN_TEXT",
        sql({"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED", "requireSsl": True}),
    ),
    refuted(SQL_TLS, "the older word is false", "db", "SQL_PLAIN_TEXT", sql({"requireSsl": False})),
    refuted(
        SQL_TLS,
        "connectors are not enforced",
        "db",
        "SQL_PLAIN_TEXT",
        sql(settings={"connectorEnforcement": "NOT_REQUIRED"}),
    ),
    refuted(SQL_TLS, "nothing is said of encryption", "db", "SQL_PLAIN_TEXT", sql(PRIVATE), kind="missing"),
    unproven(SQL_TLS, "sslMode is not known", "db", "SQL_TLS_UNKNOWN", sql({"sslMode": UNKNOWN})),
    unproven(SQL_TLS, "a replica does not say", "db", "SQL_TLS_UNKNOWN", sql(masterInstanceName="primary")),
    # redis-auth
    passes(AUTH, "AUTH is on", redis(authEnabled=True)),
    passes(AUTH, "a cluster with IAM", cluster(authorizationMode="AUTH_MODE_IAM_AUTH")),
    passes(AUTH, "Valkey with IAM", valkey(authorizationMode="IAM_AUTH")),
    passes(AUTH, "Valkey with tokens", valkey(authorizationMode=Secret("TOKEN_AUTH"))),
    refuted(AUTH, "AUTH is off", "cache", "REDIS_NO_AUTH", redis(authEnabled=False)),
    refuted(
        AUTH, "a cluster without", "cache", "REDIS_NO_AUTH", cluster(authorizationMode="AUTH_MODE_DISABLED")
    ),
    refuted(AUTH, "Valkey without", "cache", "REDIS_NO_AUTH", valkey(authorizationMode="AUTH_DISABLED")),
    refuted(AUTH, "nothing is said of AUTH", "cache", "REDIS_NO_AUTH", redis(), kind="missing"),
    unproven(
        AUTH, "whether it is on is not known", "cache", "REDIS_NO_AUTH_UNKNOWN", redis(authEnabled=UNKNOWN)
    ),
    # redis-tls
    passes(TLS, "TLS is on", redis(transitEncryptionMode="SERVER_AUTHENTICATION")),
    passes(
        TLS,
        "a cluster with TLS",
        cluster(transitEncryptionMode="TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION"),
    ),
    passes(TLS, "Valkey with TLS", valkey(transitEncryptionMode="SERVER_AUTHENTICATION")),
    refuted(TLS, "TLS is off", "cache", "REDIS_PLAIN_TEXT", redis(transitEncryptionMode="DISABLED")),
    refuted(TLS, "a cluster without", "cache", "REDIS_PLAIN_TEXT", cluster()),
    refuted(
        TLS,
        "Valkey without",
        "cache",
        "REDIS_PLAIN_TEXT",
        valkey(transitEncryptionMode="TRANSIT_ENCRYPTION_DISABLED"),
    ),
    refuted(
        TLS, "nothing is said of TLS", "cache", "REDIS_PLAIN_TEXT", redis(authEnabled=True), kind="missing"
    ),
    unproven(
        TLS,
        "the mode is not known",
        "cache",
        "REDIS_PLAIN_TEXT_UNKNOWN",
        redis(transitEncryptionMode=UNKNOWN),
    ),
]
