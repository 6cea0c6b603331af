"""Connectivity tests: what Google takes and what it refuses."""

import pytest

from sandbox.errors import ApiError

TEST = "gcp:networkmanagement/connectivityTest:ConnectivityTest"
REVISION = "projects/netra-staging/locations/us-central1/revisions/backend-1"
REDIS = "projects/netra-staging/locations/us-central1/instances/netra-redis"
SQL = "projects/netra-staging/instances/netra-postgres"


def to_cache(name="backend-to-cache", *, revision=REVISION, **destination):
    return {
        "name": name,
        "source": {"cloudRunRevision": {"uri": revision}},
        "destination": destination or {"redisInstance": REDIS, "port": 6378.0},
    }


@pytest.mark.parametrize("destination", [{"redisInstance": REDIS}, {"cloudSqlInstance": SQL}])
def test_a_test_is_taken_whether_or_not_what_it_names_is_there(world, destination):
    made = world.up(TEST, "t", **to_cache(**destination))
    assert made.id == "projects/netra-staging/locations/global/connectivityTests/backend-to-cache"
    assert made["protocol"] == "TCP"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (to_cache("Backend"), "Invalid test_id 'Backend'"),
        (to_cache("a" * 41), "Invalid test_id"),
        (to_cache(revision="backend-1"), "source.cloud_run_revision.uri: 'backend-1'"),
        (to_cache(redisInstance="netra-redis"), "destination.redisInstance: 'netra-redis'"),
        (to_cache(cloudSqlInstance=REDIS.replace("projects/", "")), "destination.cloudSqlInstance"),
        ({**to_cache(), "destination": {}}, "The destination endpoint must not be empty"),
    ],
)
def test_what_is_no_endpoint_and_no_name_is_refused(world, inputs, said):
    with pytest.raises(ApiError, match=said):
        world.up(TEST, "t", **inputs)


def test_two_tests_of_one_name_clash(world):
    world.up(TEST, "t", **to_cache())
    with pytest.raises(ApiError, match="already exists"):
        world.up(TEST, "u", **to_cache())
