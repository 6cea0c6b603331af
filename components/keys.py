"""Keys of our own (customer-managed encryption keys) for what holds data: one for each kind of store.

Owns key rings, keys, and the service agents' access to them. Does not own what is encrypted: each component
takes its key, and waits for the grant. Keys and rings can never be deleted, only their versions; a key is
protected, for without it nobody reads the data again.

Secrets replicate automatically here, and Secret Manager then wants a global key: hence a second ring.

Sources: https://cloud.google.com/kms/docs/cmek, https://cloud.google.com/kms/docs/key-rotation
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from catalog.keys import AGENTS, ROLE, ROTATION_SECONDS
from components.lean import kms, projects
from components.placement import known_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.placement import Placement


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A key that a store is encrypted with."""

    name: pulumi.Output[str]
    """`projects/PROJECT/locations/…/cryptoKeys/NAME`, known at preview."""
    ready: pulumi.Resource
    """The service agent's grant: the store's create fails without it."""


class Keys(pulumi.ComponentResource):
    """Key rings, keys and grants.

    Args:
        name: Pulumi name; children are named after it.
        ring: Name of both rings.
        placement: Project, region, labels, protection, enabled APIs.
        opts: Options of the component itself.
    """

    key_names: pulumi.Output[dict[str, str]]
    """Names of the keys, by what they encrypt."""

    def __init__(
        self, name: str, ring: str, placement: Placement, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare both rings, then a key and a grant for each kind of store."""
        super().__init__("plumbline:components:Keys", name, None, opts)
        self._prefix, self._placement = name, placement
        rings = {location: self._ring(location, ring) for location in (placement.region, "global")}
        self.keys: Mapping[str, EncryptionKey] = {
            of: self._key(of, rings["global" if agent.is_global else placement.region])
            for of, agent in sorted(AGENTS.items())
        }
        self.key_names = pulumi.Output.all(**{of: key.name for of, key in self.keys.items()}).apply(dict)
        self.register_outputs({"keyNames": self.key_names})

    def _ring(self, location: str, ring: str) -> kms.KeyRing:
        return kms.KeyRing(
            f"{self._prefix}-ring-{location}",
            project=self._placement.project,
            location=location,
            name=ring,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._placement.apis),
        )

    def _key(self, of: str, ring: kms.KeyRing) -> EncryptionKey:
        project = self._placement.project
        ring_id = known_id(project, "locations", ring.location, "keyRings", ring.name)
        key = kms.CryptoKey(
            f"{self._prefix}-{of}",
            key_ring=ring_id,
            name=of,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{ROTATION_SECONDS}s",
            labels=self._placement.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=self._placement.deletion_protection),
        )
        agent = projects.ServiceIdentity(
            f"{self._prefix}-{of}-agent",
            project=project,
            service=AGENTS[of].api,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._placement.apis),
        )
        name = pulumi.Output.concat(ring_id, "/cryptoKeys/", key.name)
        grant = kms.CryptoKeyIAMMember(
            f"{self._prefix}-{of}-use",
            crypto_key_id=name,
            role=ROLE,
            member=agent.member,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[key]),
        )
        return EncryptionKey(name, grant)


def key_name(placement: Placement, of: str) -> pulumi.Output[str] | None:
    """Name of the key that encrypts a kind of store; None where Google's does."""
    key = placement.keys.get(of)
    return None if key is None else key.name


def key_ready(placement: Placement, of: str) -> list[pulumi.Resource]:
    """What a store of a kind must wait for before it can be encrypted."""
    key = placement.keys.get(of)
    return [] if key is None else [key.ready]
