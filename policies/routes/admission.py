"""Whether a machine's network lets packets in to it: rules for ingress, and the denial that is always there.

Owns what a VPC firewall rule says of packets that come in, and of whom, and the rule that a connector brings.
Firewall policies are not followed inward: where there is one, nobody can tell.

https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog.connector import OWN_RULE_PRIORITY
from policies.plan.values import UNKNOWN, Unknown, Value, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.firewall_policies import ASSOCIATIONS
from policies.routes.firewalls import firewalled
from policies.routes.guards import DEFAULT_PRIORITY, Screen, covers, every, not_, sent_from, speaks_of
from policies.routes.networks import FIREWALL, Net, declared_elsewhere, is_ours, may_be_on
from policies.routes.route import Break

if TYPE_CHECKING:
    from policies.plan import Resource
    from policies.routes.approach import Approach
    from policies.routes.guards import Goal
    from policies.routes.ways import Way

# After every rule that can be written: those end at 65535 (`catalog.network.IMPLIED_RULES`).
_IMPLIED: Final = Screen("rule that is always there", "deny", 65536, hit=True)
# Each connector brings a rule that lets it in everywhere on its network. Google shows it to nobody, and says
# that a priority number below 1000 overrides it (`catalog.connector.OWN_RULE`).
_CONNECTORS: Final = Screen("rule of the connector itself", "allow", OWN_RULE_PRIORITY - 0.5, hit=True)
_POLICY: Final = Screen("rule of a firewall policy", "allow", -1, hit=UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose packets, to which machine, on which network."""

    go: Approach
    machine: Resource
    net: Net
    goal: Goal


def admitted(go: Approach, machine: Resource, net: Net, goal: Goal) -> None:
    """Walks in to a machine. Rules for ingress may come as long as the plan is not whole."""
    world = go.world
    if not world.closed or not machine.declared or declared_elsewhere(world, machine, net):
        return
    asked = _Asked(go, machine, net, goal)
    found = (_screen(asked, *one) for one in may_be_on(world, FIREWALL, net))
    screens = [one for one in found if one is not None]
    if next(iter(world.plan.of_type(ASSOCIATIONS)), None) is not None:
        screens.append(_POLICY)
    if go.way.kind == "connector" and go.way.net is not None and go.way.net.same(net) is True:
        screens.append(_CONNECTORS)
    denied, perhaps = firewalled([[*screens, _IMPLIED]])
    if denied is not None and is_ours(world, net):
        go.trace.refute(_kept_out(go, denied, net, goal))
    elif denied is not None or perhaps is not None:
        go.trace.doubt(_kept_out(go, denied or perhaps or _IMPLIED, net, goal))


def _screen(asked: _Asked, firewall: Resource, here: bool | Unknown) -> Screen | None:  # noqa: FBT001 - a fact
    denies = bare(firewall.at("denies")) not in (None, [])
    known = bare(firewall.at("priority"))
    known = DEFAULT_PRIORITY if known is None else known
    direction = text(firewall.at("direction"))
    hit = every(
        here,
        UNKNOWN if isinstance(direction, Unknown) else direction in (None, "INGRESS"),
        not_(bare(firewall.at("disabled"))),
        _targets(firewall, asked.machine),
        _sent(firewall, asked.go.way, asked.net),
        covers(firewall.at("destinationRanges"), asked.goal),
        speaks_of(firewall.at("denies" if denies else "allows"), asked.goal.port),
        True if isinstance(known, int | float) else UNKNOWN,
    )
    if hit is False:
        return None
    priority = float(known) if isinstance(known, int | float) else -1.0
    return Screen(f"firewall rule {shown_name(firewall)}", "deny" if denies else "allow", priority, hit)


def _targets(firewall: Resource, machine: Resource) -> bool | Unknown:
    """Whether a rule is for a machine: by its account, by its tags, or for all."""
    accounts, tags = firewall.at("targetServiceAccounts"), firewall.at("targetTags")
    if bare(accounts) not in (None, []):
        own = text(machine.at("serviceAccount", "email"))
        return _shares(accounts, UNKNOWN if own in (None, "") else own)
    if bare(tags) in (None, []):
        return True
    listed = elements(machine.at("tags"))
    return _shares(tags, *([UNKNOWN] if isinstance(listed, Unknown) else map(text, listed)))


def _sent(firewall: Resource, way: Way, net: Net) -> bool | Unknown:
    """Whether a rule is about what a way sends: one source that fits is enough, and without any all do.

    A connector's tags are known as sources: https://cloud.google.com/vpc/docs/configure-serverless-vpc-access.
    What those of Direct VPC egress do is undefined, in Google's word:
    INGRESS_FIREWALL_TAGS_UNSUPPORTED_BY_DIRECT_VPC_EGRESS. Tags do not cross a peering.
    """
    ranges, tags, accounts = (
        firewall.at(key) for key in ("sourceRanges", "sourceTags", "sourceServiceAccounts")
    )
    answers: list[bool | Unknown] = []
    if bare(ranges) not in (None, []):
        answers.append(sent_from(ranges, way))
    if bare(tags) not in (None, []):
        shared = every(_shares(tags, *way.tags), UNKNOWN if way.net is None else way.net.same(net))
        answers.append(UNKNOWN if shared is True and way.kind != "connector" else shared)
    if bare(accounts) not in (None, []):
        answers.append(UNKNOWN)
    if not answers or any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def _shares(value: Value, *own: str | Unknown | None) -> bool | Unknown:
    """Whether a list has something in common with what is one's own."""
    listed = elements(value)
    if isinstance(listed, Unknown):
        return UNKNOWN
    named = [text(one) for one in listed]
    if any(isinstance(one, str) and one in named for one in own):
        return True
    return UNKNOWN if UNKNOWN in named or UNKNOWN in own else False


def _kept_out(go: Approach, rule: Screen, net: Net, goal: Goal) -> Break:
    port = f"tcp:{goal.port}" if goal.port is not None else "the port"
    source = str(go.way.source) if go.way.source is not None else f"the range of {go.service}"
    return Break(
        "FIREWALL_RULE",
        f"the {rule.shown} of {net.shown} denies what comes in to {go.target.shown}, {port}, and no rule "
        f"that comes before certainly allows it from {source}",
        f"add an INGRESS rule on {net.shown} that allows {port} from {source} to {go.target.shown}",
    )
