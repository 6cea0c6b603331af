"""The shape of a wiring: spaces, the links between them, and what each space holds.

Owns how a wiring is written down and how one is drafted. Knows nothing of Google and nothing of the kernel,
apart from the words that ip(8) and nft(8) take.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""What Cloud Run takes for private: RFC 1918 and RFC 6598.
https://cloud.google.com/run/docs/configuring/connecting-vpc#manage"""
PASSING: Final = "type filter hook forward priority 0"
ARRIVING: Final = "type filter hook input priority 0"
LEAVING: Final = "type nat hook postrouting priority 100"
GOOGLE_APIS: Final = ("199.36.153.4/30", "199.36.153.8/30")
"""Private Google Access; goes the same way."""
OWN: Final = "169.254.0.0/16"
"""What no VPC network may use: what the sandbox needs for itself is here."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between two spaces: a pair of devices."""

    space: str
    device: str
    other: str
    other_device: str


@dataclass(frozen=True, slots=True)
class Space:
    """A network namespace.

    Attributes:
        lines: Its addresses, routes and rules: what follows `ip` without the verb, such as
            `route 10.0.0.0/8 dev vpc`.
        packets: Its packet filter, as nft(8) reads it; empty for none.
    """

    lines: tuple[str, ...] = ()
    packets: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something runs, and by which address others reach it."""

    space: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Wiring:
    """All of it.

    Attributes:
        spaces: By name.
        links: Between them.
        places: Where the cloud's things run, by their ids; and `internet`, `outside`, `google`.
        sockets: By workload and connection name: the address and port that Cloud SQL's built-in socket dials.
    """

    spaces: Mapping[str, Space]
    links: frozenset[Link]
    places: Mapping[str, Spot]
    sockets: Mapping[tuple[str, str], tuple[str, int]]


@dataclass(slots=True)
class Draft:
    """A wiring while it is drafted.

    Attributes:
        prompt: Whether what does not get through is answered at once, where Google would stay silent.
    """

    prompt: bool = False
    lines: dict[str, list[str]] = field(default_factory=dict)
    packets: dict[str, list[str]] = field(default_factory=dict)
    links: set[Link] = field(default_factory=set)
    places: dict[str, Spot] = field(default_factory=dict)
    sockets: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    @property
    def deny(self) -> str:
        """What the packet filter does with what is denied: TCP only where it answers."""
        return "reject with tcp reset" if self.prompt else "drop"

    @property
    def nowhere(self) -> str:
        """The type of a route that leads nowhere."""
        return "unreachable" if self.prompt else "blackhole"

    def space(self, name: str, *lines: str) -> str:
        """A space, made when there is none of that name; with further lines."""
        self.lines.setdefault(name, []).extend(lines)
        return name

    def chain(self, space: str, name: str, *statements: str) -> None:
        """Adds a chain to a space's packet filter: its hook first, if it has one."""
        body = "".join(f"    {statement}\n" for statement in statements)
        self.packets.setdefault(space, []).append(f"  chain {name} {{\n{body}  }}\n")

    def link(self, space: str, device: str, other: str, other_device: str) -> None:
        """Lays a cable between two spaces."""
        self.links.add(Link(space, device, other, other_device))

    def wiring(self) -> Wiring:
        """What was drafted."""
        spaces = {
            name: Space(tuple(dict.fromkeys(lines)), self._filter(name)) for name, lines in self.lines.items()
        }
        return Wiring(spaces, frozenset(self.links), dict(self.places), dict(self.sockets))

    def _filter(self, space: str) -> str:
        chains = self.packets.get(space)
        return f"table ip sandbox {{\n{''.join(chains)}}}\n" if chains else ""


def device(*what: str) -> str:
    """A device's name that follows from what it leads to; Linux takes 15 characters."""
    return "v" + sha256("|".join(what).encode()).hexdigest()[:12]


def number(what: str, below: int) -> int:
    """A number that follows from a text."""
    return int(sha256(what.encode()).hexdigest()[:12], 16) % below
