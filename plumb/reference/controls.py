"""Which clause of which framework a rule supports: the rules' own controls, turned round."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from plumb.reference._markdown import table
from policies.rules import Control, registered

FILE: Final = "reference/controls.md"


def page() -> str:
    """The page."""
    by_framework: dict[str, dict[Control, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rule in registered():
        for control in rule.controls:
            by_framework[control.framework][control].append(rule.id)
    without = [rule.id for rule in registered() if not rule.controls]
    lines = [
        "# Rules by control",
        "",
        "Each rule names the clauses that it supports, with their source. A rule supports a control; it does",
        "not fulfil it, and none stands here by a guess.",
        "",
    ]
    for framework, held in sorted(by_framework.items()):
        lines += [f"## {framework}", ""]
        lines += table(
            ("clause", "rules"),
            (
                (f"[{control.clause}]({control.source})", ", ".join(map(_link, rules)))
                for control, rules in sorted(held.items(), key=lambda item: item[0].clause)
            ),
        )
    return "\n".join([*lines, "## Rules of no framework", "", ", ".join(map(_link, without)), ""])


def _link(rule: str) -> str:
    return f"[{rule}](../rules/{rule}.md)"
