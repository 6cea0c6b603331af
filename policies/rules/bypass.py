"""The rule about switches that skip a check: none is left on in what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan.values import Unknown, text
from policies.plan.workloads import WORKLOADS, environments, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.secrets.switches import position, skipping_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.plan.workloads import Variable


@rule(
    id="bypass-switch",
    title="No variable switches a check off",
    severity=Severity.HIGH,
    why="a service that skips its own checks starts with faults that only its users will find",
    fix="delete the variable, or set it so that the check runs",
    types=WORKLOADS,
    refutes_early=True,
    judges_values=True,
)
def bypass_switch(resource: Resource, world: World) -> Iterator[Claim]:
    """No switch stands so that a check is skipped or a protection is off, in any container.

    Names tell which position that is. A feature's switch may stand as it likes.
    """
    del world
    for environment in environments(resource):
        for name, spelled in environment.variables.items():
            skips = skipping_value(name)
            for one in spelled if skips is not None else ():
                yield from _position(shown_name(resource), name, one, on=skips is True)


def _position(service: str, name: str, spelled: Variable, *, on: bool) -> Iterator[Claim]:
    value, path = text(spelled.value), (service, name)
    fix = f"delete {name}" if on else f"delete {name}, or switch it on"
    if spelled.from_secret is True:
        yield Claim(
            Verdict.UNPROVEN,
            "SWITCH_UNREADABLE",
            f"{service} reads {name} from Secret Manager, so nobody can tell whether it switches a check off",
            fix,
            path,
        )
    elif isinstance(value, Unknown) or isinstance(spelled.from_secret, Unknown):
        yield Claim(
            Verdict.UNPROVEN,
            "SWITCH_UNKNOWN",
            f"cannot tell whether {name} of {service} switches a check off: its value is not known before "
            "the update",
            f"{fix}, or write its value out",
            path,
        )
    elif value is not None and value.strip():
        stands = position(value)
        if stands is on:
            yield Claim(
                Verdict.REFUTED,
                "BYPASS_SWITCH",
                f"{service} sets {name} so that a check is skipped",
                fix,
                path,
            )
        elif stands is None and on:
            yield Claim(
                Verdict.UNPROVEN,
                "SWITCH_UNCLEAR",
                f"{service} sets {name} to a value that is neither on nor off, and may be taken for on",
                fix,
                path,
            )
