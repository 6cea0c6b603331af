"""Parts that do nothing and are believed to, each in another way."""

import pulumi_gcp as gcp
from chat import REGION, Chat


def a_tag_of_another_connector() -> None:
    """The connector's name with a letter missing."""
    chat = Chat()
    chat.deploy("backend")
    _rule(chat, target_tags=["vpc-connector-us-central1-netra-stagin"])


def the_service_as_a_tag() -> None:
    """A service's name is no network tag."""
    chat = Chat()
    chat.deploy("backend")
    _rule(chat, target_tags=["netra-backend-staging"])


def an_ingress_rule_of_direct_egress() -> None:
    """Tags of direct egress do not match in ingress rules."""
    chat = Chat()
    subnet = gcp.compute.Subnetwork(
        "direct", name="direct", region=REGION, network=chat.network.id, ip_cidr_range="10.9.0.0/24"
    )
    interface = {"network": chat.network.id, "subnetwork": subnet.id, "tags": ["backend"]}
    chat.deploy("backend", vpc_access={"network_interfaces": [interface], "egress": "PRIVATE_RANGES_ONLY"})
    gcp.compute.Firewall(
        "rule",
        name="netra-rule",
        network=chat.network.id,
        direction="INGRESS",
        source_ranges=["10.0.0.0/8"],
        target_tags=["backend"],
        allows=[{"protocol": "tcp", "ports": ["8000"]}],
    )


def a_tag_on_another_network() -> None:
    """The tag is right, the rule's network is another one."""
    chat = Chat()
    chat.deploy("backend")
    other = gcp.compute.Network(
        "other", name="other", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    gcp.compute.Firewall(
        "rule",
        name="netra-rule",
        network=other.id,
        direction="EGRESS",
        target_tags=["vpc-connector"],
        destination_ranges=["10.0.0.0/8"],
        allows=[{"protocol": "tcp"}],
    )


def nat_on_another_network() -> None:
    """NAT on a network from which no service leaves."""
    chat = Chat()
    other = gcp.compute.Network(
        "other", name="other", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    router = gcp.compute.Router("router", name="netra", region=REGION, network=other.id)
    gcp.compute.RouterNat(
        "nat",
        name="netra",
        region=REGION,
        router=router.name,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
    chat.egress = "ALL_TRAFFIC"
    chat.deploy("backend")


def a_range_that_no_peering_offers() -> None:
    """A range is reserved for private services, and the connection does not offer it."""
    chat = Chat()
    gcp.compute.GlobalAddress(
        "second-range",
        name="netra-second",
        purpose="VPC_PEERING",
        address_type="INTERNAL",
        prefix_length=20,
        network=chat.network.id,
    )
    chat.deploy("backend")


def a_policy_on_no_backend() -> None:
    """Cloud Armor rules that no backend service carries."""
    chat = Chat()
    chat.deploy("frontend")
    gcp.compute.SecurityPolicy("armor", name="netra", opts=chat.after(*chat.apis))
    chat.backend_service("frontend")


def _rule(chat: Chat, **more: object) -> None:
    gcp.compute.Firewall(
        "rule",
        name="netra-rule",
        network=chat.network.id,
        direction="EGRESS",
        destination_ranges=["10.0.0.0/8"],
        allows=[{"protocol": "tcp"}],
        **more,
    )
