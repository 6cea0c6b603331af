from __future__ import annotations

import pytest

from sandbox import faults
from sandbox.cloud import Cloud
from sandbox.errors import ApiError, ProviderError
from tests.sandbox.world import (
    API,
    NETWORK,
    REDIS,
    RUN,
    SECRET,
    SQL,
    SUBNETWORK,
    VERSION,
    World,
    cache,
    database,
    service,
    urn,
)


def test_an_api_that_is_not_enabled_is_refused(world):
    world.know_project()
    with pytest.raises(ApiError) as refusal:
        world.network()
    assert refusal.value.status == 403
    assert "Compute Engine API has not been used in project 418722330501" in str(refusal.value)
    assert str(refusal.value).endswith(", SERVICE_DISABLED")


def test_an_api_that_was_enabled_first_is_there(world):
    world.know_project("compute")
    assert world.exists(world.network())


def test_an_unknown_project_counts_as_ready_until_its_stack_enables_an_api(world):
    assert world.exists(world.network())
    world.up(API, "run", service="run.googleapis.com")
    with pytest.raises(ApiError, match="SERVICE_DISABLED"):
        world.network("another")


def test_an_api_stays_enabled_unless_its_resource_says_otherwise(world):
    kept = world.up(API, "run", service="run.googleapis.com")
    gone = world.up(API, "dns", service="dns.googleapis.com", disableOnDestroy=True)
    world.down(kept)
    world.down(gone)
    assert world.exists(kept)
    assert not world.exists(gone)


def test_a_name_that_is_taken_is_refused(world):
    world.network()
    with pytest.raises(ApiError) as refusal:
        world.network()
    assert str(refusal.value) == (
        "Error creating Network: googleapi: Error 409: The resource "
        "'projects/netra-staging/global/networks/netra' already exists, alreadyExists"
    )


def test_what_is_refused_is_not_made(world):
    with pytest.raises(ApiError):
        world.up(
            SUBNETWORK, "s", name="s", network="nowhere", region="us-central1", ipCidrRange="10.0.0.0/24"
        )
    with world.cloud.transaction():
        assert world.cloud.all(SUBNETWORK) == []


def test_a_reference_to_nothing_is_refused_by_its_name(world):
    with pytest.raises(ApiError) as refusal:
        world.up(
            SUBNETWORK, "s", name="s", network="nowhere", region="us-central1", ipCidrRange="10.0.0.0/24"
        )
    assert refusal.value.status == 404
    assert "'projects/netra-staging/global/networks/nowhere' was not found" in str(refusal.value)


def test_what_is_in_use_is_not_deleted(world):
    network = world.network()
    subnet = world.up(
        SUBNETWORK, "s", name="s", network=network.id, region="us-central1", ipCidrRange="10.0.0.0/24"
    )
    with pytest.raises(
        ApiError, match=r"is already being used by 'projects/.*/subnetworks/s'.*resourceInUseByAnother"
    ):
        world.down(network)
    world.down(subnet)
    world.down(network)
    assert not world.exists(network)


def test_deleting_what_is_gone_is_no_error(world):
    network = world.network()
    world.down(network)
    world.down(network)


@pytest.mark.parametrize(
    ("token", "make", "words"),
    [
        (
            RUN,
            lambda _: service(deletionProtection=True),
            "cannot destroy service without setting deletion_protection",
        ),
        (
            SQL,
            lambda w: database(w.network().id, protected=True),
            "failed to delete instance because deletion_protec",
        ),
        (
            REDIS,
            lambda w: cache(w.network().id, deletionProtection=True),
            "cannot destroy instance without setting",
        ),
        (
            SECRET,
            lambda _: {"secretId": "s", "replication": {}, "deletionProtection": True},
            "cannot destroy secret",
        ),
    ],
)
def test_what_is_protected_is_not_deleted(world, token, make, words):
    inputs = make(world)
    if token == SQL:
        from tests.sandbox.world import Made, Up  # noqa: PLC0415 - one case needs the network as a resource

        network = Up(
            NETWORK,
            "n",
            Made("projects/netra-staging/global/networks/netra", {"name": "netra"}, frozenset()),
            {},
        )
        world.private_access(network)
    up = world.up(token, "it", **inputs)
    with pytest.raises(ProviderError, match=words):
        world.down(up)
    assert world.exists(up)


def test_protection_switched_off_lets_it_go(world):
    up = world.up(RUN, "be", **service(deletionProtection=True))
    up = world.change(up, **service(deletionProtection=False))
    world.down(up)
    assert not world.exists(up)


def test_a_deletion_policy_prevents_or_abandons(world):
    kept = world.up(NETWORK, "a", name="a", deletionPolicy="PREVENT")
    left = world.up(NETWORK, "b", name="b", deletionPolicy="ABANDON")
    with pytest.raises(ProviderError, match="deletion_policy"):
        world.down(kept)
    world.down(left)
    assert world.exists(left)


def test_an_update_keeps_what_google_computed_and_drops_what_the_user_dropped(world):
    up = world.up(REDIS, "r", **cache(world.network().id, labels={"a": "b"}, displayName="x"))
    changed = world.change(up, **cache("netra", memorySizeGb=8, labels={"c": "d"}))
    assert changed["host"] == up["host"]
    assert changed["labels"] == {"c": "d"}
    assert "displayName" not in changed.made.outputs
    assert changed["effectiveLabels"] == {"c": "d", "goog-pulumi-provisioned": "true"}


def test_an_update_of_what_is_gone_is_refused(world):
    up = world.network()
    world.down(up)
    with pytest.raises(ApiError, match="Error updating Network: googleapi: Error 404"):
        world.change(up, name="netra", autoCreateSubnetworks=False, description="x")


def test_an_update_preview_keeps_what_is_computed_known(world):
    from sandbox.provider import Existing  # noqa: PLC0415 - one case

    up = world.up(REDIS, "r", **cache(world.network().id))
    inputs = world.checked(REDIS, "r", olds=up.inputs, **cache("netra", memorySizeGb=8)).inputs
    existing = Existing(up.id, up.made.outputs, up.inputs)
    planned = world.provider.preview_update(REDIS, urn(REDIS, "r"), existing, inputs)
    assert planned.id == up.id
    assert planned.outputs["host"] == up["host"]
    assert planned.outputs["memorySizeGb"] == 8


def test_a_refresh_finds_drift_and_the_next_diff_mends_it(world):
    inputs = cache(world.network().id)
    up = world.up(REDIS, "r", **inputs)
    with world.cloud.transaction():
        thing = world.cloud.get(REDIS, up.id)
        thing.body["memorySizeGb"] = 1
        world.cloud.put(thing)
    seen = world.refresh(up)
    assert seen["memorySizeGb"] == 1
    assert seen.inputs["memorySizeGb"] == 1
    assert world.diff(seen, **inputs).changed == {"memorySizeGb": "UPDATE"}
    mended = world.change(seen, **inputs)
    assert world.diff(mended, **inputs).changed == {}


def test_a_refresh_without_drift_changes_nothing(world):
    up = world.up(RUN, "be", **service())
    seen = world.refresh(up)
    assert seen.inputs == up.inputs
    assert world.diff(seen, **service()).changed == {}


def test_a_refresh_finds_what_is_gone(world):
    up = world.network()
    world.down(up)
    assert world.refresh(up) is None


@pytest.mark.parametrize(
    "given", ["projects/netra-staging/global/networks/netra", "netra-staging/netra", "netra"]
)
def test_an_import_takes_every_form_of_the_id(world, given):
    world.network()
    made = world.provider.read(NETWORK, urn(NETWORK, "n"), given, {})
    assert made.id == "projects/netra-staging/global/networks/netra"
    assert made.inputs["name"] == "netra"
    assert made.inputs["project"] == "netra-staging"


def test_what_is_imported_is_no_difference_to_its_program(world):
    inputs = cache(world.network().id, redisVersion="REDIS_7_2")
    up = world.up(REDIS, "r", **inputs)
    made = world.provider.read(REDIS, urn(REDIS, "r"), up.id, {})
    from tests.sandbox.world import Up  # noqa: PLC0415 - one case

    assert world.diff(Up(REDIS, "r", made, made.inputs), **inputs).changed == {}


def test_an_import_of_nothing_finds_nothing(world):
    assert world.provider.read(NETWORK, urn(NETWORK, "n"), "nothing", {}) is None


def test_secret_outputs_are_marked(world):
    up = world.up(REDIS, "r", **cache(world.network().id, authEnabled=True))
    assert ("authString",) in up.made.secrets
    version = world.up(VERSION, "v", secret=world.secret("s", versions=0).id, secretData="hunter2")
    assert ("secretData",) in version.made.secrets


def test_an_operation_that_takes_time_is_in_the_cloud_from_its_start(tmp_path):
    rules = (faults.Rule("slow", type="gcp:compute/network:*", latency_ms=200),)
    world = World(tmp_path, rules)

    def look(seconds):
        # Another process sees it while this one waits: this is what a killed engine leaves behind.
        with Cloud(tmp_path / "cloud.sqlite", world.clock).transaction() as other:
            thing = other.get(NETWORK, "projects/netra-staging/global/networks/netra")
            assert thing.ready_at == pytest.approx(world.clock.now + 0.2)
        world.slept.append(seconds)

    world.provider._sleep = look
    world.network()
    assert world.slept == [pytest.approx(0.2)]


def test_a_delete_that_takes_time_completes_by_itself(tmp_path):
    world = World(tmp_path, (faults.Rule("slow", operation="delete", latency_ms=5000),))
    network = world.network()
    world.down(network)
    assert world.exists(network)
    with pytest.raises(ApiError, match="409"):
        world.network()
    world.clock.now += 6
    assert not world.exists(network)


def test_types_without_a_model_live_as_every_resource_does(world):
    topic = "gcp:pubsub/topic:Topic"
    up = world.up(topic, "t", name="t", labels={"a": "b"})
    assert up.id == "projects/netra-staging/topics/t"
    assert up["effectiveLabels"]["a"] == "b"
    with pytest.raises(ApiError, match="409"):
        world.up(topic, "t", name="t")
    assert world.diff(up, name="t", labels={"a": "b"}).changed == {}
    assert world.diff(up, name="u", labels={"a": "b"}).replaces == {"name"}
    world.down(up)
    assert not world.exists(up)


def test_a_resource_that_the_api_names_gets_a_name_of_its_own(world):
    channel = "gcp:monitoring/notificationChannel:NotificationChannel"
    one = world.up(channel, "a", type="email", labels={"email_address": "a@example.com"})
    other = world.up(channel, "b", type="email", labels={"email_address": "b@example.com"})
    assert one["name"].startswith("projects/netra-staging/notificationChannels/")
    assert one.id != other.id
