"""Routes that are told without being walked: to the wrong kind of thing, or to nobody can tell what.

Owns what is said then. A variable's value is never in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from policies.routes.route import Break, Kind, Route, Trace
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.routes.approach import Asked, Target

ZONE_UNKNOWN: Final = (
    "holds a name of a zone that this plan does not declare: nobody can tell on which networks it answers"
)


def wrong_kind(service: str, asked: Asked, what: str) -> Route:
    """The variable holds the address of something else than its destination."""
    trace = Trace(asked.kind, what, [service, asked.variable])
    word = _word(asked.kind)
    trace.refute(
        Break(
            "DESTINATION_WRONG_KIND",
            f"{asked.variable} of {service} holds the address of {what}, where its {word} is wanted",
            f"set {asked.variable} to the {word}'s own host",
        )
    )
    return trace.route()


def unsure(service: str, asked: Asked, cause: str, why: str, rule: str | None = None) -> Route:
    """Nobody can tell which destination the variable means."""
    word = _word(asked.kind)
    trace = Trace(asked.kind, f"the {word} in {asked.variable}", [service, asked.variable])
    fix = (
        f"set {asked.variable} to the host of one instance of this program (instance.host, "
        f"instance.private_ip_address), or declare it under externals: kind: {word}, id, network, region"
    )
    message = f"cannot tell whether {service} reaches its {word}: {asked.variable} {why}"
    trace.doubt(Break(cause, message, fix, rule))
    return trace.route()


def from_nothing(service: str, asked: Asked, other: str | None, outside: Sequence[str]) -> Route:
    """The variable holds a host that is not known yet, and nothing of this plan gives it.

    An external that is declared need not be it, even where it is the only one: it is named, and no more.
    """
    word = "Cloud SQL instance" if asked.kind == "database" else "Memorystore instance"
    why = f"holds a host that is not known yet, and that comes from no {word} of this plan"
    if other is not None:
        why += f" (the template does depend on {other})"
    if len(outside) != 1:
        return unsure(service, asked, "HOST_UNKNOWN", why)
    why += f"; it may be the external {outside[0]}, and nothing links the two"
    fix = (
        f"write the address of the external {outside[0]} out, which is in its range, or set {asked.variable} "
        "to the host of one instance of this program"
    )
    return replace(unsure(service, asked, "HOST_UNKNOWN", why), fix=fix)


def not_seen(service: str, asked: Asked, zone: str, network: str) -> Route:
    """The variable holds a name of a private zone that does not answer on the service's network."""
    trace = Trace(asked.kind, f"the {_word(asked.kind)} in {asked.variable}", [service, asked.variable])
    trace.refute(
        Break(
            "DNS_ZONE_NOT_VISIBLE",
            f"{asked.variable} of {service} holds a name of the private zone {zone}, which does not answer "
            f"on {network}, the network that {service} goes into",
            f"add {network} to privateVisibilityConfig.networks of {zone}",
        )
    )
    return trace.route()


def local(service: str, asked: Asked, *, listens: bool) -> Route:
    """The variable holds localhost, where another container listens or none does."""
    if not listens:
        return unsure(service, asked, "HOST_UNKNOWN", "holds localhost, where no other container listens")
    return Trace(asked.kind, "a sidecar", [service, "localhost", "a sidecar"]).route()


def agreed(service: str, asked: Asked, targets: Sequence[Target], routes: Sequence[Route]) -> Route:
    """One route for several destinations that the variable may mean: theirs, where all agree."""
    if len({route.verdict for route in routes}) == 1:
        return routes[0]
    names = ", ".join(target.shown for target in targets)
    why = f"may hold the host of any of {names}, and not all of them can be reached"
    return unsure(service, asked, "DESTINATION_UNKNOWN", why)


def best(routes: Sequence[Route]) -> Route:
    """Of several ways, where one must do: a proven one, else one that may be, else the last."""
    for verdict in (Verdict.PROVEN, Verdict.UNPROVEN):
        for route in routes:
            if route.verdict is verdict:
                return route
    return routes[-1]


def _word(kind: Kind) -> str:
    return "cache" if kind == "cache" else "database"
