from __future__ import annotations

import pytest

from sandbox.errors import ApiError
from tests.sandbox.world import (
    CONNECTION,
    CONNECTOR,
    GLOBAL_ADDRESS,
    NETWORK,
    REDIS,
    SQL,
    SUBNETWORK,
    connector,
    database,
)

REGION = "us-central1"
ROUTE = "gcp:compute/route:Route"


def subnet(world, name, cidr, network="netra"):
    return world.up(SUBNETWORK, name, name=name, network=network, region=REGION, ipCidrRange=cidr)


def test_subnets_of_one_network_do_not_overlap(world):
    world.network()
    subnet(world, "a", "10.10.0.0/20")
    with pytest.raises(
        ApiError, match=r"10.10.8.0/24 conflicts with existing subnetwork 'a' in region 'us-central1'"
    ):
        subnet(world, "b", "10.10.8.0/24")


def test_subnets_of_two_networks_may_overlap(world):
    world.network()
    world.network("other")
    subnet(world, "a", "10.10.0.0/20")
    assert subnet(world, "b", "10.10.0.0/20", "other")["gatewayAddress"] == "10.10.0.1"


def test_a_subnet_that_keeps_its_range_can_change(world):
    world.network()
    made = subnet(world, "a", "10.10.0.0/20")
    inputs = {"name": "a", "network": "netra", "region": REGION, "ipCidrRange": "10.10.0.0/20"}
    assert world.change(made, **inputs, privateIpGoogleAccess=True)["privateIpGoogleAccess"] is True


@pytest.mark.parametrize("cidr", ["10.10.0.0/30", "169.254.8.0/24", "10.10.0.1/24", "nothing"])
def test_a_range_that_no_subnet_can_have_is_refused(world, cidr):
    world.network()
    with pytest.raises(ApiError, match="Invalid IPCidrRange"):
        subnet(world, "a", cidr)


def test_a_bad_name_passes_preview_where_the_provider_lets_it_and_fails_at_create(world):
    assert world.failures(NETWORK, "n", name="Bad_Name") == []
    with pytest.raises(ApiError, match=r"'resource.name': 'Bad_Name'"):
        world.network("Bad_Name")
    assert "doesn't match regexp" in world.failures(SUBNETWORK, "s", name="Bad_Name", network="n")[0]


def test_a_connector_gets_its_throughput_from_its_machines(world):
    world.network()
    made = world.up(CONNECTOR, "c", **connector(machineType="e2-standard-4", minInstances=2, maxInstances=10))
    assert (made["minThroughput"], made["maxThroughput"], made["state"]) == (3200, 16000, "READY")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"maxInstances": 100}, "max_instances is 100"),
        ({"minInstances": 1}, "min_instances is 1"),
        ({"minInstances": 9, "maxInstances": 3}, "min_instances must be less than max_instances"),
        ({"minInstances": 5, "maxInstances": 5}, "min_instances must be less than max_instances"),
        ({"maxThroughput": 350}, "max_throughput is 350"),
        ({"machineType": "n2-standard-64"}, "machine_type"),
        ({"ipCidrRange": "10.8.0.0/99"}, "ip_cidr_range"),
        ({"ipCidrRange": "10.8.0.0/27"}, "ip_cidr_range"),
        ({"ipCidrRange": "10.10.0.0/28"}, "conflicts with existing subnetwork"),
        ({"network": "nowhere"}, "VPC network nowhere was not found"),
        ({"ipCidrRange": None}, "must be specified"),
    ],
)
def test_a_connector_that_cannot_be_is_refused_at_create(world, changes, said):
    world.network()
    subnet(world, "a", "10.10.0.0/20")
    with pytest.raises(ApiError, match=said):
        world.up(CONNECTOR, "c", **connector(**changes))


def test_a_connector_without_a_network_joins_the_default_one(world):
    with pytest.raises(ApiError, match="VPC network default was not found"):
        world.up(CONNECTOR, "c", name="c", region=REGION, ipCidrRange="10.8.0.0/28")


def test_a_connector_in_a_subnet_joins_that_subnets_network(world):
    world.network()
    subnet(world, "a", "10.8.0.0/28")
    made = world.up(CONNECTOR, "c", name="c", region=REGION, subnet={"name": "a"})
    assert made["network"] == "netra"
    with pytest.raises(ApiError, match="Subnet b was not found"):
        world.up(CONNECTOR, "d", name="d", region=REGION, subnet={"name": "b"})


def test_a_reserved_range_is_taken(world):
    network = world.network()
    world.private_access(network)
    with pytest.raises(ApiError, match="conflicts with existing allocated range 'private-netra'"):
        subnet(world, "a", "10.20.4.0/24")


def test_a_reserved_range_without_an_address_is_chosen(world):
    network = world.network()
    made = world.up(
        GLOBAL_ADDRESS,
        "a",
        name="a",
        purpose="VPC_PEERING",
        addressType="INTERNAL",
        prefixLength=16,
        network=network.id,
    )
    assert made["address"].startswith("10.")
    assert made["prefixLength"] == 16


def test_a_public_address_is_given(world):
    assert world.up(GLOBAL_ADDRESS, "a", name="a")["address"].startswith("34.")


def test_private_access_needs_ranges_reserved_on_that_network(world):
    network, other = world.network(), world.network("other")
    world.private_access(network)
    with pytest.raises(ApiError, match="Allocated IP range 'nothing' not found"):
        world.up(
            CONNECTION, "c", network=other.id, service="s.googleapis.com", reservedPeeringRanges=["nothing"]
        )
    with pytest.raises(ApiError, match="not found in network 'other'"):
        world.up(
            CONNECTION,
            "c",
            network=other.id,
            service="s.googleapis.com",
            reservedPeeringRanges=["private-netra"],
        )


def test_private_access_in_use_is_not_deleted_unless_it_is_abandoned(world):
    network = world.network()
    access = world.private_access(network)
    instance = world.up(SQL, "db", **database(network.id))
    with pytest.raises(ApiError, match=r"Producer services \(e.g. CloudSQL"):
        world.down(access)
    access.made.outputs["deletionPolicy"] = "ABANDON"
    world.down(access)
    assert world.exists(access)
    world.down(instance)
    address = "projects/netra-staging/global/addresses/private-netra"
    world.provider.delete(GLOBAL_ADDRESS, "urn::a", address, {})
    world.down(network)
    assert not world.exists(access)


def test_a_network_cannot_be_made_private_twice(world):
    network = world.network()
    world.private_access(network)
    with pytest.raises(ApiError, match="Cannot modify allocated ranges in CreateConnection"):
        world.up(
            CONNECTION,
            "c",
            network=network.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=["private-netra"],
        )


def test_nat_needs_its_router_and_something_to_translate(world):
    network = world.network()
    nat = {"name": "nat", "router": "r", "region": REGION, "natIpAllocateOption": "AUTO_ONLY"}
    every = {"sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
    listed = {"sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"}
    kind = "gcp:compute/routerNat:RouterNat"
    with pytest.raises(ApiError, match="routers/r' was not found"):
        world.up(kind, "n", **nat, **every)
    router = world.up("gcp:compute/router:Router", "r", name="r", network=network.id, region=REGION)
    with pytest.raises(ApiError, match="must list at least one subnetwork"):
        world.up(kind, "n", **nat, **listed)
    made = world.up(kind, "n", **nat, **every)
    with pytest.raises(ApiError, match="already being used"):
        world.down(router)
    assert world.diff(made, **nat, **every).changed == {}


def test_a_firewall_rule_allows_or_denies(world):
    kind = "gcp:compute/firewall:Firewall"
    assert "must be specified" in world.failures(kind, "f", name="f", network="n")[0]
    both = {"allows": [{"protocol": "tcp"}], "denies": [{"protocol": "tcp"}]}
    assert "only one of" in world.failures(kind, "f", name="f", network="n", **both)[0]
    world.network()
    egress = {"direction": "EGRESS", "sourceRanges": ["10.0.0.0/8"], "allows": [{"protocol": "tcp"}]}
    with pytest.raises(ApiError, match="An egress rule has no sources"):
        world.up(kind, "f", name="f", network="netra", **egress)


def test_a_route_has_a_next_hop(world):
    world.network()
    route = {"name": "r", "network": "netra", "destRange": "0.0.0.0/0"}
    kind = "gcp:compute/route:Route"
    with pytest.raises(ApiError, match="next hop"):
        world.up(kind, "r", **route)
    made = world.up(kind, "r", **route, nextHopGateway="default-internet-gateway")
    assert made["nextHopGateway"].endswith("/global/gateways/default-internet-gateway")


def test_a_project_is_attached_to_one_that_is_a_host(world):
    service = "gcp:compute/sharedVPCServiceProject:SharedVPCServiceProject"
    attached = {"hostProject": "netra-host", "serviceProject": "netra-staging"}
    with pytest.raises(ApiError, match="is not a shared VPC host project"):
        world.up(service, "s", **attached)
    host = world.up("gcp:compute/sharedVPCHostProject:SharedVPCHostProject", "h", project="netra-host")
    assert world.up(service, "s", **attached).id == "netra-host/netra-staging"
    with pytest.raises(ApiError, match="already being used"):
        world.down(host)


def test_the_connector_in_the_other_project_is_looked_up_there(world):
    inputs = connector(network="projects/host/global/networks/shared")
    with pytest.raises(ApiError, match="VPC network shared was not found"):
        world.up(CONNECTOR, "c", **inputs)
    world.up(NETWORK, "shared", name="shared", project="host", autoCreateSubnetworks=False)
    with pytest.raises(ApiError, match="must use an existing subnet"):
        world.up(CONNECTOR, "c", **inputs)


def test_a_range_that_is_somebodys_public_one_is_taken(world):
    world.network()
    assert subnet(world, "a", "6.20.0.0/24")["ipCidrRange"] == "6.20.0.0/24"


def test_a_static_route_into_a_subnet_is_refused_and_a_wider_one_is_taken(world):
    network = world.network()
    subnet(world, "a", "10.10.0.0/20")
    given = {"network": network.id, "nextHopIp": "10.10.0.9"}
    with pytest.raises(ApiError, match="lies in the range of subnetwork"):
        world.up(ROUTE, "narrow", name="narrow", destRange="10.10.0.0/24", **given)
    world.up(ROUTE, "wide", name="wide", destRange="10.0.0.0/8", **given)


def test_ranges_on_a_shared_network_are_taken_whatever_project_they_are_of(world):
    shared = world.up(NETWORK, "shared", name="shared", project="host", autoCreateSubnetworks=False)
    one, other = (
        world.up(REDIS, name, name=name, region=REGION, authorizedNetwork=shared.id, memorySizeGb=1)
        for name in ("one", "other")
    )
    assert one["host"] != other["host"]


def test_the_range_of_private_services_access_is_looked_up_in_the_networks_project(world):
    shared = world.up(NETWORK, "shared", name="shared", project="host", autoCreateSubnetworks=False)
    range_ = {"purpose": "VPC_PEERING", "addressType": "INTERNAL", "prefixLength": 16}
    world.up(GLOBAL_ADDRESS, "psa", name="psa", project="host", network=shared.id, **range_)
    service = "servicenetworking.googleapis.com"
    made = world.up(CONNECTION, "psa", network=shared.id, service=service, reservedPeeringRanges=["psa"])
    assert made["peering"] == "servicenetworking-googleapis-com"
