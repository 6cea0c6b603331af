"""Hosts on the internet that a workload must reach.

Owns where they are written: in its contract, and among the URLs of its containers' environments. Of a host
that stands in a variable only the variable's name is ever said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.plan.values import text
from policies.routes.destinations import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts import Requirements
    from policies.plan.workloads import Environment, Variable
    from policies.routes.ways import Way

HTTPS: Final = 443
# For whoever opens the page in a browser, not for the service.
_OF_BROWSERS: Final = ("NEXT_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_")


@dataclass(frozen=True, slots=True)
class Host:
    """A host on the internet.

    Attributes:
        shown: What to call it.
        port: Its TCP port; None when it is not known.
        name: Its name, never to be shown; None while it is not known.
    """

    shown: str
    port: int | None = None
    name: str | None = None


def hosts_of(
    required: Requirements | None,
    env: Environment,
    way: Way,
    elsewhere: Sequence[Environment],
    *,
    closed: bool,
) -> Sequence[Host]:
    """The hosts: those of the contract, and of a whole plan those that stand in URLs of any container.

    The latter only where they could be out of reach at all: nobody has said that the service needs them.

    Args:
        required: Its contract.
        env: The environment that the contract speaks of.
        way: The workload's way out.
        elsewhere: The environments of all its containers.
        closed: Whether the plan is whole.
    """
    wanted = [*_wanted(required, env)]
    if not closed or way.all_traffic is False:
        return wanted
    told = {one.name.lower() for one in wanted if one.name is not None}
    others = [one for each in elsewhere for one in _of_urls(each, _named(required))]
    return [*wanted, *dict.fromkeys(one for one in others if (one.name or "").lower() not in told)]


def last(env: Environment, name: str) -> Variable | None:
    """A variable as the container sees it: the last of those written under its name."""
    found = env.variables.get(name, ())
    return found[-1] if found else None


def _wanted(required: Requirements | None, env: Environment) -> Iterator[Host]:
    """The hosts of a contract."""
    for one in () if required is None else required.destinations.internet:
        host = Host(one.host, one.port, one.host) if one.host else None
        host = host or _in_variable(env, one.host_from or "", one.port)
        if host is not None:
            yield host


def _named(required: Requirements | None) -> frozenset[str]:
    """The variables of a contract's other destinations, whose routes are told by themselves."""
    if required is None:
        return frozenset()
    to = required.destinations
    of_stores = (one.host for one in (to.cache, to.database) if one is not None)
    return frozenset((*of_stores, *(one.host_from for one in to.internet if one.host_from)))


def _in_variable(env: Environment, variable: str, port: int) -> Host | None:
    found = last(env, variable)
    value = None if found is None or found.from_secret is not False else text(found.value)
    told = endpoints(value.strip()) if isinstance(value, str) else ()
    # A private address is no host on the internet: whose it is, is for route-address.
    if told and told[0].private:
        return None
    return Host(f"the host in {variable}", port, told[0].host if told else None)


def _of_urls(env: Environment, but: frozenset[str]) -> Iterator[Host]:
    for name, variables in env.variables.items():
        if name in but or name.startswith(_OF_BROWSERS):
            continue
        for value in (text(one.value) for one in variables):
            if not isinstance(value, str) or "://" not in value:
                continue
            for told in endpoints(value):
                named = told.address is None and "." in told.host
                if named and not told.host.endswith(".internal"):
                    yield Host(f"the host in {name}", int(told.port or HTTPS), told.host)
