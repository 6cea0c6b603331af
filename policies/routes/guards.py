"""What stands in the way inside a network: egress firewall rules, and routes that lead elsewhere.

Owns the order in which Google reads firewall rules. Ingress rules, and hierarchical or network firewall
policies, are not read here.

https://cloud.google.com/firewall/docs/firewalls, https://cloud.google.com/vpc/docs/routes#routeselection
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from catalog.cidr import PRIVATE
from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.networks import FIREWALL, ROUTE, Net, network_of, on_network, read_range, those_on
from policies.routes.route import Break

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


def firewalled(world: World, way: Way, net: Net, goal: Goal) -> tuple[Resource | None, Resource | None]:
    """The firewall rule that stops packets to a goal: the lowest priority number wins, in a tie the denial.

    Returns:
        The rule that stops them for certain; and one that may, where that cannot be told.
    """
    may_deny: Resource | None = None
    may_allow = False
    for one in sorted(_applying(world, way, net), key=lambda one: (one.priority, not one.denies)):
        hit = _hits(one.firewall, goal, deny=one.denies)
        if hit is True and one.certain:
            if not one.denies:
                return None, may_deny
            return (None, one.firewall) if may_allow else (one.firewall, None)
        if hit is not False and one.denies:
            may_deny = may_deny or one.firewall
        elif hit is not False:
            may_allow = True
    return None, may_deny


@dataclass(frozen=True, slots=True)
class _Applying:
    """An egress rule for a way's traffic, and whether it certainly is one."""

    firewall: Resource
    priority: float
    denies: bool
    certain: bool


def _applying(world: World, way: Way, net: Net) -> Iterator[_Applying]:
    index = world.plan.index((FIREWALL,), _keys_traced if world.closed else _keys)
    networks = ("?",) if net.name is None else (net.name, "?")
    tags = {"", "?", *(tag for tag in way.tags if isinstance(tag, str))}
    seen: dict[str, Resource] = {
        one.urn: one for network in networks for tag in sorted(tags) for one in index.get(f"{network}|{tag}")
    }
    on, _ = those_on(world, net, seen.values())
    for firewall in on:
        disabled, priority = bare(firewall.at("disabled")), bare(firewall.at("priority"))
        if disabled is True:
            continue
        known = DEFAULT_PRIORITY if priority is None else priority
        yield _Applying(
            firewall,
            # One whose priority is unknown may come before all others.
            float(known) if isinstance(known, int | float) else -1.0,
            denies=bare(firewall.at("denies")) not in (None, []),
            certain=disabled is not UNKNOWN and isinstance(known, int | float) and _targets(firewall, way),
        )


def _targets(firewall: Resource, way: Way) -> bool:
    """Whether a rule certainly applies to a way's traffic; it may, or it would not be asked."""
    tags = elements(firewall.at("targetTags"))
    if isinstance(tags, Unknown):
        return False
    return not tags or any(text(tag) in way.tags for tag in tags if not isinstance(text(tag), Unknown))


def _keys(_plan: Plan, firewall: Resource) -> Iterator[Key]:
    spelled = text(firewall.at("network"))
    network = "?" if isinstance(spelled, Unknown) else (spelled or "").rsplit("/", 1)[-1]
    return _tagged(firewall, network)


def _keys_traced(plan: Plan, firewall: Resource) -> Iterator[Key]:
    net = network_of(plan, firewall, "network")
    return _tagged(firewall, (net.name or "?") if isinstance(net, Net) else "?")


def _tagged(firewall: Resource, network: str) -> Iterator[Key]:
    if text(firewall.at("direction")) != "EGRESS" or bare(firewall.at("targetServiceAccounts")) not in (
        None,
        [],
    ):
        return
    tags = elements(firewall.at("targetTags"))
    if isinstance(tags, Unknown):
        yield f"{network}|?"
        return
    for tag in tags:
        spelled = text(tag)
        yield f"{network}|?" if isinstance(spelled, Unknown) else f"{network}|{spelled}"
    if not tags:
        yield f"{network}|"


def _hits(firewall: Resource, goal: Goal, *, deny: bool) -> bool | Unknown:
    """Whether a rule is about packets to the goal: all of them, none, or nobody can tell."""
    where = _covers(firewall.at("destinationRanges"), goal)
    what = _speaks_of(firewall.at("denies" if deny else "allows"), goal.port)
    if where is False or what is False:
        return False
    return True if where is True and what is True else UNKNOWN


def _covers(value: Value, goal: Goal) -> bool | Unknown:
    ranges = elements(value)
    if isinstance(ranges, Unknown):
        return UNKNOWN
    read = [read_range(one) for one in ranges] if ranges else [ANYWHERE]
    known = [one for one in read if one is not None]
    if ANYWHERE in known:
        return True
    unsure = any(bare(one) is UNKNOWN for one in ranges)
    if goal.public:
        private = all(any(one.subnet_of(p) for p in PRIVATE) for one in known)
        return False if private and not unsure else UNKNOWN
    if goal.range is not None:
        return _covers_range(known, goal.range, unsure=unsure)
    if all(any(own.subnet_of(one) for one in known) for own in RFC_1918):
        return True
    return UNKNOWN


def _covers_range(known: Sequence[IPv4Network], range_: IPv4Network, *, unsure: bool) -> bool | Unknown:
    if any(range_.subnet_of(one) for one in known):
        return True
    return UNKNOWN if unsure or any(range_.overlaps(one) for one in known) else False


def _speaks_of(value: Value, port: int | None) -> bool | Unknown:
    entries = elements(value)
    if isinstance(entries, Unknown):
        return UNKNOWN
    answers = [_entry(entry, port) for entry in entries]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def _entry(entry: Value, port: int | None) -> bool | Unknown:
    protocol, ports = text(at(entry, "protocol")), elements(at(entry, "ports"))
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


def led_astray(world: World, way: Way, net: Net, goal: Goal) -> tuple[Resource | None, Resource | None]:
    """The route that takes packets for a private goal elsewhere: the most specific one wins.

    Returns:
        The route that takes them for certain; and one that may.
    """
    perhaps: Resource | None = None
    routes, _ = on_network(world, ROUTE, net)
    for route in routes:
        to = read_range(route.at("destRange"))
        if to is None or goal.range is None or not tagged_for(route, way):
            continue
        if goal.exact and to.subnet_of(goal.range):
            return route, None
        if not goal.exact and to.subnet_of(goal.range) and to.prefixlen > goal.range.prefixlen:
            perhaps = perhaps or route
    return None, perhaps


def tagged_for(route: Resource, way: Way) -> bool:
    """Whether a route is for a way's traffic: one without tags is for all."""
    tags = elements(route.at("tags"))
    return not isinstance(tags, Unknown) and (not tags or any(text(tag) in way.tags for tag in tags))


def guard(world: World, way: Way, net: Net, goal: Goal, to: str) -> tuple[Break | None, Break | None]:
    """What stops packets on a network, and what may."""
    stray, perhaps_stray = led_astray(world, way, net, goal) if not goal.public else (None, None)
    if stray is not None:
        return _stray(stray, net, to), None
    denied, perhaps = firewalled(world, way, net, goal)
    broken = None if denied is None else _denied(denied, net, goal, to)
    doubt = None if perhaps_stray is None else _stray(perhaps_stray, net, to)
    if doubt is None and perhaps is not None:
        doubt = _denied(perhaps, net, goal, to)
    return broken, doubt


def _stray(route: Resource, net: Net, to: str) -> Break:
    return Break(
        "NO_ROUTE",
        f"the route {shown_name(route)} of {net.shown} takes packets for {to} elsewhere: the most specific "
        "route wins",
        f"delete the route {shown_name(route)}, or narrow its destRange so that it leaves {to} out",
    )


def _denied(firewall: Resource, net: Net, goal: Goal, to: str) -> Break:
    name = shown_name(firewall)
    port = f"tcp:{goal.port}" if goal.port is not None else "the port"
    return Break(
        "FIREWALL_RULE",
        f"the firewall rule {name} of {net.shown} denies egress to {to}, {port}, and no rule with a lower "
        "priority number certainly allows it",
        f"add an EGRESS rule that allows {port} to {to} with the same targets and a priority number below "
        f"that of {name}, registered before the service",
    )
