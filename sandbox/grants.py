"""Access: who may do what on what.

Owns the three shapes in which pulumi-gcp grants access (one member, one role, a whole policy) for any
service, what the API refuses of them, and the question whether an identity holds one of some roles on a
thing or its project.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from catalog.keys import AGENTS
from sandbox import kinds
from sandbox.kinds import Checking, Kind, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.cloud import Cloud

ACCOUNT: Final = "gcp:serviceaccount/account:Account"
_MEMBER = re.compile(r"^(allUsers|allAuthenticatedUsers|[a-zA-Z]+:.+|principal(Set)?://.+)$")
_OWN_ACCOUNT = re.compile(r"^serviceAccount:([^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com)$")


def access_kinds(  # noqa: PLR0913 - the words of one service
    prefix: str, api: str, on: str, parent: str, base: str, *, parent_input: str = "", names: str = "Iam"
) -> tuple[Kind, ...]:
    """The member, binding and policy types of one service.

    Args:
        prefix: type without its end, `gcp:secretmanager/secret:Secret`.
        api: the API that must be enabled.
        on: type of what access is granted on, "" when that is the project.
        parent: format of that thing's id.
        base: what the provider calls it in messages.
        parent_input: input that names it and is normalised to its id; "" for none.
        names: `Iam` or `IAM`, as the types spell it.
    """
    module, _, name = prefix.rpartition(":")
    first = name[:1].lower() + name[1:]
    stem = module.rpartition("/")[0]

    def token(end: str) -> str:
        lower = f"{first}{names}{end}" if name else f"{names[:1].lower()}{names[1:]}{end}"
        return f"{stem}/{lower}:{name}{names}{end}"

    def create(request: Request) -> None:
        _grant(request, on, parent, parent_input)

    shapes = {"Member": f"{parent}/{{role}}/{{member}}", "Binding": f"{parent}/{{role}}", "Policy": parent}
    return tuple(
        Kind(
            token(end),
            noun=f"{base} Iam {end}",
            api=api,
            id=form,
            adopts=True,
            check=_check,
            create=create,
            doing=f"Error applying IAM policy for {base}",
        )
        for end, form in shapes.items()
    )


def holds(cloud: Cloud, member: str, roles: frozenset[str], on: Iterable[str], project: str) -> bool:
    """Whether a member holds one of the roles on any of these ids, or on the project.

    A role that is made in the project counts when one of its permissions is among `roles`.
    """
    wanted = {member, "allUsers", "allAuthenticatedUsers"}
    places = {*on, f"projects/{project}", project}
    for place, role, members in _all_grants(cloud):
        if place in places and wanted & set(members) and (role in roles or _custom(cloud, role, roles)):
            return True
    return False


def _all_grants(cloud: Cloud) -> Iterator[tuple[str, str, list[str]]]:
    for thing in cloud.like("%Iam%"):
        kind_of = re.search(r"I(?:am|AM)(Member|Binding|Policy)$", thing.type)
        if kind_of is None:
            continue
        place = str(thing.body.get("__on", thing.project))
        if kind_of[1] == "Member":
            yield place, str(thing.body.get("role")), [str(thing.body.get("member"))]
        elif kind_of[1] == "Binding":
            yield place, str(thing.body.get("role")), [str(each) for each in thing.body.get("members", ())]
        else:
            for binding in json.loads(str(thing.body.get("policyData") or "{}")).get("bindings", ()):
                yield place, binding.get("role", ""), binding.get("members", [])


def _custom(cloud: Cloud, role: str, permissions: frozenset[str]) -> bool:
    if not role.startswith(("projects/", "organizations/")):
        return False
    for token in (
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        "gcp:organizations/iAMCustomRole:IAMCustomRole",
    ):
        for thing in cloud.named(token, role.rpartition("/")[2]):
            if permissions & set(thing.body.get("permissions", ())):
                return True
    return False


def _check(checking: Checking) -> None:
    """The provider itself refuses a member that has no such form."""
    inputs = checking.inputs
    listed = inputs.get("members")
    given = [inputs.get("member"), *(listed if isinstance(listed, list) else [])]
    for member in given:
        if isinstance(member, str) and not _MEMBER.match(member):
            checking.fail(
                f'invalid value for member "{member}" (IAM members must have one of the values outlined '
                "here: https://cloud.google.com/billing/docs/reference/rest/v1/Policy#Binding)",
                "member" if "member" in inputs else "members",
            )


def _grant(request: Request, on: str, parent: str, parent_input: str) -> None:
    place = kinds.fill_id(parent, request)
    if parent_input and on:
        given = str(request.inputs.get(parent_input, ""))
        found = request.resolve(on, given)
        if found is None:
            noun = kinds.english(on.rpartition(":")[2]).capitalize()
            raise request.refuse(404, f"{noun} [{given}] not found.")
        request.id = request.id.replace(place, found.id, 1)
        place = found.id
        if parent_input.endswith("Id"):
            request.body[parent_input] = place
    for member in (request.inputs.get("member"), *(request.inputs.get("members") or ())):
        _account_exists(request, member)
    request.body["etag"] = "BwY" + kinds.digest(f"{request.id}{request.now}")[:9]
    request.body["__on"] = place


_AGENTS = frozenset(agent.domain for agent in AGENTS.values()) | {"gs-project-accounts"}


def _account_exists(request: Request, member: object) -> None:
    match = _OWN_ACCOUNT.match(str(member))
    # A service agent is Google's, and there from the first use of its service on.
    if match is None or match[2].startswith("gcp-sa-") or match[2] in _AGENTS:
        return
    if request.cloud.get(ACCOUNT, f"projects/{match[2]}/serviceAccounts/{match[1]}") is None:
        raise request.refuse(400, f"Service account {match[1]} does not exist.")
