from __future__ import annotations

import pytest

from sandbox import lookups
from sandbox.errors import ApiError, ProviderError
from sandbox.schema_source import NoSuchTypeError
from tests.sandbox.world import ACCESSOR, REDIS, SECRET, SECRET_MEMBER, VERSION, cache

NOWHERE = {"secret": "projects/netra-staging/secrets/nothing", "secretData": "x"}
EMPTY = {"secret": "projects/netra-staging/secrets/jwt-secret"}
GET_VERSION = "gcp:secretmanager/getSecretVersion:getSecretVersion"


def ask(world, token, args):
    return lookups.look_up(world.provider, token, args)


@pytest.fixture
def versions(world):
    """A secret whose first version is disabled and whose second is enabled."""
    secret = world.secret("jwt-secret", versions=0)
    world.up(VERSION, "one", secret=secret.id, secretData="old", enabled=False)
    world.up(VERSION, "two", secret=secret.id, secretData="new")
    return secret


def test_versions_are_numbered_and_numbers_are_not_used_again(world, versions):
    third = world.up(VERSION, "three", secret=versions.id, secretData="x")
    world.down(third)
    assert world.up(VERSION, "four", secret=versions.id, secretData="x")["version"] == "4"


def test_a_versions_name_carries_the_projects_number(world, versions):
    made = world.up(VERSION, "three", secret=versions.id, secretData="x")
    assert made.id.startswith("projects/")
    assert made.id.split("/")[1].isdigit()
    assert made.id == made["name"]


def test_a_version_needs_its_secret(world):
    with pytest.raises(ApiError, match=r"Secret .* not found or has no versions"):
        world.up(VERSION, "v", **NOWHERE)


def test_a_version_needs_a_value(world):
    assert "one of `secret_data,secret_data_wo`" in world.failures(VERSION, "v", **EMPTY)[0]


def test_a_secret_takes_its_versions_and_grants_along(world, versions):
    member = {"role": ACCESSOR, "member": "user:a@b"}
    grant = world.up(SECRET_MEMBER, "g", secretId="jwt-secret", **member)
    world.down(versions)
    assert not world.exists(grant)
    with world.cloud.transaction():
        assert world.cloud.all(VERSION) == []


def test_a_grant_on_a_secret_that_is_not_there_is_refused(world):
    with pytest.raises(ApiError, match=r"Secret \[nothing\] not found"):
        world.up(SECRET_MEMBER, "g", secretId="nothing", role=ACCESSOR, member="user:a@b")


@pytest.mark.usefixtures("versions")
def test_a_grant_to_an_account_that_is_not_there_is_refused(world):
    member = "serviceAccount:nobody@netra-staging.iam.gserviceaccount.com"
    with pytest.raises(ApiError, match=r"Service account nobody@.* does not exist"):
        world.up(SECRET_MEMBER, "g", secretId="jwt-secret", role=ACCESSOR, member=member)


@pytest.mark.usefixtures("versions")
def test_a_grant_to_googles_own_account_is_taken(world):
    member = "serviceAccount:service-1@gcp-sa-run.iam.gserviceaccount.com"
    world.up(SECRET_MEMBER, "g", secretId="jwt-secret", role=ACCESSOR, member=member)


def test_the_same_grant_twice_is_one_grant(world, versions):
    grant = {"secretId": "jwt-secret", "role": ACCESSOR, "member": "user:a@b"}
    one = world.up(SECRET_MEMBER, "a", **grant)
    other = world.up(SECRET_MEMBER, "b", **{**grant, "secretId": versions.id})
    assert one.id == other.id == f"{versions.id}/{ACCESSOR}/user:a@b"


@pytest.mark.usefixtures("versions")
def test_metadata_of_a_disabled_version_can_be_looked_up(world):
    found, secrets = ask(
        world, GET_VERSION, {"secret": "jwt-secret", "version": "1", "fetchSecretData": False}
    )
    assert found["enabled"] is False
    assert found["secretData"] == ""
    assert secrets == frozenset()


@pytest.mark.usefixtures("versions")
def test_the_value_of_a_disabled_version_cannot(world):
    with pytest.raises(ApiError, match="is in DISABLED state") as refusal:
        ask(world, GET_VERSION, {"secret": "jwt-secret", "version": "1"})
    assert refusal.value.status == 400


@pytest.mark.usefixtures("versions")
def test_a_value_that_is_looked_up_is_secret(world):
    found, secrets = ask(world, GET_VERSION, {"secret": "jwt-secret"})
    assert found["secretData"] == "new"
    assert found["version"] == "2"
    assert secrets == {("secretData",)}


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"secret": "nothing"}, r"Secret \[projects/\d+/secrets/nothing\] not found or has no versions"),
        (
            {"secret": "jwt-secret", "version": "9"},
            r"Secret Version \[projects/\d+/secrets/jwt-secret/versions/9\] not",
        ),
    ],
)
def test_a_version_that_is_not_there_is_an_error(world, args, said):
    with pytest.raises(ApiError, match=said) as refusal:
        ask(world, GET_VERSION, {"fetchSecretData": False, **args})
    assert str(refusal.value).startswith(
        "error retrieving available secret manager secret versions: googleapi"
    )


def test_a_secret_can_be_looked_up(world, versions):
    found, _ = ask(world, "gcp:secretmanager/getSecret:getSecret", {"secretId": "jwt-secret"})
    assert found["id"] == versions.id
    with pytest.raises(ApiError, match="404"):
        ask(world, "gcp:secretmanager/getSecret:getSecret", {"secretId": "nothing"})


@pytest.mark.usefixtures("versions")
def test_a_secret_of_the_same_name_clashes(world):
    with pytest.raises(ApiError, match=r"already exists., alreadyExists"):
        world.up(SECRET, "again", secretId="jwt-secret", replication={"auto": {}})


def test_resources_are_looked_up_by_what_they_are_called(world):
    network = world.network()
    made = world.up(REDIS, "r", **cache(network.id))
    found, _ = ask(world, "gcp:redis/getInstance:getInstance", {"name": "redis"})
    assert found["host"] == made["host"]
    found, _ = ask(world, "gcp:compute/getNetwork:getNetwork", {"name": "netra"})
    assert found["selfLink"] == network["selfLink"]


def test_a_lookup_of_what_is_not_there_is_an_error(world):
    with pytest.raises(ProviderError, match="instance with name 'nothing' not found"):
        ask(world, "gcp:redis/getInstance:getInstance", {"name": "nothing"})
    with pytest.raises(ApiError, match="404"):
        ask(world, "gcp:compute/getNetwork:getNetwork", {"name": "nothing"})


def test_a_lookup_that_the_sandbox_cannot_answer_says_so(world):
    with pytest.raises(ProviderError, match="has no answer to gcp:compute/getLBIPRanges:getLBIPRanges"):
        ask(world, "gcp:compute/getLBIPRanges:getLBIPRanges", {})
    with pytest.raises(NoSuchTypeError):
        ask(world, "gcp:compute/getNothing:getNothing", {})


def test_projects_and_the_callers_configuration_are_known(world):
    world.know_project()
    found, _ = ask(world, "gcp:organizations/getProject:getProject", {})
    assert found["number"] == "418722330501"
    with pytest.raises(ApiError, match="403"):
        ask(world, "gcp:organizations/getProject:getProject", {"projectId": "nobodys"})
    found, _ = ask(world, "gcp:organizations/getClientConfig:getClientConfig", {})
    assert found["project"] == "netra-staging"


def test_regional_secrets_live_in_their_region(world):
    regional = "gcp:secretmanager/regionalSecret:RegionalSecret"
    secret = world.up(regional, "s", secretId="s", location="us-central1")
    made = world.up(
        "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion", "v", secret=secret.id, secretData="x"
    )
    assert made["version"] == "1"
    found, _ = ask(
        world,
        "gcp:secretmanager/getRegionalSecretVersion:getRegionalSecretVersion",
        {
            "secret": "s",
            "location": "us-central1",
        },
    )
    assert found["secretData"] == "x"
