"""The public side: the internet, a user outside, load balancers, and Google's own path to all of it.

Owns who has which public address. Google's own path translates: the internet sees one of Google's addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.live.universe import NAME_SERVER
from sandbox.live.wiring.shape import LEAVING, OWN, Draft, Spot, device, number
from sandbox.live.wiring.things import GLOBAL_ADDRESS, GLOBAL_RULE, ranges
from sandbox.live.wiring.ways import GOOGLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.live.wiring.networks import Networks

PUBLIC: Final = "public"
INTERNET: Final = "internet"
OUTSIDE: Final = "outside"
OUTSIDE_ADDRESS: Final = "198.51.100.7"
_GOOGLES_ADDRESS: Final = "35.190.0.1"


def wire_public(draft: Draft, hosts: Mapping[str, str]) -> None:
    """The public side itself.

    Args:
        draft: Where it is drafted.
        hosts: Addresses of the hosts on the internet, by name.
    """
    draft.space(PUBLIC, "address 169.254.0.2/32 dev lo", f"route {draft.nowhere} default metric 4294967295")
    to_public(draft, OUTSIDE, OUTSIDE_ADDRESS, f"route default dev public src {OUTSIDE_ADDRESS}")
    draft.places[OUTSIDE] = Spot(OUTSIDE, OUTSIDE_ADDRESS)
    draft.space(INTERNET, "route default dev public")
    draft.link(INTERNET, "public", PUBLIC, device(INTERNET))
    for address in hosts.values():
        draft.space(INTERNET, f"address {address}/32 dev lo")
        draft.space(PUBLIC, f"route {address}/32 dev {device(INTERNET)}")
    draft.places[INTERNET] = Spot(INTERNET, next(iter(hosts.values()), None))
    _wire_google(draft)


def to_public(draft: Draft, space: str, address: str, *lines: str) -> None:
    """Puts a space on the internet with an address."""
    draft.space(space, f"address {address}/32 dev public", *lines)
    draft.link(space, "public", PUBLIC, device(space))
    draft.space(PUBLIC, f"route {address}/32 dev {device(space)}")


def wire_load_balancers(draft: Draft, networks: Networks) -> None:
    """Each public address of a global forwarding rule: on the internet, and on Google's side to workloads."""
    for rule in networks.things.of(GLOBAL_RULE):
        address = _address(networks, str(rule.body.get("ipAddress") or ""), rule.id)
        space = f"lb.{address}"
        if space not in draft.lines:
            own = f"169.254.{1 + number(address, 10)}.{1 + number(address + '#', 250)}"
            to_public(draft, space, address, f"route default dev public src {address}")
            draft.space(space, f"address {own}/32 dev google", f"route {OWN} dev google src {own}")
            draft.link(space, "google", GOOGLE, device(space, "google"))
            draft.space(GOOGLE, f"route {own}/32 dev {device(space, 'google')}")
        draft.places[rule.id] = Spot(space, address)


def _address(networks: Networks, spelled: str, rule: str) -> str:
    if ranges([spelled]):
        return spelled
    for address in networks.things.of(GLOBAL_ADDRESS):
        if spelled and (address.id.endswith(spelled) or spelled.endswith(address.id)):
            return str(address.body.get("address"))
    return f"34.120.{number(rule, 250)}.{1 + number(rule + '#', 250)}"


def _wire_google(draft: Draft) -> None:
    to_public(draft, GOOGLE, _GOOGLES_ADDRESS, f"route default dev public src {_GOOGLES_ADDRESS}")
    draft.space(GOOGLE, f"address {NAME_SERVER}/32 dev lo")
    draft.chain(GOOGLE, "out", LEAVING, f'oifname "public" snat to {_GOOGLES_ADDRESS}')
    # Names are asked for at one address everywhere on the public side.
    draft.space(PUBLIC, f"route {NAME_SERVER}/32 dev {device(GOOGLE)}")
    draft.places[GOOGLE] = Spot(GOOGLE, NAME_SERVER)
