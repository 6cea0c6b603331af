"""Cases of the rule about secrets that everybody may read."""

from policies.plan import UNKNOWN
from tests.policies.cases.secret_access import ACCOUNT, MEMBER, binding, grant, of_project, policy
from tests.policies.kit import passes, refuted, unproven
from tests.policies.wire import Declared

PUBLIC = "secret-public"
EARLY = (PUBLIC,)
AT = ("grant", "SECRET_PUBLIC")
NOT_KNOWN = ("grant", "SECRET_PUBLIC_UNKNOWN")
VIEWER = "roles/secretmanager.viewer"
ACCESSOR = "roles/secretmanager.secretAccessor"
OF_PROJECT = "gcp:projects/iAMPolicy:IAMPolicy"
REGIONAL = Declared(
    "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember",
    "grant",
    {"secretId": "jwt", "location": "us-central1", "role": ACCESSOR, "member": "allUsers"},
)

CASES = [
    passes(PUBLIC, "an account", grant()),
    passes(PUBLIC, "an account and a group", binding(MEMBER, "group:all@example.com")),
    passes(PUBLIC, "a policy of accounts", policy({"role": ACCESSOR, "members": [MEMBER]})),
    passes(PUBLIC, "all secrets of the project, for an account", of_project()),
    passes(PUBLIC, "another role on the project, for everybody", of_project("allUsers", role="roles/viewer")),
    passes(
        PUBLIC,
        "an account that is not known yet",
        ACCOUNT,
        grant(member=UNKNOWN, depends={"member": [ACCOUNT.urn]}),
    ),
    refuted(PUBLIC, "everybody", *AT, grant(member="allUsers")),
    refuted(PUBLIC, "everybody with an account", *AT, grant(member="allAuthenticatedUsers")),
    refuted(PUBLIC, "everybody, written otherwise", *AT, grant(member="AllUsers")),
    refuted(PUBLIC, "everybody among others", *AT, binding(MEMBER, "allUsers")),
    refuted(PUBLIC, "everybody, in a role that does not read", *AT, grant(member="allUsers", role=VIEWER)),
    refuted(PUBLIC, "everybody, by a policy", *AT, policy({"role": ACCESSOR, "members": ["allUsers"]})),
    refuted(PUBLIC, "a secret of one region", *AT, REGIONAL),
    refuted(PUBLIC, "all secrets of the project", *AT, of_project("allUsers")),
    refuted(
        PUBLIC,
        "all secrets of the project, by a policy",
        *AT,
        policy({"role": ACCESSOR, "members": ["allUsers"]}, type_=OF_PROJECT),
    ),
    passes(PUBLIC, "no members at all", binding()),
    refuted(PUBLIC, "everybody, in no role", *AT, grant(member="allUsers", role=None), kind="missing"),
    unproven(PUBLIC, "the member", *NOT_KNOWN, grant(member=UNKNOWN)),
    unproven(PUBLIC, "the members", *NOT_KNOWN, Declared(binding().type, "grant", {"members": UNKNOWN})),
    unproven(PUBLIC, "one of the members", *NOT_KNOWN, binding(MEMBER, UNKNOWN)),
    unproven(PUBLIC, "the role of a project's grant", *NOT_KNOWN, of_project("allUsers", role=UNKNOWN)),
]
