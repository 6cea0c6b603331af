"""The root of the settings: one tree that holds every decision of a stack."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from components.settings.audit import AuditSettings
from components.settings.base import Section
from components.settings.cache import CacheSettings
from components.settings.database import DatabaseSettings
from components.settings.egress import EgressSettings
from components.settings.fields import LabelKey, LabelValue, ProjectId, Region, SecretId, ServiceKey
from components.settings.ingress import IngressSettings
from components.settings.monitoring import MonitoringSettings
from components.settings.network import NetworkSettings
from components.settings.probes import ProbesSettings
from components.settings.registry import RegistrySettings
from components.settings.rollout import RolloutSettings
from components.settings.secrets import SecretSettings
from components.settings.services import ServiceSettings


class PlatformSettings(Section):
    """Every decision of one stack, validated."""

    project: ProjectId
    """Google Cloud project id (`gcp:project`)."""
    region: Region
    """Google Cloud region (`gcp:region`)."""
    environment: Literal["staging", "production", "development"]
    """Which environment this stack is."""
    labels: Mapping[LabelKey, LabelValue] = {}
    """Labels written on everything that takes labels."""
    deletion_protection: bool = True
    """One switch for every resource that Google or Pulumi protects from deletion. Default true."""
    registry: RegistrySettings
    network: NetworkSettings
    egress: EgressSettings
    database: DatabaseSettings
    cache: CacheSettings
    secrets: Mapping[SecretId, SecretSettings]
    """Secret Manager secrets by id."""
    services: Mapping[ServiceKey, ServiceSettings]
    """Cloud Run services by key."""
    ingress: IngressSettings
    rollout: RolloutSettings = RolloutSettings()
    """How `plumb deploy` moves the traffic to a new revision."""
    probes: ProbesSettings | None = None
    """What tests the services from inside their network. Default none: nothing is verified."""
    monitoring: MonitoringSettings | None = None
    """Alerts, and who is told. Default: nothing is watched, which the policy `watched` refuses in
    production."""
    audit: AuditSettings | None = None
    """Who read what, and how long that is kept. Default: Google's defaults, by which nobody is recorded."""

    @classmethod
    def from_stack_file(cls, path: Path) -> "PlatformSettings":
        """Read and validate a stack file, without an engine."""
        from components.settings.loader import read_stack_file  # noqa: PLC0415 - the loader imports this module

        return read_stack_file(path)
