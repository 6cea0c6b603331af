"""VPC firewall rules, as chains of the packet filter.

Owns which egress rules are for what is attached, and in which order they are read: the lowest priority number
first, in a tie the denial. What no rule speaks of may leave; what answers may always come back. Ingress rules
hold for the receiving end, and no receiving end of the sandbox is a machine of the network: producers' ends
of a peering and endpoints of Private Service Connect have none.

https://cloud.google.com/firewall/docs/firewalls
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.live.wiring.things import FIREWALL, NETWORK, at, ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.cloud import Thing
    from sandbox.live.wiring.networks import Attachment, Networks

_DEFAULT_PRIORITY: Final = 1000
_PORTED: Final = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp", "sctp": "sctp", "132": "sctp"}
_ALL: Final = "all"


def egress_chain(networks: Networks, attached: Attachment, deny: str) -> list[str]:
    """The statements that an attachment's packets pass on their way out, in order."""
    rules = [
        rule
        for rule in networks.things.of(FIREWALL)
        if _is_egress_of(networks, rule, attached.network) and _is_for(rule, attached)
    ]
    return [
        statement
        for rule in sorted(rules, key=lambda one: (_priority(one), not one.body.get("denies")))
        for statement in _statements(rule, deny)
    ]


def _priority(rule: Thing) -> int:
    given = rule.body.get("priority")
    return _DEFAULT_PRIORITY if given is None else int(given)


def _is_egress_of(networks: Networks, rule: Thing, network: str) -> bool:
    if rule.body.get("direction") != "EGRESS" or rule.body.get("disabled") is True:
        return False
    found = networks.things.find(NETWORK, rule.body.get("network"), rule)
    return found is not None and found.id == network


def _is_for(rule: Thing, attached: Attachment) -> bool:
    """A rule aims at tags, or at service accounts of machines: no serverless traffic has one of those."""
    if rule.body.get("targetServiceAccounts"):
        return False
    tags = {str(tag) for tag in rule.body.get("targetTags") or ()}
    return not tags or bool(tags & attached.tags)


def _statements(rule: Thing, deny: str) -> Iterator[str]:
    denies = rule.body.get("denies")
    # None where all are of IPv6: then it says nothing of these packets.
    for to in ranges(rule.body.get("destinationRanges") or ["0.0.0.0/0"]):
        for entry in denies or rule.body.get("allows") or ():
            for what in _packets(entry):
                if not denies:
                    yield f"ip daddr {to} {what} return"
                    continue
                # Only TCP can be answered with a reset.
                if deny.startswith("reject") and str(at(entry, "protocol")).lower() in {_ALL, "tcp", "6"}:
                    yield f"ip daddr {to} {what} meta l4proto tcp {deny}"
                yield f"ip daddr {to} {what} drop"


def _packets(entry: object) -> Iterator[str]:
    """Which packets an entry of a rule is about, in the filter's words."""
    protocol = str(at(entry, "protocol") or "").lower()
    ports = at(entry, "ports") or ()
    if protocol in _PORTED:
        yield from (f"{_PORTED[protocol]} dport {port}" for port in ports)
        if not ports:
            yield f"meta l4proto {_PORTED[protocol]}"
    else:
        yield "" if protocol == _ALL else f"meta l4proto {protocol}"
