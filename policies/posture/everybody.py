"""Whether a grant lets everybody in: one that names allUsers, or all who have an account with Google.

Owns reading the members of the three forms. What a role permits is for whoever asks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from catalog.iam import EVERYBODY
from policies.plan.values import UNKNOWN, Unknown, at, bare, elements, text
from policies.posture.values import all_of, any_of
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.values import Value


def keeps_out(grant: Resource, harmless: Callable[[Value], Verdict]) -> Verdict:
    """Whether a grant keeps everybody out, or lets them do only what is harmless.

    Args:
        grant: The grant.
        harmless: Whether a role permits nothing that matters.
    """
    if "policyData" in grant.inputs or grant.type.endswith("Policy"):
        bindings = _bindings(grant.at("policyData"))
        if isinstance(bindings, Unknown):
            return Verdict.UNPROVEN
        return all_of(_keeps_out(at(one, "role"), at(one, "members"), harmless) for one in bindings)
    members = grant.at("members") if "members" in grant.inputs else [grant.at("member")]
    return _keeps_out(grant.at("role"), members, harmless)


def comes_from_google(plan: Plan, grant: Resource) -> bool:
    """Whether all that is unknown of a grant's members is some resource's own: an account is not everybody.

    Sources tell dependencies only once the plan is whole.
    """
    urns = [urn for key in ("member", "members") for urn in grant.property_dependencies.get(key, ())]
    sources = [plan.get(urn) for urn in urns]
    return bool(sources) and all(one is not None and one.type.startswith("gcp:") for one in sources)


def _keeps_out(role: Value, members: Value, harmless: Callable[[Value], Verdict]) -> Verdict:
    listed = elements(members)
    if isinstance(listed, Unknown):
        nobody = Verdict.UNPROVEN
    else:
        nobody = all_of(_somebody(member) for member in listed)
    return any_of((nobody, harmless(role)))


def _somebody(member: Value) -> Verdict:
    name = text(member)
    if isinstance(name, Unknown):
        return Verdict.UNPROVEN
    return Verdict.REFUTED if name is not None and name.strip().lower() in EVERYBODY else Verdict.PROVEN


def _bindings(policy: Value) -> Sequence[Value] | Unknown:
    written = bare(policy)
    if written is None:
        return ()
    if not isinstance(written, str):
        return UNKNOWN
    try:
        read = json.loads(written)
    except ValueError:
        return ()  # Google refuses it
    return elements(at(read, "bindings"))
