"""The HTTPS load balancer in front of the services. Certificate, routes and DNS come from one list of hosts.

Owns everything from the public address to the serverless NEGs: the address, the managed zone and its
records, the certificate, the URL maps and proxies, backend services and Cloud Armor. Does not own the
services, nor the delegation of the zone: the domain's registrar must name the zone's name servers before
Google can issue the certificate.

Each host has a candidate twin (`candidate-api.DOMAIN`) that leads to the revision tagged `candidate`, so that
a new revision can be checked from outside before it gets traffic. A host that is in no list gets 404.

Backend services carry no `timeout_sec`: with a serverless NEG Google refuses it, and waits 60 minutes; the
service's own timeout decides. Session affinity is the service's as well.

Sources: https://cloud.google.com/load-balancing/docs/https/setting-up-https-serverless,
https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts,
https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs,
https://cloud.google.com/armor/docs/rate-limiting-overview
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from catalog.load_balancer import RATE_LIMIT_INTERVAL_SECONDS
from components.lean import compute, dns
from components.placement import known_id, suffixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.placement import Placement
    from components.service import Service
    from components.settings import IngressSettings

SCHEME = "EXTERNAL_MANAGED"
CANDIDATE_TAG = "candidate"
RECORD_TTL_SECONDS = 300
LIMIT_PRIORITY = 1000
DEFAULT_RULE_PRIORITY = 2147483647
HOSTS_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Route:
    """One host name and who answers it."""

    host: str
    """Full host name."""
    service: str
    """Key of the service."""
    candidate: bool
    """Whether the revision tagged `candidate` answers."""

    @property
    def backend(self) -> str:
        """Key of the backend service, and name of the path matcher."""
        return f"{self.service}-{CANDIDATE_TAG}" if self.candidate else self.service


def routes(settings: IngressSettings) -> list[Route]:
    """Every host name that the load balancer answers, in order: the one list behind all else."""
    found = []
    for label, host in settings.hosts.items():
        found.append(Route(settings.host_name(label), host.service, candidate=False))
        found.append(Route(settings.candidate_host_name(label), host.service, candidate=True))
    return sorted(found, key=lambda route: route.host)


class Ingress(pulumi.ComponentResource):
    """Public address, DNS, certificate, load balancer and rate limits.

    Args:
        name: Pulumi name; children are named after it.
        settings: Domain, hosts and limits.
        placement: Project, region, labels, protection, enabled APIs.
        services: The services, by the keys that the hosts name.
        base_name: What physical names begin with.
        opts: Options of the component itself.
    """

    address: pulumi.Output[str]
    """The public IPv4 address."""
    name_servers: pulumi.Output[list[str]]
    """What the domain's registrar must name."""
    certificate_name: pulumi.Output[str]
    """Name of the managed certificate."""
    urls: pulumi.Output[dict[str, str]]
    """`https://HOST` by host label."""

    def __init__(  # noqa: PLR0913 - where, what, and in front of whom are distinct inputs
        self,
        name: str,
        settings: IngressSettings,
        placement: Placement,
        services: Mapping[str, Service],
        *,
        base_name: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the load balancer from the address inwards."""
        super().__init__("plumbline:components:Ingress", name, None, opts)
        self._prefix, self._settings, self._placement = name, settings, placement
        self._base_name, self._routes = base_name, routes(settings)
        address = self._address()
        zone = self._zone(address)
        certificate = self._certificate()
        backends = self._backends(services, self._security_policy())
        self._serve_https(address, certificate, self._url_map(backends))
        self._redirect_http(address)
        self.address = address.address
        self.name_servers = zone.name_servers.apply(list)
        self.certificate_name = certificate.name
        self.urls = pulumi.Output.from_input(
            {label: f"https://{settings.host_name(label)}" for label in sorted(settings.hosts)}
        )
        self.register_outputs(
            {
                "address": self.address,
                "nameServers": self.name_servers,
                "certificateName": self.certificate_name,
                "urls": self.urls,
            }
        )

    def _physical(self, suffix: str) -> str:
        return suffixed(self._base_name, suffix)

    def _first(self) -> pulumi.ResourceOptions:
        """Options of a child that refers to no other resource of ours."""
        return pulumi.ResourceOptions(parent=self, depends_on=self._placement.apis)

    def _address(self) -> compute.GlobalAddress:
        return compute.GlobalAddress(
            f"{self._prefix}-address",
            project=self._placement.project,
            name=self._physical("ingress"),
            address_type="EXTERNAL",
            ip_version="IPV4",
            labels=self._placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._placement.apis,
                # Lost, it is not given back, and every record and allow list out there would point elsewhere.
                protect=self._placement.deletion_protection,
            ),
        )

    def _zone(self, address: compute.GlobalAddress) -> dns.ManagedZone:
        zone = dns.ManagedZone(
            f"{self._prefix}-zone",
            project=self._placement.project,
            name=self._settings.dns_zone,
            dns_name=f"{self._settings.domain}.",
            description=f"Hosts of {self._settings.domain}",
            dnssec_config=dns.ManagedZoneDnssecConfigArgs(state="on"),
            labels=self._placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._placement.apis,
                # A new zone gets other name servers: the delegation would break.
                protect=self._placement.deletion_protection,
            ),
        )
        for route in self._routes:
            dns.RecordSet(
                f"{self._prefix}-{route.host.partition('.')[0]}",
                project=self._placement.project,
                managed_zone=zone.name,
                name=f"{route.host}.",
                type="A",
                ttl=RECORD_TTL_SECONDS,
                rrdatas=[address.address],
                opts=pulumi.ResourceOptions(parent=self),
            )
        return zone

    def _certificate(self) -> compute.ManagedSslCertificate:
        hosts = [route.host for route in self._routes]
        # A certificate cannot change: other hosts are another certificate, made before the old one goes.
        digest = hashlib.sha256("\n".join(hosts).encode()).hexdigest()[:HOSTS_HASH_DIGITS]
        return compute.ManagedSslCertificate(
            f"{self._prefix}-certificate",
            project=self._placement.project,
            name=self._physical(f"hosts-{digest}"),
            managed=compute.ManagedSslCertificateManagedArgs(domains=hosts),
            opts=self._first(),
        )

    def _security_policy(self) -> compute.SecurityPolicy:
        limit = self._settings.rate_limit
        everyone = compute.SecurityPolicyRuleMatchArgs(
            versioned_expr="SRC_IPS_V1",
            config=compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=["*"]),
        )
        return compute.SecurityPolicy(
            f"{self._prefix}-armor",
            project=self._placement.project,
            name=self._physical("ingress"),
            type="CLOUD_ARMOR",
            rules=[
                compute.SecurityPolicyRuleArgs(
                    priority=LIMIT_PRIORITY,
                    action="rate_based_ban",
                    description="A client address that asks too often is refused for a while.",
                    match=everyone,
                    rate_limit_options=compute.SecurityPolicyRuleRateLimitOptionsArgs(
                        enforce_on_key="IP",
                        conform_action="allow",
                        exceed_action="deny(429)",
                        rate_limit_threshold=compute.SecurityPolicyRuleRateLimitOptionsRateLimitThresholdArgs(
                            count=limit.requests_per_minute, interval_sec=RATE_LIMIT_INTERVAL_SECONDS
                        ),
                        ban_duration_sec=limit.ban_seconds,
                    ),
                ),
                compute.SecurityPolicyRuleArgs(
                    priority=DEFAULT_RULE_PRIORITY,
                    action="allow",
                    description="Everybody else.",
                    match=everyone,
                ),
            ],
            labels=self._placement.labels,
            opts=self._first(),
        )

    def _backends(
        self, services: Mapping[str, Service], policy: compute.SecurityPolicy
    ) -> dict[str, pulumi.Output[str]]:
        """Ids of the backend services, by key; one for a service and one for its candidate."""
        policy_id = known_id(self._placement.project, "global", "securityPolicies", policy.name)
        found: dict[str, pulumi.Output[str]] = {}
        for route in self._routes:
            if route.backend not in found:
                found[route.backend] = self._backend(route, services[route.service], policy_id)
        return found

    def _backend(self, route: Route, service: Service, policy_id: pulumi.Output[str]) -> pulumi.Output[str]:
        placement = self._placement
        suffix = f"-{CANDIDATE_TAG}" if route.candidate else ""
        group = compute.RegionNetworkEndpointGroup(
            f"{self._prefix}-{route.backend}-neg",
            project=placement.project,
            region=placement.region,
            name=pulumi.Output.concat(service.service_name, suffix),
            network_endpoint_type="SERVERLESS",
            cloud_run=compute.RegionNetworkEndpointGroupCloudRunArgs(
                service=service.service_name, tag=CANDIDATE_TAG if route.candidate else None
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        group_id = known_id(
            placement.project, "regions", placement.region, "networkEndpointGroups", group.name
        )
        backend = compute.BackendService(
            f"{self._prefix}-{route.backend}-backend",
            project=placement.project,
            name=pulumi.Output.concat(service.service_name, suffix),
            load_balancing_scheme=SCHEME,
            protocol="HTTPS",
            security_policy=policy_id,
            backends=[compute.BackendServiceBackendArgs(group=group_id)],
            log_config=compute.BackendServiceLogConfigArgs(enable=True, sample_rate=1.0),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return known_id(placement.project, "global", "backendServices", backend.name)

    def _url_map(self, backends: Mapping[str, pulumi.Output[str]]) -> compute.URLMap:
        hosts: dict[str, list[str]] = {}
        for route in self._routes:
            hosts.setdefault(route.backend, []).append(route.host)
        nowhere = compute.URLMapDefaultRouteActionFaultInjectionPolicyArgs(
            abort=compute.URLMapDefaultRouteActionFaultInjectionPolicyAbortArgs(
                http_status=404, percentage=100
            )
        )
        return compute.URLMap(
            f"{self._prefix}-urls",
            project=self._placement.project,
            name=self._physical("ingress"),
            # Google wants a default service; the fault answers before it is asked.
            default_service=backends[min(backends)],
            default_route_action=compute.URLMapDefaultRouteActionArgs(fault_injection_policy=nowhere),
            host_rules=[
                compute.URLMapHostRuleArgs(hosts=hosts[key], path_matcher=key) for key in sorted(backends)
            ],
            path_matchers=[
                compute.URLMapPathMatcherArgs(name=key, default_service=backends[key])
                for key in sorted(backends)
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _serve_https(
        self,
        address: compute.GlobalAddress,
        certificate: compute.ManagedSslCertificate,
        url_map: compute.URLMap,
    ) -> None:
        project = self._placement.project
        tls = compute.SSLPolicy(
            f"{self._prefix}-tls",
            project=project,
            name=self._physical("ingress"),
            profile="MODERN",
            min_tls_version="TLS_1_2",
            opts=self._first(),
        )
        proxy = compute.TargetHttpsProxy(
            f"{self._prefix}-https-proxy",
            project=project,
            name=self._physical("https"),
            url_map=known_id(project, "global", "urlMaps", url_map.name),
            ssl_certificates=[known_id(project, "global", "sslCertificates", certificate.name)],
            ssl_policy=known_id(project, "global", "sslPolicies", tls.name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._listen("https", 443, address, known_id(project, "global", "targetHttpsProxies", proxy.name))

    def _redirect_http(self, address: compute.GlobalAddress) -> None:
        project = self._placement.project
        url_map = compute.URLMap(
            f"{self._prefix}-redirect",
            project=project,
            name=self._physical("redirect"),
            default_url_redirect=compute.URLMapDefaultUrlRedirectArgs(
                https_redirect=True, redirect_response_code="MOVED_PERMANENTLY_DEFAULT", strip_query=False
            ),
            opts=self._first(),
        )
        proxy = compute.TargetHttpProxy(
            f"{self._prefix}-http-proxy",
            project=project,
            name=self._physical("http"),
            url_map=known_id(project, "global", "urlMaps", url_map.name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._listen("http", 80, address, known_id(project, "global", "targetHttpProxies", proxy.name))

    def _listen(
        self, scheme: str, port: int, address: compute.GlobalAddress, target: pulumi.Output[str]
    ) -> None:
        compute.GlobalForwardingRule(
            f"{self._prefix}-{scheme}",
            project=self._placement.project,
            name=self._physical(scheme),
            load_balancing_scheme=SCHEME,
            ip_protocol="TCP",
            ip_address=address.address,
            port_range=str(port),
            target=target,
            labels=self._placement.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
