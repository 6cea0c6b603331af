"""Parts that several programs of `families` have beyond the chat platform's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_gcp as gcp

if TYPE_CHECKING:
    from chat import Chat


def name_of_the_cache(chat: Chat, network: gcp.compute.Network) -> None:
    """Give the cache a name in a private zone that answers on a network."""
    zone = gcp.dns.ManagedZone(
        "zone",
        name="netra-internal",
        dns_name="netra.internal.",
        description="Names of the platform's own",
        visibility="private",
        private_visibility_config={"networks": [{"network_url": network.id}]},
    )
    gcp.dns.RecordSet(
        "cache-name",
        name="redis.netra.internal.",
        managed_zone=zone.name,
        type="A",
        ttl=60,
        rrdatas=[chat.cache.host],
    )
