"""The rule about switches that skip a check: none is left on in what is deployed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.plan.values import Unknown, at, bare, elements, text
from policies.plan.workloads import FUNCTIONS, SHAPES, WORKLOADS, environments, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.secrets.switches import encrypts, position, skipping_value
from policies.secrets.words import members
from policies.sizing.databases import mounted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.plan.workloads import Variable

_LOCAL: Final = re.compile(r"/cloudsql\b|\blocalhost\b|\b127\.0\.0\.1\b|\[?::1\]?")


@rule(
    id="bypass-switch",
    title="No variable switches a check off",
    severity=Severity.HIGH,
    why="a service that skips its own checks starts with faults that only its users will find",
    fix="delete the variable, or set it so that the check runs",
    types=(*WORKLOADS, *FUNCTIONS),
    refutes_early=True,
    judges_values=True,
)
def bypass_switch(resource: Resource, world: World) -> Iterator[Claim]:
    """No switch stands so that a check is skipped or a protection is off, in any container.

    Names tell which position that is. A feature's switch may stand as it likes; so may one that encrypts a
    connection to a store, where that goes through a socket or to localhost, which another container encrypts.
    """
    del world
    within = _stays_within(resource)
    for environment in environments(resource):
        for name, spelled in environment.variables.items():
            skips = skipping_value(name)
            for one in spelled if skips is not None else ():
                yield from _position(shown_name(resource), name, one, on=skips is True)
            for one in spelled if encrypts(name) and not within else ():
                yield from _in_plain_text(shown_name(resource), name, one)
            for one in spelled:
                yield from _within(shown_name(resource), name, one)
    if resource.type in SHAPES:
        yield from _by_flag(resource)


def _stays_within(workload: Resource) -> bool:
    """Whether a workload's connections may stay in its instance, by the socket of Cloud SQL or a sidecar."""
    if workload.type in SHAPES and any(bare(one) is not None for one in mounted(workload)):
        return True
    values = (
        text(one.value)
        for environment in environments(workload)
        for spelled in environment.variables.values()
        for one in spelled
    )
    return any(isinstance(value, str) and _LOCAL.search(value) for value in values)


def _in_plain_text(service: str, name: str, spelled: Variable) -> Iterator[Claim]:
    value, path = text(spelled.value), (service, name)
    if isinstance(value, str) and value.strip() and position(value) is False:
        yield Claim(
            Verdict.REFUTED,
            "PLAIN_TEXT_CONNECTION",
            f"{service} sets {name} so that what it sends to a store is not encrypted",
            f"switch {name} on, or delete it where the client encrypts by itself",
            path,
        )
    elif isinstance(value, Unknown) or isinstance(spelled.from_secret, Unknown):
        yield Claim(
            Verdict.UNPROVEN,
            "SWITCH_UNKNOWN",
            f"cannot tell whether {name} of {service} lets it connect in plain text: its value is not known "
            "before the update",
            f"write the value of {name} out",
            path,
        )


def _within(service: str, name: str, spelled: Variable) -> Iterator[Claim]:
    """The switches of a configuration that a variable holds as JSON."""
    value = text(spelled.value)
    for member, told in members(value) if isinstance(value, str) else ():
        if _skips(member, told):
            yield Claim(
                Verdict.REFUTED,
                "BYPASS_SWITCH",
                f"{service} sets a member of {name} so that a check is skipped",
                f"take the switch out of {name}",
                (service, name),
            )
            return


def _by_flag(workload: Resource) -> Iterator[Claim]:
    """The switches among what containers are started with; an option without a value is on."""
    containers = elements(workload.at(*SHAPES[workload.type].containers))
    for container in () if isinstance(containers, Unknown) else containers:
        for key in ("commands", "args"):
            listed = elements(at(container, key))
            told = [text(one) for one in listed] if not isinstance(listed, Unknown) else []
            for option in (one for one in told if isinstance(one, str) and one.startswith("--")):
                name, _, value = option.lstrip("-").partition("=")
                if _skips(name, value or "true"):
                    yield Claim(
                        Verdict.REFUTED,
                        "BYPASS_SWITCH",
                        f"{shown_name(workload)} has an option that skips a check among its {key}",
                        f"take the option out of {key}",
                        (shown_name(workload), key),
                    )
                    return


def _skips(name: str, value: str) -> bool:
    skips = skipping_value(name)
    return skips is not None and position(value) is skips and bool(value.strip())


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
