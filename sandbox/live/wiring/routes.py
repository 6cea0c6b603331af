"""A network's routes, as each attachment sees them.

Owns the table of what is attached: ranges of the network and of its peers, static routes for its tags, and
the default route unless it was deleted. The most specific route wins, then the lowest priority number.
`throw` hands a packet to the network's own table, which knows whom it is for.

https://cloud.google.com/vpc/docs/routes#routeselection
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.live.wiring.shape import number
from sandbox.live.wiring.things import NETWORK, ROUTE, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Network

    from sandbox.cloud import Thing
    from sandbox.live.wiring.networks import Attachment, Networks

INTERNET: Final = "internet"
_DEFAULT: Final = "0.0.0.0/0"
_DEFAULT_PRIORITY: Final = 1000
_LAST: Final = 4_294_967_295


def table(device: str) -> int:
    """The number of the table that packets from a device are routed by."""
    return 1000 + number(device, 1_000_000_000)


def attachment_lines(
    networks: Networks, attached: Attachment, known: Iterable[IPv4Network], nowhere: str
) -> Iterator[str]:
    """The lines that give an attachment its table.

    Args:
        networks: All of them.
        attached: Whose table it is.
        known: The ranges that its network delivers to it: subnets, peers, services behind peerings.
        nowhere: The type of a route that leads nowhere.
    """
    own = table(attached.device)
    yield f"rule pref 100 iif {attached.device} lookup {own}"
    for own_range in sorted(set(known)):
        yield f"route throw {own_range} table {own}"
    seen: set[tuple[str, int]] = set()
    for range_, priority, hop in sorted(_static(networks, attached)):
        # Of several with one priority Google takes each for a part of the connections; this, the first.
        if (range_, priority) not in seen:
            seen.add((range_, priority))
            to = f"{range_} dev {INTERNET}" if hop == INTERNET else f"{nowhere} {range_}"
            yield f"route {to} metric {priority} table {own}"
    # Without it, the network's own table would be asked for what the attachment has no route to.
    yield f"route {nowhere} default metric {_LAST} table {own}"


def _static(networks: Networks, attached: Attachment) -> Iterator[tuple[str, int, str]]:
    for network in networks.all():
        deleted = network.body.get("deleteDefaultRoutesOnCreate") is True
        if network.id == attached.network and not deleted:
            yield _DEFAULT, _DEFAULT_PRIORITY, INTERNET
    for route in networks.things.of(ROUTE):
        found = networks.things.find(NETWORK, route.body.get("network"), route)
        tags = {str(tag) for tag in route.body.get("tags") or ()}
        if found is None or found.id != attached.network or (tags and not tags & attached.tags):
            continue
        given = route.body.get("priority")
        priority = _DEFAULT_PRIORITY if given is None else int(given)
        for range_ in ranges([route.body.get("destRange")]):
            yield str(range_), priority, _hop(route)


def _hop(route: Thing) -> str:
    gateway = str(route.body.get("nextHopGateway") or "")
    return INTERNET if gateway.endswith("default-internet-gateway") else route.name
