"""Routes that lead nowhere, each in another way."""

import pulumi_gcp as gcp
from chat import REGION, Chat
from parts import name_of_the_cache

ELSEWHERE = "us-east1"
EVERY_SUBNET = "ALL_SUBNETWORKS_ALL_IP_RANGES"


def cache_in_another_region() -> None:
    """Memorystore answers in its own region only."""
    chat = Chat()
    chat.cache = chat.make_cache(region=ELSEWHERE)
    chat.deploy("backend")


def connector_in_another_region() -> None:
    """A service takes a connector of its own region only."""
    chat = Chat()
    chat.connector = chat.make_connector(region=ELSEWHERE)
    chat.deploy("backend")


def no_way_into_the_network() -> None:
    """Neither a connector nor direct egress."""
    chat = Chat()
    chat.deploy("backend", vpc_access=None)


def cache_behind_a_peering() -> None:
    """The cache's network is peered with the services': peering is not transitive."""
    chat = Chat()
    other = gcp.compute.Network(
        "other", name="other", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    for name, here, there in (("out", chat.network, other), ("back", other, chat.network)):
        gcp.compute.NetworkPeering(name, name=name, network=here.id, peer_network=there.id)
    chat.cache = chat.make_cache(authorized_network=other.id)
    chat.deploy("backend")


def database_on_another_network() -> None:
    """The database's peering is another network's."""
    chat = Chat()
    other = gcp.compute.Network(
        "other", name="other", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    reserved = gcp.compute.GlobalAddress(
        "other-range",
        name="other-range",
        purpose="VPC_PEERING",
        address_type="INTERNAL",
        prefix_length=16,
        network=other.id,
    )
    peering = gcp.servicenetworking.Connection(
        "other-services",
        network=other.id,
        service="servicenetworking.googleapis.com",
        reserved_peering_ranges=[reserved.name],
    )
    chat.database = chat.make_database(
        {
            "ip_configuration": {
                "ipv4_enabled": False,
                "private_network": other.id,
                "ssl_mode": "ENCRYPTED_ONLY",
            }
        },
        opts=chat.after(peering),
    )
    chat.deploy("backend")


def direct_egress_into_another_network() -> None:
    """The network interface is on another network than the cache and the database."""
    chat = Chat()
    other = gcp.compute.Network(
        "other", name="other", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    subnet = gcp.compute.Subnetwork(
        "other-subnet", name="other", region=REGION, network=other.id, ip_cidr_range="10.9.0.0/24"
    )
    interface = {"network": other.id, "subnetwork": subnet.id}
    chat.deploy("backend", vpc_access={"network_interfaces": [interface], "egress": "PRIVATE_RANGES_ONLY"})


def direct_egress_from_a_small_subnet() -> None:
    """Direct egress takes addresses 16 at a time: 20 instances do not fit into a /28."""
    chat = Chat()
    subnet = gcp.compute.Subnetwork(
        "direct", name="direct", region=REGION, network=chat.network.id, ip_cidr_range="10.9.0.0/28"
    )
    interface = {"network": chat.network.id, "subnetwork": subnet.id}
    chat.deploy("backend", vpc_access={"network_interfaces": [interface], "egress": "PRIVATE_RANGES_ONLY"})


def denied_by_a_firewall_rule() -> None:
    """A deny rule before the allow rule: the lower number wins."""
    chat = Chat()
    for name, priority, change in (
        ("allow", 1000, {"allows": [{"protocol": "tcp"}]}),
        ("deny", 900, {"denies": [{"protocol": "all"}]}),
    ):
        gcp.compute.Firewall(
            name,
            name=f"netra-{name}",
            network=chat.network.id,
            direction="EGRESS",
            priority=priority,
            target_tags=["vpc-connector"],
            destination_ranges=["10.0.0.0/8"],
            **change,
        )
    chat.deploy("backend")


def only_the_plain_port_is_open() -> None:
    """With TLS the cache answers on 6378; the rule lets 6379 out."""
    chat = Chat()
    gcp.compute.Firewall(
        "deny",
        name="netra-deny",
        network=chat.network.id,
        direction="EGRESS",
        priority=2000,
        destination_ranges=["0.0.0.0/0"],
        denies=[{"protocol": "all"}],
    )
    gcp.compute.Firewall(
        "allow",
        name="netra-allow",
        network=chat.network.id,
        direction="EGRESS",
        priority=1000,
        destination_ranges=["10.0.0.0/8"],
        allows=[{"protocol": "tcp", "ports": ["5432", "6379"]}],
    )
    chat.deploy("backend")


def a_stale_address() -> None:
    """A literal address of a cache that is no longer there."""
    chat = Chat()
    chat.plain["backend"]["REDIS_HOST"] = "10.99.0.3"
    chat.plain["backend"]["REDIS_PORT"] = "6378"
    chat.deploy("backend")


def nat_in_another_region() -> None:
    """Cloud NAT serves its own region only."""
    chat = Chat()
    _nat(chat, region=ELSEWHERE, source_subnetwork_ip_ranges_to_nat=EVERY_SUBNET)
    chat.egress = "ALL_TRAFFIC"
    chat.deploy("backend")


def nat_for_other_subnets() -> None:
    """NAT serves one named subnet, and direct egress comes from another."""
    chat = Chat()
    served, own = (
        gcp.compute.Subnetwork(
            name, name=name, region=REGION, network=chat.network.id, ip_cidr_range=ip_cidr_range
        )
        for name, ip_cidr_range in (("served", "10.11.0.0/24"), ("own", "10.12.0.0/24"))
    )
    _nat(
        chat,
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=[{"name": served.id, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
    )
    interface = {"network": chat.network.id, "subnetwork": own.id}
    chat.deploy("backend", vpc_access={"network_interfaces": [interface], "egress": "ALL_TRAFFIC"})


def nat_without_a_default_route() -> None:
    """NAT needs the default route to the internet gateway, which this network deletes."""
    chat = Chat()
    chat.network = gcp.compute.Network(
        "network",
        name="netra",
        auto_create_subnetworks=False,
        delete_default_routes_on_create=True,
        opts=chat.after(*chat.apis),
    )
    _nat(chat, source_subnetwork_ip_ranges_to_nat=EVERY_SUBNET)
    chat.egress = "ALL_TRAFFIC"
    chat.deploy("backend")


def no_private_service_access() -> None:
    """The instance has a private network, and that network no private service access."""
    chat = Chat()
    chat.private_services = chat.network
    chat.database = chat.make_database(opts=chat.after(*chat.apis))
    chat.deploy("backend")


def private_service_access_not_waited_for() -> None:
    """The peering is there, and nothing makes the instance wait for it."""
    chat = Chat()
    chat.database = chat.make_database(opts=chat.after(*chat.apis))
    chat.deploy("backend")


def connector_inside_the_peered_range() -> None:
    """The connector's range lies in the range that private service access has."""
    chat = Chat()
    chat.connector = chat.make_connector(ip_cidr_range="10.20.4.0/28")
    chat.deploy("backend")


def denied_by_a_firewall_policy() -> None:
    """No VPC firewall rule at all: a policy of the network denies what is not web traffic."""
    chat = Chat()
    _policy(chat, {"deny": (1000, "deny", "all")})
    chat.deploy("backend")


def a_policy_before_the_firewall_rules() -> None:
    """The rules let everything out; this network asks its policies first."""
    chat = Chat()
    chat.network = gcp.compute.Network(
        "network",
        name="netra",
        auto_create_subnetworks=False,
        network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL",
        opts=chat.after(*chat.apis),
    )
    gcp.compute.Firewall(
        "allow",
        name="netra-allow",
        network=chat.network.id,
        direction="EGRESS",
        priority=1,
        destination_ranges=["0.0.0.0/0"],
        allows=[{"protocol": "all"}],
    )
    _policy(chat, {"deny": (1000, "deny", "all")})
    chat.deploy("backend")


def direct_egress_from_a_subnet_of_another_region() -> None:
    """The network is global, and a service takes a subnet of its own region only."""
    chat = Chat()
    subnet = gcp.compute.Subnetwork(
        "direct", name="direct", region=ELSEWHERE, network=chat.network.id, ip_cidr_range="10.9.0.0/24"
    )
    interface = {"network": chat.network.id, "subnetwork": subnet.name}
    chat.deploy("backend", vpc_access={"network_interfaces": [interface], "egress": "PRIVATE_RANGES_ONLY"})


def a_name_that_another_network_knows() -> None:
    """The cache has a name in a private zone, which answers on the network of the virtual machines."""
    chat = Chat()
    machines = gcp.compute.Network(
        "machines", name="machines", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    name_of_the_cache(chat, machines)
    chat.plain["backend"] |= {"REDIS_HOST": "redis.netra.internal", "REDIS_PORT": "6378"}
    chat.deploy("backend")


def a_default_route_that_comes_second() -> None:
    """An appliance in the place of NAT: its route has a worse priority than Google's own."""
    chat = Chat()
    gcp.compute.Route(
        "appliance",
        name="netra-appliance",
        network=chat.network.id,
        dest_range="0.0.0.0/0",
        priority=2000,
        next_hop_ip="10.9.0.2",
    )
    chat.egress = "ALL_TRAFFIC"
    chat.deploy("backend")


def nat_with_another_s_addresses() -> None:
    """MANUAL_ONLY, and the addresses are given to another NAT."""
    chat = Chat()
    _nat(chat, option="MANUAL_ONLY", source_subnetwork_ip_ranges_to_nat=EVERY_SUBNET)
    address = gcp.compute.Address("address", name="netra-out", region=REGION, opts=chat.after(*chat.apis))
    gcp.compute.RouterNatAddress(
        "addresses", router="batch", router_nat="batch", region=REGION, nat_ips=[address.self_link]
    )
    chat.egress = "ALL_TRAFFIC"
    chat.deploy("backend")


def _policy(chat: Chat, rules: dict[str, tuple[int, str, str]]) -> None:
    """A firewall policy of the network, with rules for egress: priority, action, protocol."""
    policy = gcp.compute.NetworkFirewallPolicy("policy", name="netra-egress", opts=chat.after(*chat.apis))
    for name, (priority, action, protocol) in rules.items():
        gcp.compute.NetworkFirewallPolicyRule(
            name,
            firewall_policy=policy.name,
            direction="EGRESS",
            priority=priority,
            action=action,
            match={"dest_ip_ranges": ["10.0.0.0/8"], "layer4_configs": [{"ip_protocol": protocol}]},
        )
    gcp.compute.NetworkFirewallPolicyAssociation(
        "policy-on-network",
        name="netra-egress",
        firewall_policy=policy.name,
        attachment_target=chat.network.id,
    )


def _nat(chat: Chat, region: str = REGION, option: str = "AUTO_ONLY", **more: object) -> None:
    router = gcp.compute.Router("router", name="netra", region=region, network=chat.network.id)
    gcp.compute.RouterNat(
        "nat", name="netra", region=region, router=router.name, nat_ip_allocate_option=option, **more
    )
