"""The project's ground: APIs that must be enabled before everything else, and the image repository.

Owns `gcp.projects.Service` for each API that this platform calls (`catalog.apis`; Service Usage itself must
already be on), and the Artifact Registry repository. Does not own the project itself, its billing, its
organisation policies, nor the images: a build pushes them. With keys of our own it makes those too, since the
repository is the first to need one.
An API stays enabled when the stack is destroyed, for others in the project may use it by then.

Sources: https://cloud.google.com/service-usage/docs/enable-disable,
https://cloud.google.com/artifact-registry/docs/repositories/create-repos
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pulumi

from catalog.apis import APIS, KEYS
from components.keys import EncryptionKey, Keys, key_name, key_ready
from components.lean import artifactregistry, projects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.placement import Placement
    from components.settings import RegistrySettings


class Project(pulumi.ComponentResource):
    """Enabled APIs and the image repository.

    Args:
        name: Pulumi name; children are named after it.
        settings: The registry's settings.
        placement: Project, region and labels. Its own `apis` are not read: this component makes them.
        opts: Options of the component itself.
        key_ring: Name of the rings of keys of our own; None where Google's keys encrypt.
    """

    repository_url: pulumi.Output[str]
    """`REGION-docker.pkg.dev/PROJECT/REPOSITORY`, what images are tagged with."""

    def __init__(
        self,
        name: str,
        settings: RegistrySettings,
        placement: Placement,
        opts: pulumi.ResourceOptions | None = None,
        *,
        key_ring: str | None = None,
    ) -> None:
        """Declare the APIs, the keys if there are any, and the repository."""
        super().__init__("plumbline:components:Project", name, None, opts)
        self.apis: tuple[pulumi.Resource, ...] = tuple(
            projects.Service(
                f"{name}-{api.name.removesuffix('.googleapis.com')}",
                project=placement.project,
                service=api.name,
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for api in (APIS if key_ring is None else (*APIS, KEYS))
        )
        self.keys: Mapping[str, EncryptionKey] = {}
        if key_ring is not None:
            placed = replace(placement, apis=self.apis)
            self.keys = Keys("keys", key_ring, placed, pulumi.ResourceOptions(parent=self)).keys
        placement = replace(placement, apis=self.apis, keys=self.keys)
        repository = artifactregistry.Repository(
            f"{name}-images",
            project=placement.project,
            location=placement.region,
            repository_id=settings.repository,
            format="DOCKER",
            description="Images of the platform's services, deployed by digest.",
            # A digest never changes under a tag that was pushed once.
            docker_config=artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
            labels=placement.labels,
            kms_key_name=key_name(placement, "registry"),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*self.apis, *key_ready(placement, "registry")],
                protect=placement.deletion_protection,
            ),
        )
        self.repository_url = pulumi.Output.concat(
            placement.region, "-docker.pkg.dev/", placement.project, "/", repository.repository_id
        )
        self.register_outputs({"repositoryUrl": self.repository_url})
