from __future__ import annotations

import pytest

from components.platform import Platform
from tests.components.recorder import Cloud, run
from tests.components.stacks import staging

CONNECTOR = "projects/netra-staging/locations/us-central1/connectors/netra-staging"
TAG = "vpc-connector-us-central1-netra-staging"
DIRECT = {"subnetName": "netra-direct", "ipCidrRange": "10.9.0.0/24"}


@pytest.fixture(scope="module")
def direct() -> Cloud:
    """Staging with Direct VPC egress instead of a connector."""
    changed = staging(egress__via="direct", egress__connector=None, egress__direct=DIRECT)
    return run(lambda: Platform("platform", changed))


def _template(cloud: Cloud, service: str) -> dict:
    return cloud.of("cloudrunv2/service:Service")[f"{service}-service"].inputs["template"]


def test_the_connector_counts_instances_and_never_throughput(cloud: Cloud) -> None:
    connector = cloud.one("vpcaccess/connector:Connector").inputs

    assert connector["name"] == "netra-staging"
    assert connector["machineType"] == "e2-standard-4"
    assert (connector["minInstances"], connector["maxInstances"]) == (2, 10)
    assert not {"minThroughput", "maxThroughput", "ipCidrRange", "network"} & set(connector)


def test_the_connector_has_a_subnet_of_its_own_on_the_network(cloud: Cloud) -> None:
    subnet = cloud.of("compute/subnetwork:Subnetwork")["egress-subnet"].inputs
    connector = cloud.one("vpcaccess/connector:Connector").inputs

    assert subnet["ipCidrRange"] == "10.8.0.0/28"
    assert subnet["network"] == "projects/netra-staging/global/networks/netra"
    assert subnet["logConfig"]["flowSampling"] == 0.25
    assert connector["subnet"] == {"name": subnet["name"], "projectId": "netra-staging"}


def test_only_services_with_a_private_route_use_the_connector(cloud: Cloud) -> None:
    expected = {"connector": CONNECTOR, "egress": "PRIVATE_RANGES_ONLY"}

    assert _template(cloud, "backend")["vpcAccess"] == expected
    assert _template(cloud, "auth")["vpcAccess"] == expected
    assert "vpcAccess" not in _template(cloud, "frontend")


def test_all_traffic_enters_the_network_when_the_settings_say_so() -> None:
    cloud = run(lambda: Platform("platform", staging(egress__traffic="ALL_TRAFFIC")))

    assert _template(cloud, "backend")["vpcAccess"] == {"connector": CONNECTOR, "egress": "ALL_TRAFFIC"}
    nat = cloud.one("compute/routerNat:RouterNat")
    assert nat.urn in cloud.of("cloudrunv2/service:Service")["backend-service"].depends_on


def test_direct_egress_makes_a_subnet_and_no_connector(direct: Cloud) -> None:
    subnet = direct.of("compute/subnetwork:Subnetwork")["egress-subnet"].inputs

    assert not direct.of("vpcaccess/connector:Connector")
    assert (subnet["name"], subnet["ipCidrRange"]) == ("netra-direct", "10.9.0.0/24")
    assert _template(direct, "backend")["vpcAccess"] == {
        "egress": "PRIVATE_RANGES_ONLY",
        "networkInterfaces": [
            {
                "network": "projects/netra-staging/global/networks/netra",
                "subnetwork": "projects/netra-staging/regions/us-central1/subnetworks/netra-direct",
                "tags": ["netra-direct"],
            }
        ],
    }


@pytest.mark.parametrize(("which", "tag"), [("cloud", TAG), ("direct", "netra-direct")])
def test_every_firewall_rule_matches_a_tag_that_serverless_traffic_carries(
    which: str, tag: str, request: pytest.FixtureRequest
) -> None:
    deployed: Cloud = request.getfixturevalue(which)
    rules = [each.inputs for each in deployed.of("compute/firewall:Firewall").values()]

    assert {rule["direction"] for rule in rules} == {"EGRESS"}
    assert [rule["targetTags"] for rule in rules] == [[tag]] * 3
    assert not [rule for rule in rules if "sourceRanges" in rule or "sourceTags" in rule]


def test_the_database_and_the_cache_are_allowed_before_the_rest_is_denied(cloud: Cloud) -> None:
    rules = {each.inputs["name"]: each.inputs for each in cloud.of("compute/firewall:Firewall").values()}
    cache, database = rules["netra-egress-cache"], rules["netra-egress-database"]
    deny = rules["netra-egress-deny-private"]

    assert (cache["destinationRanges"], cache["allows"]) == (
        ["10.30.0.0/29"],
        [{"protocol": "tcp", "ports": ["6378"]}],
    )
    assert (database["destinationRanges"], database["allows"]) == (
        ["10.20.0.0/16"],
        [{"protocol": "tcp", "ports": ["5432", "3307"]}],
    )
    assert deny["destinationRanges"] == ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    assert deny["denies"] == [{"protocol": "all"}]
    assert cache["priority"] == database["priority"] < deny["priority"] < 65535
    assert deny["logConfig"] == {"metadata": "INCLUDE_ALL_METADATA"}


def test_the_deny_rule_comes_after_the_allow_rules(cloud: Cloud) -> None:
    rules = cloud.of("compute/firewall:Firewall")

    assert rules["firewall-deny"].depends_on >= {
        rules["firewall-to-cache"].urn,
        rules["firewall-to-database"].urn,
    }


def test_a_section_that_is_chosen_and_not_written_is_refused() -> None:
    with pytest.raises(ValueError, match=r"egress\.direct is not set"):
        run(lambda: Platform("platform", staging().model_copy(update={"egress": _without_section()})))


def _without_section() -> object:
    return staging().egress.model_copy(update={"via": "direct"})
