"""Names inside: the resolver that every place asks, as Cloud Run's asks 169.254.169.254.

Owns the table of names and the answers. It knows the external hosts, the hosts of load balancers and the
records of managed zones; of everything else it says that it does not exist.
https://cloud.google.com/run/docs/configuring/connecting-vpc#dns
"""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Final

from dnslib import QTYPE, RCODE, RR, A, DNSError, DNSRecord  # type: ignore[import-untyped]  # it has no types

from sandbox.live import inside
from sandbox.live.servers import routes
from sandbox.live.universe import NAME_SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cloud import Cloud
    from sandbox.live.fabric import Fabric

PLACE: Final = "google"
_PORT: Final = 53
_LONGEST: Final = 4096
_TTL_S: Final = 5
_RECORD: Final = "gcp:dns/recordSet:RecordSet"
_ZONE: Final = "gcp:dns/managedZone:ManagedZone"
_log = logging.getLogger(__name__)


def table(cloud: Cloud, fabric: Fabric, external: Mapping[str, str]) -> dict[str, str]:
    """Addresses by name.

    Args:
        cloud: where zones and load balancers are.
        fabric: where load balancers are reached.
        external: external hosts.
    """
    found = dict(external)
    for host, rule in routes.hosts(cloud):
        found[host.lower()] = fabric.address(rule) or ""
    zones = [
        str(zone.body.get("dnsName") or "").rstrip(".").lower()
        for zone in cloud.all(_ZONE)
        if cloud.exists(zone) and zone.body.get("visibility") in {None, "", "public"}
    ]
    # Within a zone of the cloud its records are the whole truth.
    for name in [name for name in found if any(name == zone or name.endswith(f".{zone}") for zone in zones)]:
        del found[name]
    for record in cloud.all(_RECORD):
        data = record.body.get("rrdatas") or []
        if record.body.get("type") == "A" and data and cloud.exists(record):
            found[str(record.body.get("name")).rstrip(".").lower()] = str(data[0])
    return {name: address for name, address in found.items() if address}


class Names:
    """The resolver."""

    def __init__(self) -> None:
        """Nothing is known, and nobody is answered yet."""
        self.table: dict[str, str] = {}
        self._socket: socket.socket | None = None

    def listen(self, fabric: Fabric) -> None:
        """Answer from now on, once the place is there."""
        if self._socket is not None:
            return
        made = inside.call(inside.namespace(fabric.prefix(PLACE)), _bound)
        self._socket = made
        threading.Thread(target=self._serve, args=(made,), daemon=True, name="names").start()

    def answer(self, packet: bytes) -> bytes | None:
        """The answer to one question; None for what is no question."""
        try:
            asked = DNSRecord.parse(packet)
        except DNSError:
            return None
        reply = asked.reply()
        name = str(asked.q.qname).rstrip(".").lower()
        address = self.table.get(name)
        if address is None:
            reply.header.rcode = RCODE.NXDOMAIN
        elif asked.q.qtype in {QTYPE.A, QTYPE.ANY}:
            reply.add_answer(RR(asked.q.qname, QTYPE.A, rdata=A(address), ttl=_TTL_S))
        return bytes(reply.pack())

    def _serve(self, where: socket.socket) -> None:
        while True:
            try:
                packet, sender = where.recvfrom(_LONGEST)
                answer = self.answer(packet)
                if answer is not None:
                    where.sendto(answer, sender)
            except OSError:
                _log.exception("the resolver could not answer")


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((NAME_SERVER, _PORT))
    return made
