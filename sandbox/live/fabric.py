"""The network of the live sandbox: makes the kernel what the cloud's things say.

Owns the kernel's side: namespaces, links, addresses, routes and packet filters, made and unmade so that they
are what `wiring` describes. Decides nothing about them. Runs inside a universe.

Both ends of a cable have one hardware address and ask for none, so that a route needs no next hop: what is
sent into a device arrives at its other end.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from sandbox.live import kernel
from sandbox.live.wiring.build import wire
from sandbox.live.wiring.shape import Space, Wiring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.cloud import Thing
    from sandbox.live.wiring.shape import Link, Spot

_NOTHING: Final = Wiring({}, frozenset(), {}, {})
_HARDWARE: Final = "02:00:00:00:00:01"
_GOOGLES: Final = (".googleapis.com", ".gcr.io", ".pkg.dev")
# Addresses kept for documentation: nobody has them, so hosts on the internet may.
_HOSTS: Final = tuple(map(IPv4Network, ("203.0.113.0/24", "192.0.2.0/24", "198.18.0.0/15")))
_DEVICE: Final = re.compile(r" dev (\S+)")


class Fabric:
    """The network, as it is at the moment."""

    def __init__(self, *, prompt: bool = False) -> None:
        """Nothing is made yet.

        Args:
            prompt: Whether what does not get through is answered at once, where Google would stay silent:
                for whoever asks whether, not how long.
        """
        self._prompt = prompt
        self._wiring = _NOTHING
        self._things: tuple[Thing, ...] = ()
        self._hosts: dict[str, str] = {}
        self._ruins: set[str] = set()

    def apply(self, things: Iterable[Thing]) -> None:
        """Converges the kernel to what these things say; what is right already is left alone.

        Raises:
            KernelError: The kernel would not; the next call makes everything anew.
        """
        self._things = tuple(things)
        self._converge()

    def internet(self, hosts: Iterable[str]) -> Mapping[str, str]:
        """Gives each external host an address in `internet`; the same host always the same."""
        for host in hosts:
            self._hosts.setdefault(host, self._free_address())
        self._converge()
        return dict(self._hosts)

    def prefix(self, place: str) -> list[str]:
        """What to put before a command so that it runs at a place.

        Args:
            place: The id of a Cloud Run service or job, of a Memorystore or Cloud SQL instance, of a
                global forwarding rule; `internet`, where stand-ins for external hosts are; `outside`, where
                users are; `google`, where names are resolved.

        Raises:
            LookupError: There is no such place.
        """
        return ["ip", "netns", "exec", self.space(place)]

    def space(self, place: str) -> str:
        """The name of the namespace of a place.

        Raises:
            LookupError: There is no such place.
        """
        spot = self._spot(place)
        if spot is None:
            raise LookupError(f"{place}: there is no such place in the live sandbox")
        return spot.space

    def address(self, place: str) -> str | None:
        """The address that others reach a place by; None where there is no such place, or it has none."""
        spot = self._spot(place)
        return None if spot is None else spot.address

    def socket(self, workload: str, connection_name: str) -> tuple[str, int] | None:
        """Where Cloud SQL's built-in socket of a workload leads: address and port; None where nowhere."""
        return self._wiring.sockets.get((workload, connection_name))

    def clear(self) -> None:
        """Unmakes everything; hosts on the internet keep their addresses."""
        self._things = ()
        self._apply(_NOTHING)

    def _spot(self, place: str) -> Spot | None:
        return self._wiring.places.get(place)

    def _free_address(self) -> str:
        taken = len(self._hosts)
        for range_ in _HOSTS:
            if taken < range_.num_addresses - 2:
                return str(range_[taken + 1])
            taken -= range_.num_addresses - 2
        raise ValueError(f"the live sandbox holds {len(self._hosts)} external hosts and no more")

    def _converge(self) -> None:
        googles = [host for host in self._hosts if host.endswith(_GOOGLES)]
        self._apply(wire(self._things, self._hosts, googles, prompt=self._prompt))

    def _apply(self, wanted: Wiring) -> None:
        kernel.remove(sorted(self._ruins), [])
        self._ruins = set()
        had, self._wiring = self._wiring, _NOTHING
        # Whoever fails half way knows no more what holds: the next call makes everything anew.
        self._ruins = {*had.spaces, *wanted.spaces}
        lost, found = had.links - wanted.links, wanted.links - had.links
        gone = sorted(had.spaces.keys() - wanted.spaces.keys())
        # The kernel takes a namespace away in its own time: cables into one that stays are cut here, and now.
        ends = [end for one in sorted(lost, key=str) if (end := _staying(one, wanted.spaces))]
        kernel.remove(gone, ends)
        kernel.add(sorted(wanted.spaces.keys() - had.spaces.keys()), sorted(map(_cable, found)))
        missing, fresh = _devices(lost), _devices(found)
        for name, space in wanted.spaces.items():
            before = had.spaces.get(name, Space())
            _furnish(name, before, space, missing.get(name, set()), fresh.get(name, set()))
        self._wiring, self._ruins = wanted, set()


def _staying(link: Link, spaces: Mapping[str, Space]) -> tuple[str, str] | None:
    """The end of a cable that is in a space that stays: the space and the device."""
    ends = ((link.space, link.device), (link.other, link.other_device))
    return next((end for end in ends if end[0] in spaces), None)


def _devices(links: Iterable[Link]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for link in links:
        found.setdefault(link.space, set()).add(link.device)
        found.setdefault(link.other, set()).add(link.other_device)
    return found


def _cable(link: Link) -> str:
    one = f"name {link.device} address {_HARDWARE} netns {link.space}"
    other = f"name {link.other_device} address {_HARDWARE} netns {link.other}"
    return f"{one} type veth peer {other}"


def _furnish(name: str, before: Space, after: Space, missing: set[str], fresh: set[str]) -> None:
    """Makes a space hold what it must.

    Args:
        name: The space.
        before: What it held.
        after: What it must hold.
        missing: Devices that were taken away: what was said of them went with them.
        fresh: Devices that are new.
    """
    held = [line for line in before.lines if not _is_of(line, missing)]
    wanted = set(after.lines)
    rows = [f"link set {device} arp off up" for device in sorted(fresh)]
    if before == Space():
        rows.insert(0, "link set lo up")
    old = [line for line in held if line not in wanted]
    new = [line for line in after.lines if line not in held]
    rows += [_verb("del", line) for line in reversed(_in_order(old))]
    rows += [_verb("add", line) for line in _in_order(new)]
    packets = None if before.packets == after.packets else f"flush ruleset\n{after.packets}\n"
    if rows or packets is not None:
        kernel.furnish(name, rows, packets)


def _is_of(line: str, devices: set[str]) -> bool:
    found = _DEVICE.search(line)
    return found is not None and found[1] in devices


def _in_order(lines: Sequence[str]) -> list[str]:
    """Addresses before routes: a route may name one as its source."""
    return sorted(lines, key=lambda line: not line.startswith("address"))


def _verb(verb: str, line: str) -> str:
    thing, _, rest = line.partition(" ")
    return f"{thing} {verb} {rest}"
