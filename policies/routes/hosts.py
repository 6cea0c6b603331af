"""Hosts on the internet that a workload must reach.

Owns where they are written: in its contract, or, for a workload without one, among the URLs of its
environment. Of a host that stands in a variable only the variable's name is ever said.
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


def hosts_of(required: Requirements | None, env: Environment, way: Way, *, closed: bool) -> Sequence[Host]:
    """The hosts.

    Without a contract only where they could be out of reach at all, and of a whole plan: nobody has said that
    the service needs them.
    """
    if required is not None:
        wanted = (
            Host(one.host, one.port, one.host)
            if one.host
            else _in_variable(env, one.host_from or "", one.port)
            for one in required.destinations.internet
        )
        return [host for host in wanted if host is not None]
    if closed and way.all_traffic is not False:
        return list(dict.fromkeys(_of_urls(env)))
    return ()


def last(env: Environment, name: str) -> Variable | None:
    """A variable as the container sees it: the last of those written under its name."""
    found = env.variables.get(name, ())
    return found[-1] if found else None


def _in_variable(env: Environment, variable: str, port: int) -> Host | None:
    found = last(env, variable)
    value = None if found is None or found.from_secret is not False else text(found.value)
    told = endpoints(value.strip()) if isinstance(value, str) else ()
    # A private address is no host on the internet: whose it is, is for route-address.
    if told and told[0].private:
        return None
    return Host(f"the host in {variable}", port, told[0].host if told else None)


def _of_urls(env: Environment) -> Iterator[Host]:
    for name, variables in env.variables.items():
        for value in (text(one.value) for one in variables if not name.startswith(_OF_BROWSERS)):
            if not isinstance(value, str) or "://" not in value:
                continue
            for told in endpoints(value):
                named = told.address is None and "." in told.host
                if named and not told.host.endswith(".internal"):
                    yield Host(f"the host in {name}", int(told.port or HTTPS), told.host)
