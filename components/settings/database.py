"""Settings of Cloud SQL for PostgreSQL. Pools are not set here: they are derived from what is."""

from collections.abc import Mapping
from typing import Literal

from components.settings.base import Section
from components.settings.fields import (
    BackupsRetained,
    ConfigKey,
    DatabaseName,
    DatabaseUser,
    DiskSizeGb,
    MaintenanceDay,
    MaintenanceHour,
    MaxConnections,
    PitrDays,
    SqlInstanceName,
    SqlTier,
    SqlVersion,
)


class MaintenanceSettings(Section):
    """The hour of the week in which Google may restart the instance."""

    day: MaintenanceDay
    """Day of the week, 1 (Monday) to 7 (Sunday)."""
    hour: MaintenanceHour
    """Hour of the day in UTC, 0 to 23."""


class DatabaseUserSettings(Section):
    """The one user of a database."""

    user: DatabaseUser
    """PostgreSQL user that the services log in as."""
    password_config_key: ConfigKey
    """Secret key in the `plumbline` namespace that holds its password: `pulumi config set --secret`."""


class DatabaseSettings(Section):
    """The Cloud SQL instance, its databases and their users."""

    name: SqlInstanceName
    """Name of the instance. A deleted instance's name cannot be used again for a week."""
    version: SqlVersion
    """Major version, for example `POSTGRES_17`."""
    edition: Literal["ENTERPRISE", "ENTERPRISE_PLUS"]
    """Edition, always written: from PostgreSQL 16 on Google's default refuses custom tiers."""
    tier: SqlTier
    """Machine tier, for example `db-custom-4-16384` (4 vCPUs, 16,384 MB)."""
    availability: Literal["REGIONAL", "ZONAL"]
    """`REGIONAL` keeps a standby in a second zone."""
    disk_size_gb: DiskSizeGb
    """Size of the data disk in GB; it grows by itself and never shrinks."""
    max_connections: MaxConnections | None = None
    """The flag `max_connections`. Null, the default, means Google's default for the tier's memory."""
    backups_retained: BackupsRetained = 7
    """Automated backups kept, 1 to 365. Default 7."""
    point_in_time_recovery_days: PitrDays = 7
    """Days of write-ahead log kept: 1 to 7 with ENTERPRISE, to 35 with ENTERPRISE_PLUS. Default 7."""
    maintenance: MaintenanceSettings
    """The maintenance window."""
    databases: Mapping[DatabaseName, DatabaseUserSettings]
    """Databases by name, each with its user."""
