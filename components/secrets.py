"""Secret Manager: containers and versions that this stack makes, versions made elsewhere, and who may read.

Owns a container and a version for each secret whose value this stack has (an encrypted config value, or the
cache's AUTH string), and the accessor grants of each service. Does not own the secrets `from: outside`, which
are referenced by the version that the settings pin; `components.outside` looks whether they are there.

Versions are pinned by number, never `latest`: Cloud Run resolves a secret when an instance starts, so that
with `latest` two instances of one revision could run on different values. A version that is replaced is left
enabled (`deletion_policy` ABANDON), because the revision that still serves is pinned to it; it goes with its
container.

Sources: https://cloud.google.com/run/docs/configuring/services/secrets,
https://cloud.google.com/secret-manager/docs/best-practices
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.keys import key_name, key_ready
from components.lean import secretmanager

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from components.placement import Placement
    from components.settings import SecretSettings

ACCESSOR_ROLE = "roles/secretmanager.secretAccessor"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """One pinned version of one secret."""

    secret_id: pulumi.Output[str]
    """Id of the secret in the stack's project, known at preview."""
    version: pulumi.Output[str]
    """Number of the version; of a version that this stack makes, unknown until made."""


class Secrets(pulumi.ComponentResource):
    """Every secret of the stack, each as a pinned reference.

    Args:
        name: Pulumi name; children are named after it.
        settings: Where each secret's value comes from, by the secret's id.
        placement: Project, labels, protection, enabled APIs.
        auth_string: The cache's AUTH string, for secrets `from: cacheAuthString`.
        opts: Options of the component itself.

    Raises:
        pulumi.RunError: A config value is not set. The settings say so with its line first.
    """

    secret_ids: pulumi.Output[dict[str, str]]
    """Ids of the containers that this stack makes, by key."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, SecretSettings],
        placement: Placement,
        *,
        auth_string: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare containers and versions."""
        super().__init__("plumbline:components:Secrets", name, None, opts)
        self._prefix, self._placement = name, placement
        self.versions: dict[str, pulumi.Resource] = {}
        """The versions that this stack makes: what a service that uses one must wait for."""
        self.references: dict[str, SecretReference] = {}
        made: dict[str, pulumi.Output[str]] = {}
        for secret_id, secret in sorted(settings.items()):
            if secret.from_ == "outside":
                self.references[secret_id] = SecretReference(
                    pulumi.Output.from_input(secret_id), pulumi.Output.from_input(secret.version or "")
                )
                continue
            if secret.from_ == "cacheAuthString":
                value = auth_string
            else:
                value = pulumi.Config().require_secret(secret.config_key or secret_id)
            self.references[secret_id] = self._make(secret_id, value)
            made[secret_id] = self.references[secret_id].secret_id
        self.secret_ids = pulumi.Output.all(**made).apply(dict)
        self.register_outputs({"secretIds": self.secret_ids})

    def _make(self, secret_id: str, value: pulumi.Input[str]) -> SecretReference:
        container = secretmanager.Secret(
            f"{self._prefix}-{secret_id}",
            project=self._placement.project,
            secret_id=secret_id,
            replication=secretmanager.SecretReplicationArgs(auto=self._encryption()),
            deletion_protection=self._placement.deletion_protection,
            labels=self._placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*self._placement.apis, *key_ready(self._placement, "secrets")],
                protect=self._placement.deletion_protection,
            ),
        )
        version = secretmanager.SecretVersion(
            f"{self._prefix}-{secret_id}-version",
            project=self._placement.project,
            secret=known_secret_name(self._placement.project, container.secret_id),
            secret_data=pulumi.Output.secret(value),
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self, deleted_with=container),
        )
        self.versions[secret_id] = version
        return SecretReference(container.secret_id, version.version)

    def _encryption(self) -> secretmanager.SecretReplicationAutoArgs:
        key = key_name(self._placement, "secrets")
        if key is None:
            return secretmanager.SecretReplicationAutoArgs()
        return secretmanager.SecretReplicationAutoArgs(
            customer_managed_encryption=secretmanager.SecretReplicationAutoCustomerManagedEncryptionArgs(
                kms_key_name=key
            )
        )

    def grant(
        self, name: str, member: pulumi.Input[str], secret_ids: Iterable[str], parent: pulumi.Resource
    ) -> tuple[pulumi.Resource, ...]:
        """Let one member read exactly these secrets, and nothing else.

        Args:
            name: Pulumi name; each grant is named after it and its secret.
            member: IAM member, `serviceAccount:EMAIL`.
            secret_ids: Ids of the secrets; one that occurs twice is granted once.
            parent: The component that the grants belong to.
        """
        return tuple(
            secretmanager.SecretIamMember(
                f"{name}-reads-{secret_id}",
                project=self._placement.project,
                secret_id=self.references[secret_id].secret_id,
                role=ACCESSOR_ROLE,
                member=member,
                opts=pulumi.ResourceOptions(parent=parent),
            )
            for secret_id in sorted(set(secret_ids))
        )


def known_secret_name(project: str, secret_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """`projects/PROJECT/secrets/ID`, known before the secret exists."""
    return pulumi.Output.concat("projects/", project, "/secrets/", secret_id)
