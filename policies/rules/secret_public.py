"""The rule about secrets that everybody may read.

Owns grants to everybody. Whether a workload's own account may read a secret is for `secret_access`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.iam import NOT_ON_A_PROJECT
from catalog.secret_manager import ACCESS_ROLES, ACCESSOR_ROLE
from policies import controls
from policies.plan.tokens import PROJECT_GRANTS, SECRET_GRANTS
from policies.plan.values import text
from policies.posture import everybody
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.plan.values import Value

_ON_SECRETS: Final = (
    *SECRET_GRANTS,
    "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember",
    "gcp:secretmanager/regionalSecretIamBinding:RegionalSecretIamBinding",
    "gcp:secretmanager/regionalSecretIamPolicy:RegionalSecretIamPolicy",
)
_FIX: Final = (
    f"grant {ACCESSOR_ROLE} to the service account of each workload that reads the secret, and make a new "
    "version of the secret where this grant has ever been in force"
)


@rule(
    id="secret-public",
    title="No secret is granted to everybody",
    severity=Severity.CRITICAL,
    why="whoever has the secret's name, which is no secret, reads its value from anywhere; "
    "allAuthenticatedUsers is anybody with an account at Google, not anybody of the company",
    fix=_FIX,
    types=(*_ON_SECRETS, *PROJECT_GRANTS),
    refutes_early=True,
    controls=(controls.SOC2_ACCESS, controls.HIPAA_ACCESS),
)
def secret_public(resource: Resource, world: World) -> Iterator[Claim]:
    """No grant on a secret, in whatever role, names allUsers or allAuthenticatedUsers.

    Nor does one on a project that lets read all its secrets. A member that is not known, and comes from an
    account of Google's, is not everybody.
    """
    whole = resource.type in PROJECT_GRANTS
    verdict = everybody.keeps_out(resource, _reads_nothing if whole else _matters)
    if verdict is Verdict.UNPROVEN and everybody.comes_from_google(world.plan, resource):
        return
    what = "every secret of the project" if whole else "a secret"
    if verdict is Verdict.REFUTED:
        refused = f", which Google refuses ({NOT_ON_A_PROJECT})" if whole else ""
        message = f"{resource.name} grants {what} to everybody{refused}"
        yield Claim(verdict, "SECRET_PUBLIC", message, _FIX, (resource.name,))
    elif verdict is Verdict.UNPROVEN:
        message = f"cannot tell whether {resource.name} grants {what} to everybody: to whom is not known"
        fix = "write the members out, or take them from the service accounts themselves"
        yield Claim(verdict, "SECRET_PUBLIC_UNKNOWN", message, fix, (resource.name,))


def _matters(role: Value) -> Verdict:
    """What is harmless to let everybody do with a secret: nothing."""
    del role
    return Verdict.REFUTED


def _reads_nothing(role: Value) -> Verdict:
    name = text(role)
    if isinstance(name, str) and name.startswith("roles/"):
        return Verdict.REFUTED if name in ACCESS_ROLES else Verdict.PROVEN
    return Verdict.UNPROVEN
