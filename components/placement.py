"""Where a stack's resources are placed, and what is written on all of them.

Owns project, region, labels, the deletion switch, the enabled APIs and the keys as one value that every
component takes. Does not own a resource: `components.project` enables the APIs.

Labels are given to each resource in the open rather than by the provider's `defaultLabels`, which reach
neither `settings.userLabels` of Cloud SQL nor a program that is judged without its provider's configuration.
A test walks every resource whose class takes labels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.keys import EncryptionKey
    from components.settings import PlatformSettings

LONGEST_NAME = 63
"""Characters of most names. https://cloud.google.com/compute/docs/naming-resources"""


@dataclass(frozen=True, slots=True)
class Placement:
    """Project, region, labels and protection, the same for everything that a stack makes."""

    project: str
    """Google Cloud project id."""
    region: str
    """Google Cloud region of everything regional."""
    labels: Mapping[str, str]
    """Labels written on everything that takes labels."""
    deletion_protection: bool
    """The stack's one switch: Google's own protection where there is one, and Pulumi's `protect`."""
    apis: Sequence[pulumi.Resource] = ()
    """APIs that must be enabled before a resource that refers to no other of ours."""
    keys: Mapping[str, EncryptionKey] = field(default_factory=dict)
    """Keys of our own, by what they encrypt; none where Google's do."""

    @classmethod
    def of(
        cls,
        settings: PlatformSettings,
        apis: Sequence[pulumi.Resource] = (),
        keys: Mapping[str, EncryptionKey] | None = None,
    ) -> Placement:
        """Placement of a stack. `environment` and `managed-by` are added to the stack's own labels."""
        labels = {"environment": settings.environment, "managed-by": "pulumi", **settings.labels}
        return cls(
            project=settings.project,
            region=settings.region,
            labels=dict(sorted(labels.items())),
            deletion_protection=settings.deletion_protection,
            apis=tuple(apis),
            keys=keys or {},
        )


def known_id(project: str, *path: pulumi.Input[str]) -> pulumi.Output[str]:
    """Relative resource name, `projects/PROJECT/…`, equal to the resource's `id` and known before it exists.

    A resource's `id` is unknown until it is created, its name is not. Made from the name, a reference still
    carries the dependency on its resource, and at the first preview it already says where it points, so that
    policies can follow it.

    Args:
        project: Google Cloud project id.
        path: The segments after it, for example `"global", "networks", network.name`.
    """
    segments = [segment for part in path for segment in ("/", part)]
    return pulumi.Output.concat("projects/", project, *segments)


def suffixed(name: str, suffix: str, longest: int = LONGEST_NAME) -> str:
    """`NAME-SUFFIX`, the name cut where both together pass what is allowed, as a rule 63 characters."""
    return f"{name[: longest - len(suffix) - 1].rstrip('-')}-{suffix}"
