"""What stands in the way inside a network: its VPC firewall rules for egress.

Owns what a rule says, of VPC firewall rules and of firewall policies alike: which packets it is about. In
which order Google asks the rules is `firewalls`'; policies are `firewall_policies`'. Rules for what comes in
are `admission`'s: they matter where a machine is the destination, the others are Google's own.

https://cloud.google.com/firewall/docs/firewalls
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import TYPE_CHECKING, Final, Literal

from catalog.cidr import PRIVATE
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.networks import FIREWALL, Net, network_of, read_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.routes.ways import Way
    from policies.rules.registry import World

ANYWHERE: Final = IPv4Network("0.0.0.0/0")
RFC_1918: Final = PRIVATE[:3]
# https://cloud.google.com/firewall/docs/firewalls#priority_order_for_firewall_rules
DEFAULT_PRIORITY: Final = 1000


@dataclass(frozen=True, slots=True)
class Goal:
    """Where packets go.

    Attributes:
        range: The addresses; None when they are not known.
        port: The TCP port; None when it is not known.
        public: Whether the addresses are on the internet.
        exact: Whether the range is the destination's own, not a larger one that it is in.
    """

    range: IPv4Network | None
    port: int | None
    public: bool = False
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Screen:
    """One rule that packets meet, of a VPC firewall or of a firewall policy.

    Attributes:
        shown: What to call it in a message.
        action: What becomes of packets that it is about; `next` passes them on to the next set of rules.
        priority: The lower comes first.
        hit: Whether it is about packets of the way to the goal: all of them, none, or nobody can tell.
    """

    shown: str
    action: Literal["allow", "deny", "next"]
    priority: float
    hit: bool | Unknown


def vpc_rules(world: World, way: Way, net: Net, goal: Goal) -> Sequence[Screen]:
    """The VPC firewall rules of a network that may be about a way's traffic to a goal."""
    index = world.plan.index((FIREWALL,), _keys_traced if world.closed else _keys)
    networks = ("?",) if net.name is None else (net.name, "?")
    tags = {"", "?", *(tag for tag in way.tags if isinstance(tag, str))}
    if UNKNOWN in way.tags:
        tags.add("*")
    if way.account is not None:
        tags.add("@")
    seen: dict[str, Resource] = {
        one.urn: one for network in networks for tag in sorted(tags) for one in index.get(f"{network}|{tag}")
    }
    found: list[Screen] = []
    for firewall in seen.values():
        own = network_of(world.plan, firewall, "network")
        here = own.same(net) if isinstance(own, Net) else UNKNOWN
        denies = bare(firewall.at("denies")) not in (None, [])
        known = bare(firewall.at("priority"))
        known = DEFAULT_PRIORITY if known is None else known
        hit = every(
            here,
            _outward(firewall),
            not_(bare(firewall.at("disabled"))),
            _targets(firewall, way),
            covers(firewall.at("destinationRanges"), goal),
            sent_from(firewall.at("sourceRanges"), way),
            speaks_of(firewall.at("denies" if denies else "allows"), goal.port),
            True if isinstance(known, int | float) else UNKNOWN,
        )
        if hit is not False:
            # One whose priority is unknown may come before all others.
            priority = float(known) if isinstance(known, int | float) else -1.0
            shown = f"firewall rule {shown_name(firewall)}"
            found.append(Screen(shown, "deny" if denies else "allow", priority, hit))
    return found


def every(*answers: bool | Unknown) -> bool | Unknown:
    """Whether all of some answers are yes; no where one is no, and unknown where one of the rest is."""
    if any(answer is False for answer in answers):
        return False
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else True


def not_(value: Value) -> bool | Unknown:
    """Whether a switch is off; one that is not set is off."""
    return UNKNOWN if value is UNKNOWN else value is not True


def _outward(firewall: Resource) -> bool | Unknown:
    direction = text(firewall.at("direction"))
    return UNKNOWN if isinstance(direction, Unknown) else direction == "EGRESS"


def _targets(firewall: Resource, way: Way) -> bool | Unknown:
    """Whether a rule applies to a way's traffic."""
    accounts = firewall.at("targetServiceAccounts")
    if bare(accounts) not in (None, []):
        return runs_as(accounts, way)
    tags = elements(firewall.at("targetTags"))
    if isinstance(tags, Unknown):
        return UNKNOWN
    spelled = [text(tag) for tag in tags]
    if not spelled or any(tag in way.tags for tag in spelled if not isinstance(tag, Unknown)):
        return True
    return UNKNOWN if UNKNOWN in spelled or UNKNOWN in way.tags else False


def runs_as(accounts: Value, way: Way) -> bool | Unknown:
    """Whether a rule for some service accounts applies to a way's traffic.

    A connector's instances are Google's own. With Direct VPC egress the service's own account is left out
    among what is said not to work for ingress rules only; whether egress rules know it is not confirmed.
    https://docs.cloud.google.com/run/docs/configuring/vpc-direct-vpc
    """
    listed = elements(accounts)
    if way.account is None:
        return False
    if isinstance(listed, Unknown) or isinstance(way.account, Unknown):
        return UNKNOWN
    names = [text(one) for one in listed]
    return UNKNOWN if UNKNOWN in names or way.account in names else False


def _keys(_plan: Plan, firewall: Resource) -> Iterator[Key]:
    spelled = text(firewall.at("network"))
    network = "?" if isinstance(spelled, Unknown) else (spelled or "").rsplit("/", 1)[-1]
    return _tagged(firewall, network)


def _keys_traced(plan: Plan, firewall: Resource) -> Iterator[Key]:
    net = network_of(plan, firewall, "network")
    return _tagged(firewall, (net.name or "?") if isinstance(net, Net) else "?")


def _tagged(firewall: Resource, network: str) -> Iterator[Key]:
    if _outward(firewall) is False:
        return
    if bare(firewall.at("targetServiceAccounts")) not in (None, []):
        yield f"{network}|@"
        return
    tags = elements(firewall.at("targetTags"))
    if isinstance(tags, Unknown):
        yield f"{network}|?"
        return
    for tag in tags:
        spelled = text(tag)
        yield f"{network}|?" if isinstance(spelled, Unknown) else f"{network}|{spelled}"
        yield f"{network}|*"
    if not tags:
        yield f"{network}|"


def covers(value: Value, goal: Goal) -> bool | Unknown:
    """Whether some ranges hold a goal: all of it, none, or nobody can tell; without ranges, all."""
    ranges = elements(value)
    if isinstance(ranges, Unknown):
        return UNKNOWN
    read = [read_range(one) for one in ranges] if ranges else [ANYWHERE]
    # Two halves are as much as the whole.
    known = list(collapse_addresses(one for one in read if one is not None))
    if ANYWHERE in known:
        return True
    unsure = any(bare(one) is UNKNOWN for one in ranges)
    if not known and not unsure:
        # Ranges of IPv6: connectors, Memorystore and Cloud SQL speak IPv4.
        return False
    return _covers_goal(known, goal, unsure=unsure)


def _covers_goal(known: Sequence[IPv4Network], goal: Goal, *, unsure: bool) -> bool | Unknown:
    if goal.range is not None:
        return _covers_range(known, goal.range, unsure=unsure)
    if goal.public:
        private = all(any(one.subnet_of(p) for p in PRIVATE) for one in known)
        return False if private and not unsure else UNKNOWN
    return True if all(any(own.subnet_of(one) for one in known) for own in RFC_1918) else UNKNOWN


def sent_from(value: Value, way: Way) -> bool | Unknown:
    """Whether a way's packets come from some ranges; without ranges, they do."""
    if bare(value) in (None, []):
        return True
    return UNKNOWN if way.source is None else covers(value, Goal(way.source, None))


def _covers_range(known: Sequence[IPv4Network], range_: IPv4Network, *, unsure: bool) -> bool | Unknown:
    if any(range_.subnet_of(one) for one in known):
        return True
    return UNKNOWN if unsure or any(range_.overlaps(one) for one in known) else False


def speaks_of(value: Value, port: int | None, protocol: str = "protocol") -> bool | Unknown:
    """Whether protocols and ports hold TCP to a port; `protocol` is the key of an entry's protocol."""
    entries = elements(value)
    if isinstance(entries, Unknown):
        return UNKNOWN
    answers = [_entry(entry, port, protocol) for entry in entries]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def _entry(entry: Value, port: int | None, key: str) -> bool | Unknown:
    protocol, ports = text(at(entry, key)), elements(at(entry, "ports"))
    if isinstance(protocol, Unknown):
        return UNKNOWN
    if (protocol or "").lower() not in {"tcp", "6", "all"}:
        return False
    if isinstance(ports, Unknown) or (ports and port is None):
        return UNKNOWN
    answers = [port is not None and _in_ports(text(one), port) for one in ports]
    if not answers or any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def _in_ports(spelled: str | Unknown | None, port: int) -> bool | Unknown:
    if isinstance(spelled, Unknown):
        return UNKNOWN
    first, _, last = (spelled or "").partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return False
    return int(first) <= port <= int(last or first)
