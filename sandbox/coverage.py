"""The table of what is modelled, made from the services themselves.

Owns the table in docs/sandbox.md between its two marks; a test holds the document to it.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

from sandbox import kinds, schema, services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.kinds import Kind

BEGIN = "<!-- coverage: python -m sandbox coverage -->"
END = "<!-- end of coverage -->"
_YES = "yes"


def described() -> Iterator[Kind]:
    """Every type that a service describes, in order."""
    for module in sorted(info.name for info in pkgutil.iter_modules(services.__path__)):
        if not module.startswith("_"):
            yield from sorted(kinds.service(module)[0].values(), key=lambda each: each.token)


def lookups() -> list[str]:
    """Every lookup that a service describes, in order."""
    modules = [info.name for info in pkgutil.iter_modules(services.__path__) if not info.name.startswith("_")]
    return sorted(token for module in modules for token in kinds.service(module)[1])


def table() -> str:
    """The table, in Markdown."""
    rows = [
        "| type | preview | references | checks at create | protection and delete |",
        "|---|---|---|---|---|",
    ]
    for kind in described():
        recorded = "recorded" if schema.preview_record(kind.token) else "from its schema"
        references = ", ".join(sorted({ref.path for ref in kind.refs})) or "-"
        checks = _YES if kind.create else "-"
        rows.append(f"| `{kind.token}` | {recorded} | {references} | {checks} | {_deletes(kind)} |")
    rows += [
        "",
        "Lookups of their own: " + ", ".join(f"`{each.rpartition(':')[2]}`" for each in lookups()) + ".",
    ]
    return "\n".join(rows)


def _deletes(kind: Kind) -> str:
    words = []
    if kind.protection:
        words.append("deletionProtection")
    if kind.undeletable:
        words.append("never deleted")
    if kind.reserved_s:
        words.append(f"name kept {kind.reserved_s / 86_400:g} days")
    if kind.delete:
        words.append("checked")
    return ", ".join(words) or "-"
