"""What the bootstrap program declares, whom its condition lets in, and which settings it refuses."""

import copy
import re
from datetime import UTC, datetime

import pytest
from ruamel.yaml import YAML

from bootstrap import roles
from bootstrap.break_glass import expression
from bootstrap.federation import condition, subject
from bootstrap.settings import BootstrapSettings, GitHub, read
from components.settings.loader import read_stack_file
from tests.bootstrap.conftest import CONFIG
from tests.components.recorder import run
from toolchain.places import ROOT

DAY_S = 24 * 3600


def lets_in(text, claims):
    """Google's condition on these claims: of its language only what the condition uses."""
    python = re.sub(r"assertion\.(\w+)", r"claims.get('\1')", text).replace("&&", "and").replace("||", "or")
    return eval(python, {"claims": claims})  # noqa: S307 - our own condition


def token(**claims):
    return {"repository_id": "22", "repository_owner_id": "11", **claims}


PULL = "repo:octo-org@11/plumbline@22:pull_request"
STAGING = "repo:octo-org@11/plumbline@22:environment:staging"


@pytest.mark.parametrize(
    ("claims", "is_let_in"),
    [
        (token(ref="refs/heads/main", sub=STAGING), True),
        (token(ref="refs/heads/main", sub="repo:octo-org@11/plumbline@22:ref:refs/heads/main"), True),
        (token(ref="refs/pull/7/merge", sub=PULL), True),
        # A pull request whose workflow asks for the environment, and a branch that does.
        (token(ref="refs/pull/7/merge", sub=STAGING), False),
        (token(ref="refs/heads/mine", sub=STAGING), False),
        (token(ref="refs/tags/main", sub=STAGING), False),
        # Somebody else's repository, of whatever name.
        (
            {"repository_id": "99", "repository_owner_id": "11", "ref": "refs/heads/main", "sub": STAGING},
            False,
        ),
        (
            {"repository_id": "22", "repository_owner_id": "99", "ref": "refs/heads/main", "sub": STAGING},
            False,
        ),
    ],
)
def test_only_this_repositorys_main_branch_and_pull_requests_are_let_in(settings, claims, is_let_in):
    assert lets_in(condition(settings.github), claims) is is_let_in


def test_a_repository_with_old_subjects_is_named_without_numbers():
    old = GitHub.model_validate(
        {"repository": "octo-org/plumbline", "ownerId": 11, "repositoryId": 22, "immutableSubjects": False}
    )
    assert subject(old, "pull_request") == "repo:octo-org/plumbline:pull_request"


def test_each_identity_is_had_by_one_kind_of_run(declared):
    runs = {
        name: inputs["member"].partition("/subject/")[2]
        for name, inputs in declared.of("serviceaccount/iAMMember:IAMMember").items()
        if inputs["role"] == roles.FEDERATED
    }
    assert runs == {
        "preview-runs": PULL,
        "drift-runs": "repo:octo-org@11/plumbline@22:ref:refs/heads/main",
        "deploy-runs": STAGING,
    }


def granted(declared, account):
    return {
        inputs["role"]: inputs.get("condition")
        for inputs in declared.of("projects/iAMMember:IAMMember").values()
        if inputs["member"].startswith(f"serviceAccount:plumb-{account}@")
    }


def test_what_pull_requests_run_with_reads_and_reads_no_secret(declared):
    assert granted(declared, "preview").keys() == set(roles.READ)


def test_the_drift_check_reads_the_stacks_own_secrets_and_no_others(declared):
    conditions = granted(declared, "drift")
    text = conditions.pop(roles.READ_SECRET)["expression"]
    assert text == "resource.name.startsWith('projects/7/secrets/redis-password/')"
    assert len(conditions) == len(roles.READ) + 1


def test_the_deploying_identity_may_not_grant_roles_on_the_project(declared):
    granting = {
        "roles/owner",
        "roles/editor",
        "roles/resourcemanager.projectIamAdmin",
        "roles/iam.securityAdmin",
    }
    assert granted(declared, "deploy").keys() == {*roles.deploy_roles(), "projects/7/deploy-accounts"}
    assert not granting & set(roles.deploy_roles())


def test_the_deploying_identity_makes_and_uses_accounts_and_may_not_say_who_may_be_one(declared):
    """With setIamPolicy it could be any account of the project, and let others be it."""
    lets_others = {"roles/iam.serviceAccountAdmin", "roles/iam.serviceAccountUser", roles.ACT_AS}
    assert not lets_others & set(roles.deploy_roles())
    own = declared.of("projects/iAMCustomRole:IAMCustomRole")["deploy-accounts"]
    does = {each.removeprefix("iam.serviceAccounts.") for each in own["permissions"]}
    assert does == {"create", "delete", "get", "list", "update", "actAs"}
    on_accounts = declared.of("serviceaccount/iAMMember:IAMMember").values()
    assert {each["role"] for each in on_accounts} == {roles.FEDERATED, roles.ACT_AS}
    assert not [each for each in on_accounts if "plumb-deploy@" in each["member"]]


@pytest.mark.parametrize("keys", ["false", "true"])
@pytest.mark.parametrize("stack", ["staging", "production"])
def test_every_type_that_the_platform_declares_has_its_role_or_a_person(stack, keys, tmp_path):
    from components.platform import Platform  # noqa: PLC0415 - slow, and only here

    text = (ROOT / f"Pulumi.{stack}.yaml").read_text()
    file = tmp_path / f"Pulumi.{stack}.yaml"
    file.write_text(text.replace("customerManagedKeys: false", f"customerManagedKeys: {keys}"))
    cloud = run(lambda: Platform("platform", read_stack_file(file)))
    declared = {each.type for each in cloud.declared if each.custom}
    without = {one for one in declared if one.split(":")[1].partition("/")[0] not in roles.DEPLOY}
    assert without <= roles.BY_A_PERSON.keys()
    assert ("gcp:kms/cryptoKey:CryptoKey" in declared) is (keys == "true")


def test_only_the_deploying_identity_writes_state(declared):
    writers = {
        name: inputs["role"]
        for name, inputs in declared.of("storage/bucketIAMMember:BucketIAMMember").items()
    }
    assert writers == {
        "preview-state": roles.STATE_READER,
        "drift-state": roles.STATE_READER,
        "deploy-state": roles.STATE_WRITER,
    }


def test_the_state_is_kept_encrypted_private_and_in_many_versions(declared):
    [bucket] = declared.of("storage/bucket:Bucket").values()
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["uniformBucketLevelAccess"]
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["softDeletePolicy"] == {"retentionDurationSeconds": 30 * DAY_S}
    assert bucket["encryption"]["defaultKmsKeyName"] == "state-key-id"
    assert not bucket["forceDestroy"]
    assert "retentionPolicy" not in bucket


def test_the_key_is_rotated(declared):
    [key] = declared.of("kms/cryptoKey:CryptoKey").values()
    assert key["rotationPeriod"] == f"{90 * DAY_S}s"


def test_break_glass_is_to_act_as_the_deploying_account_for_hours(declared, settings):
    given = declared.of("serviceaccount/iAMMember:IAMMember")["break-glass-incident-4711"]
    assert (given["role"], given["member"]) == (roles.ACT_AS, "user:on-call@example.com")
    assert given["condition"]["expression"] == (
        "request.time >= timestamp('2026-03-01T22:00:00Z')"
        " && request.time < timestamp('2026-03-02T02:00:00Z')"
    )
    begins, ends = re.findall(r"'([^']+)'", expression(settings.break_glass["incident-4711"]))
    lasts = datetime.fromisoformat(ends) - datetime.fromisoformat(begins)
    assert lasts.total_seconds() <= DAY_S
    assert datetime.fromisoformat(ends).tzinfo == UTC


def with_(key, **changes):
    config = copy.deepcopy(CONFIG)
    (config[key] if key else config["plumbline:breakGlass"]["incident-4711"]).update(changes)
    return config


@pytest.mark.parametrize(
    ("config", "path"),
    [
        (with_(None, hours=25), "hours"),
        (with_(None, hours=0), "hours"),
        (with_(None, approvedBy=["lead@example.com", "lead@example.com"]), "approvedBy"),
        (with_(None, approvedBy=["lead@example.com", "on-call@example.com"]), "approvedBy"),
        (with_(None, who="group:everybody@example.com"), "who"),
        (with_(None, who="allUsers"), "who"),
        (with_(None, begins="tomorrow"), "begins"),
        (with_(None, begins="2026-02-30T14:00:00Z"), "begins"),
        (with_(None, forever=True), "forever"),
        (with_("plumbline:github", repository="plumbline"), "repository"),
        (with_("plumbline:github", repository="a/b' || true || '"), "repository"),
        (with_("plumbline:github", branch="main' || 'x' == 'x"), "branch"),
        (with_("plumbline:github", repositoryId="22"), "repositoryId"),
        (with_("plumbline:state", softDeleteDays=3), "softDeleteDays"),
        (with_("plumbline:state", bucket="goog-state"), "bucket"),
        ({**CONFIG, "plumbline:githb": {}}, "plumbline:githb"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place_and_what_to_write(config, path):
    [problem] = read(config)
    assert problem.path[-1] == path
    assert problem.path[0] in config
    assert problem.why
    assert problem.fix


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_the_stacks_in_the_repository_are_right_and_agree_with_the_platforms(stack):
    yaml = YAML(typ="safe")
    mine = yaml.load((ROOT / "bootstrap" / f"Pulumi.{stack}.yaml").read_text())["config"]
    platform = yaml.load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    found = read(mine)
    assert isinstance(found, BootstrapSettings), found
    assert (found.project, found.environment) == (platform["gcp:project"], platform["plumbline:environment"])
    made = {name for name, secret in platform["plumbline:secrets"].items() if secret["from"] != "outside"}
    assert set(found.own_secrets) == made
