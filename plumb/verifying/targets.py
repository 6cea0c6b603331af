"""Which services of a stack can be verified: its output `verification` says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from plumb import pulumi
from plumb.verifying.verdict import SERVICES_NONE, NotVerifiedError, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTPUT = "verification"


def targets(stack: str, service: str | None = None, *, candidate: bool = False) -> Sequence[Target]:
    """The jobs of a deployed stack.

    Args:
        stack: Its name.
        service: Only this one, by its key in the stack's file.
        candidate: Whether to come by the hosts that lead to the revisions tagged `candidate`.

    Raises:
        NotVerifiedError: The stack is not deployed, declares no jobs, or has no such service.
    """
    try:
        outputs = json.loads(pulumi.run("stack", "output", "--json", "--stack", stack))
    except pulumi.PulumiError as error:
        raise NotVerifiedError(str(error)) from None
    except ValueError:
        raise NotVerifiedError(f"`pulumi stack output --json` of stack {stack} printed no JSON") from None
    if not outputs:
        raise NotVerifiedError(f"stack {stack} is not deployed\n  fix: pulumi up --stack {stack}")
    found = outputs.get(OUTPUT) or {}
    if not found:
        raise NotVerifiedError(f"stack {stack}: {SERVICES_NONE}")
    if service is not None and service not in found:
        raise NotVerifiedError(
            f"stack {stack} has no job for a service {service}\n  fix: one of {', '.join(sorted(found))}"
        )
    return [
        Target(
            key,
            str(each["job"]),
            dict(each.get("connectivityTests") or {}),
            dict(each.get("candidateHosts") or {}) if candidate else {},
        )
        for key, each in sorted(found.items())
        if service in (None, key)
    ]
