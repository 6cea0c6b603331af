"""Workload identity federation and what a bucket with a key of its own needs."""

import pytest

from sandbox.errors import ApiError

POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
BUCKET = "gcp:storage/bucket:Bucket"
GITHUB = {
    "workloadIdentityPoolId": "github",
    "workloadIdentityPoolProviderId": "actions",
    "attributeMapping": {"google.subject": "assertion.sub"},
    "attributeCondition": "assertion.repository_id == '1'",
    "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
}


@pytest.fixture
def pool(world):
    return world.up(POOL, "pool", workloadIdentityPoolId="github")


@pytest.fixture
def provided(pool):
    """What a provider is made of, beside its pool."""
    return {**GITHUB, "workloadIdentityPoolId": pool["workloadIdentityPoolId"]}


def test_a_provider_is_named_by_the_projects_number_as_grants_need_it(world, provided):
    made = world.up(PROVIDER, "provider", **provided)
    assert made.id == "projects/netra-staging/locations/global/workloadIdentityPools/github/providers/actions"
    assert made["name"].split("/")[1].isdigit()
    assert made["name"].endswith("/workloadIdentityPools/github/providers/actions")


def test_a_provider_needs_its_pool(world):
    with pytest.raises(ApiError, match="not found"):
        world.up(PROVIDER, "provider", **GITHUB)


def test_a_provider_that_lets_everybody_at_github_in_is_refused(world, provided):
    with pytest.raises(ApiError, match="must reference one of the provider's claims"):
        world.up(PROVIDER, "provider", **{**provided, "attributeCondition": "true"})


def test_a_provider_without_a_subject_is_refused(world, provided):
    with pytest.raises(ApiError, match=r"google\.subject"):
        world.up(PROVIDER, "provider", **{**provided, "attributeMapping": {"attribute.ref": "assertion.ref"}})


@pytest.mark.parametrize("name", ["gh", "gcp-github", "GitHub"])
def test_a_pools_id_is_checked_at_preview(world, name):
    assert "workload_identity_pool_id" in world.failures(POOL, "pool", workloadIdentityPoolId=name)[0]


def test_a_deleted_pools_id_stays_taken(world, pool):
    world.down(pool)
    with pytest.raises(ApiError, match="already exists"):
        world.up(POOL, "pool", workloadIdentityPoolId="github")


def test_a_bucket_cannot_use_a_key_that_cloud_storage_may_not_use(world):
    ring = world.up("gcp:kms/keyRing:KeyRing", "ring", name="pulumi", location="us-central1")
    key = world.up("gcp:kms/cryptoKey:CryptoKey", "key", name="state", keyRing=ring.id)
    wanted = {"name": "state", "location": "US", "encryption": {"defaultKmsKeyName": key.id}}
    with pytest.raises(ApiError, match="Permission denied on Cloud KMS key"):
        world.up(BUCKET, "bucket", **wanted)


def test_access_is_granted_on_a_bucket_by_its_name(world):
    world.up(BUCKET, "bucket", name="netra-state", location="US")
    made = world.up(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        "reader",
        bucket="netra-state",
        role="roles/storage.objectViewer",
        member="user:ada@example.com",
    )
    assert "netra-state" in made.id
