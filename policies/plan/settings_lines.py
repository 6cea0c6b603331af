"""Which line of a stack's file decides a resource, and which is nearest to what a rule says of it.

Owns the guess, which needs nothing of the program: a resource is decided where its name in Google Cloud is
written, else in the section that bears the name of the resource, or of the nearest component around it. What
is wrong with it stands in the same section, under the key that the finding names, else under the one that the
rule is named after: a secret that is missing is to be written under `secrets`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policies.plan.references import KINDS
from policies.plan.values import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from policies.plan.graph import Plan, Resource

_NAMED_BY: Final = ("name", "secretId", "accountId")
# Around these are the file and its `config`, which are of all resources.
_SECTIONS: Final = 2
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class SettingsLines:
    """The lines of one stack's file."""

    def __init__(self, path: Path, shown: str) -> None:
        """Reads the file; one that cannot be read has no lines.

        Args:
            path: The file.
            shown: What to call it.
        """
        self._shown = shown
        # The section that a line belongs to, where there is one: around a value, or below a key.
        self._values: dict[str, dict[int, MappingNode | None]] = defaultdict(dict)
        self._keys: dict[str, dict[int, MappingNode | None]] = defaultdict(dict)
        try:
            root = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError):
            return
        self._walk(root, None, 0)

    def of(self, plan: Plan, resource: Resource) -> str | None:
        """`FILE:LINE` for a resource; None where no line is certain to be its."""
        found = self._place(plan, resource)
        return None if found is None else f"{self._shown}:{found[0]}"

    def nearest(self, plan: Plan, resource: Resource, rule: str, path: Sequence[str]) -> str | None:
        """`FILE:LINE` of what a rule says of a resource; the resource's own where no key of it fits.

        Args:
            plan: The plan.
            resource: The resource.
            rule: The rule's id.
            path: The path of the finding, whose last steps are the most exact.
        """
        found = self._place(plan, resource)
        if found is None:
            return None
        line, section = found
        return f"{self._shown}:{line if section is None else _nearest(section, rule, path) or line}"

    def _place(self, plan: Plan, resource: Resource) -> tuple[int, MappingNode | None] | None:
        kind = KINDS.get(resource.type)
        for key in _NAMED_BY if kind is None else (kind.named_by,):
            name = text(resource.at(key))
            found = self._values.get(name) or self._keys.get(name) if isinstance(name, str) else None
            if found is not None and len(found) == 1:
                return next(iter(found.items()))
        for name in _around(plan, resource):
            found = self._keys.get(name)
            if found is not None and len(found) == 1:
                return next(iter(found.items()))
        return None

    def _walk(self, node: Node | None, around: MappingNode | None, depth: int) -> None:
        if isinstance(node, MappingNode):
            around = node if depth >= _SECTIONS else None
            for key, value in node.value:
                # A section of the configuration is written with its namespace: plumbline:network.
                below = value if isinstance(value, MappingNode) else None
                self._keys[str(key.value).rpartition(":")[2]].setdefault(_line(key), below)
                self._walk(value, around, depth + 1)
        elif isinstance(node, SequenceNode):
            for value in node.value:
                self._walk(value, around, depth)
        elif isinstance(node, ScalarNode):
            self._values[str(node.value)].setdefault(_line(node), around)


def _nearest(section: MappingNode, rule: str, path: Sequence[str]) -> int | None:
    """The line of the one key that is meant; None where none is, or several may be."""
    every = list(_keys(section))
    for step in reversed(path):
        line = _only(key for key in every if key.value == step.rpartition(".")[2])
        if line is not None:
            return line
    own = [key for key, _ in section.value]
    for word in reversed(rule.split("-")):
        line = _only(key for key in own if _singular(word) in _words(str(key.value)))
        if line is not None:
            return line
    return None


def _keys(section: MappingNode) -> Iterator[Node]:
    for key, value in section.value:
        yield key
        for each in value.value if isinstance(value, SequenceNode) else (value,):
            if isinstance(each, MappingNode):
                yield from _keys(each)


def _only(keys: Iterable[Node]) -> int | None:
    lines = {_line(key) for key in keys}
    return lines.pop() if len(lines) == 1 else None


def _words(key: str) -> set[str]:
    """The words of a key, and the key as one: `webSockets` is about a `websocket`."""
    return {_singular(word.lower()) for word in (key, *_WORD.findall(key))}


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _around(plan: Plan, resource: Resource) -> Iterator[str]:
    """The name of a resource, and of every component around it from the inside out."""
    here: Resource | None = resource
    while here is not None:
        yield here.name
        here = plan.get(here.parent) if here.parent is not None else None
