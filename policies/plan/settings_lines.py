"""Which line of a stack's file decides a resource.

Owns the guess, which needs nothing of the program: a resource is decided where its name in Google Cloud is
written, else in the section that bears the name of the resource, or of the nearest component around it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policies.plan.references import KINDS
from policies.plan.values import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policies.plan.graph import Plan, Resource

_NAMED_BY: Final = ("name", "secretId", "accountId")


class SettingsLines:
    """The lines of one stack's file."""

    def __init__(self, path: Path, shown: str) -> None:
        """Reads the file; one that cannot be read has no lines.

        Args:
            path: The file.
            shown: What to call it.
        """
        self._shown = shown
        self._values: dict[str, set[int]] = defaultdict(set)
        self._keys: dict[str, set[int]] = defaultdict(set)
        try:
            root = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError):
            return
        self._walk(root)

    def of(self, plan: Plan, resource: Resource) -> str | None:
        """`FILE:LINE` for a resource; None where no line is certain to be its."""
        kind = KINDS.get(resource.type)
        for key in _NAMED_BY if kind is None else (kind.named_by,):
            name = text(resource.at(key))
            found = self._values.get(name) or self._keys.get(name) if isinstance(name, str) else None
            if found is not None and len(found) == 1:
                return f"{self._shown}:{min(found)}"
        for name in _around(plan, resource):
            found = self._keys.get(name)
            if found is not None and len(found) == 1:
                return f"{self._shown}:{min(found)}"
        return None

    def _walk(self, node: Node | None) -> None:
        if isinstance(node, MappingNode):
            for key, value in node.value:
                # A section of the configuration is written with its namespace: plumbline:network.
                self._keys[str(key.value).rpartition(":")[2]].add(key.start_mark.line + 1)
                self._walk(value)
        elif isinstance(node, SequenceNode):
            for value in node.value:
                self._walk(value)
        elif isinstance(node, ScalarNode):
            self._values[str(node.value)].add(node.start_mark.line + 1)


def _around(plan: Plan, resource: Resource) -> Iterator[str]:
    """The name of a resource, and of every component around it from the inside out."""
    here: Resource | None = resource
    while here is not None:
        yield here.name
        here = plan.get(here.parent) if here.parent is not None else None
