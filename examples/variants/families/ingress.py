"""Hosts and WebSockets that do not get through, each in another way."""

import pulumi_gcp as gcp
from chat import DOMAIN, REGION, Chat

HOSTS = {f"app.{DOMAIN}": "frontend", f"api.{DOMAIN}": "backend"}


def a_wildcard_for_a_managed_certificate() -> None:
    """The map answers any host of the domain, the certificate knows two."""
    _published([*HOSTS], {**HOSTS, f"*.{DOMAIN}": "frontend"})


def a_certificate_of_another_domain() -> None:
    """Production's hosts in staging's certificate."""
    _published([host.replace("staging.", "") for host in HOSTS], HOSTS)


def a_typing_error() -> None:
    """One letter."""
    _published([f"app.{DOMAIN}", f"apl.{DOMAIN}"], HOSTS)


def the_domain_is_not_its_hosts() -> None:
    """A certificate of the bare domain covers none of its hosts."""
    _published([DOMAIN], HOSTS)


def five_minutes() -> None:
    """The default time-out ends each WebSocket after five minutes."""
    chat = Chat()
    chat.deploy("backend", timeout=None)


def ten_minutes() -> None:
    """600 seconds of the hour that the contract asks for."""
    chat = Chat()
    chat.deploy("backend", timeout="600s")


def affinity_of_the_load_balancer() -> None:
    """Affinity is set on the backend service, where a serverless backend has none; the service has none."""
    chat = Chat()
    chat.deploy("backend", session_affinity=None)
    chat.backend_service("backend", session_affinity="GENERATED_COOKIE")


def one_backend_of_two() -> None:
    """A second region's serverless backend, where the service does not run, and a time-out for both."""
    chat = Chat()
    chat.deploy("frontend")
    groups = [
        gcp.compute.RegionNetworkEndpointGroup(
            f"neg-{region}",
            name=f"netra-{region}",
            region=region,
            network_endpoint_type="SERVERLESS",
            cloud_run={"service": chat.services["frontend"].name},
        )
        for region in (REGION, "us-east1")
    ]
    gcp.compute.BackendService(
        "both",
        name="netra",
        load_balancing_scheme="EXTERNAL_MANAGED",
        protocol="HTTPS",
        timeout_sec=120,
        backends=[{"group": group.self_link} for group in groups],
    )


def internal_traffic_only() -> None:
    """Services that let in internal traffic, behind a load balancer for the internet."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    _published([*HOSTS], HOSTS, chat)


def nobody_may_invoke() -> None:
    """Hosts, certificate and backends are in order, and no service has an invoker."""
    _published([*HOSTS], HOSTS, invokers=False)


def a_service_that_is_not_there() -> None:
    """One letter, in the name of the service that the group leads to."""
    chat = Chat()
    chat.deploy("frontend")
    gcp.compute.RegionNetworkEndpointGroup(
        "neg",
        name="netra",
        region=REGION,
        network_endpoint_type="SERVERLESS",
        cloud_run={"service": "netra-fronted-staging"},
    )


def _published(
    domains: list[str], hosts: dict[str, str], chat: Chat | None = None, *, invokers: bool = True
) -> None:
    chat = chat or Chat()
    chat.deploy("frontend", "backend")
    if invokers:
        chat.let_everybody_in()
    backends = {key: chat.backend_service(key) for key in ("frontend", "backend")}
    certificate = gcp.compute.ManagedSslCertificate(
        "certificate", name="netra", managed={"domains": domains}, opts=chat.after(*chat.apis)
    )
    chat.publish({host: backends[key] for host, key in hosts.items()}, certificate)
