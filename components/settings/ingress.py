"""Settings of the load balancer: one list of hosts, from which certificate, routes and DNS all follow."""

from collections.abc import Mapping
from typing import Literal

from components.settings.base import Section
from components.settings.fields import (
    BanSeconds,
    CandidatePrefix,
    DnsZone,
    Domain,
    HostLabel,
    RequestsPerMinute,
    ServiceKey,
)


class HostSettings(Section):
    """A host name of the domain, and who answers it."""

    service: ServiceKey
    """Key of the service under `plumbline:services`."""


class RateLimitSettings(Section):
    """Cloud Armor's limit for each client address."""

    requests_per_minute: RequestsPerMinute
    """Requests that one address may send in a minute."""
    ban_seconds: BanSeconds
    """Seconds for which an address that sent more is refused."""


class IngressSettings(Section):
    """The HTTPS load balancer in front of the services."""

    domain: Domain
    """Domain of all hosts, for example `staging.netrasystems.ai`."""
    dns_zone: DnsZone
    """Name of the Cloud DNS managed zone for the domain, made by this stack."""
    hosts: Mapping[HostLabel, HostSettings]
    """Hosts by their label: `api` is `api.DOMAIN`."""
    candidate_prefix: CandidatePrefix = "candidate-"
    """Put before a host to reach revisions tagged `candidate`. Default `candidate-`."""
    invoker: Literal["allUsers", "invokerIamDisabled"] = "allUsers"
    """Who may invoke: `allUsers`, or no check at all where the organisation forbids `allUsers`. Either way
    only the load balancer reaches the services."""
    rate_limit: RateLimitSettings
    """Cloud Armor's rate limit."""

    def host_name(self, host: str) -> str:
        """Full name of a host: `api` gives `api.DOMAIN`."""
        return f"{host}.{self.domain}"

    def candidate_host_name(self, host: str) -> str:
        """Full name under which the candidate revision of that host answers."""
        return f"{self.candidate_prefix}{host}.{self.domain}"
