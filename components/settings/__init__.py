"""What is decided for a stack: `Pulumi.<stack>.yaml`, read into typed, validated, frozen models.

Owns every setting, its default, its unit, and the message when it is wrong. Does not own what is true of
Google Cloud (`catalog`), nor what a service cannot run without (`contracts`). Imports no Pulumi SDK, except
inside `load_settings()`.
"""

from components.settings.audit import AuditSettings, ComplianceSettings
from components.settings.cache import CacheSettings
from components.settings.database import DatabaseSettings, DatabaseUserSettings, MaintenanceSettings
from components.settings.egress import ConnectorSettings, DirectSettings, EgressSettings
from components.settings.ingress import HostSettings, IngressSettings, RateLimitSettings
from components.settings.loader import load_settings
from components.settings.monitoring import (
    ChannelSettings,
    ImpactSettings,
    MonitoringSettings,
    ObjectiveSettings,
    OwnerSettings,
)
from components.settings.network import NetworkSettings, SubnetSettings
from components.settings.platform import PlatformSettings
from components.settings.probes import ProbesSettings
from components.settings.registry import RegistrySettings
from components.settings.report import SettingsError
from components.settings.secrets import SecretSettings
from components.settings.services import ServiceSettings, UrlSettings

__all__ = [
    "AuditSettings",
    "CacheSettings",
    "ChannelSettings",
    "ComplianceSettings",
    "ConnectorSettings",
    "DatabaseSettings",
    "DatabaseUserSettings",
    "DirectSettings",
    "EgressSettings",
    "HostSettings",
    "ImpactSettings",
    "IngressSettings",
    "MaintenanceSettings",
    "MonitoringSettings",
    "NetworkSettings",
    "ObjectiveSettings",
    "OwnerSettings",
    "PlatformSettings",
    "ProbesSettings",
    "RateLimitSettings",
    "RegistrySettings",
    "SecretSettings",
    "ServiceSettings",
    "SettingsError",
    "SubnetSettings",
    "UrlSettings",
    "load_settings",
]
