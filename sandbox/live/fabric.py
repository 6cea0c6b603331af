"""The network of the live sandbox: makes the kernel what the cloud's things say.

Owns the kernel's side: namespaces, links, addresses, routes and packet filters, made and unmade so that they
are what `wiring` describes. Decides nothing about them. Runs inside a universe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.cloud import Thing


class Fabric:
    """The network, as it is at the moment."""

    def apply(self, things: Iterable[Thing]) -> None:
        """Converges the kernel to what these things say; what is right already is left alone."""
        raise NotImplementedError

    def prefix(self, place: str) -> list[str]:
        """What to put before a command so that it runs at a place.

        Args:
            place: The id of a Cloud Run service or job, of a Memorystore or Cloud SQL instance, of a global
                forwarding rule; `internet`, where stand-ins for external hosts are; `outside`, where users are.

        Raises:
            LookupError: There is no such place.
        """
        raise NotImplementedError

    def address(self, place: str) -> str | None:
        """The address that others reach a place by; None where there is no such place."""
        raise NotImplementedError

    def internet(self, hosts: Iterable[str]) -> Mapping[str, str]:
        """Gives each external host an address in `internet`; the same host always the same."""
        raise NotImplementedError
