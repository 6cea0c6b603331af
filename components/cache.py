"""Memorystore for Redis on the services' network: AUTH, TLS, a replica, and no eviction of sessions.

Owns the instance. Does not own the secret that carries its AUTH string to services (`components.secrets`),
nor the firewall rule that lets them reach it.

The range is Memorystore's own (connect mode DIRECT_PEERING): it does not come out of private services access.
Port 6378, because TLS is on. Clients must trust the instance's own CA, which is public and handed to services
as REDIS_CA_CERT; a rotated CA appears beside the old one at the next refresh and makes a new revision.

Sources: https://cloud.google.com/memorystore/docs/redis/networking,
https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption,
https://cloud.google.com/memorystore/docs/redis/about-redis-auth,
https://cloud.google.com/memorystore/docs/redis/about-rdb-snapshots
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.keys import key_name, key_ready
from components.lean import redis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_gcp.redis import outputs

    from components.network import Network
    from components.placement import Placement
    from components.settings import CacheSettings, MaintenanceSettings

SNAPSHOT_PERIOD = "TWELVE_HOURS"

# Cloud SQL counts the days of a maintenance window, Memorystore names them.
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


class Cache(pulumi.ComponentResource):
    """The Redis instance.

    Args:
        name: Pulumi name; children are named after it.
        settings: The cache's settings.
        placement: Project, region, labels, protection, enabled APIs.
        network: The services' network; left out, Google would take the one named `default`.
        maintenance: The weekly hour in which Google may restart it, in UTC.
        opts: Options of the component itself.
    """

    instance_id: pulumi.Output[str]
    """`projects/PROJECT/locations/REGION/instances/NAME`."""
    host: pulumi.Output[str]
    """Private address; unknown until created."""
    port: pulumi.Output[str]
    """Port as text; unknown until created."""
    server_ca_cert: pulumi.Output[str]
    """The instance's CA certificates, PEM, the newest last. Public."""
    auth_string: pulumi.Output[str]
    """The AUTH string, a Pulumi secret."""

    def __init__(  # noqa: PLR0913 - the maintenance window is the stack's, not the cache's
        self,
        name: str,
        settings: CacheSettings,
        placement: Placement,
        network: Network,
        *,
        maintenance: MaintenanceSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the instance."""
        super().__init__("plumbline:components:Cache", name, None, opts)
        self.instance = redis.Instance(
            f"{name}-redis",
            project=placement.project,
            region=placement.region,
            name=settings.name,
            redis_version=settings.version,
            tier=settings.tier,
            memory_size_gb=settings.memory_size_gb,
            connect_mode="DIRECT_PEERING",
            authorized_network=network.network_id,
            reserved_ip_range=settings.reserved_ip_range,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            redis_configs={"maxmemory-policy": settings.maxmemory_policy},
            # The replica covers one zone; a snapshot covers the case that both nodes are lost.
            persistence_config=redis.InstancePersistenceConfigArgs(
                persistence_mode="RDB", rdb_snapshot_period=SNAPSHOT_PERIOD
            ),
            maintenance_policy=_maintenance_policy(maintenance),
            deletion_protection=placement.deletion_protection,
            customer_managed_key=key_name(placement, "cache"),
            labels=placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*placement.apis, *key_ready(placement, "cache")],
                protect=placement.deletion_protection,
            ),
        )
        self.instance_id = self.instance.id
        self.host = self.instance.host
        self.port = self.instance.port.apply(lambda port: str(int(port)))
        self.server_ca_cert = self.instance.server_ca_certs.apply(_bundle)
        self.auth_string = pulumi.Output.secret(self.instance.auth_string)
        self.register_outputs(
            {
                "instanceId": self.instance_id,
                "host": self.host,
                "port": self.port,
                "serverCaCert": self.server_ca_cert,
                "authString": self.auth_string,
            }
        )

    def environment(self) -> Mapping[str, pulumi.Input[str]]:
        """Plain environment variables of a service that uses the cache."""
        return {"REDIS_HOST": self.host, "REDIS_PORT": self.port, "REDIS_CA_CERT": self.server_ca_cert}


def _maintenance_policy(window: MaintenanceSettings) -> redis.InstanceMaintenancePolicyArgs:
    start = redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowStartTimeArgs(
        hours=window.hour, minutes=0, seconds=0, nanos=0
    )
    return redis.InstanceMaintenancePolicyArgs(
        weekly_maintenance_windows=[
            redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowArgs(
                day=_DAYS[window.day - 1], start_time=start
            )
        ]
    )


def _bundle(certificates: Sequence[outputs.InstanceServerCaCert]) -> str:
    """One PEM text in a stable order, so that the same CAs always give the same revision."""
    ordered = sorted(certificates, key=lambda certificate: certificate.create_time or "")
    return "\n".join(certificate.cert.strip() for certificate in ordered if certificate.cert)
