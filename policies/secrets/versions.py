"""Which versions of secrets a plan makes, and which of them a reference means.

Owns the numbers: Secret Manager counts a secret's versions from 1, and a version's number is known only once
it is made (https://cloud.google.com/secret-manager/docs/add-secret-version).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.plan.references import is_id
from policies.plan.values import UNKNOWN, Unknown, Value, text
from policies.plan.workloads import told_in
from policies.secrets.uses import SecretId, come_from, meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Plan, Resource

VERSION: Final = "gcp:secretmanager/secretVersion:SecretVersion"
_NUMBER: Final = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan makes of a version that is referred to.

    Attributes:
        there: Whether the plan makes it; `UNKNOWN` where it makes versions of the secret, and nobody can say
            whether the one that is meant is among them.
        versions: The resources that it may be.
    """

    there: bool | Unknown
    versions: Sequence[Resource] = ()


def number(version: Value) -> str | Unknown | None:
    """The version's number; None when it is not pinned by one."""
    written = text(version)
    if isinstance(written, Unknown):
        return written
    return written if written is not None and _NUMBER.fullmatch(written) else None


def made_version(plan: Plan, near: Resource, secret: SecretId, version: Value, *, closed: bool) -> Made:
    """What the plan makes of the version of a secret that `near` refers to in what it runs with."""
    versions = versions_of(plan, secret, closed=closed)
    wanted = number(version)
    if isinstance(wanted, Unknown):
        referred = come_from(plan, VERSION, near, told_in(near))
        traced = [one for one in versions if one in referred]
        return Made(there=True, versions=traced) if traced else Made(there=UNKNOWN)
    if not versions or wanted is None:
        return Made(there=False)
    numbers = [text(one.outputs.get("version")) for one in versions]
    if wanted in numbers:
        return Made(there=True, versions=[versions[numbers.index(wanted)]])
    waiting = [one for one, told in zip(versions, numbers, strict=True) if not isinstance(told, str)]
    if not waiting:
        return Made(there=False)
    if len(waiting) == len(versions) and _new(secret) and int(wanted) <= len(versions):
        return Made(there=True, versions=waiting)
    return Made(there=UNKNOWN, versions=waiting)


def versions_of(plan: Plan, secret: SecretId, *, closed: bool) -> Sequence[Resource]:
    """The versions of a secret that the plan makes."""
    index = plan.index((VERSION,), _by_secret_traced if closed else _by_secret)
    keys = (_in(secret), _in(secret, known=False)) if is_id(secret.project) else (secret.key,)
    return [one for key in keys for one in index.get(key) if _of(plan, one, secret)]


def some_version_unknown(plan: Plan) -> bool:
    """Whether there is a version whose secret is not known yet: it may be any secret's."""
    return UNKNOWN in plan.index((VERSION,), _by_secret)


def _of(plan: Plan, version: Resource, secret: SecretId) -> bool:
    own = meant(plan, version, version.at("secret"), "secret")
    return isinstance(own, SecretId) and own.same_project(secret)


def _new(secret: SecretId) -> bool:
    # What exists has a moment at which it was made; before that the provider leaves it unknown.
    return secret.made is not None and not isinstance(text(secret.made.outputs.get("createTime")), str)


def _by_secret(plan: Plan, version: Resource) -> Iterator[str | Unknown]:
    # Early: no source tells dependencies yet, and a key is taken once.
    if isinstance(text(version.at("secret")), Unknown):
        yield UNKNOWN
    else:
        yield from _by_secret_traced(plan, version)


def _by_secret_traced(plan: Plan, version: Resource) -> Iterator[str | Unknown]:
    secret = meant(plan, version, version.at("secret"), "secret")
    if isinstance(secret, Unknown):
        yield UNKNOWN
    elif secret is not None:
        yield secret.key
        yield _in(secret, known=is_id(secret.project))


def _in(secret: SecretId, *, known: bool = True) -> str:
    # Teams give the same secret the same name in each project: without the project a name finds them all.
    return f"{secret.key}@{secret.project if known else ''}"
