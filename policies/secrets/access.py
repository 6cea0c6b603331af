"""Who may read a secret: the account that a workload runs as, and the grants of a plan.

Owns accounts in their spellings, and which grant reaches which secret. Does not say what follows from it.

https://cloud.google.com/secret-manager/docs/access-control,
https://cloud.google.com/run/docs/configuring/services/secrets#required_roles
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from catalog.iam import EVERYBODY
from catalog.secret_manager import ACCESS_PERMISSION, ACCESS_ROLES
from policies.plan import tokens
from policies.plan.tokens import GRANTS_ABOVE_PROJECTS, PROJECT_GRANTS, SECRET_GRANTS
from policies.plan.values import UNKNOWN, Secret, Unknown, Value, at, bare, elements, show, text
from policies.plan.workloads import account, told_in
from policies.secrets.uses import SecretId, come_from, meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts import External
    from policies.plan import Plan, Resource

ACCOUNT: Final = tokens.SERVICE_ACCOUNT
_CUSTOM_ROLES: Final = (
    tokens.PROJECT_ROLE,
    tokens.ORGANIZATION_ROLE,
)
# Nothing in a plan says which projects lie in a folder: a grant above may reach the secret, and may not.
_GRANTS: Final = (*SECRET_GRANTS, *PROJECT_GRANTS, *GRANTS_ABOVE_PROJECTS)
# Those that hold every member of a role, or every role, and take away whatever is not in them.
_LISTS: Final = tuple(one for one in (*SECRET_GRANTS, *PROJECT_GRANTS) if not one.endswith("Member"))
# https://cloud.google.com/iam/docs/service-account-types#default
_DEFAULT: Final = re.compile(
    r"\d+-compute@developer\.gserviceaccount\.com|[^@]+@appspot\.gserviceaccount\.com"
)
_EVERYBODY, _A_GROUP, _SOMEBODY, _SOMEWHERE, _HIGHER = "*", "group", "?", "?", "above"


class Access(IntEnum):
    """Whether an account may read a secret, by what a plan grants."""

    NONE = 0
    MAYBE = 1
    GRANTED = 2


@dataclass(frozen=True, slots=True)
class Identity:
    """The account that a workload runs as.

    Attributes:
        key: Its e-mail in lower case, or the URN of the resource that makes it while that is unknown.
        shown: What to call it.
        made: The resource that makes it, where the plan does.
    """

    key: str
    shown: str
    made: Resource | None

    @property
    def default(self) -> bool:
        """Whether it is an account that Google makes for a whole project."""
        return _DEFAULT.fullmatch(self.key) is not None


def runs_as(plan: Plan, workload: Resource) -> Identity | Unknown | None:
    """The account a workload runs as; None when it names none."""
    value = account(workload)
    written = text(value)
    if isinstance(written, Unknown):
        made = come_from(plan, ACCOUNT, workload, told_in(workload))
        return _made(plan, made[0]) if len(made) == 1 else UNKNOWN
    if written is None or not written.strip():
        return None
    found = plan.find(ACCOUNT, written, workload)
    if found is not None and not isinstance(found, Unknown):
        return _made(plan, found)
    email = written.strip().rsplit("/", 1)[-1].removeprefix("serviceAccount:")
    return Identity(email.lower(), show(value) if isinstance(value, Secret) else email, None)


def access(plan: Plan, identity: Identity, secret: SecretId, *, closed: bool) -> Access:
    """Whether the grants of a plan let an account read a secret."""
    index = plan.index(_GRANTS, _keys_traced if closed else _keys)
    places = [f"secret {secret.key}", f"project {secret.project}"]
    best = Access.NONE
    for who in (identity.key, _EVERYBODY):
        for place in places:
            for grant in index.get(f"{who} {place}"):
                if closed and _taken_by(plan, grant, who, place) is not None:
                    continue
                best = max(best, _reaches(plan, grant, secret, closed=closed))
                if best is Access.GRANTED:
                    return best
    if best is Access.MAYBE:
        return best
    # A project by its number is nobody's project for certain.
    numbered = secret.project is None or secret.project.isdigit()
    loose = [_SOMEWHERE, _HIGHER, *(["project"] if numbered else [])]
    for who in (identity.key, _EVERYBODY, _A_GROUP, _SOMEBODY):
        for place in loose if who in {identity.key, _EVERYBODY} else [*places, *loose]:
            if f"{who} {place}" in index:
                return Access.MAYBE
    return Access.NONE


def overwriting(plan: Plan, identity: Identity, secret: SecretId) -> Resource | None:
    """The binding or policy of a whole plan that takes an account's grant of a secret away, if one does."""
    index = plan.index(_GRANTS, _keys_traced)
    for place in (f"secret {secret.key}", f"project {secret.project}"):
        for grant in index.get(f"{identity.key} {place}"):
            found = _taken_by(plan, grant, identity.key, place)
            if found is not None:
                return found
    return None


def _taken_by(plan: Plan, grant: Resource, who: str, place: str) -> Resource | None:
    """What holds all members of the role that a single member is granted, and does not have that one.

    Whoever is not in such a list loses the role with this update or the next one:
    https://www.pulumi.com/registry/packages/gcp/api-docs/secretmanager/secretiammember
    """
    role, condition = text(grant.at("role")), bare(grant.at("condition"))
    if not grant.type.endswith("Member") or not isinstance(role, str):
        return None
    for other in plan.index(_LISTS, _listing).get(place):
        policy = _policy(other) if other.type.endswith("Policy") else [other.inputs]
        if isinstance(policy, Unknown):
            continue
        held = [one for one in policy if text(at(one, "role")) == role]
        if any(isinstance(text(at(one, "role")), Unknown) for one in policy) or not (
            held or other.type.endswith("Policy")
        ):
            continue
        members = {
            each for one in held for each in _who(plan, other, at(one, "members"), closed=True)
        }  # fmt: skip
        conditions = [bare(at(one, "condition")) for one in held]
        if not members & {who, _EVERYBODY, _A_GROUP, _SOMEBODY} and all(
            one == condition for one in conditions
        ):
            return other
    return None


def _listing(plan: Plan, grant: Resource) -> Iterator[str]:
    yield from _places(plan, grant)


def _reaches(plan: Plan, grant: Resource, secret: SecretId, *, closed: bool) -> Access:
    """What a grant to the right account on a secret or project of the right name amounts to."""
    if grant.type in SECRET_GRANTS:
        own = meant(plan, grant, grant.at("secretId"), "secretId")
        if not isinstance(own, SecretId) or not own.same_project(secret):
            return Access.NONE
    certain = [
        role is True and bare(condition) in (None, [], {})
        for role, condition in _roles(plan, grant, closed=closed)
        if role is not False
    ]
    if not certain:
        return Access.NONE
    return Access.GRANTED if any(certain) else Access.MAYBE


def _keys(plan: Plan, grant: Resource) -> Iterator[str]:
    yield from _filed(plan, grant, closed=False)


def _keys_traced(plan: Plan, grant: Resource) -> Iterator[str]:
    yield from _filed(plan, grant, closed=True)


def _filed(plan: Plan, grant: Resource, *, closed: bool) -> Iterator[str]:
    # An index reads a resource once. Early nobody tells dependencies, and what is unknown is filed as such;
    # once the plan is whole another index traces it.
    places = list(_places(plan, grant))
    for members in _members_of_bindings(plan, grant, closed=closed):
        for who in _who(plan, grant, members, closed=closed):
            for place in places:
                yield f"{who} {place}"


def _places(plan: Plan, grant: Resource) -> Iterator[str]:
    if grant.type in SECRET_GRANTS:
        secret = meant(plan, grant, grant.at("secretId"), "secretId")
        if isinstance(secret, SecretId):
            yield f"secret {secret.key}"
        elif isinstance(secret, Unknown):
            yield _SOMEWHERE
    elif grant.type in PROJECT_GRANTS:
        project = text(grant.at("project"))
        if isinstance(project, Unknown):
            yield _SOMEWHERE
        else:
            yield f"project {(project or '').removeprefix('projects/')}"
            yield "project"
    else:
        yield _HIGHER


def _members_of_bindings(plan: Plan, grant: Resource, *, closed: bool) -> Iterator[Value]:
    """The members of each role of a grant that may let read secrets."""
    for index, (role, _) in enumerate(_roles(plan, grant, closed=closed)):
        if role is not False:
            if grant.type.endswith("Policy"):
                policy = _policy(grant)
                yield UNKNOWN if isinstance(policy, Unknown) else at(policy, index, "members")
            elif grant.type.endswith("Binding"):
                yield grant.at("members")
            else:
                yield [grant.at("member")]


def _roles(plan: Plan, grant: Resource, *, closed: bool) -> Iterator[tuple[bool | Unknown, Value]]:
    """For each binding of a grant: whether its role lets read secrets, and its condition."""
    if not grant.type.endswith("Policy"):
        yield _reads(plan, grant, grant.at("role"), closed=closed), grant.at("condition")
        return
    policy = _policy(grant)
    if isinstance(policy, Unknown):
        yield UNKNOWN, None
        return
    for binding in policy:
        yield _reads(plan, grant, at(binding, "role"), closed=closed), at(binding, "condition")


def _policy(grant: Resource) -> Sequence[Value] | Unknown:
    written = text(grant.at("policyData"))
    if isinstance(written, Unknown):
        return written
    try:
        told = json.loads(written or "{}")
    except ValueError:
        return ()
    return elements(at(told, "bindings"))


def _reads(plan: Plan, grant: Resource, role: Value, *, closed: bool) -> bool | Unknown:
    name = text(role)
    if isinstance(name, str):
        if name in ACCESS_ROLES:
            return True
        if "/roles/" not in f"/{name}" or name.startswith("roles/"):
            return False
        customs = [plan.find(type_, name, grant) for type_ in _CUSTOM_ROLES]
    elif isinstance(name, Unknown) and closed:
        customs = [one for type_ in _CUSTOM_ROLES for one in plan.sources(type_, grant, "role")]
    else:
        customs = []
    made = [one for one in customs if one is not None and not isinstance(one, Unknown)]
    if len(made) != 1:
        return False if name is None else UNKNOWN
    permissions = elements(made[0].at("permissions"))
    if isinstance(permissions, Unknown):
        return UNKNOWN
    written = [text(one) for one in permissions]
    if ACCESS_PERMISSION in [one for one in written if isinstance(one, str)]:
        return True
    return UNKNOWN if any(isinstance(one, Unknown) for one in written) else False


def _who(plan: Plan, grant: Resource, members: Value, *, closed: bool) -> Iterator[str]:
    listed = elements(members)
    written: Sequence[str | Unknown | None] = (
        [UNKNOWN] if isinstance(listed, Unknown) else [text(one) for one in listed]
    )
    if any(isinstance(one, Unknown) for one in written):
        made = _traced(plan, grant) if closed else []
        yield from (_made(plan, one).key for one in made)
        if not made:
            yield _SOMEBODY
    for one in written:
        if isinstance(one, str):
            yield _member(plan, grant, one)


def _traced(plan: Plan, grant: Resource) -> Sequence[Resource]:
    return [one for key in ("member", "members", "policyData") for one in plan.sources(ACCOUNT, grant, key)]


def _member(plan: Plan, grant: Resource, member: str) -> str:
    kind, _, name = member.strip().partition(":")
    if kind.lower() in EVERYBODY:
        return _EVERYBODY
    if kind != "serviceAccount":
        # A group, a domain or a set of principals may hold the account; a user is never one.
        return member.strip().lower() if kind in {"user", "deleted"} else _A_GROUP
    found = plan.find(ACCOUNT, name, grant)
    return name.lower() if found is None or isinstance(found, Unknown) else _made(plan, found).key


def _made(plan: Plan, account: Resource) -> Identity:
    name, project = text(account.at("accountId")), plan.project_of(account)
    if isinstance(name, str) and isinstance(project, str):
        email = f"{name}@{project}.iam.gserviceaccount.com"
        hidden = any(isinstance(account.at(key), Secret) for key in ("accountId", "project"))
        return Identity(email.lower(), f"the account of {account.name}" if hidden else email, account)
    return Identity(account.urn, f"the account of {account.name}", account)


def may_read_by_grants_outside(external: External, identity: Identity) -> bool:
    """Whether an account is among those that an external secret is declared to be readable by."""
    return identity.key in {
        name.strip().removeprefix("serviceAccount:").lower() for name in external.readable_by
    }
