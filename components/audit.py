"""Audit: who read and wrote what, kept apart and long enough.

Owns the Data Access logs of the services whose data matters (they are off by default), the log bucket that
keeps them, and the sink that leads there. Admin Activity logs are always on and kept 400 days; the sink takes
them along. Does not own keys (`components.keys`).

The bucket is not locked: a locked one can never be shortened nor deleted, which is for its owner to decide.

Sources: https://cloud.google.com/logging/docs/audit/configure-data-access,
https://cloud.google.com/logging/docs/buckets,
https://cloud.google.com/logging/docs/export/configure_export_v2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from catalog.logging import AUDIT_LOGS, AUDITED, DATA_ACCESS
from components.lean import logging, projects
from components.placement import known_id

if TYPE_CHECKING:
    from components.placement import Placement
    from components.settings import AuditSettings


class Audit(pulumi.ComponentResource):
    """Data Access logs, and where they are kept.

    Args:
        name: Pulumi name; children are named after it.
        settings: How long they are kept, and in which bucket.
        placement: Project, region, protection, enabled APIs.
        opts: Options of the component itself.
    """

    bucket_id: pulumi.Output[str]
    """Id of the log bucket."""

    def __init__(
        self,
        name: str,
        settings: AuditSettings,
        placement: Placement,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the bucket and its sink, then switch the logs on."""
        super().__init__("plumbline:components:Audit", name, None, opts)
        bucket = logging.ProjectBucketConfig(
            f"{name}-logs",
            project=placement.project,
            location=placement.region,
            bucket_id=settings.log_bucket,
            description="Audit logs, kept apart from what developers read and delete.",
            retention_days=settings.retention_days,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=placement.apis, protect=placement.deletion_protection
            ),
        )
        path = known_id(placement.project, "locations", placement.region, "buckets", bucket.bucket_id)
        self.sink = logging.ProjectSink(
            f"{name}-sink",
            project=placement.project,
            name=settings.log_bucket,
            destination=pulumi.Output.concat("logging.googleapis.com/", path),
            filter=AUDIT_LOGS,
            unique_writer_identity=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.configs = tuple(
            projects.IAMAuditConfig(
                f"{name}-{service.removesuffix('.googleapis.com')}",
                project=placement.project,
                service=service,
                audit_log_configs=[{"log_type": kind} for kind in DATA_ACCESS],
                # Logs that nobody keeps are no use: the sink comes first.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[*placement.apis, self.sink]),
            )
            for service in AUDITED
        )
        self.bucket_id = bucket.bucket_id
        self.register_outputs({"bucketId": self.bucket_id})
