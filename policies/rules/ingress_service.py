"""The rule about what a load balancer leads to: a service that is there and lets its users in.

Owns the end of the way in: serverless group, service, its ingress, its invokers. The way up to there is
`posture.front_door`'s; hosts and certificates are for the rules about ingress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.load_balancer import INGRESS, SAME_REGION
from policies.plan.references import is_id
from policies.plan.values import UNKNOWN, Unknown, show, text
from policies.plan.workloads import FUNCTION, SERVICES, cloud_name, shown_name
from policies.posture import front_door, invokers
from policies.posture.values import ON, among, any_of, negated
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key

_NAMED: Final = (*SERVICES, FUNCTION)
# Of a service: a region that is not known, or all that it is spread over.
_ANYWHERE: Final = (UNKNOWN, None, "global")
_OUTSIDE: Final = "declare it under externals (kind: service)"
_LET_IN: Final = (
    "grant roles/run.invoker to allUsers (its ingress keeps the internet to the load balancer), set "
    "invokerIamDisabled, or turn IAP on at the backend service; where callers bring a token of their own, "
    "waive it"
)


@rule(
    id="ingress-reaches-service",
    title="A load balancer leads to a service that is there and answers its users",
    severity=Severity.HIGH,
    why="Google makes a load balancer that leads to nothing without a word: each request then ends in 404, "
    "or in 403, behind a certificate and hosts that are all in order",
    fix="name a service of the group's own region and project, set its ingress to "
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER, and let its users invoke it",
    types=(*front_door.BACKENDS, front_door.GROUP),
    refutes_early=True,
)
def ingress_reaches_service(resource: Resource, world: World) -> Iterator[Claim]:
    """Forwarding rule, proxy, URL map, backend service and serverless group end at a service that answers.

    A group names a service of its project and region that the plan makes, or that an external declares. A
    service behind an external load balancer takes more than internal traffic, which is certain as soon as the
    backend service comes. Where a forwarding rule leads to it from the internet, somebody may invoke it: all
    users, or IAP for them; where only some accounts may, which bring tokens, it is unproven. What another
    stack's service lets in is judged there; so is a group that reads the service from the URL.
    """
    if resource.type in front_door.BACKENDS:
        yield from _let_through(resource, world)
    elif world.closed and resource.declared:
        yield from _led_to(resource, world)


def _let_through(backend: Resource, world: World) -> Iterator[Claim]:
    external = front_door.is_external(backend)
    if external is Verdict.REFUTED:
        return
    for group in front_door.groups_of(world.plan, backend):
        services = front_door.services_of(world.plan, group)
        if not services or _mask(group):
            continue  # the group itself is judged for that
        taken = any_of((negated(external), *map(invokers.takes_the_internet, services)))
        if taken is Verdict.PROVEN:
            yield from _let_in(backend, group, services, world)
        else:
            yield _kept_out(backend, group, services[0], taken)


def _kept_out(backend: Resource, group: Resource, service: Resource, verdict: Verdict) -> Claim:
    name = shown_name(service)
    path = (backend.name, group.name, name)
    fix = (
        f"set the ingress of {name} to INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER (in the first API "
        "internal-and-cloud-load-balancing)"
    )
    if verdict is Verdict.REFUTED:
        message = f"{backend.name} is external, and {name}, to which it leads, lets in internal traffic only"
        return Claim(verdict, "INGRESS_INTERNAL_ONLY", f"{message} ({INGRESS})", fix, path)
    message = (
        f"cannot tell whether {name} takes what comes through {backend.name}: its ingress, or the load "
        "balancer's scheme, is not known"
    )
    return Claim(verdict, "INGRESS_UNKNOWN", message, fix, path)


def _let_in(
    backend: Resource, group: Resource, services: Sequence[Resource], world: World
) -> Iterator[Claim]:
    way = _published(world).get(backend.urn)
    if way is None or not all(service.declared for service in services):
        return
    verdict = any_of(
        (
            among(backend.at("iap", "enabled"), ON),
            *map(_asks_users, services),
            *(invokers.lets_users_in(world.plan, service) for service in services),
        )
    )
    if verdict is Verdict.PROVEN:
        return
    name = shown_name(services[0])
    path = (*(one.name for one in (*way, backend, group)), name)
    if verdict is Verdict.REFUTED:
        message = f"nobody may invoke {name}: everybody whom {way[0].name} leads to it gets 403"
        yield Claim(verdict, "NOBODY_MAY_INVOKE", message, _LET_IN, path)
    else:
        message = (
            f"cannot tell whether users of {way[0].name} may invoke {name}: the plan shows no grant that "
            "lets in callers without a token"
        )
        yield Claim(verdict, "USERS_MAY_NOT_INVOKE", message, _LET_IN, path)


def _asks_users(service: Resource) -> Verdict:
    """Whether IAP, which asks users who they are, is on at the service itself."""
    return among(invokers.said_of(service, "iapEnabled", "iap-enabled"), ON)


def _published(world: World) -> Mapping[str, tuple[Resource, Resource]]:
    """What the internet is led to; nothing while the plan is not whole: another part may still come."""
    if not world.closed:
        return {}
    known: Mapping[str, tuple[Resource, Resource]] | None = world.memo.get(("published",))
    if known is None:
        known = world.memo["published",] = front_door.published(world.plan)
    return known


def _led_to(group: Resource, world: World) -> Iterator[Claim]:
    named = group.at("cloudRun", "service")
    name = text(named)
    if name is None or _mask(group) or front_door.services_of(world.plan, group):
        return
    if isinstance(name, Unknown):
        yield _not_known(group, "the name of its service is not known before the update")
        return
    if _declared(name, group, world):
        return
    shown, region = show(named), world.plan.region_of(group)
    alike = _alike(world.plan, name, group)
    elsewhere = [world.plan.region_of(one) for one in alike]
    if any(where in _ANYWHERE or where == region for where in elsewhere):
        return
    if not isinstance(region, str):
        yield _not_known(group, "its region is not known before the update")
        return
    if alike:
        runs = ", ".join(str(where) for where in elsewhere)
        yield Claim(
            Verdict.REFUTED,
            "SERVICE_IN_ANOTHER_REGION",
            f"{group.name} is in {region}, and the service {shown}, which it names, runs in {runs} "
            f"({SAME_REGION})",
            f"make the group in {runs}, or a service {shown} in {region}; one of another stack: {_OUTSIDE}",
            (group.name, shown),
        )
        return
    yield from _nowhere(group, shown, world)


def _nowhere(group: Resource, shown: str, world: World) -> Iterator[Claim]:
    """No service has the name: certain where the plan makes services of the project."""
    services = world.plan.index(_NAMED, _projects).get(_project(world.plan, group))
    others = [shown_name(one) for one in services]
    if not others:
        yield _not_known(group, f"the plan makes no service {shown}, nor any other in the group's project")
    elif any(isinstance(cloud_name(one), Unknown) for one in services):
        yield _not_known(group, f"the plan makes no service {shown}, and not all names of services are known")
    else:
        yield Claim(
            Verdict.REFUTED,
            "SERVICE_MISSING",
            f"{group.name} names the service {shown}, which does not exist; there are: {', '.join(others)}",
            f"name one of them; a service that another stack makes: {_OUTSIDE}",
            (group.name, shown),
        )


def _not_known(group: Resource, why: str) -> Claim:
    return Claim(
        Verdict.UNPROVEN,
        "SERVICE_UNKNOWN",
        f"cannot tell whether {group.name} leads to a service: {why}",
        f"take the name from the service of this program; where another stack makes it, {_OUTSIDE}",
        (group.name,),
    )


def _mask(group: Resource) -> bool:
    mask = text(group.at("cloudRun", "urlMask"))
    return isinstance(mask, str) and mask != ""


def _declared(name: str, group: Resource, world: World) -> bool:
    region = world.plan.region_of(group)
    return any(
        external.id.rsplit("/", 1)[-1] == name and external.region in (None, region)
        for external in world.contracts.outside(world.environment_of(group), "service")
    )


def _alike(plan: Plan, name: str, group: Resource) -> Sequence[Resource]:
    """The services of a name that may be of the group's project, wherever they run."""
    project = _project(plan, group)
    return [
        one
        for one in plan.index(_NAMED, _service_names).get(name)
        if UNKNOWN in (project, _project(plan, one)) or project == _project(plan, one)
    ]


def _service_names(plan: Plan, named: Resource) -> Iterator[Key]:
    """The name of a service; that of a function is its name in small letters, with hyphens."""
    del plan
    name = cloud_name(named)
    if isinstance(name, str):
        yield name.lower().replace("_", "-") if named.type == FUNCTION else name


def _projects(plan: Plan, named: Resource) -> Iterator[Key]:
    yield _project(plan, named)


def _project(plan: Plan, resource: Resource) -> Key:
    project = plan.project_of(resource)
    return project if isinstance(project, str) and is_id(project) else UNKNOWN
