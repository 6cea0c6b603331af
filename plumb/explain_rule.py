"""What a rule says of itself, in a terminal: its page, and the list of all rules."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from policies.docs import page
from policies.rules import registered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_WIDEST: Final = 100


class UnknownRuleError(Exception):
    """No rule has this id; the text names those that were probably meant."""


def explain_rule(id_: str, console: Console) -> None:
    """Print the page of a rule.

    Raises:
        UnknownRuleError: there is no such rule.
    """
    from rich.markdown import Markdown  # noqa: PLC0415 - slow, and only here

    rules = {rule.id: rule for rule in registered()}
    if id_ not in rules:
        raise UnknownRuleError(_unknown(id_, list(rules)))
    console.print(
        Markdown(page(rules[id_]), hyperlinks=console.is_terminal),
        width=min(console.width, _WIDEST),
        soft_wrap=False,
    )


def list_rules(console: Console, *, early: bool) -> None:
    """Print every rule, or those that may stop a resource before it is created, one a line."""
    rules = [rule for rule in registered() if rule.refutes_early or not early]
    longest = max(len(rule.id) for rule in rules)
    for rule in rules:
        when = "early" if rule.refutes_early else ""
        console.print(
            f"{rule.id:<{longest}}  {rule.severity:<8}  {when:<5}  {rule.title}", markup=False, soft_wrap=True
        )


def _unknown(id_: str, ids: Sequence[str]) -> str:
    meant = get_close_matches(id_, ids, n=5, cutoff=0.6) or [one for one in ids if id_ and id_ in one]
    if not meant:
        return f"there is no rule {id_!r}; `plumb rules` lists all"
    return f"there is no rule {id_!r}; did you mean {', '.join(meant)}? `plumb rules` lists all"
