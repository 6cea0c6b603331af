"""Cloud SQL for PostgreSQL: one instance, its databases and their users.

Owns the instance (private address only, TLS only), databases, users, and what a service is told of them. Does
not own the passwords' Secret Manager versions (`components.secrets`): both take the same encrypted config
value, so that they cannot differ. Nor the size of pools: see docs/pools.md.

`POSTGRES_SSLMODE=require` encrypts and does not verify the server's certificate: it carries no host name that
clients could check, and the address is only reachable inside the network. Verifying needs the Cloud SQL
connectors (port 3307), which the firewall allows.

Sources: https://cloud.google.com/sql/docs/postgres/private-ip,
https://cloud.google.com/sql/docs/postgres/configure-ssl-instance,
https://cloud.google.com/sql/docs/postgres/flags,
https://cloud.google.com/sql/docs/postgres/deletion-protection
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from catalog import sql_sizing
from catalog.sql import POSTGRES_PORT
from components.keys import key_name, key_ready
from components.lean import sql
from components.settings.pools import tier_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.pools import Pool
    from components.network import Network
    from components.placement import Placement
    from components.settings import DatabaseSettings, DatabaseUserSettings

CONNECTOR_PORT = 3307
"""Port of the Cloud SQL connectors and the Auth Proxy. https://cloud.google.com/sql/docs/postgres/sql-proxy"""
SSL_MODE = "require"
BACKUP_HOURS_AFTER_MAINTENANCE = 4


class Database(pulumi.ComponentResource):
    """The Cloud SQL instance with its databases and users.

    Args:
        name: Pulumi name; children are named after it.
        settings: The database's settings.
        placement: Project, region, labels, protection, enabled APIs.
        network: The services' network, with its private services access.
        opts: Options of the component itself.

    Raises:
        ValueError: The tier does not exist. The settings refuse that with its line first.
        pulumi.RunError: A password's config value is not set. The settings say so with its line first.
    """

    instance_name: pulumi.Output[str]
    """Name of the instance."""
    connection_name: pulumi.Output[str]
    """`PROJECT:REGION:NAME`, for the Cloud SQL connectors."""
    host: pulumi.Output[str]
    """Private address; unknown until created."""
    database_names: pulumi.Output[list[str]]
    """Names of the databases."""

    def __init__(
        self,
        name: str,
        settings: DatabaseSettings,
        placement: Placement,
        network: Network,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the instance, then a database and a user for each entry of `settings.databases`."""
        super().__init__("plumbline:components:Database", name, None, opts)
        self._prefix, self._settings, self._placement = name, settings, placement
        self.instance = self._instance(network)
        self.databases: dict[str, sql.Database] = {}
        self.users: dict[str, sql.User] = {}
        for database, login in sorted(settings.databases.items()):
            self.databases[database] = self._database(database)
            self.users[database] = self._user(database, login)
        self.instance_name = self.instance.name
        self.connection_name = self.instance.connection_name
        self.host = self.instance.private_ip_address
        self.database_names = pulumi.Output.all(*(each.name for each in self.databases.values()))
        self.register_outputs(
            {
                "instanceName": self.instance_name,
                "connectionName": self.connection_name,
                "host": self.host,
                "databaseNames": self.database_names,
            }
        )

    def environment(self, database: str, pool: Pool) -> Mapping[str, pulumi.Input[str]]:
        """Plain environment variables of a service that uses a database.

        Args:
            database: One of the databases of the settings.
            pool: The pool of each of the service's worker processes.
        """
        return {
            "POSTGRES_HOST": self.host,
            "POSTGRES_PORT": str(POSTGRES_PORT),
            "POSTGRES_DB": self.databases[database].name,
            "POSTGRES_USER": self.users[database].name,
            "POSTGRES_SSLMODE": SSL_MODE,
            "DB_POOL_SIZE": str(pool.pool_size),
            "DB_MAX_OVERFLOW": str(pool.max_overflow),
            "DB_POOL_RECYCLE_SECONDS": str(pool.recycle_seconds),
        }

    def ready(self, database: str) -> tuple[pulumi.Resource, ...]:
        """What a service that uses a database must wait for."""
        return (self.instance, self.databases[database], self.users[database])

    def _instance(self, network: Network) -> sql.DatabaseInstance:
        return sql.DatabaseInstance(
            f"{self._prefix}-instance",
            project=self._placement.project,
            region=self._placement.region,
            name=self._settings.name,
            database_version=self._settings.version,
            deletion_protection=self._placement.deletion_protection,
            encryption_key_name=key_name(self._placement, "database"),
            settings=self._instance_settings(network),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The reference to the network alone would not wait for its peering.
                depends_on=[
                    *self._placement.apis,
                    network.private_services,
                    *key_ready(self._placement, "database"),
                ],
                protect=self._placement.deletion_protection,
                # The disk grows by itself. Told the first size again, the provider would replace the instance
                # to shrink it.
                ignore_changes=["settings.diskSize"],
            ),
        )

    def _instance_settings(self, network: Network) -> sql.DatabaseInstanceSettingsArgs:
        settings, tier = self._settings, tier_of(self._settings)
        return sql.DatabaseInstanceSettingsArgs(
            tier=tier.name,
            edition=settings.edition,
            availability_type=settings.availability,
            disk_type=tier.disk_type,
            disk_size=settings.disk_size_gb,
            disk_autoresize=True,
            deletion_protection_enabled=self._placement.deletion_protection,
            user_labels=self._placement.labels,
            ip_configuration=sql.DatabaseInstanceSettingsIpConfigurationArgs(
                ipv4_enabled=False,
                private_network=network.network_id,
                allocated_ip_range=network.private_services_range_name,
                ssl_mode="ENCRYPTED_ONLY",
            ),
            backup_configuration=_backups(settings),
            database_flags=[
                sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=flag, value=value)
                for flag, value in sorted(sql_sizing.flags(tier.memory_mb, settings.max_connections).items())
            ],
            maintenance_window=sql.DatabaseInstanceSettingsMaintenanceWindowArgs(
                day=settings.maintenance.day, hour=settings.maintenance.hour, update_track="stable"
            ),
            insights_config=sql.DatabaseInstanceSettingsInsightsConfigArgs(
                query_insights_enabled=True,
                query_plans_per_minute=5,
                query_string_length=1024,
                record_application_tags=True,
                record_client_address=False,
            ),
        )

    def _database(self, database: str) -> sql.Database:
        return sql.Database(
            f"{self._prefix}-{database}",
            project=self._placement.project,
            instance=self.instance.name,
            name=database,
            opts=pulumi.ResourceOptions(
                parent=self, deleted_with=self.instance, protect=self._placement.deletion_protection
            ),
        )

    def _user(self, database: str, login: DatabaseUserSettings) -> sql.User:
        return sql.User(
            f"{self._prefix}-{database}-user",
            project=self._placement.project,
            instance=self.instance.name,
            name=login.user,
            password=pulumi.Config().require_secret(login.password_config_key),
            # PostgreSQL refuses to drop a role that owns objects; with the instance it goes anyway.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=self.instance),
        )


def _backups(settings: DatabaseSettings) -> sql.DatabaseInstanceSettingsBackupConfigurationArgs:
    hour = (settings.maintenance.hour + BACKUP_HOURS_AFTER_MAINTENANCE) % 24
    return sql.DatabaseInstanceSettingsBackupConfigurationArgs(
        enabled=True,
        start_time=f"{hour:02d}:00",
        point_in_time_recovery_enabled=True,
        transaction_log_retention_days=settings.point_in_time_recovery_days,
        backup_retention_settings=sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
            retained_backups=settings.backups_retained, retention_unit="COUNT"
        ),
    )
