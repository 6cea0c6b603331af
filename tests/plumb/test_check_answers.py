"""What `plumb check` makes of a program's look-ups: nobody is asked, and the program goes on."""

from __future__ import annotations

import json

import pytest

from tests.plumb.test_check import PROJECT, check

IMPORTS = "import pulumi\nimport pulumi_gcp as gcp\n"
SERVICE = """
service = gcp.cloudrunv2.Service("web", name="web", location="us-central1", ingress="INGRESS_TRAFFIC_ALL",
    template={"service_account": "a@p.iam.gserviceaccount.com", "containers": [{"image": "i"}]})
policy = gcp.organizations.LOOK_UP(bindings=[{"role": "roles/run.invoker", "members": ["MEMBER"]}])
gcp.cloudrunv2.ServiceIamPolicy("policy", location="us-central1", name=service.name,
    policy_data=policy.policy_data)
"""
CACHE = """
theirs = gcp.redis.LOOK_UP(name="theirs", region="us-central1")
gcp.redis.Instance("cache", name="cache", memory_size_gb=4, tier="STANDARD_HA", redis_version="REDIS_7_2",
    auth_enabled=AUTH, transit_encryption_mode="SERVER_AUTHENTICATION", replica_count=1,
    redis_configs={"maxmemory-policy": "noeviction"}, read_replicas_mode="READ_REPLICAS_ENABLED")
"""
FORMS = ("get_iam_policy", "get_iam_policy_output")


@pytest.fixture
def found(tmp_path_factory):
    """What is found in a program, as pairs of a rule and a cause."""

    def run(text: str) -> set[tuple[str, str]]:
        # Python takes a file of the same length and second for the one that it has compiled.
        folder = tmp_path_factory.mktemp("program")
        (folder / "Pulumi.yaml").write_text(PROJECT)
        (folder / "Pulumi.dev.yaml").write_text(
            "config:\n  gcp:project: somewhere\n  gcp:region: us-central1\n"
        )
        (folder / "__main__.py").write_text(IMPORTS + text)
        done = check(folder, "-f", "json")
        assert done.returncode in (0, 1), done.stderr
        return {(one["rule"], one["cause"]) for one in json.loads(done.stdout)["findings"]}

    return run


@pytest.mark.parametrize("form", FORMS)
def test_a_policy_that_lets_everybody_in_is_refused(found, form):
    text = SERVICE.replace("LOOK_UP", form).replace("MEMBER", "allUsers")
    assert found(text) >= {("run-public", "INVOKER_EVERYBODY")}


@pytest.mark.parametrize("form", FORMS)
def test_a_policy_for_an_account_lets_nobody_else_in(found, form):
    text = SERVICE.replace("LOOK_UP", form).replace("MEMBER", "serviceAccount:a@b.c")
    assert not {cause for rule, cause in found(text) if rule == "run-public"}


def test_a_policy_for_a_member_that_is_looked_up_is_not_known(found):
    text = "asked = gcp.compute.get_default_service_account()\n" + SERVICE.replace("LOOK_UP", FORMS[0])
    text = text.replace('"MEMBER"', 'f"serviceAccount:{asked.email}"')
    assert ("run-public", "INVOKER_UNKNOWN") in found(text)


@pytest.mark.parametrize("form", ["get_instance", "get_instance_output"])
@pytest.mark.parametrize("auth", ["theirs.auth_enabled", "pulumi.Output.from_input(theirs.auth_enabled)"])
def test_a_truth_value_of_an_answer_is_unknown_not_absent(found, form, auth):
    text = CACHE.replace("LOOK_UP", form).replace("AUTH", auth)
    assert {cause for rule, cause in found(text) if rule == "redis-auth"} == {"REDIS_NO_AUTH_UNKNOWN"}


def test_what_is_made_of_an_unknown_truth_value_is_unknown(found):
    made = "theirs.auth_enabled.apply(lambda on: not on)"
    text = CACHE.replace("LOOK_UP", "get_instance_output").replace("AUTH", made)
    assert ("redis-auth", "REDIS_NO_AUTH_UNKNOWN") in found(text)


def test_a_truth_value_that_is_written_is_judged(found):
    assert ("redis-auth", "REDIS_NO_AUTH") in found(
        CACHE.replace("LOOK_UP", "get_instance").replace("AUTH", "False")
    )


# Each of these stopped the program: the answer had no such list, object or number.
WALKS = {
    "a list of texts": """
for each in gcp.compute.get_network(name="n").subnetworks_self_links:
    gcp.compute.Subnetwork("s", name="s", description=each.split("/")[-1], network="n", ip_cidr_range=RANGE)
""",
    "a list of texts, of a name in capitals": """
for each in gcp.compute.get_netblock_ip_ranges(range_type="cloud-netblocks").cidr_blocks_ipv4s:
    gcp.compute.Subnetwork("s", name="s", description=each, network="n", ip_cidr_range=RANGE)
""",
    "a list in an output": """
asked = gcp.compute.get_netblock_ip_ranges_output(range_type="cloud-netblocks")
asked.cidr_blocks_ipv4s.apply(lambda all: [
    gcp.compute.Subnetwork("s", name="s", description=each, network="n", ip_cidr_range=RANGE)
    for each in all])
""",
    "objects in lists": """
asked = gcp.sql.get_database_instance_output(name="old")
networks = asked.settings[0].ip_configurations[0].authorized_networks
networks.apply(lambda all: gcp.compute.Subnetwork("s", name="s", network="n", ip_cidr_range=RANGE))
""",
    "a number": """
port = gcp.redis.get_instance(name="n", region="r").port
gcp.compute.Subnetwork("s", name="s", network="n", ip_cidr_range=RANGE, description=str(int(port)))
""",
    "a number in an output": """
port = gcp.redis.get_instance_output(name="n", region="r").port
gcp.compute.Subnetwork("s", name="s", network="n", ip_cidr_range=RANGE,
    description=port.apply(lambda n: f"{n:d}"))
""",
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_a_program_may_walk_through_an_answer(found, walk):
    assert found(walk.replace("RANGE", '"10.0.0.0/99"')) == {("cidr-limits", "CIDR_NOT_ALLOWED")}
    assert found(walk.replace("RANGE", '"10.0.0.0/24"')) == set()


def test_a_number_of_an_answer_is_no_number_to_judge(found):
    text = """
asked = gcp.redis.get_instance(name="n", region="r")
gcp.compute.Firewall("f", name="f", network="n", allows=[{"protocol": "tcp", "ports": [str(asked.port)]}])
gcp.vpcaccess.Connector("c", name="c", network="n", ip_cidr_range="10.8.0.0/28", machine_type="e2-micro",
    min_instances=2, max_instances=asked.replica_count)
"""
    causes = found(text)
    assert {cause for rule, cause in causes if rule == "connector-limits"} == {"LIMIT_UNKNOWN"}
