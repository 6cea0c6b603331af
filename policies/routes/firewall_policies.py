"""The rules of firewall policies: a network's own, global or regional, and the organisation's above it.

Owns where policies keep their rules and what they are attached to. What a rule's ranges and ports say is
`guards`'; in which order policies are asked is `firewalls`'.

https://docs.cloud.google.com/firewall/docs/network-firewall-policies,
https://docs.cloud.google.com/firewall/docs/firewall-policies-rule-details
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from policies.plan.values import UNKNOWN, Unknown, Value, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.guards import Screen, covers, every, not_, runs_as, sent_from, speaks_of
from policies.routes.networks import Net, network_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.routes.guards import Goal
    from policies.routes.ways import Way
    from policies.rules.registry import World

_C: Final = "gcp:compute/"
_GLOBAL: Final = (
    f"{_C}networkFirewallPolicy:NetworkFirewallPolicy",
    f"{_C}networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
)
_REGIONAL: Final = (
    f"{_C}regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy",
    f"{_C}regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
)
_ABOVE: Final = (
    f"{_C}firewallPolicy:FirewallPolicy",
    f"{_C}firewallPolicyWithRules:FirewallPolicyWithRules",
)
_GLOBAL_ASSOCIATION: Final = f"{_C}networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation"
_REGIONAL_ASSOCIATION: Final = (
    f"{_C}regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation"
)
_ABOVE_ASSOCIATION: Final = f"{_C}firewallPolicyAssociation:FirewallPolicyAssociation"
ASSOCIATIONS: Final = (_GLOBAL_ASSOCIATION, _REGIONAL_ASSOCIATION, _ABOVE_ASSOCIATION)
_RULES: Final = {
    _GLOBAL_ASSOCIATION: f"{_C}networkFirewallPolicyRule:NetworkFirewallPolicyRule",
    _REGIONAL_ASSOCIATION: f"{_C}regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
    _ABOVE_ASSOCIATION: f"{_C}firewallPolicyRule:FirewallPolicyRule",
}
_ACTIONS: Final[dict[str, Literal["allow", "deny", "next"]]] = {
    "allow": "allow",
    "deny": "deny",
    "goto_next": "next",
    # Inspected, and let through when nothing is found.
    "apply_security_profile_group": "allow",
}
# What narrows a rule further than any plan can follow: names, countries, lists, kinds of networks.
_NARROWER: Final = tuple(
    f"{end}{what}"
    for end in ("dest", "src")
    for what in (
        "AddressGroups",
        "Fqdns",
        "NetworkContext",
        "NetworkScope",
        "Networks",
        "RegionCodes",
        "SecureTags",
        "ThreatIntelligences",
    )
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose packets, where to, and whether the policy that is asked is attached to their network."""

    way: Way
    goal: Goal
    attached: bool | Unknown


def policy_rules(world: World, way: Way, net: Net, goal: Goal) -> tuple[Sequence[Screen], Sequence[Screen]]:
    """The rules of the global and of the regional policies on a network."""
    found: list[Sequence[Screen]] = []
    for association in (_GLOBAL_ASSOCIATION, _REGIONAL_ASSOCIATION):
        screens: list[Screen] = []
        index = world.plan.index((association,), _by_target_traced if world.closed else _by_target)
        attached = [*(() if net.name is None else index.get(net.name)), *index.get(UNKNOWN)]
        for one in attached:
            target = network_of(world.plan, one, "attachmentTarget")
            here = every(
                target.same(net) if isinstance(target, Net) else UNKNOWN,
                True if association == _GLOBAL_ASSOCIATION else _same_region(world, one, way),
            )
            if here is not False:
                types = _GLOBAL if association == _GLOBAL_ASSOCIATION else _REGIONAL
                screens += _screens(world, one, types, _Asked(way, goal, here))
        found.append(screens)
    return found[0], found[1]


def organisation_rules(world: World, way: Way, goal: Goal) -> Sequence[Screen]:
    """The rules of an organisation's or a folder's policies: what stands below them, no plan tells."""
    found: list[Screen] = []
    for association in world.plan.of_type((_ABOVE_ASSOCIATION,)):
        found += _screens(world, association, _ABOVE, _Asked(way, goal, UNKNOWN))
    return found


def _same_region(world: World, association: Resource, way: Way) -> bool | Unknown:
    region = world.plan.region_of(association)
    return UNKNOWN if not isinstance(region, str) or way.region is None else region == way.region


def _by_target(_plan: Plan, association: Resource) -> Iterator[Key]:
    spelled = text(association.at("attachmentTarget"))
    if spelled is not None:
        yield spelled if isinstance(spelled, Unknown) else spelled.rsplit("/", 1)[-1]


def _by_target_traced(plan: Plan, association: Resource) -> Iterator[Key]:
    net = network_of(plan, association, "attachmentTarget")
    if net is not None:
        yield net.name or UNKNOWN if isinstance(net, Net) else UNKNOWN


def _screens(world: World, association: Resource, types: Sequence[str], asked: _Asked) -> Iterator[Screen]:
    """The rules of the policy that an association attaches, which may be about a way's traffic."""
    plan = world.plan
    policies = [plan.refers(type_, association, "firewallPolicy") for type_ in types]
    policy = next((one for one in policies if one is not None and not isinstance(one, Unknown)), None)
    if policy is None:
        # Its rules, if this plan has any, are found by the name that both give.
        name = text(association.at("firewallPolicy"))
        keys: list[Key] = [] if name is None or isinstance(name, Unknown) else [_short(name)]
        shown = str(keys[0]) if keys else association.name
    else:
        own = text(policy.at("name"))
        keys = [policy.urn, *([own] if isinstance(own, str) else [])]
        shown = shown_name(policy)
        rules = elements(policy.at("rules"))
        for place in range(0 if isinstance(rules, Unknown) else len(rules)):
            screen = _screen(policy.at("rules", place), shown, asked)
            if screen is not None:
                yield screen
    index = plan.index((_RULES[association.type],), _by_policy_traced if world.closed else _by_policy)
    told = {one.urn: one for key in keys for one in index.get(key) if _alike(plan, one, association)}
    for rule in told.values():
        screen = _screen(rule.inputs, shown, asked)
        if screen is not None:
            yield screen
    for rule in index.get(UNKNOWN):
        screen = _screen(rule.inputs, shown, replace(asked, attached=UNKNOWN))
        if screen is not None:
            yield screen


def _alike(plan: Plan, rule: Resource, association: Resource) -> bool:
    """Whether a rule may be of the policy that is attached: policies of one name may be in several places."""
    places = [plan.project_of, *([plan.region_of] if association.type == _REGIONAL_ASSOCIATION else [])]
    pairs = [(where(rule), where(association)) for where in places]
    return not any(isinstance(one, str) and isinstance(other, str) and one != other for one, other in pairs)


def _short(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _by_policy(_plan: Plan, rule: Resource) -> Iterator[Key]:
    spelled = text(rule.at("firewallPolicy"))
    if spelled is not None:
        yield spelled if isinstance(spelled, Unknown) else _short(spelled)


def _by_policy_traced(plan: Plan, rule: Resource) -> Iterator[Key]:
    spelled = text(rule.at("firewallPolicy"))
    if not isinstance(spelled, Unknown):
        yield from _by_policy(plan, rule)
        return
    sources = [
        one
        for type_ in (*_GLOBAL, *_REGIONAL, *_ABOVE)
        for one in plan.sources(type_, rule, "firewallPolicy")
    ]
    if len(sources) == 1:
        yield sources[0].urn
    else:
        yield UNKNOWN


def _screen(rule: Value, policy: str, asked: _Asked) -> Screen | None:
    action, direction = (text(at(rule, key)) for key in ("action", "direction"))
    match = at(rule, "match")
    narrower = any(bare(at(match, key)) not in (None, "", []) for key in _NARROWER)
    priority = bare(at(rule, "priority"))
    number = float(priority) if isinstance(priority, int | float) else None
    known = _ACTIONS.get(action) if isinstance(action, str) else None
    hit = every(
        asked.attached,
        UNKNOWN if isinstance(direction, Unknown) else direction == "EGRESS",
        not_(bare(at(rule, "disabled"))),
        _targets(rule, asked.way),
        UNKNOWN if bare(match) is UNKNOWN or narrower else True,
        covers(at(match, "destIpRanges"), asked.goal),
        sent_from(at(match, "srcIpRanges"), asked.way),
        speaks_of(at(match, "layer4Configs"), asked.goal.port, "ipProtocol"),
        UNKNOWN if known is None or number is None else True,
    )
    if hit is False:
        return None
    # An action that is not known may be a denial; a priority that is not known may come first.
    shown = f"rule {'?' if number is None else int(number)} of the firewall policy {policy}"
    return Screen(shown, known or "deny", -1.0 if number is None else number, hit)


def _targets(rule: Value, way: Way) -> bool | Unknown:
    """Whether a rule applies to a way's traffic: workloads of Cloud Run carry no secure tags.

    https://docs.cloud.google.com/run/docs/configuring/vpc-direct-vpc
    """
    tags = bare(at(rule, "targetSecureTags"))
    if tags not in (None, []):
        return UNKNOWN if tags is UNKNOWN else False
    accounts = at(rule, "targetServiceAccounts")
    if bare(accounts) not in (None, []):
        return runs_as(accounts, way)
    # Of an organisation's rule: the networks it is for.
    return UNKNOWN if bare(at(rule, "targetResources")) not in (None, []) else True
