# ruff: noqa: ARG001 - a step needs the step before it, whether or not it looks at it
"""The life of staging on the real engine: from nothing to everything, changed, and back to nothing.

Each fixture is one step and needs the step before; each test looks at one step.
"""

import re

import pytest

from sandbox.cloud import Cloud

POLICY = "gcp:compute/sSLPolicy:SSLPolicy"
REDIS = "gcp:redis/instance:Instance"
RUN = "gcp:cloudrunv2/service:Service"
TEST = "gcp:networkmanagement/connectivityTest:ConnectivityTest"
CONNECTOR = "gcp:vpcaccess/connector:Connector"
PROTECTED = {
    "backend-service": "protect, deletionProtection",
    "cache-redis": "protect, deletionProtection",
    "database-instance": "protect, deletionProtection, settings.deletionProtectionEnabled",
    "ingress-zone": "protect",
    "project-images": "protect",
}


def count(ran, what):
    """How many resources `Resources:` says were e.g. created."""
    found = re.search(rf"(\d+) {what}$", "\n".join(ran.changes), re.MULTILINE)
    return int(found[1]) if found else 0


def in_cloud(world, token):
    with Cloud(world.state / "cloud.sqlite").transaction() as cloud:
        return [each for each in cloud.all(token) if not each.outside]


@pytest.fixture(scope="module")
def previewed(shared):
    shared.checkpoints = True  # the life as a user's is
    return shared.pulumi("preview").must()


@pytest.fixture(scope="module")
def created(shared, previewed):
    return shared.up().must()


@pytest.fixture(scope="module")
def again(shared, created):
    before = shared.things()
    return shared.up("--expect-no-changes"), before


@pytest.fixture(scope="module")
def drifted(shared, again):
    """Somebody changes one thing by hand and deletes another."""
    with Cloud(shared.state / "cloud.sqlite").transaction() as cloud:
        [redis] = cloud.all(REDIS)
        redis.body["memorySizeGb"] = 7
        cloud.put(redis)
        [policy] = cloud.all("gcp:compute/sSLPolicy:SSLPolicy") or cloud.all(
            "gcp:compute/sslPolicy:SslPolicy"
        )
        cloud.remove(policy)
    return shared.pulumi("refresh", "--yes", "--skip-preview", "--diff").must()


@pytest.fixture(scope="module")
def repaired(shared, drifted):
    return shared.up("--diff").must()


@pytest.fixture(scope="module")
def updated(shared, repaired):
    shared.edit(("maxInstances: 20", "maxInstances: 18"))
    return shared.up().must()


@pytest.fixture(scope="module")
def replaced(shared, updated):
    """The connector gets another name and range: Google cannot change either in place."""
    shared.edit(("name: netra-staging\n", "name: netra-staging-b\n"), ("10.8.0.0/28", "10.8.0.32/28"))
    return shared.up().must()


@pytest.fixture(scope="module")
def refused(shared, replaced):
    before = shared.things()
    destroys = {
        "bin/sandbox": shared.pulumi("destroy", "--yes", "--skip-preview"),
        "engine": shared.run("sh", "-c", "pulumi destroy --yes --color never"),
    }
    assert shared.things() == before
    return destroys


@pytest.fixture(scope="module")
def unprotected(shared, refused):
    return shared.up(unprotected=True).must()


@pytest.fixture(scope="module")
def destroyed(shared, unprotected):
    return shared.pulumi("destroy", "--yes").must()


def test_a_preview_judges_every_resource_and_creates_none(shared, previewed):
    assert "plumbline@v" in previewed.text.partition("Policies:")[2]
    assert count(previewed, "to create") > 100


def test_an_up_creates_what_was_previewed(previewed, created):
    assert count(created, "created") == count(previewed, "to create")


def test_what_is_in_the_cloud_is_in_the_state_and_nothing_else(shared, created):
    in_state = {(each["type"], each["id"]) for each in shared.resources() if "id" in each}
    assert len(shared.things()) > 70
    assert shared.things() <= in_state


def test_no_password_stands_in_the_state_in_plain_text(shared, created):
    for each in shared.resources():
        for name in ("password", "secretData", "authString"):
            for values in (each.get("inputs") or {}, each.get("outputs") or {}):
                assert not isinstance(values.get(name), str), f"{each['urn']}: {name}"


def test_a_second_up_changes_nothing(shared, previewed, again):
    ran, before = again
    assert ran.code == 0
    assert ran.changes == [f"{count(previewed, 'to create')} unchanged"]
    assert shared.things() == before


def test_a_refresh_reports_what_was_changed_and_deleted_by_hand(drifted):
    assert re.search(r"memorySizeGb\s*: 4 => 7", drifted.text)
    assert count(drifted, "updated") == 1
    assert count(drifted, "deleted") == 1


def test_the_next_up_puts_right_what_had_drifted(shared, repaired):
    assert (count(repaired, "updated"), count(repaired, "created")) == (1, 1)
    assert in_cloud(shared, REDIS)[0].body["memorySizeGb"] == 4
    assert len(in_cloud(shared, POLICY)) == 1


def test_a_change_that_google_makes_in_place_updates(shared, updated):
    assert count(updated, "updated") >= 1
    # A connectivity test names the revision: a test of another revision is another test.
    assert count(updated, "replaced") == len(in_cloud(shared, TEST))
    [backend] = [each for each in in_cloud(shared, RUN) if each.name == "netra-backend-staging"]
    assert backend.body["scaling"]["maxInstanceCount"] == 18


def test_a_change_that_google_cannot_make_in_place_replaces(shared, replaced):
    assert "vpcaccess:Connector egress-connector created replacement" in replaced.text
    assert [each.name for each in in_cloud(shared, CONNECTOR)] == ["netra-staging-b"]


def test_a_protected_stack_is_not_destroyed_and_each_resource_and_switch_is_named(refused):
    ran = refused["bin/sandbox"]
    assert ran.code == 1
    for name, switches in PROTECTED.items():
        assert re.search(rf"^  {name} \(gcp:[^)]+\): {switches}$", ran.text, re.MULTILINE), ran.text
    assert "bin/sandbox --unprotected pulumi up --stack staging" in ran.text


def test_the_engine_itself_refuses_too_before_anything_is_deleted(refused):
    """It stops at the first level of dependants, so that it names fewer than bin/sandbox does."""
    ran = refused["engine"]
    assert ran.code != 0
    assert re.search(r"Service::backend-service\" cannot be deleted", ran.text)


def test_unprotected_an_up_only_takes_the_switches_off(unprotected):
    assert {line.split()[-1] for line in unprotected.changes} <= {"updated", "unchanged"}


def test_a_destroy_then_leaves_an_empty_cloud(shared, destroyed):
    assert shared.things() == set()
    assert shared.resources() == []


def test_the_copy_is_protected_again_after_the_one_run(shared, destroyed):
    copy = (shared.state / "plumbline" / "Pulumi.staging.yaml").read_text()
    assert '"plumbline:deletionProtection": "true"' in copy or '"plumbline:deletionProtection": true' in copy


def test_no_process_is_left(shared, destroyed):
    assert shared.processes() == []
