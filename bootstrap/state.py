"""Where Pulumi keeps its state: a bucket that loses nothing, and the key of the secrets in it.

Sources: https://www.pulumi.com/docs/iac/concepts/state-and-backends/,
https://cloud.google.com/storage/docs/encryption/customer-managed-keys
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_gcp import kms, storage

from bootstrap.roles import ENCRYPT_AND_DECRYPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.settings import BootstrapSettings

_DAY_S = 24 * 3600


class StateStore(pulumi.ComponentResource):
    """The bucket, the key ring and the key.

    Args:
        name: Pulumi name; children are named after it.
        settings: The stack's settings.
        apis: What must be enabled first.
        opts: Options of the component itself.
    """

    bucket: pulumi.Output[str]
    """The bucket's name, once the key may be used for it."""
    key: pulumi.Output[str]
    """The key's id."""

    def __init__(
        self,
        name: str,
        settings: BootstrapSettings,
        apis: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare them."""
        super().__init__("plumbline:bootstrap:StateStore", name, None, opts)
        state, project = settings.state, settings.project
        ring = kms.KeyRing(
            f"{name}-ring",
            project=project,
            name="pulumi",
            location=settings.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=apis, protect=True),
        )
        key = kms.CryptoKey(
            f"{name}-key",
            key_ring=ring.id,
            name="state",
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{state.key_rotation_days * _DAY_S}s",
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        agent = storage.get_project_service_account_output(
            project=project, opts=pulumi.InvokeOutputOptions(parent=self, depends_on=apis)
        )
        grant = kms.CryptoKeyIAMMember(
            f"{name}-key-storage",
            crypto_key_id=key.id,
            role=ENCRYPT_AND_DECRYPT,
            member=agent.email_address.apply(lambda email: f"serviceAccount:{email}"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # No retention policy: Pulumi overwrites its state and deletes its locks, and both would be refused.
        bucket = storage.Bucket(
            f"{name}-bucket",
            project=project,
            name=state.bucket,
            location=settings.region.upper(),  # as Google gives it back: another spelling would replace it
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            force_destroy=False,
            versioning={"enabled": True},
            soft_delete_policy={"retention_duration_seconds": state.soft_delete_days * _DAY_S},
            lifecycle_rules=[
                {
                    "action": {"type": "Delete"},
                    "condition": {"num_newer_versions": state.versions_kept, "with_state": "ARCHIVED"},
                }
            ],
            encryption={"default_kms_key_name": key.id},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[grant], protect=True),
        )
        self.bucket, self.key = bucket.name, key.id
        self.register_outputs({"bucket": self.bucket, "key": self.key})
