"""Programs that look odd and are right: nothing must be found in them."""

import pulumi
import pulumi_gcp as gcp
from chat import PROJECT, REGION, Chat
from parts import name_of_the_cache


def granted_on_the_project() -> None:
    """One grant for all secrets of the project, in the place of one each."""
    chat = Chat()
    account = gcp.serviceaccount.Account("account", account_id="netra-backend", opts=chat.after(*chat.apis))
    grant = gcp.projects.IAMMember(
        "grant", project=PROJECT, role="roles/secretmanager.secretAccessor", member=account.member
    )
    chat.account = lambda *_: (account.email, [grant])
    chat.deploy("backend")


def several_connectors() -> None:
    """A second connector on another network, for somebody else."""
    chat = Chat()
    other = gcp.compute.Network(
        "other", name="batch", auto_create_subnetworks=False, opts=chat.after(*chat.apis)
    )
    gcp.vpcaccess.Connector(
        "other-connector",
        name="batch",
        region=REGION,
        network=other.name,
        ip_cidr_range="10.8.0.0/28",
        min_instances=2,
        max_instances=3,
    )
    chat.deploy("backend")


def direct_egress() -> None:
    """Without a connector: straight into a subnet that is large enough."""
    chat = Chat()
    subnet = gcp.compute.Subnetwork(
        "direct", name="netra-direct", region=REGION, network=chat.network.id, ip_cidr_range="10.9.0.0/24"
    )
    out = {
        "network_interfaces": [{"network": chat.network.id, "subnetwork": subnet.id}],
        "egress": chat.egress,
    }
    chat.deploy("backend", vpc_access=out)


def everything_out_through_nat() -> None:
    """All traffic into the network, and Cloud NAT for what leaves it."""
    chat = Chat()
    chat.egress = "ALL_TRAFFIC"
    router = gcp.compute.Router("router", name="netra", region=REGION, network=chat.network.id)
    nat = gcp.compute.RouterNat(
        "nat",
        name="netra",
        router=router.name,
        region=REGION,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
    chat.apis.append(nat)
    chat.deploy("backend")


def none_of_it() -> None:
    """A count that is nothing: no service at all."""
    Chat().connector  # noqa: B018 - a part is declared when it is asked for


def by_a_provider_of_its_own() -> None:
    """The project is the provider's, whatever the stack says."""
    provider = gcp.Provider("own", project=PROJECT, region=REGION)
    pulumi.runtime.register_stack_transformation(
        lambda args: (
            pulumi.ResourceTransformationResult(
                args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(provider=provider))
            )
            if args.type_.startswith("gcp:")
            else None
        )
    )
    Chat().deploy("backend", "auth")


def rules_on_the_connector_s_tag() -> None:
    """Everything out is denied, and what is needed is allowed by the tag that connectors carry."""
    chat = Chat()
    allowed = gcp.compute.Firewall(
        "allowed",
        name="netra-allowed",
        network=chat.network.name,
        direction="EGRESS",
        priority=900,
        destination_ranges=["10.0.0.0/8"],
        target_tags=["vpc-connector"],
        allows=[{"protocol": "tcp", "ports": ["5432", "6378"]}],
    )
    denied = gcp.compute.Firewall(
        "denied",
        name="netra-denied",
        network=chat.network.name,
        direction="EGRESS",
        priority=1000,
        destination_ranges=["10.0.0.0/8"],
        denies=[{"protocol": "all"}],
    )
    chat.apis.extend([allowed, denied])
    chat.deploy("backend")


def in_a_component() -> None:
    """The parts are children of a component, and their names come from it."""

    class Data(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("own:chat:Data", "data")
            self.chat = Chat()
            self.register_outputs({"host": self.chat.cache.host})

    Data().chat.deploy("backend")


def a_literal_self_link() -> None:
    """The network by its full URL, as the console shows it."""
    chat = Chat()
    link = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/global/networks/netra"
    chat.cache = chat.make_cache(authorized_network=link)
    chat.deploy("backend", "auth")


def features_switched_off() -> None:
    """Switches that stand off and protect nothing, and keys that a browser may hold."""
    chat = Chat()
    chat.plain["frontend"] |= {
        "NEXT_PUBLIC_GITHUB_OAUTH_ENABLED": "false",
        "DARK_MODE_ENABLED": "false",
        "NEXT_PUBLIC_MAPS_KEY": "AI" + "za" + "Sy" + "0123456789-_abcdefghijklmnopqrstu",
        "SETTINGS": '{"skip_validation": false, "token": "", "max_tokens": 4096}',
    }
    chat.deploy("frontend")


def without_an_address_of_its_own() -> None:
    """Ingress is open, and the service has no run.app address: only the load balancer leads to it."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_ALL"
    pulumi.runtime.register_stack_transformation(
        lambda args: (
            pulumi.ResourceTransformationResult({**args.props, "default_uri_disabled": True}, args.opts)
            if args.type_ == "gcp:cloudrunv2/service:Service"
            else None
        )
    )
    chat.deploy("frontend")
    chat.let_everybody_in()


def a_list_of_all_readers() -> None:
    """A binding beside single grants, which holds everybody who reads the secret."""
    chat = Chat()
    grant = chat.account

    def and_a_binding(key: str, secrets: dict) -> tuple:
        account, grants = grant(key, secrets)
        readers = gcp.secretmanager.SecretIamBinding(
            "readers",
            project=PROJECT,
            secret_id="fernet-key",  # noqa: S106 - a name
            role="roles/secretmanager.secretAccessor",
            members=[pulumi.Output.concat("serviceAccount:", account)],
        )
        return account, [*grants, readers]

    chat.account = and_a_binding
    chat.deploy("backend")


def workers_without_a_port() -> None:
    """A worker pool: no port, no time-out, no concurrency, and few enough of them."""
    chat = Chat()
    gcp.cloudrunv2.WorkerPool(
        "consumers",
        name="netra-consumers",
        location=REGION,
        scaling={"manual_instance_count": 2},
        template={
            "containers": [
                {"image": f"{REGION}-docker.pkg.dev/{PROJECT}/netra/consumers@sha256:{'0' * 64}"},
                {"image": f"{REGION}-docker.pkg.dev/{PROJECT}/netra/proxy@sha256:{'0' * 64}"},
            ]
        },
        opts=chat.after(*chat.apis),
    )


def a_cache_by_its_name() -> None:
    """The cache has a name in a private zone of the services' own network."""
    chat = Chat()
    name_of_the_cache(chat, chat.network)
    chat.plain["backend"] |= {"REDIS_HOST": "redis.netra.internal", "REDIS_PORT": "6378"}
    chat.deploy("backend")


def rules_in_a_firewall_policy() -> None:
    """The network has a policy in the place of firewall rules: what is needed is allowed, the rest denied."""
    chat = Chat()
    policy = gcp.compute.NetworkFirewallPolicy("policy", name="netra-egress", opts=chat.after(*chat.apis))
    for name, priority, action, config in (
        ("stores", 900, "allow", {"ip_protocol": "tcp", "ports": ["5432", "6378"]}),
        ("rest", 1000, "deny", {"ip_protocol": "all"}),
    ):
        gcp.compute.NetworkFirewallPolicyRule(
            name,
            firewall_policy=policy.name,
            direction="EGRESS",
            priority=priority,
            action=action,
            match={"dest_ip_ranges": ["10.0.0.0/8"], "layer4_configs": [config]},
        )
    gcp.compute.NetworkFirewallPolicyAssociation(
        "policy-on-network",
        name="netra-egress",
        firewall_policy=policy.name,
        attachment_target=chat.network.id,
    )
    chat.deploy("backend")


def a_partner_s_range_by_a_tunnel() -> None:
    """Everything out through NAT, except what is for a partner's own public range."""
    chat = Chat()
    gcp.compute.Route(
        "partner",
        name="netra-partner",
        network=chat.network.id,
        dest_range="203.0.113.0/24",
        next_hop_vpn_tunnel="projects/netra-staging/regions/us-central1/vpnTunnels/partner",
    )
    chat.egress = "ALL_TRAFFIC"
    router = gcp.compute.Router("router", name="netra", region=REGION, network=chat.network.id)
    nat = gcp.compute.RouterNat(
        "nat",
        name="netra",
        router=router.name,
        region=REGION,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
    chat.apis.append(nat)
    chat.deploy("backend")
