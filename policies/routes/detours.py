"""Routes that lead packets elsewhere: static ones, of which the most specific wins, and policy-based ones.

Owns what a route's range, tags and next hop say. Which way the internet is reached by is `internet`'s.

https://cloud.google.com/vpc/docs/routes#routeselection,
https://docs.cloud.google.com/vpc/docs/policy-based-routes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.routes.guards import covers, every, sent_from
from policies.routes.networks import ROUTE, Net, may_be_on, read_range
from policies.routes.route import Break

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.plan.values import Value
    from policies.routes.guards import Goal
    from policies.routes.ways import Way
    from policies.rules.registry import World

_BY_POLICY: Final = "gcp:networkconnectivity/policyBasedRoute:PolicyBasedRoute"
# https://docs.cloud.google.com/vpc/docs/use-policy-based-routes
_DEFAULT_PRIORITY: Final = 1000
_OTHER_ROUTES: Final = "DEFAULT_ROUTING"


def led_away(world: World, way: Way, net: Net, goal: Goal, to: str) -> tuple[Break | None, Break | None]:
    """What leads packets for a goal elsewhere: for certain, and perhaps."""
    doubted = _by_policy(world, way, net, goal, to)
    if goal.public:
        return None, doubted
    perhaps: Resource | None = None
    for route, here in may_be_on(world, ROUTE, net):
        range_ = route.at("destRange")
        led = every(here, tagged_for(route, way), UNKNOWN if bare(range_) is UNKNOWN else True)
        narrower = _narrower(range_, goal)
        if led is True and narrower is True:
            return _stray(route, net, to, "takes"), None
        if led is not False and narrower is not False:
            perhaps = perhaps or route
    if doubted is None and perhaps is not None:
        doubted = _stray(perhaps, net, to, "may take")
    return None, doubted


def tagged_for(route: Resource, way: Way) -> bool | Unknown:
    """Whether a route is for a way's traffic: one without tags is for all."""
    return _tagged(route.at("tags"), way)


def _tagged(value: Value, way: Way) -> bool | Unknown:
    tags = elements(value)
    if isinstance(tags, Unknown):
        return UNKNOWN
    spelled = [text(tag) for tag in tags]
    if not spelled or any(tag in way.tags for tag in spelled if isinstance(tag, str)):
        return True
    return UNKNOWN if UNKNOWN in spelled or UNKNOWN in way.tags else False


def _narrower(range_: Value, goal: Goal) -> bool | Unknown:
    """Whether a route's range wins over the goal's own; the address may lie beside a route within it."""
    to = read_range(range_)
    if to is None:
        return UNKNOWN if bare(range_) is UNKNOWN else False
    if goal.range is None or not to.subnet_of(goal.range):
        return False
    if goal.exact:
        return True
    return UNKNOWN if to.prefixlen > goal.range.prefixlen else False


def _stray(route: Resource, net: Net, to: str, takes: str) -> Break:
    return Break(
        "NO_ROUTE",
        f"the route {shown_name(route)} of {net.shown} {takes} packets for {to} elsewhere: the most specific "
        "route wins",
        f"delete the route {shown_name(route)}, or narrow its destRange so that it leaves {to} out",
    )


def _by_policy(world: World, way: Way, net: Net, goal: Goal, to: str) -> Break | None:
    """A policy-based route that takes the packets to a load balancer: what is behind it, no plan tells.

    Whether such routes are for connectors, and for Direct VPC egress, as they are for virtual machines is not
    confirmed.
    """
    for route, hit in sorted(_hits(world, way, net, goal), key=lambda one: _priority(one[0])):
        if text(route.at("nextHopOtherRoutes")) == _OTHER_ROUTES:
            if hit is True:
                return None
            continue
        name = shown_name(route)
        return Break(
            "POLICY_BASED_ROUTE",
            f"cannot tell whether {to} is reached: the policy-based route {name} of {net.shown} comes before "
            "all others, and takes its packets to a load balancer",
            f"let a policy-based route with a priority number below that of {name} and nextHopOtherRoutes "
            f"{_OTHER_ROUTES} take packets for {to}, or waive this where what is behind passes them on",
        )
    return None


def _hits(world: World, way: Way, net: Net, goal: Goal) -> Iterator[tuple[Resource, bool | Unknown]]:
    for route, here in may_be_on(world, _BY_POLICY, net):
        filter_ = route.at("filter")
        protocol = text(at(filter_, "ipProtocol"))
        hit = every(
            here,
            _tagged(route.at("virtualMachine", "tags"), way),
            UNKNOWN if bare(filter_) is UNKNOWN or isinstance(protocol, Unknown) else True,
            protocol is UNKNOWN or (protocol or "ALL").upper() in ("ALL", "TCP", "6"),
            # One for attachments is for what comes in by them.
            bare(route.at("interconnectAttachment")) in (None, [], {}),
            covers([at(filter_, "destRange")] if bare(at(filter_, "destRange")) is not None else [], goal),
            sent_from([at(filter_, "srcRange")] if bare(at(filter_, "srcRange")) is not None else [], way),
        )
        if hit is not False:
            yield route, hit


def _priority(route: Resource) -> float:
    known = bare(route.at("priority"))
    known = _DEFAULT_PRIORITY if known is None else known
    return float(known) if isinstance(known, int | float) else -1.0
