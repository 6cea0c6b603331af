"""What decides about packets on a network: which firewall rule stops them, and which route leads them away.

Owns the order in which Google asks firewall policies and VPC firewall rules. What a rule or a route says is
`guards`', `firewall_policies`' and `detours`'.

https://docs.cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.values import Unknown, text
from policies.routes.detours import led_away
from policies.routes.firewall_policies import organisation_rules, policy_rules
from policies.routes.guards import vpc_rules
from policies.routes.networks import is_ours
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policies.routes.guards import Goal, Screen
    from policies.routes.networks import Net
    from policies.routes.ways import Way
    from policies.rules.registry import World

_POLICIES_FIRST: Final = "BEFORE_CLASSIC_FIREWALL"


def guard(world: World, way: Way, net: Net, goal: Goal, to: str) -> tuple[Break | None, Break | None]:
    """What stops packets on a network, and what may."""
    astray, doubt = led_away(world, way, net, goal, to)
    if astray is not None:
        return astray, None
    answers = [firewalled(sets) for sets in orders(world, way, net, goal)]
    denials = [denied for denied, _ in answers if denied is not None]
    if len(denials) == len(answers):
        return _denied(denials[0], net, goal, to), doubt
    perhaps = [one for answer in answers for one in answer if one is not None]
    if doubt is None and perhaps:
        doubt = _denied(perhaps[0], net, goal, to)
    return None, doubt


def guards_are_certain(world: World, net: Net) -> bool:
    """Whether a firewall rule that denies is the last word.

    Before the plan is whole a rule that allows may still come. During the update it does not: what lets a
    service out of a network of this plan is registered before the service (the documentation asks for it).
    """
    return world.closed or (not world.plan.preview and is_ours(world, net))


def orders(world: World, way: Way, net: Net, goal: Goal) -> Sequence[Sequence[Sequence[Screen]]]:
    """The sets of rules that packets meet, in Google's order, or in both while it is not known which holds.

    The organisation's policies are asked first. Those that no plan declares are not seen by any.
    """
    network = None if net.urn is None else world.plan.get(net.urn)
    order = None if network is None else text(network.at("networkFirewallPolicyEnforcementOrder"))
    first = organisation_rules(world, way, goal)
    policies = policy_rules(world, way, net, goal)
    classic = vpc_rules(world, way, net, goal)
    after, before = (first, classic, *policies), (first, *policies, classic)
    if isinstance(order, Unknown):
        return (after, before)
    return (before,) if order == _POLICIES_FIRST else (after,)


def firewalled(sets: Iterable[Iterable[Screen]]) -> tuple[Screen | None, Screen | None]:
    """The rule that stops packets: in each set the lowest priority number wins, in a tie the denial.

    Returns:
        The rule that stops them for certain; and one that may, where that cannot be told.
    """
    may_deny: Screen | None = None
    may_allow = False
    for rules in sets:
        may_pass_on = False
        for one in sorted(rules, key=lambda one: (one.priority, one.action != "deny")):
            sure = one.hit is True and not may_pass_on
            if one.action == "deny":
                if sure and not may_allow:
                    return one, None
                may_deny = may_deny or one
            elif one.action == "allow":
                if sure:
                    return None, may_deny
                may_allow = True
            else:
                may_pass_on = True
            if one.hit is True:
                break
    return None, may_deny


def _denied(rule: Screen, net: Net, goal: Goal, to: str) -> Break:
    port = f"tcp:{goal.port}" if goal.port is not None else "the port"
    return Break(
        "FIREWALL_RULE",
        f"the {rule.shown} of {net.shown} denies egress to {to}, {port}, and no rule that comes before "
        "certainly allows it",
        f"add an EGRESS rule that allows {port} to {to} with the same targets and a priority number below "
        f"that of the {rule.shown}, registered before the service",
    )
