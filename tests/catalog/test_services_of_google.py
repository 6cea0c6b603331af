"""Connectors, direct egress, Redis, Cloud Run and APIs: what each takes and refuses."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import apis, cloud_run, connector, direct_egress, redis, secret_manager

DIGEST = "a" * 64


@pytest.mark.parametrize(
    ("machine", "two", "ten"),
    [("f1-micro", 100, 500), ("e2-micro", 200, 1000), ("e2-standard-4", 3200, 16000)],
)
def test_a_connector_s_throughput_grows_with_its_instances(machine, two, ten):
    kind = connector.MACHINE_TYPES[machine]
    assert (kind.mbps(2), kind.mbps(10)) == (two, ten)
    assert kind.least_mbps == kind.mbps(2)


def test_an_unknown_machine_type_is_refused_with_those_there_are():
    breach = connector.check_machine_type("n2-standard-8")
    assert breach.why == (
        "a connector's instances are f1-micro, e2-micro, e2-standard-4, and no other machine type"
    )


@pytest.mark.parametrize(
    ("least", "most", "right"), [(2, 3, True), (9, 10, True), (3, 3, False), (5, 4, False)]
)
def test_a_connector_s_least_lies_below_its_most(least, most, right):
    assert (connector.check_order(least, most) is None) == right


def test_a_connector_carries_the_tags_that_firewall_rules_may_aim_at():
    tags = connector.firewall_tags("us-central1", "netra-staging")
    assert tags == ("vpc-connector", "vpc-connector-us-central1-netra-staging")


@pytest.mark.parametrize(
    ("instances", "addresses"), [([1], 16), ([8], 16), ([9], 32), ([21, 11], 48 + 32), ([], 0)]
)
def test_direct_egress_takes_two_addresses_an_instance_in_blocks_of_sixteen(instances, addresses):
    assert direct_egress.addresses_needed(instances) == addresses


@given(st.integers(1, 20_000))
def test_the_subnet_for_direct_egress_is_the_smallest_that_is_large_enough(addresses):
    prefix = direct_egress.prefix_for(addresses)
    assert direct_egress.addresses_given(IPv4Network((0, prefix))) >= addresses
    assert prefix == 26 or direct_egress.addresses_given(IPv4Network((0, prefix + 1))) < addresses


def test_redis_versions_and_tiers_are_those_of_memorystore():
    assert redis.check_version("REDIS_7_2") is None
    assert redis.check_version("REDIS_99_9").example == "REDIS_7_2"
    assert redis.check_tier("STANDARD_HA") is None
    assert redis.check_tier("STANDARD").example == "STANDARD_HA"


def test_redis_answers_on_another_port_with_tls():
    assert (redis.port(tls=True), redis.port(tls=False)) == (6378, 6379)


@pytest.mark.parametrize("cpu", [0.08, 0.5, 0.999, 1, 2, 4, 6, 8])
def test_cloud_run_has_these_sizes_of_cpu(cpu):
    assert cloud_run.check_cpu(cpu) is None


@pytest.mark.parametrize(
    ("cpu", "right"), [(0.07, 1), (1.5, 2), (3, 4), (5, 6), (7, 8), (10, 8), (0, 1), (0.0801, 1)]
)
def test_other_sizes_of_cpu_are_refused_with_the_next_one(cpu, right):
    assert cloud_run.check_cpu(cpu).example == right


@pytest.mark.parametrize(
    ("cpu", "least", "most"),
    [
        (0.08, 128, 512),
        (0.499, 128, 512),
        (0.5, 128, 1024),
        (0.999, 128, 1024),
        (1, 512, 4096),
        (2, 512, 8192),
        (4, 2048, 16_384),
        (6, 4096, 24_576),
        (8, 4096, 32_768),
    ],
)
def test_memory_is_bounded_by_cpu(cpu, least, most):
    assert cloud_run.check_memory(least, cpu) is None
    assert cloud_run.check_memory(most, cpu) is None
    assert cloud_run.check_memory(least - 1, cpu).example == least
    assert cloud_run.check_memory(most + 1, cpu).example == most


def test_below_one_cpu_an_instance_answers_one_request_at_a_time():
    assert cloud_run.check_concurrency(1, 0.5) is None
    assert cloud_run.check_concurrency(2, 0.5).example == 1
    assert cloud_run.check_concurrency(1000, 1) is None
    assert cloud_run.check_concurrency(1001, 1).example == 1000


def test_below_one_cpu_there_is_only_the_first_generation():
    assert cloud_run.execution_environment(0.5) == "EXECUTION_ENVIRONMENT_GEN1"
    assert cloud_run.execution_environment(1) == "EXECUTION_ENVIRONMENT_GEN2"


@pytest.mark.parametrize(
    ("image", "right"),
    [
        (f"us-central1-docker.pkg.dev/p/r/i@sha256:{DIGEST}", True),
        (f"localhost:5000/i@sha256:{DIGEST}", True),
        ("us-central1-docker.pkg.dev/p/r/i:latest", False),
        ("us-central1-docker.pkg.dev/p/r/i", False),
        (f"us-central1-docker.pkg.dev/p/r/i@sha256:{DIGEST[1:]}", False),
        (f"us-central1-docker.pkg.dev/p/r/i@sha256:{DIGEST}0", False),
        (f"us-central1-docker.pkg.dev/p/r/i@sha256:{DIGEST[1:]}g", False),
    ],
)
def test_an_image_is_named_by_its_whole_digest(image, right):
    assert (cloud_run.check_image(image) is None) == right


def test_the_fix_for_a_tag_keeps_the_image_and_a_registry_s_port():
    breach = cloud_run.check_image("localhost:5000/team/i:v1")
    assert breach.example == "localhost:5000/team/i@sha256:<64 hexadecimal digits>"


@pytest.mark.parametrize("name", ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", "X_GOOGLE_A"])
def test_variables_of_cloud_run_itself_cannot_be_set(name):
    assert cloud_run.check_env_name(name) is not None
    assert cloud_run.check_env_name(f"MY_{name}") is None


def test_a_tag_and_a_service_s_name_have_46_characters_together():
    assert cloud_run.check_tag("candidate", "s" * 37) is None
    assert cloud_run.check_tag("candidate", "s" * 38).example == "s" * 37


@pytest.mark.parametrize("version", ["latest", "", "0", "-1", "v3", "1.0", "sk-canary"])
def test_a_version_that_is_not_pinned_is_refused_and_not_echoed(version):
    breach = secret_manager.check_version(version)
    assert breach.what in ("is 'latest'", "is not a version's number")
    assert "canary" not in f"{breach.what} {breach.why}"


def test_a_numbered_version_is_pinned():
    assert secret_manager.check_version("12") is None


def test_each_type_of_the_platform_has_an_api():
    assert apis.api_for("gcp:redis/instance:Instance").name == "redis.googleapis.com"
    assert apis.api_for("gcp:cloudrunv2/service:Service").name == "run.googleapis.com"
    assert apis.api_for("aws:s3/bucket:Bucket") is None
    names = [api.name for api in apis.APIS]
    assert names == sorted(set(names))
