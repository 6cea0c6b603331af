from __future__ import annotations

import pytest

from sandbox import check, kinds
from sandbox.kinds import Place
from sandbox.wire import DEFAULTS, UNKNOWN
from tests.sandbox.world import CONNECTOR, NETWORK, REDIS, RUN, SQL, cache, connector, database, service


def one(failures):
    assert len(failures) == 1, failures
    return failures[0]


def test_an_unknown_name_is_refused_with_the_near_one(world):
    said = one(world.failures(REDIS, "cache", **cache("n"), teir="BASIC"))
    assert "Invalid or unknown key" in said
    assert "Did you mean 'tier'" in said
    assert "Examine values at 'cache.teir'" in said


def test_an_unknown_nested_name_is_refused_at_its_path(world):
    inputs = service(container={"imagee": "x"})
    assert "'be.template.containers[0].imagee'" in one(world.failures(RUN, "be", **inputs))


def test_a_wrong_type_is_refused(world):
    said = one(world.failures(REDIS, "cache", **cache("n", memorySizeGb="four")))
    assert "expected type 'int', got unconvertible type 'string', value: 'four'" in said


@pytest.mark.parametrize(("given", "kept"), [("4", 4.0), (4, 4.0), (4.0, 4.0)])
def test_a_number_may_come_as_text(world, given, kept):
    assert world.checked(REDIS, "cache", **cache("n", memorySizeGb=given)).inputs["memorySizeGb"] == kept


def test_a_list_must_be_a_list(world):
    assert "must be a list" in one(world.failures(RUN, "be", **service(template={"containers": {}})))


def test_a_missing_required_property_is_named_with_its_path(world):
    inputs = service(container={"envs": [{"value": "x"}]})
    assert (
        one(world.failures(RUN, "be", **inputs))
        == "Missing required property 'template.containers[0].envs[0].name'"
    )


def test_every_failure_is_told_at_once(world):
    assert len(world.failures(REDIS, "cache", tier="GOLD", teir="x")) == 3


def test_a_secret_value_of_the_wrong_type_is_not_shown():
    kind = kinds.kind("gcp:sql/user:User")
    inputs = {"instance": "i", "name": "n", "password": ["hunter2"]}
    failures = check.check(kind, "u", {}, inputs, Place("p"), secrets=frozenset({("password",)})).failures
    assert "unconvertible" in one(failures)
    assert "hunter2" not in failures[0]


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (REDIS, cache("n", tier="GOLD"), 'expected tier to be one of ["BASIC" "STANDARD_HA"], got GOLD'),
        (REDIS, cache("n", connectMode="BY_HAND"), "expected connect_mode to be one of"),
        (REDIS, cache("n", name="Netra-Redis"), "doesn't match regexp"),
        (SQL, database("n", edition="GOLD"), "expected settings.0.edition to be one of"),
        (SQL, database("n", availabilityType="GLOBAL"), "expected settings.0.availability_type to be one of"),
        (SQL, {"databaseVersion": "POSTGRES_17"}, "one of `clone,settings` must be specified"),
        (
            CONNECTOR,
            connector(maxThroughput=5000),
            "expected max_throughput to be in the range (200 - 1000), got 5000",
        ),
        (
            CONNECTOR,
            connector(maxInstances=3, maxThroughput=300),
            '"max_throughput": conflicts with max_instances',
        ),
    ],
)
def test_what_the_real_provider_catches_at_preview_is_caught(world, token, inputs, said):
    assert said in one(world.failures(token, "it", **inputs))


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (CONNECTOR, connector(maxInstances=100)),
        (CONNECTOR, connector(maxThroughput=350)),
        (CONNECTOR, connector(ipCidrRange="10.8.0.0/99")),
        (CONNECTOR, connector(minInstances=9, maxInstances=3)),
        (CONNECTOR, connector(machineType="n2-standard-64")),
        (REDIS, cache("n", memorySizeGb=0)),
        (REDIS, cache("n", redisVersion="REDIS_99_9")),
        (SQL, database("n", version="POSTGRES_99", tier="db-nope")),
        (SQL, database("n", edition="ENTERPRISE_PLUS")),
        (RUN, service(container={"image": "nowhere.example/x:y"})),
        (RUN, service(container={"resources": {"limits": {"cpu": "3", "memory": "1Ti"}}})),
    ],
)
def test_what_the_real_provider_lets_through_passes_preview(world, token, inputs):
    assert world.failures(token, "it", **inputs) == []


def test_defaults_are_applied_and_listed_in_every_object(world):
    inputs = world.checked(SQL, "db", **database("n")).inputs
    assert inputs[DEFAULTS] == []
    assert inputs["settings"][DEFAULTS] == [
        "activationPolicy",
        "availabilityType",
        "diskAutoresize",
        "pricingPlan",
    ]
    assert inputs["settings"]["pricingPlan"] == "PER_USE"
    assert inputs["settings"]["ipConfiguration"][DEFAULTS] == []


def test_a_default_that_is_zero_is_left_to_the_plan(world):
    inputs = world.checked(NETWORK, "net", name="net").inputs
    assert "deleteDefaultRoutesOnCreate" not in inputs
    assert inputs["autoCreateSubnetworks"] is True


def test_an_unknown_value_passes_every_check(world):
    assert world.failures(REDIS, "cache", **cache("n", tier=UNKNOWN, memorySizeGb=UNKNOWN)) == []


def test_a_name_left_out_is_the_logical_name_with_seven_characters(world):
    inputs = world.checked(NETWORK, "Web").inputs
    assert inputs["name"].startswith("web-")
    assert len(inputs["name"]) == len("web-") + 7
    assert "name" in inputs[DEFAULTS]


def test_an_automatic_name_stays(world):
    olds = world.checked(NETWORK, "web").inputs
    again = check.check(kinds.kind(NETWORK), "web", olds, {}, Place("p"), seed=b"another").inputs
    assert again["name"] == olds["name"]


def test_the_engine_may_propose_or_forbid_a_name():
    kind, place = kinds.kind(NETWORK), Place("p")
    proposed = check.check(kind, "w", {}, {}, place, autonaming=check.Autonaming("mine", "PROPOSE")).inputs
    forbidden = check.check(kind, "w", {}, {}, place, autonaming=check.Autonaming("", "DISABLE")).inputs
    assert proposed["name"] == "mine"
    assert "name" not in forbidden


def test_a_member_without_a_kind_is_refused(world):
    inputs = {"secretId": "s", "role": "roles/x", "member": "somebody"}
    said = one(world.failures("gcp:secretmanager/secretIamMember:SecretIamMember", "m", **inputs))
    assert "invalid value for member" in said


def test_types_without_a_model_are_checked_too(world):
    failures = world.failures("gcp:pubsub/topic:Topic", "t", name="t", kmsKey="k")
    assert "Did you mean 'kmsKeyName'" in one(failures)
