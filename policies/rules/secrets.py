"""Rules about the secrets that workloads refer to: the version is there, enabled and pinned.

They hold whether or not a contract names the variable. Who may read a secret is for `secret_access`, which
secrets must be one for `secret_sharing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.lookups import SecretState
from policies.plan.values import Unknown, Value, text
from policies.plan.workloads import READERS, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.secrets.standing import Standing, declared, standing
from policies.secrets.uses import SecretId, candidates, uses
from policies.secrets.versions import number, some_version_unknown, versions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Resource


@dataclass(frozen=True, slots=True)
class _Reference:
    """One version of one secret that a workload refers to, and from where.

    Attributes:
        secrets: Every secret that may be meant: one, unless the reference is unknown.
    """

    secrets: Sequence[SecretId]
    version: Value
    places: Sequence[str]
    volume: bool

    @property
    def places_shown(self) -> str:
        return ", ".join(dict.fromkeys(self.places))

    @property
    def shown(self) -> str:
        return self.secrets[0].shown if len(self.secrets) == 1 else "(not known yet)"

    @property
    def known(self) -> bool:
        return len(self.secrets) == 1


@rule(
    id="secret-version-exists",
    title="Every secret version that a workload refers to exists",
    severity=Severity.CRITICAL,
    why="Cloud Run reads a secret when an instance starts: without the version no instance starts",
    fix="make the secret and its version in the program, refer to a version that is there, or declare the "
    "secret under externals with its versions",
    types=READERS,
    refutes_early=True,
)
def secret_version_exists(resource: Resource, world: World) -> Iterator[Claim]:
    """Each version is made by the plan, found by a look-up, or declared as external; else it is unproven."""
    shown = shown_name(resource)
    for one in _references(resource, world):
        version = number(one.version)
        if version is None or (isinstance(version, Unknown) and one.known):
            continue  # secret-version-pinned says so
        stands = [standing(world, resource, secret, one.version) for secret in one.secrets]
        path = (shown, f"secret {one.shown}", f"version {version if isinstance(version, str) else '?'}")
        if (
            one.known
            and stands[0].state is SecretState.MISSING
            and _certain(world, one.secrets[0], stands[0])
        ):
            yield Claim(
                Verdict.REFUTED,
                "SECRET_VERSION_MISSING",
                f"{shown} reads {one.places_shown} from version {version} of secret {one.shown}, which "
                f"does not exist{_in(world, one.secrets[0])}",
                f"add the version, or refer to one that is there (gcloud secrets versions list {one.shown}); "
                "a program that makes it must make it before the service (depends_on)",
                path,
            )
        elif not stands or any(each.made is not True and _unproven(each.state) for each in stands):
            yield _not_proven(resource, world, one, path)
    if not uses(resource).complete and world.requirements_of(resource) is None:
        yield Claim(
            Verdict.UNPROVEN,
            "SECRETS_UNKNOWN",
            f"cannot tell which secrets {shown} reads: part of its environment or volumes is not known "
            "before the update",
            "write names and sources out; only values may come from other resources",
            (shown, "secrets"),
        )


@rule(
    id="secret-version-enabled",
    title="Every secret version that a workload refers to is enabled",
    severity=Severity.CRITICAL,
    why="a version that is disabled or destroyed cannot be read: no instance starts, or none after the next",
    fix="enable the version, or refer to one that is enabled",
    types=READERS,
    refutes_early=True,
)
def secret_version_enabled(resource: Resource, world: World) -> Iterator[Claim]:
    """No version is switched off by the plan, nor disabled or destroyed as a look-up or an external says."""
    shown = shown_name(resource)
    for one in _references(resource, world):
        if not one.known:
            continue  # secret-version-exists says so
        secret, version = one.secrets[0], number(one.version)
        stands = standing(world, resource, secret, one.version)
        named = f"version {version}" if isinstance(version, str) else "the version"
        path = (shown, f"secret {one.shown}", named)
        ends = None if secret.made is None else _end_of(secret.made)
        if ends is not None:
            yield Claim(
                Verdict.REFUTED,
                "SECRET_EXPIRES",
                f"{shown} reads {one.places_shown} from secret {one.shown}, which Secret Manager deletes by "
                f"itself, with all versions ({ends})",
                f"take {ends} away from the secret, or read one that stays",
                (shown, f"secret {one.shown}", ends),
            )
        if isinstance(stands.state, Unknown):
            yield Claim(
                Verdict.UNPROVEN,
                "SECRET_VERSION_STATE_UNKNOWN",
                f"cannot tell whether {named} of secret {one.shown} is enabled, which {shown} reads into "
                f"{one.places_shown}",
                "write `enabled` of the SecretVersion out, or leave it away",
                path,
            )
        elif stands.state in {SecretState.DISABLED, SecretState.DESTROYED} and (
            world.closed or _certain(world, secret, stands)
        ):
            state = str(stands.state)
            yield Claim(
                Verdict.REFUTED,
                f"SECRET_VERSION_{state.upper()}",
                f"{shown} reads {one.places_shown} from {named} of secret {one.shown}, which is {state}",
                "refer to a version that is enabled"
                + (f", or enable {named}" if stands.state is SecretState.DISABLED else ""),
                path,
            )


@rule(
    id="secret-version-pinned",
    title="Every secret variable reads a version that is pinned by its number",
    severity=Severity.HIGH,
    why="with `latest` two instances of one revision may run on different values, and a rollback does not "
    "bring the old one back",
    fix="write the version's number: valueSource.secretKeyRef.version, or valueFrom.secretKeyRef.key in the "
    "first API",
    types=READERS,
    refutes_early=True,
)
def secret_version_pinned(resource: Resource, world: World) -> Iterator[Claim]:
    """A variable names a version by number. A volume may follow `latest`: it is read when it is opened."""
    shown = shown_name(resource)
    for one in _references(resource, world):
        if one.volume:
            continue
        version, path = number(one.version), (shown, one.places_shown, f"secret {one.shown}")
        if version is None:
            written = text(one.version)
            how = (
                "without a version, that is the latest"
                if written is None or not str(written).strip()
                else "by `latest`"
                if written == "latest"
                else "by something that is no version's number"
            )
            yield Claim(
                Verdict.REFUTED,
                "SECRET_VERSION_NOT_PINNED",
                f"{shown} reads {one.places_shown} from secret {one.shown} {how}",
                'write the number of the version, such as "1"',
                path,
            )
        elif isinstance(version, Unknown) and not all(
            standing(world, resource, secret, one.version).made is True for secret in one.secrets
        ):
            yield Claim(
                Verdict.UNPROVEN,
                "SECRET_VERSION_UNKNOWN",
                f"cannot tell which version of secret {one.shown} {shown} reads into {one.places_shown}: it "
                "comes from no version of that secret in this program",
                "write the version's number out, or take `version` of the SecretVersion",
                path,
            )


def _references(resource: Resource, world: World) -> Sequence[_Reference]:
    """What a workload refers to: each version of each secret once, with all its places."""
    known = world.memo.get(("references", resource.urn))
    if known is None:
        known = world.memo["references", resource.urn] = _read_references(resource, world)
    return known


def _read_references(resource: Resource, world: World) -> list[_Reference]:
    found: dict[tuple[object, ...], _Reference] = {}
    for use in uses(resource).all:
        secrets = candidates(world.plan, resource, use.secret)
        if not secrets and not isinstance(text(use.secret), Unknown):
            continue  # it names no secret; secret-required says so
        keys = (*((one.project, one.key) for one in secrets), str(text(use.version)), use.volume)
        seen = found.get(keys)
        places = (*(seen.places if seen is not None else ()), use.place)
        found[keys] = _Reference(secrets, use.version, places, use.volume)
    return list(found.values())


def _end_of(secret: Resource) -> str | None:
    """What makes a secret end: https://cloud.google.com/secret-manager/docs/create-secret-expiration."""
    said = ((key, text(secret.at(key))) for key in ("ttl", "expireTime"))
    return next((key for key, value in said if isinstance(value, str) and value), None)


def _certain(world: World, secret: SecretId, stands: Standing) -> bool:
    """Whether what a look-up says holds whatever comes: the plan makes no version of the secret."""
    if stands.made is not False:
        return False
    return world.closed or not (
        versions_of(world.plan, secret, closed=False) or some_version_unknown(world.plan)
    )


def _unproven(state: SecretState | Unknown | None) -> bool:
    return state is None or isinstance(state, Unknown) or state is SecretState.MISSING


def _not_proven(resource: Resource, world: World, one: _Reference, path: tuple[str, ...]) -> Claim:
    shown, version = shown_name(resource), number(one.version)
    if not one.known or isinstance(version, Unknown):
        return Claim(
            Verdict.UNPROVEN,
            "SECRET_UNKNOWN",
            f"cannot tell which secret {shown} reads into {one.places_shown}: it is not known before the "
            "update",
            "refer to the secret by `secret_id`, which is known at once, not by `id` or `name`",
            path,
        )
    secret = one.secrets[0]
    others = sorted({each for found in declared(world, resource, secret) for each in found.versions}, key=int)
    what = (
        f"the contracts declare versions {', '.join(others)} of it"
        if others
        else "the program does not make it, nobody could look it up, and no external declares it"
    )
    return Claim(
        Verdict.UNPROVEN,
        "SECRET_VERSION_UNPROVEN",
        f"nothing proves that version {version} of secret {one.shown} exists{_in(world, secret)}, which "
        f"{shown} reads into {one.places_shown}: {what}",
        f'declare it under externals: {{kind: secret, id: {one.shown}, versions: ["{version}"], …}}; or run '
        "with credentials that may look it up (roles/secretmanager.viewer); or make it in the program",
        path,
    )


def _in(world: World, secret: SecretId) -> str:
    # Only a project that the contracts name: any other may be marked as a secret.
    named = secret.project is not None and world.contracts.environment_of(secret.project) is not None
    return f" in {secret.project}" if named else ""
