"""Who may invoke what runs on Cloud Run, and from where it can be reached.

Owns the grants of both APIs (member, binding, policy) and the ingress setting in both spellings.
https://cloud.google.com/run/docs/authenticating/public, https://cloud.google.com/run/docs/securing/ingress
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.iam import INVOKING_ROLES
from policies.plan.tokens import GRANTS_ABOVE_PROJECTS, PROJECT_GRANTS
from policies.plan.values import UNKNOWN, Unknown, text
from policies.plan.workloads import SERVICE, SERVICES
from policies.posture import everybody
from policies.posture.values import ON, among, any_of, negated
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.plan.values import Value

# The grants on services, and the input that names the service. A grant of either API holds for a service of
# either: they are two ways to one service.
SERVICE_GRANTS: Final[Mapping[str, str]] = {
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": "name",
    "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding": "name",
    "gcp:cloudrunv2/serviceIamPolicy:ServiceIamPolicy": "name",
    "gcp:cloudrun/iamMember:IamMember": "service",
    "gcp:cloudrun/iamBinding:IamBinding": "service",
    "gcp:cloudrun/iamPolicy:IamPolicy": "service",
}
JOB_GRANTS: Final = (
    "gcp:cloudrunv2/jobIamMember:JobIamMember",
    "gcp:cloudrunv2/jobIamBinding:JobIamBinding",
    "gcp:cloudrunv2/jobIamPolicy:JobIamPolicy",
)
_WIDE_GRANTS: Final = (*PROJECT_GRANTS, *GRANTS_ABOVE_PROJECTS)
GRANTS: Final = (*SERVICE_GRANTS, *JOB_GRANTS, *PROJECT_GRANTS)

# Sees the service and invokes nothing: https://cloud.google.com/run/docs/reference/iam/roles
_LOOKS_ONLY: Final = frozenset({"roles/run.viewer", "roles/viewer"})
_INVOKES: Final = "invokes"
_INTERNAL: Final = frozenset({"INGRESS_TRAFFIC_INTERNAL_ONLY", "internal"})
_BEHIND: Final = _INTERNAL | {"INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "internal-and-cloud-load-balancing"}


def not_for_everybody(grant: Resource) -> Verdict:
    """Whether a grant on a service or a job keeps everybody out."""
    return everybody.keeps_out(grant, _looks_only)


def not_for_everybody_of(plan: Plan, grant: Resource) -> Verdict:
    """Whether a grant on a whole project keeps everybody from invoking its services."""
    verdict = everybody.keeps_out(grant, _invokes_nothing)
    unknown = verdict is Verdict.UNPROVEN and everybody.comes_from_google(plan, grant)
    return Verdict.PROVEN if unknown else verdict


def said_of(service: Resource, key: str, annotation: str) -> Value:
    """What a service says under a key, or, in the first API, in an annotation of Cloud Run's."""
    if service.type == SERVICE:
        return service.at(key)
    return service.at("metadata", "annotations", f"run.googleapis.com/{annotation}")


def _ingress(service: Resource) -> Value:
    return said_of(service, "ingress", "ingress")


def closed_to_outsiders(service: Resource) -> Verdict:
    """Whether a service keeps callers from the internet away from its run.app address.

    By its ingress, which lets all in by default, or by having no such address at all
    (https://cloud.google.com/run/docs/securing/ingress#disable-url).
    """
    no_address = said_of(service, "defaultUriDisabled", "default-url-disabled")
    return any_of((among(_ingress(service), _BEHIND), among(no_address, ON)))


def checks_invokers(service: Resource) -> Verdict:
    """Whether Cloud Run asks who calls, which is its default."""
    return negated(among(said_of(service, "invokerIamDisabled", "invoker-iam-disabled"), ON))


def takes_the_internet(service: Resource) -> Verdict:
    """Whether requests that come through an external load balancer are let in, by the service's ingress."""
    return negated(among(_ingress(service), _INTERNAL))


def lets_users_in(plan: Plan, service: Resource) -> Verdict:
    """Whether callers without a token are let in. To be asked once the plan is whole.

    Unproven where only some members may invoke the service, by a grant of its own or of all services: whoever
    they are, they must bring a token. Refuted where the plan lets nobody invoke it at all.
    """
    grants = plan.index(SERVICE_GRANTS, _for_service)
    own = [*grants.get(service.urn), *grants.get(UNKNOWN)]
    asks, kept_out = checks_invokers(service), {not_for_everybody(grant) for grant in own}
    if plan.index(_WIDE_GRANTS, _that_invoke).get(_INVOKES):
        kept_out.add(Verdict.PROVEN)
    if asks is Verdict.REFUTED or Verdict.REFUTED in kept_out:
        return Verdict.PROVEN
    return Verdict.REFUTED if asks is Verdict.PROVEN and not kept_out else Verdict.UNPROVEN


def _for_service(plan: Plan, grant: Resource) -> Iterator[Key]:
    """Which service a grant is for: while that is unknown, any."""
    service = service_of(plan, grant)
    if service is not None:
        yield service if isinstance(service, Unknown) else service.urn


def service_of(plan: Plan, grant: Resource) -> Resource | Unknown | None:
    """The service a grant is for; None when this plan does not hold it."""
    unknown: Unknown | None = None
    for type_ in SERVICES:
        found = plan.refers(type_, grant, SERVICE_GRANTS[grant.type])
        if isinstance(found, Unknown):
            unknown = found
        elif found is not None:
            return found
    return unknown


def grants_of(plan: Plan, service: Resource) -> Iterator[Resource]:
    """The grants seen so far that are certainly for this service."""
    name = text(service.at("name"))
    if isinstance(name, str):
        for grant in plan.index(SERVICE_GRANTS, _named).get(name):
            if service_of(plan, grant) is service:
                yield grant


def _that_invoke(plan: Plan, grant: Resource) -> Iterator[Key]:
    del plan
    if grant.type.endswith("Policy") or _invokes_nothing(grant.at("role")) is not Verdict.PROVEN:
        yield _INVOKES


def _named(plan: Plan, grant: Resource) -> Iterator[Key]:
    del plan
    name = text(grant.at(SERVICE_GRANTS[grant.type]))
    if isinstance(name, str):
        yield name.rsplit("/", 1)[-1]


def _looks_only(role: Value) -> Verdict:
    name = text(role)
    if isinstance(name, str) and not name.startswith("roles/"):
        return Verdict.UNPROVEN  # a role of the team's own: what it permits is written elsewhere
    return among(role, _LOOKS_ONLY)


def _invokes_nothing(role: Value) -> Verdict:
    name = text(role)
    if isinstance(name, str) and name.startswith("roles/"):
        return Verdict.REFUTED if name in INVOKING_ROLES else Verdict.PROVEN
    return Verdict.UNPROVEN
