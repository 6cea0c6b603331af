from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.components.recorder import Cloud

NETWORK = "projects/netra-staging/global/networks/netra"


def test_the_network_has_only_the_subnets_that_are_declared(cloud: Cloud) -> None:
    network = cloud.one("compute/network:Network").inputs

    assert network["name"] == "netra"
    assert network["autoCreateSubnetworks"] is False
    assert network["deleteDefaultRoutesOnCreate"] is False


def test_the_subnet_reaches_google_privately_and_logs_its_flows(cloud: Cloud) -> None:
    subnet = cloud.of("compute/subnetwork:Subnetwork")["network-subnet"].inputs

    assert subnet["network"] == NETWORK
    assert (subnet["name"], subnet["ipCidrRange"]) == ("netra-services", "10.10.0.0/20")
    assert subnet["privateIpGoogleAccess"] is True
    assert subnet["logConfig"] == {
        "aggregationInterval": "INTERVAL_5_SEC",
        "flowSampling": 0.25,
        "metadata": "INCLUDE_ALL_METADATA",
    }


def test_private_services_access_takes_the_reserved_range(cloud: Cloud) -> None:
    reserved = cloud.of("compute/globalAddress:GlobalAddress")["network-private-services-range"].inputs
    connection = cloud.one("servicenetworking/connection:Connection").inputs

    assert (reserved["address"], reserved["prefixLength"]) == ("10.20.0.0", 16)
    assert (reserved["purpose"], reserved["addressType"]) == ("VPC_PEERING", "INTERNAL")
    assert reserved["network"] == connection["network"] == NETWORK
    assert connection["reservedPeeringRanges"] == [reserved["name"]]
    assert connection["deletionPolicy"] == "ABANDON"


def test_nat_covers_every_subnet_of_the_region_and_logs(cloud: Cloud) -> None:
    router, nat = cloud.one("compute/router:Router"), cloud.one("compute/routerNat:RouterNat")

    assert router.inputs["network"] == NETWORK
    assert nat.inputs["router"] == router.inputs["name"] == "netra-router"
    assert nat.inputs["sourceSubnetworkIpRangesToNat"] == "ALL_SUBNETWORKS_ALL_IP_RANGES"
    assert nat.inputs["natIpAllocateOption"] == "AUTO_ONLY"
    assert nat.inputs["logConfig"] == {"enable": True, "filter": "ERRORS_ONLY"}
    assert "subnetworks" not in nat.inputs


def test_nat_ports_grow_in_powers_of_two(cloud: Cloud) -> None:
    nat = cloud.one("compute/routerNat:RouterNat").inputs
    least, most = int(nat["minPortsPerVm"]), int(nat["maxPortsPerVm"])

    assert nat["enableDynamicPortAllocation"] is True
    assert nat["enableEndpointIndependentMapping"] is False
    assert least & (least - 1) == most & (most - 1) == 0
    assert 32 <= least < most <= 65536
