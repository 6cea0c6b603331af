from __future__ import annotations

import pytest

from sandbox.errors import ApiError, HalfCreatedError
from sandbox.provider import Provider
from sandbox.services.cloudrunv2 import move_traffic, served, start_is_over
from tests.sandbox.world import (
    ACCESSOR,
    CONNECTOR,
    DIGEST,
    REGION,
    RUN,
    SUBNETWORK,
    VERSION,
    connector,
    from_secret,
    service,
)

JOB = "gcp:cloudrunv2/job:Job"
V1 = "gcp:cloudrun/service:Service"


@pytest.fixture
def account(world):
    return world.account()


def reading(account, *envs):
    return service(container={"envs": list(envs)}, template={"serviceAccount": account["email"]})


def test_a_service_that_can_start_is_ready(world, account):
    secret = world.secret("jwt-secret")
    world.may_read(account, secret)
    made = world.up(RUN, "be", **reading(account, from_secret("JWT", "jwt-secret")))
    assert made["terminalConditions"][0]["state"] == "CONDITION_SUCCEEDED"
    assert made["latestReadyRevision"] == made["latestCreatedRevision"]
    assert made["uri"].startswith("https://backend-")
    assert made["traffics"][0]["percent"] == 100


def stays_unready(world, token, inputs, said):
    with pytest.raises(HalfCreatedError, match=said) as failure:
        world.up(token, "be", **inputs)
    assert "is not ready and cannot serve traffic" in failure.value.reason
    # The service exists all the same: the engine keeps it as one that is not initialised.
    with world.cloud.transaction():
        thing = world.cloud.get(token, failure.value.resource_id)
    assert thing.body["terminalConditions"][0]["state"] == "CONDITION_FAILED"
    assert thing.body["latestReadyRevision"] == ""
    assert thing.body["uid"]
    return failure.value


def test_a_secret_that_is_missing_keeps_the_revision_from_starting(world, account):
    inputs = reading(account, from_secret("JWT", "jwt-secret"))
    stays_unready(
        world, RUN, inputs, r"env\[0\].*Secret projects/\d+/secrets/jwt-secret/versions/1 was not found"
    )


def test_a_version_that_is_missing_keeps_the_revision_from_starting(world, account):
    world.may_read(account, world.secret("jwt-secret"))
    stays_unready(
        world, RUN, reading(account, from_secret("JWT", "jwt-secret", "7")), "versions/7 was not found"
    )


def test_a_secret_without_versions_has_no_latest(world, account):
    world.may_read(account, world.secret("jwt-secret", versions=0))
    stays_unready(
        world, RUN, reading(account, from_secret("JWT", "jwt-secret", "latest")), "versions/latest was not"
    )


def test_a_version_that_is_disabled_keeps_the_revision_from_starting(world, account):
    secret = world.secret("jwt-secret")
    world.may_read(account, secret)
    world.up(VERSION, "v2", secret=secret.id, secretData="x", enabled=False)
    stays_unready(
        world, RUN, reading(account, from_secret("JWT", "jwt-secret", "latest")), "is in DISABLED state"
    )


def test_a_secret_that_the_account_may_not_read_keeps_the_revision_from_starting(world, account):
    world.secret("jwt-secret")
    world.may_read(account, world.secret("another"))
    inputs = reading(account, from_secret("JWT", "jwt-secret"))
    failure = stays_unready(
        world, RUN, inputs, "Permission denied on secret: projects/.*/jwt-secret/versions/1"
    )
    assert "backend-run@netra-staging.iam.gserviceaccount.com" in failure.reason


def test_every_fault_of_a_revision_is_told(world, account):
    inputs = reading(account, from_secret("A", "one"), from_secret("B", "two"))
    failure = stays_unready(world, RUN, inputs, "secrets/one/")
    assert "secrets/two/" in failure.reason


@pytest.mark.parametrize(
    ("token", "grant"),
    [
        ("gcp:projects/iAMMember:IAMMember", {"member": "M"}),
        ("gcp:projects/iAMBinding:IAMBinding", {"members": ["M"]}),
        ("gcp:secretmanager/secretIamBinding:SecretIamBinding", {"secretId": "jwt-secret", "members": ["M"]}),
    ],
)
def test_access_may_come_from_the_project_or_a_binding(world, account, token, grant):
    world.secret("jwt-secret")
    grant = {"member": account["member"]} if "member" in grant else {**grant, "members": [account["member"]]}
    if "secretIam" in token:
        grant["secretId"] = "jwt-secret"
    else:
        grant["project"] = "netra-staging"
    world.up(token, "grant", role=ACCESSOR, **grant)
    world.up(RUN, "be", **reading(account, from_secret("JWT", "jwt-secret")))


def test_access_may_come_from_a_role_of_the_projects_own(world, account):
    world.secret("jwt-secret")
    role = world.up(
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        "r",
        roleId="reader",
        title="Reader",
        permissions=["secretmanager.versions.access"],
    )
    world.up(
        "gcp:projects/iAMMember:IAMMember",
        "m",
        project="netra-staging",
        role=role.id,
        member=account["member"],
    )
    world.up(RUN, "be", **reading(account, from_secret("JWT", "jwt-secret")))


def test_another_role_gives_no_access(world, account):
    world.secret("jwt-secret")
    world.up(
        "gcp:projects/iAMMember:IAMMember",
        "m",
        project="netra-staging",
        role="roles/secretmanager.viewer",
        member=account["member"],
    )
    stays_unready(world, RUN, reading(account, from_secret("JWT", "jwt-secret")), "Permission denied")


def mounting(account, secret, version="1", name="backend"):
    volume = {"name": "v", "secret": {"secret": secret, "items": [{"path": "p", "version": version}]}}
    mounts = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    template = {"volumes": [volume], "serviceAccount": account["email"]}
    return service(name=name, container=mounts, template=template)


def test_a_secret_in_a_volume_is_checked_at_deploy_like_that_of_a_variable(world, account):
    stays_unready(
        world, RUN, mounting(account, "missing"), r"spec\.volumes\[0\]\.secret: Secret .* was not found"
    )
    world.secret("jwt-secret")
    inputs = mounting(account, "jwt-secret", name="another")
    stays_unready(world, RUN, inputs, "Permission denied on secret: .*/jwt-secret/versions/1")


def test_a_version_in_a_volume_is_looked_for_when_the_file_is_opened(world, account):
    world.may_read(account, world.secret("jwt-secret"))
    world.up(RUN, "be", **mounting(account, "jwt-secret", "7"))


def test_the_first_api_checks_the_secrets_of_volumes_too(world, account):
    source = {"secretName": "jwt-secret", "items": [{"path": "p", "key": "latest"}]}
    spec = {
        "containers": [{"image": DIGEST}],
        "volumes": [{"name": "v", "secret": source}],
        "serviceAccountName": account["email"],
    }
    with pytest.raises(HalfCreatedError, match=r"Secret .*/jwt-secret/versions/latest was not found"):
        world.up(V1, "be", name="be", location=REGION, template={"spec": spec})


def test_the_connector_must_exist_and_be_in_the_services_region(world):
    world.network()
    world.up(CONNECTOR, "c", **connector())
    path = "projects/netra-staging/locations/{}/connectors/{}"

    def through(region, name):
        return service(template={"vpcAccess": {"connector": path.format(region, name)}})

    stays_unready(
        world, RUN, {**through("us-central1", "nothing"), "name": "a"}, "connectors/nothing does not exist"
    )
    stays_unready(
        world, RUN, {**through("europe-west1", "egress"), "name": "b"}, "not in the region of the service"
    )
    world.up(RUN, "c", **{**through("us-central1", "egress"), "name": "c"})
    world.up(RUN, "d", **{**service(template={"vpcAccess": {"connector": "egress"}}), "name": "d"})


def test_a_connector_that_is_still_being_made_cannot_be_used(world):
    world.network()
    made = world.up(CONNECTOR, "c", **connector())
    with world.cloud.transaction():
        thing = world.cloud.get(CONNECTOR, made.id)
        thing.ready_at = world.clock.now + 60
        world.cloud.put(thing)
    inputs = service(template={"vpcAccess": {"connector": made.id}})
    stays_unready(world, RUN, inputs, "is not ready")
    world.clock.now += 61
    world.up(RUN, "again", **{**inputs, "name": "again"})


def test_direct_egress_needs_its_subnet_and_keeps_it(world):
    interface = {"network": "netra", "subnetwork": "direct"}
    inputs = service(template={"vpcAccess": {"networkInterfaces": [interface]}})
    world.network()
    stays_unready(world, RUN, {**inputs, "name": "a"}, "VPC subnetwork direct does not exist")
    subnet = world.up(
        SUBNETWORK, "s", name="direct", network="netra", region="us-central1", ipCidrRange="10.9.0.0/24"
    )
    world.up(RUN, "be", **inputs)
    with pytest.raises(ApiError, match="already being used"):
        world.down(subnet)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"container": {"image": "nowhere.example/x:y"}}, "Expected an image path like"),
        ({"container": {"image": "gcr.io/p/Image"}}, "Expected an image path like"),
        (
            {"container": {"resources": {"limits": {"cpu": "3", "memory": "4Gi"}}}},
            "Invalid value specified for cpu",
        ),
        (
            {"container": {"resources": {"limits": {"cpu": "4", "memory": "1Gi"}}}},
            "memory must be between 2048Mi",
        ),
        ({"container": {"resources": {"limits": {"cpu": "1", "memory": "8Gi"}}}}, "memory must be between"),
        ({"container": {"resources": {"limits": {"cpu": "four"}}}}, "Invalid value specified for cpu"),
        ({"container": {"envs": [{"name": "PORT", "value": "1"}]}}, "reserved env names were provided: PORT"),
        ({"container": {"envs": [{"name": "A"}, {"name": "A"}]}}, "Duplicate env names: A"),
        (
            {"container": {"startupProbe": {"periodSeconds": 60, "failureThreshold": 20}}},
            "must not be greater than 240",
        ),
        (
            {"container": {"startupProbe": {"periodSeconds": 5, "timeoutSeconds": 6}}},
            "timeout_seconds must not",
        ),
        ({"container": {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}}, "no volume of that name"),
        ({"template": {"timeout": "3601s"}}, "template.timeout"),
        ({"template": {"maxInstanceRequestConcurrency": 1001}}, "max_instance_request_concurrency"),
        ({"template": {"scaling": {"minInstanceCount": 3, "maxInstanceCount": 2}}}, "must not be greater"),
        (
            {"template": {"serviceAccount": "x@netra-staging.iam.gserviceaccount.com"}},
            "iam.serviceaccounts.actAs",
        ),
        (
            {"template": {"vpcAccess": {"connector": "c", "networkInterfaces": [{"network": "n"}]}}},
            "together",
        ),
        ({"template": {"revision": "another-1"}}, "must begin with 'backend-'"),
        ({"traffics": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 50}]}, "must be 100"),
        ({"name": "Backend"}, "invalid name"),
    ],
)
def test_a_service_that_cannot_be_passes_preview_and_is_refused_at_once(world, changes, said):
    inputs = service(**changes)
    assert world.failures(RUN, "be", **inputs) == []
    with pytest.raises(ApiError, match=said):
        world.up(RUN, "be", **inputs)
    with world.cloud.transaction():
        assert world.cloud.all(RUN) == []


def test_less_than_one_cpu_answers_one_request_at_a_time(world):
    small = {"resources": {"limits": {"cpu": "500m", "memory": "256Mi"}}}
    with pytest.raises(ApiError, match="Total cpu < 1 is not supported with concurrency > 1"):
        world.up(RUN, "be", **service(container=small, template={"maxInstanceRequestConcurrency": 80}))
    made = world.up(RUN, "be", **service(container=small))
    assert made["template"]["maxInstanceRequestConcurrency"] == 1


def test_a_changed_template_makes_a_revision_and_traffic_follows_the_latest(world):
    one = world.up(RUN, "be", **service())
    same = world.change(one, **service(labels={"a": "b"}))
    other = world.change(same, **service(container={"envs": [{"name": "A", "value": "1"}]}))
    assert same["latestReadyRevision"] == one["latestReadyRevision"]
    assert other["latestReadyRevision"] != one["latestReadyRevision"]
    assert other["trafficStatuses"][0]["revision"] in other["latestReadyRevision"]
    assert (one["generation"], other["generation"]) == ("1", "3")


def test_a_named_revision_cannot_be_another_template(world):
    named = {"revision": "backend-1"}
    up = world.up(RUN, "be", **service(template=named))
    assert up["latestCreatedRevision"].endswith("/revisions/backend-1")
    with pytest.raises(
        ApiError, match="Revision named 'backend-1' with different configuration already exists"
    ):
        world.change(up, **service(template=named, container={"envs": [{"name": "A", "value": "1"}]}))


def test_a_template_that_comes_back_under_its_name_is_that_revision_again(world):
    """As when a change is taken back: the name follows from the template."""
    first = {"template": {"revision": "backend-1"}}
    second = {"template": {"revision": "backend-2"}, "container": {"envs": [{"name": "A", "value": "1"}]}}
    up = world.up(RUN, "be", **service(**first))
    again = world.change(world.change(up, **service(**second)), **service(**first))
    assert again["latestCreatedRevision"].endswith("/revisions/backend-1")
    with pytest.raises(ApiError, match="Revision named 'backend-2' with different configuration"):
        world.change(again, **service(template={"revision": "backend-2"}))


def test_a_named_revision_that_an_older_sandbox_wrote_down_is_no_other(world):
    named = {"revision": "backend-1"}
    up = world.up(RUN, "be", **service(template=named))
    with world.cloud.transaction():
        thing = world.cloud.get(RUN, up.id)
        thing.body["__revisions"] = {"backend-1": "a digest of another kind"}
        world.cloud.put(thing)
    again = world.change(up, **service(template=named, labels={"a": "b"}))
    assert again["latestCreatedRevision"].endswith("/revisions/backend-1")


def test_traffic_that_was_moved_stays_where_it_is(world):
    up = world.up(RUN, "be", **service())
    split = [
        {
            "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
            "percent": 100,
            "tag": "candidate",
            "revision": up["latestReadyRevision"].rpartition("/")[2],
        }
    ]
    with world.cloud.transaction():
        thing = world.cloud.get(RUN, up.id)
        thing.body["traffics"] = split
        world.cloud.put(thing)
    changed = world.change(up, **service(container={"envs": [{"name": "A", "value": "1"}]}))
    assert changed["traffics"] == split
    assert changed["trafficStatuses"][0]["uri"].startswith("https://candidate---backend-")


def test_an_update_that_cannot_start_leaves_the_old_revision_serving(world, account):
    up = world.up(RUN, "be", **reading(account))
    with pytest.raises(HalfCreatedError, match="was not found"):
        world.change(up, **reading(account, from_secret("JWT", "jwt-secret")))
    with world.cloud.transaction():
        body = world.cloud.get(RUN, up.id).body
    assert body["latestReadyRevision"] == up["latestReadyRevision"]
    assert body["latestCreatedRevision"] != up["latestCreatedRevision"]


def test_a_service_mended_after_a_failure_becomes_ready(world, account):
    inputs = reading(account, from_secret("JWT", "jwt-secret"))
    with pytest.raises(HalfCreatedError) as failure:
        world.up(RUN, "be", **inputs)
    world.may_read(account, world.secret("jwt-secret"))
    from tests.sandbox.world import Made, Up  # noqa: PLC0415 - what the engine keeps of a failed create

    kept = Made(failure.value.resource_id, failure.value.outputs, frozenset())
    again = world.change(Up(RUN, "be", kept, world.checked(RUN, "be", **inputs).inputs), **inputs)
    assert again["terminalConditions"][0]["state"] == "CONDITION_SUCCEEDED"


def test_the_older_api_makes_the_same_services(world, account):
    spec = {
        "serviceAccountName": account["email"],
        "containers": [
            {
                "image": "gcr.io/p/i",
                "envs": [{"name": "J", "valueFrom": {"secretKeyRef": {"name": "s", "key": "1"}}}],
            }
        ],
    }
    inputs = {"name": "backend", "location": "us-central1", "template": {"spec": spec}}
    with pytest.raises(HalfCreatedError, match=r"Secret projects/\d+/secrets/s/versions/1 was not found"):
        world.up(V1, "be", **inputs)
    with pytest.raises(ApiError, match="409"):
        world.up(RUN, "be", **service())


def test_a_job_is_checked_as_a_service_is(world, account):
    task = {
        "serviceAccount": account["email"],
        "containers": [{"image": "gcr.io/p/i", "envs": [from_secret("J", "s")]}],
    }
    inputs = {
        "name": "j",
        "location": "us-central1",
        "template": {"template": task},
        "deletionProtection": False,
    }
    with pytest.raises(HalfCreatedError, match="Error waiting to create Job"):
        world.up(JOB, "j", **inputs)


def live(world, settle):
    """The provider in live mode, with this in the place of real servers."""
    world.provider = Provider(world.cloud, world.provider.place, settle=settle)


def kept(world, up_id):
    with world.cloud.transaction():
        return world.cloud.get(RUN, up_id).body


def test_live_traffic_stays_with_the_last_ready_revision_until_the_next_has_started(world):
    one = world.up(RUN, "be", **service())
    seen = []

    def settle(token, thing_id, body):
        del token, body
        seen.append(kept(world, thing_id))
        return ""

    live(world, settle)
    two = world.change(one, **service(container={"envs": [{"name": "A", "value": "1"}]}))
    assert seen[0]["terminalConditions"][0]["state"] == "CONDITION_RECONCILING"
    assert seen[0]["latestReadyRevision"] == one["latestReadyRevision"]
    assert served(seen[0])[0][0] in one["latestReadyRevision"]
    assert two["latestReadyRevision"] == two["latestCreatedRevision"] != one["latestReadyRevision"]
    assert kept(world, two.id)["trafficStatuses"][0]["revision"] in two["latestReadyRevision"]


def test_live_a_revision_that_does_not_start_gets_no_traffic(world):
    one = world.up(RUN, "be", **service())
    live(world, lambda *_: "Revision 'x' is not ready and cannot serve traffic. It did not listen.")
    with pytest.raises(HalfCreatedError, match=r"Error waiting to update Service: .* It did not listen"):
        world.change(one, **service(container={"envs": [{"name": "A", "value": "1"}]}))
    body = kept(world, one.id)
    assert body["terminalConditions"][0]["state"] == "CONDITION_FAILED"
    assert body["latestReadyRevision"] == one["latestReadyRevision"] != body["latestCreatedRevision"]
    assert body["trafficStatuses"][0]["revision"] in one["latestReadyRevision"]


def test_live_a_start_goes_on_when_the_engine_is_killed_before_it_has_ended(world):
    def killed(*_):
        raise KeyboardInterrupt

    live(world, killed)
    with pytest.raises(KeyboardInterrupt):
        world.up(RUN, "be", **service())
    with world.cloud.transaction():
        thing = world.cloud.named(RUN, "backend")[0]
        assert thing.body["latestReadyRevision"] == ""
        name = thing.body["latestCreatedRevision"].rpartition("/")[2]
        assert not start_is_over(world.cloud, thing.id, "another")
        assert start_is_over(world.cloud, thing.id, name)
        assert not start_is_over(world.cloud, thing.id, name)
    assert kept(world, thing.id)["terminalConditions"][0]["state"] == "CONDITION_SUCCEEDED"


def test_traffic_is_moved_as_the_api_moves_it(world):
    up = world.up(RUN, "be", **service())
    old = up["latestReadyRevision"].rpartition("/")[2]
    world.change(up, **service(container={"envs": [{"name": "A", "value": "1"}]}))
    target = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": old, "percent": 100}
    with world.cloud.transaction():
        move_traffic(world.cloud, world.cloud.get(RUN, up.id), [target])
    assert served(kept(world, up.id)) == [(old, 100, "")]
    for wrong, said in (
        ({**target, "percent": 90}, "must be 100"),
        ({**target, "revision": "x"}, "'x' does"),
    ):
        with world.cloud.transaction(), pytest.raises(ApiError, match=said):
            move_traffic(world.cloud, world.cloud.get(RUN, up.id), [wrong])
