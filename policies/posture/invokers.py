"""Who may invoke what runs on Cloud Run, and from where it can be reached.

Owns the grants of both APIs (member, binding, policy) and the ingress setting in both spellings.
https://cloud.google.com/run/docs/authenticating/public, https://cloud.google.com/run/docs/securing/ingress
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, at, bare, elements, text
from policies.plan.workloads import SERVICE, SERVICES
from policies.posture.values import ON, all_of, among, any_of, negated
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
GRANTS: Final = (*SERVICE_GRANTS, *JOB_GRANTS)

EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")
# Sees the service and invokes nothing: https://cloud.google.com/run/docs/reference/iam/roles
_LOOKS_ONLY: Final = frozenset({"roles/run.viewer", "roles/viewer"})
_INTERNAL: Final = frozenset({"INGRESS_TRAFFIC_INTERNAL_ONLY", "internal"})
_BEHIND: Final = _INTERNAL | {"INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "internal-and-cloud-load-balancing"}


def not_for_everybody(grant: Resource) -> Verdict:
    """Whether a grant keeps everybody out."""
    if "policyData" in grant.inputs or grant.type.endswith("Policy"):
        bindings = _bindings(grant.at("policyData"))
        if isinstance(bindings, Unknown):
            return Verdict.UNPROVEN
        return all_of(_keeps_out(at(one, "role"), at(one, "members")) for one in bindings)
    members = grant.at("members") if "members" in grant.inputs else [grant.at("member")]
    return _keeps_out(grant.at("role"), members)


def closed_to_outsiders(service: Resource) -> Verdict:
    """Whether a service keeps callers from the internet away from its run.app address.

    By its ingress, which lets all in by default, or by having no such address at all
    (https://cloud.google.com/run/docs/securing/ingress#disable-url).
    """
    if service.type == SERVICE:
        ingress, no_address = service.at("ingress"), service.at("defaultUriDisabled")
    else:
        notes = ("metadata", "annotations")
        ingress = service.at(*notes, "run.googleapis.com/ingress")
        no_address = service.at(*notes, "run.googleapis.com/default-url-disabled")
    return any_of((among(ingress, _BEHIND), among(no_address, ON)))


def checks_invokers(service: Resource) -> Verdict:
    """Whether Cloud Run asks who calls, which is its default."""
    said = (
        service.at("invokerIamDisabled")
        if service.type == SERVICE
        else service.at("metadata", "annotations", "run.googleapis.com/invoker-iam-disabled")
    )
    return negated(among(said, ON))


def takes_the_internet(service: Resource) -> Verdict:
    """Whether requests that come through an external load balancer are let in, by the service's ingress."""
    said = (
        service.at("ingress")
        if service.type == SERVICE
        else service.at("metadata", "annotations", "run.googleapis.com/ingress")
    )
    return negated(among(said, _INTERNAL))


def lets_users_in(plan: Plan, service: Resource) -> Verdict:
    """Whether callers without a token are let in. To be asked once the plan is whole.

    Unproven where only some members may invoke the service: whoever they are, they must bring a token.
    Refuted where the plan lets nobody invoke it at all.
    """
    grants = plan.index(SERVICE_GRANTS, _for_service)
    own = [*grants.get(service.urn), *grants.get(UNKNOWN)]
    asks, kept_out = checks_invokers(service), {not_for_everybody(grant) for grant in own}
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


def _named(plan: Plan, grant: Resource) -> Iterator[Key]:
    del plan
    name = text(grant.at(SERVICE_GRANTS[grant.type]))
    if isinstance(name, str):
        yield name.rsplit("/", 1)[-1]


def _keeps_out(role: Value, members: Value) -> Verdict:
    listed = elements(members)
    if isinstance(listed, Unknown):
        nobody = Verdict.UNPROVEN
    else:
        nobody = all_of(_somebody(member) for member in listed)
    return any_of((nobody, _looks_only(role)))


def _somebody(member: Value) -> Verdict:
    name = text(member)
    if isinstance(name, Unknown):
        return Verdict.UNPROVEN
    return Verdict.REFUTED if name in EVERYBODY else Verdict.PROVEN


def _looks_only(role: Value) -> Verdict:
    name = text(role)
    if isinstance(name, str) and not name.startswith("roles/"):
        return Verdict.UNPROVEN  # a role of the team's own: what it permits is written elsewhere
    return among(role, _LOOKS_ONLY)


def _bindings(policy: Value) -> Sequence[Value] | Unknown:
    written = bare(policy)
    if isinstance(written, Unknown) or not isinstance(written, str):
        return elements(None) if written is None else Unknown()
    try:
        read = json.loads(written)
    except ValueError:
        return []  # Google refuses it
    return elements(at(read, "bindings"))
