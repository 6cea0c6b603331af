"""`plumb explain`: the page of a rule, or every route of a service, hop by hop, with its proof or its break.

Owns telling which of the two is meant, finding the service and drawing its routes. What a route is, and
whether it exists, is `policies.routes`'; a rule's page is `explain_rule`'s.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from plumb.explain_rule import UnknownRuleError, explain_rule
from plumb.formats._files import Files
from plumb.formats._words import place
from plumb.judging import JudgingError, contracts_of
from plumb.subject import SubjectError, subject
from plumb.terminal import working
from policies.plan.workloads import WORKLOADS, cloud_name, shown_name
from policies.report import Origin
from policies.routes import explain as routes_of
from policies.rules import Verdict, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from policies.plan import Plan, Resource
    from policies.routes import Route

_MARKS: Final = {
    Verdict.PROVEN: "[green]✓[/]",
    Verdict.REFUTED: "[bold red]✗[/]",
    Verdict.UNPROVEN: "[yellow]?[/]",
}


class NotExplainedError(Exception):
    """Why there is nothing to explain, in words for the user.

    Attributes:
        code: What the command exits with: 1 where there is no such thing, 2 where nobody can tell.
    """

    def __init__(self, message: str, code: int) -> None:
        """Takes the words and the code."""
        super().__init__(message)
        self.code = code


def explain(
    what: str, named: str | None, stack: str | None, environ: Mapping[str, str], console: Console
) -> bool:
    """Shows the page of a rule, or draws every route of a service.

    Args:
        what: A rule's id; or the service's URN, its name in Google Cloud or its name in the program.
        named: What the service is a part of, as `plumb check` has it.
        stack: Likewise.
        environ: The environment, which may name contracts.
        console: Where to draw.

    Returns:
        Whether all routes are proven; of a rule, True.

    Raises:
        NotExplainedError: There is neither such a rule nor such a service.
    """
    no_rule = ""
    if named is None and stack is None and not what.startswith("urn:"):
        try:
            explain_rule(what, console)
        except UnknownRuleError as error:
            no_rule = f"{error}\n"
        else:
            return True
    try:
        with working(f"reading {named or 'the program here'}"):
            whole = subject(named, stack, environ)
            contracts = contracts_of(whole, environ)
    except (SubjectError, JudgingError) as error:
        told = f"{no_rule}and no service of that name can be looked for: {error}" if no_rule else str(error)
        raise NotExplainedError(told, 1 if no_rule else 2) from None
    services = _services(what, whole.plan, no_rule)
    world = World(whole.plan, contracts, closed=True)
    routes = [(service, routes_of(service, world)) for service in services]
    files = Files.from_here(Origin(whole.folders))
    for service, found in routes:
        _draw(service, place(files.source(service.source)), found, console)
    return all(route.verdict is Verdict.PROVEN for _, found in routes for route in found)


def _services(what: str, plan: Plan, no_rule: str) -> Sequence[Resource]:
    workloads = list(plan.of_type(WORKLOADS))
    found = [one for one in workloads if what in (one.urn, cloud_name(one), one.name)]
    if found:
        return found
    names = sorted({shown_name(one) for one in workloads})
    there = f"services here: {', '.join(names) or 'none'}"
    resource = plan.get(what)
    if resource is not None:
        told = f"{resource.name} ({resource.type}) is no service or job, and has no routes; {there}"
    else:
        meant = get_close_matches(what, names, n=3)
        hint = f"; did you mean {', '.join(meant)}?" if meant else ""
        told = (
            f"{no_rule}there is no service {what!r} either{hint}; {there}"
            if no_rule
            else (f"there is no service {what!r}{hint}; {there}")
        )
    raise NotExplainedError(told, 1)


def _draw(service: Resource, where: str, routes: Sequence[Route], console: Console) -> None:
    told = escape(f"  {where}" if where else "")
    console.print(f"[bold]{escape(shown_name(service))}[/]  {escape(service.type)}[dim]{told}[/]")
    if not routes:
        console.print("  It needs no route: neither its contract nor its environment names a destination.")
    for route in sorted(routes, key=lambda one: one.verdict is Verdict.PROVEN):
        mark = _MARKS[route.verdict]
        cause = "" if route.cause is None else f" {mark} {route.cause}"
        console.print(f"  {mark} {escape(route.destination)}: {route.verdict}")
        console.print(f"    {escape(' → '.join(route.hops))}{cause}")
        if route.message:
            console.print(f"    {escape(route.message)}")
        if route.fix:
            console.print(f"    [bold]fix[/]  {escape(route.fix)}")
