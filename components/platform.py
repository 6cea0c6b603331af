"""The whole platform: every component, wired.

Owns the order and what each component is told of the others; each service depends on everything that it needs
in order to start. Does not own a resource itself, nor a value: those are decided in the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from catalog.pools import PoolRefusal
from catalog.redis import TLS_PORT
from catalog.sql import POSTGRES_PORT
from components.assignment import Assignments, load_contracts
from components.audit import Audit
from components.cache import Cache
from components.connector import Egress
from components.database import CONNECTOR_PORT, Database
from components.firewall import Destination, EgressFirewall
from components.ingress import Ingress
from components.lean import load_ahead
from components.monitoring.component import Monitoring
from components.network import Network
from components.outside import outside_versions, require_outside_versions
from components.placement import Placement
from components.project import Project
from components.secrets import Secrets
from components.service import Service, ServiceLinks
from components.settings.pools import plan_pools
from components.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.pools import PoolPlan
    from components.settings import IngressSettings, PlatformSettings, ServiceSettings
    from contracts import Contracts


class Platform(pulumi.ComponentResource):
    """Everything that one stack deploys.

    Args:
        name: Pulumi name; children are named without it, for a stack has one platform.
        settings: Every decision of the stack.
        opts: Options of the component itself.

    Raises:
        pulumi.RunError: A secret version made outside the stack is missing or disabled. Nothing is declared.
    """

    address: pulumi.Output[str]
    """The load balancer's public IPv4 address."""
    name_servers: pulumi.Output[list[str]]
    """What the domain's registrar must name."""
    urls: pulumi.Output[dict[str, str]]
    """`https://HOST` by host label."""
    repository_url: pulumi.Output[str]
    """Where images are pushed to."""
    database_connection_name: pulumi.Output[str]
    """`PROJECT:REGION:NAME`, for the Cloud SQL connectors."""
    revisions: pulumi.Output[dict[str, str]]
    """Name of the revision that this run makes, by service."""
    verification_jobs: pulumi.Output[dict[str, Any]]
    """What `plumb verify` runs and reads, by service; empty without `plumbline:probes`."""

    def __init__(
        self, name: str, settings: PlatformSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Look up what is made elsewhere, then declare the platform from the ground up."""
        elsewhere = outside_versions(settings.project, settings.secrets, settings.services)
        contracts: list[Contracts] = []

        def read_ahead() -> None:
            load_ahead()
            if settings.probes is not None:
                contracts.append(load_contracts())

        require_outside_versions(elsewhere, meanwhile=read_ahead)
        super().__init__("plumbline:components:Platform", name, None, opts)
        self._settings = settings
        own = pulumi.ResourceOptions(parent=self)
        self.project = Project(
            "project", settings.registry, Placement.of(settings), own, key_ring=key_ring(settings)
        )
        self._placement = Placement.of(settings, self.project.apis, self.project.keys)
        self.network = Network("network", settings.network, self._placement, own)
        self.egress = Egress("egress", settings.egress, self._placement, self.network, own)
        self.firewall = EgressFirewall("firewall", destinations(settings), self._placement, self.egress, own)
        self.audit = None if settings.audit is None else Audit("audit", settings.audit, self._placement, own)
        self.database = Database("database", settings.database, self._placement, self.network, own)
        self.cache = Cache(
            "cache",
            settings.cache,
            self._placement,
            self.network,
            maintenance=settings.database.maintenance,
            opts=own,
        )
        self.secrets = Secrets(
            "secrets",
            settings.secrets,
            self._placement,
            auth_string=self.cache.auth_string,
            opts=own,
        )
        self._pools = pools_that_fit(settings)
        self.services = {
            key: self._service(key, each, own) for key, each in sorted(settings.services.items())
        }
        self.ingress = Ingress(
            "ingress",
            settings.ingress,
            self._placement,
            self.services,
            base_name=settings.network.name,
            opts=own,
        )
        self.verification = self._verification(contracts, own)
        self.monitoring = self._monitoring(own)
        self._publish()

    def _monitoring(self, own: pulumi.ResourceOptions) -> Monitoring | None:
        settings = self._settings
        if settings.monitoring is None:
            return None
        watched = [service.service for service in self.services.values()]
        return Monitoring(
            "monitoring",
            settings,
            settings.monitoring,
            self._placement,
            watched=[*watched, self.database.instance, self.cache.instance],
            opts=own,
        )

    def _publish(self) -> None:
        self.address = self.ingress.address
        self.name_servers = self.ingress.name_servers
        self.urls = self.ingress.urls
        self.repository_url = self.project.repository_url
        self.database_connection_name = self.database.connection_name
        self.revisions = pulumi.Output.all(
            **{key: service.revision for key, service in self.services.items()}
        ).apply(dict)
        nothing: pulumi.Output[dict[str, Any]] = pulumi.Output.from_input({})
        self.verification_jobs = nothing if self.verification is None else self.verification.jobs
        self.register_outputs(
            {
                "address": self.address,
                "nameServers": self.name_servers,
                "urls": self.urls,
                "repositoryUrl": self.repository_url,
                "databaseConnectionName": self.database_connection_name,
                "revisions": self.revisions,
                "verificationJobs": self.verification_jobs,
            }
        )

    def _verification(
        self, contracts: Sequence[Contracts], own: pulumi.ResourceOptions
    ) -> Verification | None:
        settings = self._settings
        if settings.probes is None:
            return None
        return Verification(
            "verification",
            settings.probes,
            self._placement,
            Assignments(settings, contracts[0], self._pools),
            services=self.services,
            destinations=(self.database, self.cache),
            opts=own,
        )

    def _service(self, key: str, service: ServiceSettings, own: pulumi.ResourceOptions) -> Service:
        ingress = self._settings.ingress
        public = any(host.service == key for host in ingress.hosts.values())
        links = ServiceLinks(
            secrets=self.secrets,
            environment=self._environment(key, service),
            vpc_access=self.egress.vpc_access if service.has_private_route else None,
            invoker=ingress.invoker if public else None,
            ready=self._ready(service),
        )
        return Service(key, service, self._placement, links, own)

    def _environment(self, key: str, service: ServiceSettings) -> dict[str, pulumi.Input[str]]:
        """Plain variables that are derived. The settings refuse one that is also written by hand."""
        variables: dict[str, pulumi.Input[str]] = dict(public_urls(service, self._settings.ingress))
        if service.has_private_route:
            variables["ENVIRONMENT"] = self._settings.environment
            variables["WEB_CONCURRENCY"] = str(service.workers)
        if service.database is not None:
            variables.update(self.database.environment(service.database, self._pools.pools[key]))
        if service.cache:
            variables.update(self.cache.environment())
        return variables

    def _ready(self, service: ServiceSettings) -> list[pulumi.Resource]:
        ready: list[pulumi.Resource] = []
        if service.has_private_route:
            ready += [self.egress.ready, *self.firewall.allow_rules, self.network.nat]
        if service.database is not None:
            ready += [self.network.private_services, *self.database.ready(service.database)]
        if service.cache:
            ready.append(self.cache.instance)
        return ready


def destinations(settings: PlatformSettings) -> list[Destination]:
    """What services must reach in private ranges."""
    return [
        Destination("cache", settings.cache.reserved_ip_range, (TLS_PORT,)),
        Destination("database", settings.network.private_services_range, (POSTGRES_PORT, CONNECTOR_PORT)),
    ]


def key_ring(settings: PlatformSettings) -> str | None:
    """Name of the rings of keys of our own; None where Google's keys encrypt."""
    audit = settings.audit
    return audit.key_ring if audit is not None and audit.customer_managed_keys else None


def pools_that_fit(settings: PlatformSettings) -> PoolPlan:
    """Pools of each worker process, by the service's key: docs/pools.md says how they are reckoned.

    Raises:
        ValueError: Not even one connection a process fits. The settings refuse that with its line first.
    """
    plan = plan_pools(settings.database, settings.services)
    if isinstance(plan, PoolRefusal):
        raise ValueError(plan.arithmetic)  # noqa: TRY004 - the values are wrong, not their types
    return plan


def public_urls(service: ServiceSettings, ingress: IngressSettings) -> Mapping[str, str]:
    """Variables of a service that hold the public URL of a host."""
    return {
        variable: f"{url.scheme}://{ingress.host_name(url.host)}{url.path}"
        for variable, url in service.urls.items()
    }
