"""Settings as far as they are right: what rules across sections judge.

Owns which sections could be read. A rule that needs one that could not keeps silent, so that one mistake
makes one message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.settings.audit import AuditSettings
from components.settings.cache import CacheSettings
from components.settings.database import DatabaseSettings
from components.settings.egress import EgressSettings
from components.settings.ingress import IngressSettings
from components.settings.monitoring import MonitoringSettings
from components.settings.network import NetworkSettings
from components.settings.secrets import SecretSettings
from components.settings.services import ServiceSettings


@dataclass(frozen=True, slots=True)
class Draft:
    """The sections that are right in themselves, and the names that stand in the file, right or not.

    Attributes:
        services: Services that are right in themselves.
        secrets: Secrets that are right in themselves.
        service_keys: All keys under `plumbline:services`.
        secret_ids: All keys under `plumbline:secrets`.
        database_names: All keys under `plumbline:database.databases`.
        host_labels: All keys under `plumbline:ingress.hosts`.
    """

    project: str | None = None
    region: str | None = None
    environment: str | None = None
    labels: Mapping[str, str] | None = None
    network: NetworkSettings | None = None
    egress: EgressSettings | None = None
    database: DatabaseSettings | None = None
    cache: CacheSettings | None = None
    ingress: IngressSettings | None = None
    monitoring: MonitoringSettings | None = None
    audit: AuditSettings | None = None
    services: Mapping[str, ServiceSettings] = field(default_factory=dict)
    secrets: Mapping[str, SecretSettings] = field(default_factory=dict)
    service_keys: frozenset[str] = frozenset()
    secret_ids: frozenset[str] = frozenset()
    database_names: frozenset[str] = frozenset()
    host_labels: frozenset[str] = frozenset()

    @property
    def all_services_read(self) -> bool:
        """Whether every service is right in itself, so that sums over all of them mean something."""
        return bool(self.service_keys) and self.service_keys == frozenset(self.services)
