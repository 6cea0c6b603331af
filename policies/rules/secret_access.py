"""Rules about who reads: each workload as its own account, and that account may read what it refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.iam import DISABLED
from catalog.secret_manager import ACCESSOR_ROLE
from policies.controls import HIPAA_ACCESS, SOC2_ACCESS
from policies.plan.values import Unknown
from policies.plan.workloads import FUNCTION_V1, FUNCTIONS, READERS, shown_name
from policies.posture.values import ON, among
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.secrets.access import Access, Identity, access, may_read_by_grants_outside, overwriting, runs_as
from policies.secrets.standing import declared
from policies.secrets.uses import SecretId, candidates, uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Resource


@rule(
    id="secret-own-account",
    title="A workload that reads secrets runs as an account of its own",
    severity=Severity.HIGH,
    why="the default account is everybody's: whatever runs in the project may read what it may read, and who "
    "takes its rights away stops services nobody thought of",
    fix="make a service account for the workload, and name it as its service account",
    types=READERS,
    controls=(
        HIPAA_ACCESS,
        SOC2_ACCESS,
    ),
    refutes_early=True,
)
def secret_own_account(resource: Resource, world: World) -> Iterator[Claim]:
    """A workload with secrets names an account, and not one that Google makes for the whole project."""
    if not uses(resource).all:
        return
    identity, shown = runs_as(world.plan, resource), shown_name(resource)
    named = "serviceAccountEmail" if resource.type in FUNCTIONS else "the template's service account"
    fix = f"make a serviceaccount.Account, grant it what it reads, and name its e-mail as {named}"
    # https://cloud.google.com/functions/docs/securing/function-identity
    default = "App Engine account" if resource.type == FUNCTION_V1 else "default compute account"
    if identity is None:
        yield Claim(
            Verdict.REFUTED,
            "ACCOUNT_NOT_SET",
            f"{shown} reads secrets and names no service account: it runs as the project's {default}",
            fix,
            (shown, "service account"),
        )
    elif isinstance(identity, Unknown):
        yield Claim(
            Verdict.UNPROVEN,
            "ACCOUNT_UNKNOWN",
            f"cannot tell which account {shown} runs as: it comes from no account of this program",
            "write the account's e-mail out, or take it from the serviceaccount.Account",
            (shown, "service account"),
        )
    elif identity.default:
        yield Claim(
            Verdict.REFUTED,
            "ACCOUNT_DEFAULT",
            f"{shown} reads secrets as {identity.shown}, an account that all in the project may run as",
            fix,
            (shown, "service account"),
        )


@rule(
    id="secret-readable",
    title="A workload's own account may read every secret it refers to",
    severity=Severity.CRITICAL,
    why="Cloud Run checks at deploy that the account may read each secret, and refuses the revision",
    fix=f"grant the account {ACCESSOR_ROLE} on the secret, before the workload is made",
    types=READERS,
    refutes_early=True,
)
def secret_readable(resource: Resource, world: World) -> Iterator[Claim]:
    """Each secret is granted to exactly that account, on the secret or its project, before the workload.

    A grant that has not come yet is too late: the deploy checks every secret, of a variable and of a volume,
    and is refused. Whether it does so for a function of the first generation Google does not say: that one is
    judged once the plan is whole. So is a binding or a policy that holds all members of a role: it takes away
    what was granted to one that it does not name. An account that is switched off reads nothing, whatever it
    is granted.

    Where: https://cloud.google.com/run/docs/configuring/services/secrets (how secrets are checked at
    deployment and runtime).
    """
    identity = runs_as(world.plan, resource)
    if not isinstance(identity, Identity) or identity.default:
        return  # secret-own-account says so
    off = _switched_off(resource, identity)
    if off is not None:
        yield off
        if off.verdict is Verdict.REFUTED:
            return
    stands = _stands(resource, world, identity)
    refused, unsure = stands.refused, stands.unsure
    shown, account = shown_name(resource), identity.shown
    path = (shown, account, "Secret Manager")
    for name, by in stands.taken.items():
        yield Claim(
            Verdict.REFUTED,
            "SECRET_GRANT_OVERWRITTEN",
            f"{shown} runs as {account}, whose grant of secret {name} is taken away by {by.name}: "
            "that holds all members, and not this one",
            f"add serviceAccount:{account} to the members of {by.name}, or grant each by a member of its own",
            (shown, account, by.name),
        )
    if refused:
        yield Claim(
            Verdict.REFUTED,
            "SECRET_NOT_READABLE",
            f"{shown} runs as {account}, which may not read {_secrets(refused)}: no grant comes before it",
            f"grant serviceAccount:{account} the role {ACCESSOR_ROLE} on each (secretmanager."
            "SecretIamMember), and let the workload depend on the grants (depends_on)",
            path,
        )
    elif unsure:
        yield Claim(
            Verdict.UNPROVEN,
            "SECRET_ACCESS_UNPROVEN",
            f"nothing proves that {account}, which {shown} runs as, may read {_secrets(unsure)}: "
            + (
                "a grant may be meant, but its role, member, place or condition does not tell"
                if identity.made is not None
                else "this program neither makes the account nor grants it"
            ),
            f"grant serviceAccount:{account} the role {ACCESSOR_ROLE} on the secret without a condition; "
            "or, where it is granted elsewhere, declare it: externals: "
            f"{{kind: secret, readableBy: {account}, …}}",
            path,
        )


def _switched_off(workload: Resource, identity: Identity) -> Claim | None:
    """What is wrong with an account that this program makes and disables."""
    made = identity.made
    if made is None or not made.declared or not uses(workload).all:
        return None
    disabled, shown = among(made.at("disabled"), ON), shown_name(workload)
    if disabled is Verdict.REFUTED:
        return None
    fix = f"set disabled of {made.name} to false, or leave it away"
    path = (shown, identity.shown, "disabled")
    if disabled is Verdict.PROVEN:
        message = f"{shown} reads secrets as {identity.shown}, which is disabled: Google rejects its requests"
        return Claim(Verdict.REFUTED, "ACCOUNT_DISABLED", f"{message} ({DISABLED})", fix, path)
    message = f"cannot tell whether {identity.shown}, as which {shown} reads secrets, is disabled"
    return Claim(Verdict.UNPROVEN, "ACCOUNT_DISABLED_UNKNOWN", message, fix, path)


@dataclass(frozen=True, slots=True)
class _Stands:
    """The secrets that a workload's account may not read, by name, and those of which nobody can tell.

    Attributes:
        taken: Those that a list of members takes away from it, with the list.
    """

    refused: dict[str, None] = field(default_factory=dict)
    taken: dict[str, Resource] = field(default_factory=dict)
    unsure: dict[str, None] = field(default_factory=dict)


def _stands(resource: Resource, world: World, identity: Identity) -> _Stands:
    found = _Stands()
    for use in uses(resource).all if world.closed or resource.type != FUNCTION_V1 else ():
        secrets = candidates(world.plan, resource, use.secret)
        granted = [_access(world, resource, identity, secret) for secret in secrets]
        if len(secrets) == 1:
            _sort(found, world, identity, secrets[0], granted[0])
        elif any(each is not Access.GRANTED for each in granted):
            found.unsure[f"of {use.place}"] = None
        # With none that may be meant secret-version-exists says so.
    return found


def _sort(found: _Stands, world: World, identity: Identity, secret: SecretId, granted: Access) -> None:
    by = overwriting(world.plan, identity, secret) if world.closed and granted is Access.NONE else None
    if by is not None:
        found.taken[secret.shown] = by
    elif granted is Access.MAYBE or (granted is Access.NONE and identity.made is None):
        found.unsure[secret.shown] = None
    elif granted is Access.NONE:
        found.refused[secret.shown] = None


def _access(world: World, workload: Resource, identity: Identity, secret: SecretId) -> Access:
    granted = access(world.plan, identity, secret, closed=world.closed)
    if granted is not Access.GRANTED and any(
        may_read_by_grants_outside(external, identity) for external in declared(world, workload, secret)
    ):
        return Access.GRANTED
    return granted


def _secrets(names: dict[str, None]) -> str:
    listed: Sequence[str] = list(names)
    return f"secret {listed[0]}" if len(listed) == 1 else f"secrets {', '.join(listed)}"
