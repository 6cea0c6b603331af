"""Networks, subnets, addresses, routers, NAT, firewalls, routes, peerings.

https://cloud.google.com/vpc/docs
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from catalog import cidr
from sandbox import addresses, references
from sandbox.addresses import GLOBAL_ADDRESS, NETWORK, SUBNETWORK
from sandbox.compose import number_from, timestamp
from sandbox.kinds import Checking, Kind, Ref, Request

API: Final = "compute.googleapis.com"
HOST_PROJECT: Final = "gcp:compute/sharedVPCHostProject:SharedVPCHostProject"
ROUTER: Final = "gcp:compute/router:Router"
_GCE_NAME = re.compile(r"^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$")
_BGP = ("bgpAlwaysCompareMed", "bgpBestPathSelectionMode", "bgpInterRegionCost")
_ADDRESS_SPACE = 65_536


def named_as_gce(checking: Checking) -> None:
    """The provider's own check of names of subnets, routers and firewalls."""
    name = checking.inputs.get("name")
    if isinstance(name, str) and not _GCE_NAME.match(name):
        checking.fail(f'"name" ("{name}") doesn\'t match regexp "{_GCE_NAME.pattern}"', "name")


def named_as_gce_at_create(request: Request) -> None:
    """The API's check of every compute name."""
    name = str(request.inputs.get("name", ""))
    if name and not _GCE_NAME.match(name):
        raise request.refuse(
            400,
            f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex "
            f"'(?:[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])?)'",
            "invalid",
        )


def refuse_clash(request: Request, network_id: str, text: object) -> None:
    """Refuse a range that something on the network has already."""
    wanted = addresses.parse(text)
    if wanted is None:
        raise request.refuse(
            400,
            f"Invalid value for field 'resource.ipCidrRange': '{text}'. Must be a CIDR address range.",
            "invalid",
        )
    other = addresses.clash(request.cloud, network_id, wanted, but=request.id)
    if other is not None:
        raise request.refuse(
            400,
            f"Invalid IPCidrRange: {wanted} conflicts with existing {other.what} '{other.name}' in region "
            f"'{other.place}'.",
        )


def _network(request: Request) -> None:
    named_as_gce_at_create(request)
    if request.old is None:
        request.body["numericId"] = number_from(request.id + str(request.now))
        request.body["networkId"] = int(number_from(request.id + str(request.now), 12))


def _delete_network(request: Request) -> None:
    """Private service access that the provider was told to abandon goes with the network."""
    for thing in request.cloud.all("gcp:servicenetworking/connection:Connection", request.id.split("/")[1]):
        if thing.body.get("__network") == request.id and thing.body.get("__abandoned"):
            request.cloud.remove(thing)


def _subnetwork(request: Request) -> None:
    named_as_gce_at_create(request)
    network = request.resolve(NETWORK, str(request.inputs.get("network")))
    given = request.inputs.get("ipCidrRange")
    if network is None or given is None:
        return
    breach = cidr.check_usable_subnet(str(given))
    if breach is not None:
        raise request.refuse(400, f"Invalid IPCidrRange: '{given}': {breach.why}.", "invalid")
    refuse_clash(request, network.id, given)
    request.body["gatewayAddress"] = str(ipaddress.IPv4Network(str(given))[1])
    if request.old is None:
        request.body["subnetworkId"] = int(number_from(request.id + str(request.now), 12))


def _global_address(request: Request) -> None:
    named_as_gce_at_create(request)
    body, inputs = request.body, request.inputs
    if inputs.get("addressType") != "INTERNAL":
        body["address"] = body.get("address") or addresses.external(request.id)
        body["prefixLength"] = 0
        return
    network = request.resolve(NETWORK, str(inputs.get("network") or "default"))
    if network is None:
        raise request.refuse(404, f"The resource '{inputs.get('network') or 'default'}' was not found")
    prefix = int(inputs.get("prefixLength") or 0)
    if inputs.get("purpose") != "VPC_PEERING":
        body["address"] = body.get("address") or str(addresses.free_range(request.cloud, network.id, 32)[0])
        return
    if not prefix:
        raise request.refuse(
            400, "Invalid value for field 'resource.prefixLength': '0'. Must be between 8 and 30.", "invalid"
        )
    if inputs.get("address"):
        wanted = f"{inputs['address']}/{prefix}"
        refuse_clash(request, network.id, wanted)
    else:
        wanted = str(body.get("__range") or addresses.free_range(request.cloud, network.id, prefix))
    body["address"], body["__range"] = wanted.partition("/")[0], wanted
    body["network"] = network.body["selfLink"]


def _address(request: Request) -> None:
    named_as_gce_at_create(request)
    body = request.body
    if request.inputs.get("addressType") == "INTERNAL":
        reference = request.inputs.get("subnetwork")
        subnet = request.resolve(SUBNETWORK, str(reference)) if reference else None
        if subnet is not None and not body.get("address"):
            pool = ipaddress.IPv4Network(subnet.body["ipCidrRange"])
            body["address"] = str(pool[2 + int(number_from(request.id, 6)) % (pool.num_addresses - 4)])
    body["address"] = body.get("address") or addresses.external(request.id)


def _nat(request: Request) -> None:
    router = request.cloud.get(ROUTER, request.id.rpartition("/")[0])
    if router is None:
        raise request.refuse(404, f"The resource '{request.id.rpartition('/')[0]}' was not found")
    request.refers_to.append((router.type, router.id))
    listed = request.inputs.get("subnetworks")
    if request.inputs.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS" and not listed:
        raise request.refuse(
            400,
            f"Invalid value for field 'resource.nats[0].subnetworks': ''. NAT {request.name} has "
            "sourceSubnetworkIpRangesToNat of LIST_OF_SUBNETWORKS and must list at least one subnetwork.",
            "invalid",
        )
    if request.inputs.get("natIpAllocateOption") == "MANUAL_ONLY" and not request.inputs.get("natIps"):
        raise request.refuse(
            400, "NAT IPs must be provided when natIpAllocateOption is MANUAL_ONLY.", "invalid"
        )


def _firewall(request: Request) -> None:
    named_as_gce_at_create(request)
    inputs = request.inputs
    if inputs.get("direction") == "EGRESS" and (inputs.get("sourceRanges") or inputs.get("sourceTags")):
        raise request.refuse(
            400,
            "Invalid value for field 'resource.direction': 'EGRESS'. An egress rule has no sources.",
            "invalid",
        )
    request.body["direction"] = inputs.get("direction") or "INGRESS"


def _firewall_check(checking: Checking) -> None:
    named_as_gce(checking)
    given = [each for each in ("allows", "denies") if checking.inputs.get(each) is not None]
    if len(given) != 1:
        checking.fail(
            '"allow": one of `allow,deny` must be specified'
            if not given
            else '"allow": only one of `allow,deny` can be specified'
        )


def _route(request: Request) -> None:
    named_as_gce_at_create(request)
    hops = [each for each in request.inputs if each.startswith("nextHop") and request.inputs[each]]
    if not hops:
        raise request.refuse(
            400, "Invalid value for field 'resource': exactly one next hop must be given.", "invalid"
        )
    _refuse_inside(request)
    if request.inputs.get("nextHopGateway"):
        request.body["nextHopGateway"] = (
            f"{references.LINK}projects/{request.project}/global/gateways/default-internet-gateway"
        )


def _refuse_inside(request: Request) -> None:
    """A static route may lead to more than a subnet route, never to the same or to a part of it.

    https://cloud.google.com/vpc/docs/routes#subnet-routes
    """
    network = request.resolve(NETWORK, str(request.inputs.get("network")))
    wanted = addresses.parse(request.inputs.get("destRange"))
    if network is None or wanted is None:
        return
    for taken in addresses.taken(request.cloud, network.id):
        if taken.what != "allocated range" and wanted.subnet_of(taken.range):
            raise request.refuse(
                400,
                f"Invalid value for field 'resource.destRange': '{wanted}'. The destination lies in the "
                f"range of {taken.what} '{taken.name}', {taken.range}.",
                "invalid",
            )


def _service_project(request: Request) -> None:
    host = str(request.inputs.get("hostProject"))
    if request.cloud.get(HOST_PROJECT, host) is None:
        raise request.refuse(400, f"The project {host} is not a shared VPC host project.", "invalid")
    request.refers_to.append((HOST_PROJECT, host))


_ON_NETWORK = Ref("network", NETWORK)
KINDS = (
    Kind(
        NETWORK,
        noun="Network",
        api=API,
        id="projects/{project}/global/networks/{name}",
        defaults={"autoCreateSubnetworks": True},
        fills={
            "routingMode": "REGIONAL",
            "mtu": 1460,
            "gatewayIpv4": "",
            "internalIpv6Range": "",
            "bgpBestPathSelectionMode": "LEGACY",
            "bgpAlwaysCompareMed": False,
            "bgpInterRegionCost": "",
        },
        create=_network,
        delete=_delete_network,
    ),
    Kind(
        SUBNETWORK,
        noun="Subnetwork",
        api=API,
        id="projects/{project}/regions/{region}/subnetworks/{name}",
        refs=(_ON_NETWORK,),
        check=named_as_gce,
        create=_subnetwork,
        fills={
            "purpose": "PRIVATE",
            "stackType": "IPV4_ONLY",
            "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
            "secondaryIpRanges": [],
            "allowSubnetCidrRoutesOverlap": False,
            "state": "READY",
        },
    ),
    Kind(
        GLOBAL_ADDRESS,
        noun="GlobalAddress",
        api=API,
        id="projects/{project}/global/addresses/{name}",
        refs=(_ON_NETWORK,),
        create=_global_address,
    ),
    Kind(
        "gcp:compute/address:Address",
        noun="Address",
        api=API,
        id="projects/{project}/regions/{region}/addresses/{name}",
        create=_address,
        refs=(_ON_NETWORK, Ref("subnetwork", SUBNETWORK)),
        fills={"networkTier": "PREMIUM"},
    ),
    Kind(
        ROUTER,
        noun="Router",
        api=API,
        id="projects/{project}/regions/{region}/routers/{name}",
        refs=(_ON_NETWORK,),
        check=named_as_gce,
        fills={"creationTimestamp": lambda r: timestamp(r.now)},
    ),
    Kind(
        "gcp:compute/routerNat:RouterNat",
        noun="RouterNat",
        api=API,
        id="projects/{project}/regions/{region}/routers/{router}/{name}",
        refs=(Ref("subnetworks[].name", SUBNETWORK), Ref("natIps[]", "gcp:compute/address:Address")),
        defaults={
            "icmpIdleTimeoutSec": 30,
            "tcpEstablishedIdleTimeoutSec": 1200,
            "tcpTimeWaitTimeoutSec": 120,
            "tcpTransitoryIdleTimeoutSec": 30,
            "udpIdleTimeoutSec": 30,
        },
        fills={
            "endpointTypes": ["ENDPOINT_TYPE_VM"],
            "minPortsPerVm": 64,
            "enableDynamicPortAllocation": False,
            "autoNetworkTier": "PREMIUM",
            "enableEndpointIndependentMapping": False,
        },
        create=_nat,
        exists="A NAT configuration with name '{name}' already exists",
    ),
    Kind(
        "gcp:compute/firewall:Firewall",
        noun="Firewall",
        api=API,
        id="projects/{project}/global/firewalls/{name}",
        refs=(_ON_NETWORK,),
        defaults={"priority": 1000},
        check=_firewall_check,
        create=_firewall,
    ),
    Kind(
        "gcp:compute/route:Route",
        noun="Route",
        api=API,
        id="projects/{project}/global/routes/{name}",
        refs=(_ON_NETWORK,),
        defaults={"priority": 1000},
        create=_route,
    ),
    Kind(
        HOST_PROJECT,
        noun="Shared VPC Host",
        api=API,
        id="{project}",
        exists="Project '{id}' is a host project already",
    ),
    Kind(
        "gcp:compute/sharedVPCServiceProject:SharedVPCServiceProject",
        noun="Shared VPC service project",
        api=API,
        id="{host_project}/{service_project}",
        create=_service_project,
        exists="Project '{name}' is attached to a host project already",
    ),
    Kind(
        "gcp:compute/networkPeering:NetworkPeering",
        noun="network peering",
        api=API,
        id="{network}/{name}",
        refs=(_ON_NETWORK, Ref("peerNetwork", NETWORK, blocks=False)),
        fills={"state": "ACTIVE"},
        exists="There is already a peering with name '{name}'",
        doing="Error adding network peering",
    ),
)
