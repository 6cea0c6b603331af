"""Rules about time-outs inside one another: who waits outside must wait longer than who waits inside.

Owns the order of what a contract names. Does not own how long a request may take (`cloud-run-limits`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from catalog.cloud_run import DEFAULT_TIMEOUT_SECONDS
from policies.limits import number as read_number
from policies.plan import UNKNOWN, Unknown
from policies.plan.values import text
from policies.plan.workloads import SERVICE_V1, SERVICES, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.sizing.variables import Lack, number, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource

_DURATION: Final = re.compile(r"(\d+(?:\.\d{1,9})?)s")


@rule(
    id="timeouts-nest",
    title="Each time-out of a service is smaller than the one around it",
    severity=Severity.HIGH,
    why="where the outer one ends first, the user gets an error while the work goes on: nobody hears its "
    "result, and it holds its connection until the end",
    fix="make each variable of the contract's timeouts smaller than the one before, and the first smaller "
    "than the service's own timeout",
    types=SERVICES,
    refutes_early=True,
)
def timeouts_nest(resource: Resource, world: World) -> Iterator[Claim]:
    """From the service's own timeout inwards, each is strictly smaller than the one before."""
    required = world.requirements_of(resource)
    if required is None or not required.timeouts:
        return
    env = numbers_of(resource, required)
    shown = shown_name(resource)
    outer, around = _own(resource), "the service's own timeout"
    if isinstance(outer, Unknown):
        yield _unproven(shown, "timeout", around)
    for variable in required.timeouts:
        seconds = number(env, variable)
        if seconds is Lack.UNKNOWN:
            yield _unproven(shown, variable, variable)
        elif seconds is Lack.ABSENT:
            if variable not in required.env:  # else env-required says so
                yield _refuted(shown, variable, "TIMEOUT_NOT_SET", f"{shown} does not set {variable}")
        elif isinstance(seconds, Lack) or seconds <= 0:
            said = f"{shown} sets {variable} to what is no number of seconds"
            yield _refuted(shown, variable, "TIMEOUT_NO_NUMBER", said)
        else:
            if isinstance(outer, float) and seconds >= outer:
                said = f"{variable} of {shown} is not smaller than {around}, in which it runs"
                yield _refuted(shown, variable, "TIMEOUTS_DO_NOT_NEST", said, around)
            outer, around = seconds, variable


def _own(service: Resource) -> float | Unknown | None:
    """The service's own time-out in seconds; None when what is written is none."""
    if service.type == SERVICE_V1:
        read = read_number(service.at("template", "spec", "timeoutSeconds"))
        if isinstance(read, Unknown):
            return UNKNOWN
        return float(DEFAULT_TIMEOUT_SECONDS if read is None else read) if not isinstance(read, str) else None
    said = text(service.at("template", "timeout"))
    if not isinstance(said, str):
        return said if isinstance(said, Unknown) else float(DEFAULT_TIMEOUT_SECONDS)
    match = _DURATION.fullmatch(said)
    return None if match is None else float(match[1])


def _refuted(shown: str, variable: str, cause: str, message: str, around: str | None = None) -> Claim:
    fix = f"set {variable} to a number of seconds" + (f" smaller than {around}" if around else "")
    return Claim(Verdict.REFUTED, cause, message, fix, (shown, variable))


def _unproven(shown: str, place: str, what: str) -> Claim:
    return Claim(
        Verdict.UNPROVEN,
        "TIMEOUT_UNKNOWN",
        f"cannot tell whether the time-outs of {shown} nest: {what} is not known before the update",
        f"write {place} out as a plain value",
        (shown, place),
    )
