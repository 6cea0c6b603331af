"""Rules about secret values that stand where they can be read, or where one is missing. None is ever told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from policies.controls import HIPAA_ACCESS, SOC2_ACCESS
from policies.plan.values import Unknown, Value, at, bare, elements, text
from policies.plan.workloads import FUNCTIONS, SHAPES, WORKLOADS, Variable, environments, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.secrets.uses import meant
from policies.secrets.versions import VERSION
from policies.secrets.words import (
    decoded,
    given_by_flag,
    holds_secret,
    is_place,
    is_stand_in,
    members,
    says_password,
    says_public,
    says_secret,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from policies.plan import Resource

REGIONAL_VERSION: Final = "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion"
_VALUES: Final = ("secretData", "secretDataWo")


@rule(
    id="secret-in-plain-env",
    title="No secret stands in a plain variable",
    severity=Severity.CRITICAL,
    why="a plain value can be read by everyone who may see the service, its revisions or the stack's state",
    fix="put the value into Secret Manager and read it by valueSource.secretKeyRef",
    types=(*WORKLOADS, *FUNCTIONS),
    controls=(
        HIPAA_ACCESS,
        SOC2_ACCESS,
    ),
    refutes_early=True,
    judges_values=True,
)
def secret_in_plain_env(resource: Resource, world: World) -> Iterator[Claim]:
    """No variable named as a secret has a plain value, and nothing that is written down holds one.

    A private key, a connection's password and a token that its issuer made recognisable are told wherever
    they stand: in a variable of any name, an argument, a label, an annotation.

    Silent about variables that a contract speaks of: secret-required holds those, and what a contract wants
    as a plain value has been decided.
    """
    required = world.requirements_of(resource)
    shown = shown_name(resource)
    for environment in environments(resource):
        for variable, spelled in environment.variables.items():
            if required is not None and variable in required.secrets:
                continue
            decided = required is not None and variable in required.env
            for one in spelled:
                named = says_secret(variable) and not decided
                yield from _plain(shown, variable, one, environment.variables, named=named)
    if resource.type in SHAPES:
        yield from _literals(resource, shown)


@rule(
    id="secret-version-filled",
    title="A secret version holds a value, not a stand-in for one",
    severity=Severity.CRITICAL,
    why="a version with a stand-in is there and can be read: the service starts, and fails where it uses it",
    fix="give secretData the real value, from an encrypted configuration value (pulumi config set --secret)",
    types=(VERSION, REGIONAL_VERSION),
    refutes_early=True,
    judges_values=True,
)
def secret_version_filled(resource: Resource, world: World) -> Iterator[Claim]:
    """The value is there and is not empty, blank or a stand-in such as `changeme` or `<your key>`."""
    secret = meant(world.plan, resource, resource.at("secret"), "secret")
    named = (
        f"the secret version {resource.name}"
        if secret is None or isinstance(secret, Unknown) or resource.type == REGIONAL_VERSION
        else f"the version of secret {secret.shown}"
    )
    path = (resource.name, "secretData")
    fix = "set secretData to the real value: pulumi config set --secret NAME, and require_secret(NAME)"
    written = [value for value in (text(resource.at(key)) for key in _VALUES) if value is not None]
    if not resource.declared:
        return
    if not written:
        yield Claim(Verdict.REFUTED, "SECRET_VALUE_MISSING", f"{named} is given no value", fix, path)
    for value in written:
        if isinstance(value, Unknown):
            if not any(resource.property_dependencies.get(key) for key in _VALUES):
                yield Claim(
                    Verdict.UNPROVEN,
                    "SECRET_VALUE_UNKNOWN",
                    f"cannot tell whether {named} holds a value: it is unknown and comes from no resource "
                    "of this stack",
                    fix,
                    path,
                )
            continue
        encoded = text(resource.at("isSecretDataBase64")) == "true"
        plain = decoded(value) if encoded else value
        if not plain.strip():
            yield Claim(Verdict.REFUTED, "SECRET_VALUE_EMPTY", f"{named} holds nothing", fix, path)
        elif is_stand_in(plain):
            yield Claim(
                Verdict.REFUTED,
                "SECRET_VALUE_STAND_IN",
                f"{named} holds a stand-in, not a value",
                fix,
                path,
            )


def _literals(workload: Resource, service: str) -> Iterator[Claim]:
    """What a workload's containers are started with, and what it is labelled with."""
    fix = "read it from Secret Manager as a variable or a volume, and replace it: others could read its value"
    for key, values in _written(workload):
        told = [one for one in map(text, values) if isinstance(one, str)]
        named = any(
            says_secret(name) and value.strip() and not is_place(value)
            for name, value in (given_by_flag(told) if key == "args" else ())
        )
        if named or any(holds_secret(one) for one in told):
            yield Claim(
                Verdict.REFUTED,
                "SECRET_IN_VALUE" if not named else "SECRET_PLAIN_VALUE",
                f"{service} has a password, a private key or a token among its {key}",
                fix,
                (service, key),
            )


def _written(workload: Resource) -> Iterator[tuple[str, Sequence[Value]]]:
    shape = SHAPES[workload.type]
    containers = elements(workload.at(*shape.containers))
    for container in () if isinstance(containers, Unknown) else containers:
        for key, called in (("args", "args"), ("commands", "args")):
            listed = elements(at(container, key))
            if not isinstance(listed, Unknown) and listed:
                yield called, listed
    for path in ((), ("template",), ("metadata",), ("template", "metadata")):
        for key in ("labels", "annotations"):
            members = bare(workload.at(*path, key))
            if isinstance(members, Mapping):
                yield key, list(members.values())


def _plain(
    service: str, variable: str, spelled: Variable, beside: Container[str], *, named: bool
) -> Iterator[Claim]:
    value, path = text(spelled.value), (service, variable)
    fix = f"put it into Secret Manager and read {variable} by valueSource.secretKeyRef (secret and version)"
    if isinstance(value, str) and value.strip():
        # The name of a variable beside it says where a password is; it is none.
        within = any(
            says_password(name) and told and told not in beside and not is_place(told)
            for name, told in members(value)
        )
        if within or holds_secret(value, public=says_public(variable)):
            yield Claim(
                Verdict.REFUTED,
                "SECRET_IN_VALUE",
                f"{service} sets {variable} to a plain value that holds a password, a private key or a token",
                f"{fix}; and replace the secret: its value has been written down where others can read it",
                path,
            )
        elif named and not is_place(value):
            yield Claim(
                Verdict.REFUTED,
                "SECRET_PLAIN_VALUE",
                f"{service} sets {variable}, by its name a secret, as a plain value",
                f"{fix}; and replace the secret: its value has been written down where others can read it",
                path,
            )
    elif named and isinstance(value, Unknown):
        yield Claim(
            Verdict.REFUTED,
            "SECRET_PLAIN_VALUE",
            f"{service} sets {variable}, by its name a secret, as a plain value",
            fix,
            path,
        )
    elif named and isinstance(spelled.from_secret, Unknown):
        yield Claim(
            Verdict.UNPROVEN,
            "SECRET_SOURCE_UNKNOWN",
            f"cannot tell whether {service} reads {variable} from Secret Manager: its source is not known "
            "before the update",
            fix,
            path,
        )
