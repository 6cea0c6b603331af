"""Changes to settings, written into a stack's file so that nothing else in it changes.

Owns where in the text a value stands. Only the values are replaced, and keys that were not written stand
behind one that was: comments, order, quotes and spaces stay, byte by byte. What was written is read again
before the file is put in place.
"""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from components.settings.document import read_document
from components.settings.problem import entry, flow
from plumb.sizing.stack import SizingError, changed
from toolchain.places import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.settings.problem import Path as Place
    from plumb.sizing.stack import Change, Stack

_BESIDE: Final = ("maxInstances", "workers", "tier", "machineType", "name")
"""Behind which key a new one is written: the first of these that stands there."""


def rewritten(stack: Stack, changes: Sequence[Change]) -> str:
    """The stack's file with the changes.

    Raises:
        SizingError: The file is written in a way in which a change would reach further than its setting.
    """
    text = stack.text
    root = YAML(typ="rt", pure=True).compose(text)
    edits = [_edit(text, root, change, stack.path.name) for change in changes]
    for start, end, new in sorted(edits, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    document = read_document(stack.path.name, text)
    if document.problems or document.config != changed(stack.document.config, changes):
        raise SizingError(
            f"{stack.shown}: cannot be changed without changing more than was meant (an anchor, or a merged "
            "key?); write the changes by hand"
        )
    return text


def difference(stack: Stack, text: str) -> str:
    """What would change in the file, as `diff -u` shows it."""
    lines = difflib.unified_diff(
        stack.text.splitlines(keepends=True),
        text.splitlines(keepends=True),
        fromfile=stack.path.name,
        tofile=f"{stack.path.name} (proposed)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def write(stack: Stack, text: str) -> None:
    """Puts the text in place of what the file holds, whole or not at all.

    Raises:
        SizingError: The file has changed since it was read, or cannot be written.
    """
    path = stack.path.resolve()
    try:
        if path.read_bytes().decode("utf-8", "replace") != stack.text:
            raise SizingError(f"{stack.shown}: has changed since it was read; nothing was written, try again")
        mode = os.stat(path).st_mode & 0o777  # noqa: PTH116 - beside the resolved path
        write_atomically(path, text, mode)
        path.chmod(mode)
    except OSError as error:
        raise SizingError(f"{stack.shown}: cannot be written: {error}") from None


def _edit(text: str, root: Node | None, change: Change, name: str) -> tuple[int, int, str]:
    """From where to where in the text stands what."""
    mapping = _mapping(root, ("config", *change.path[:-1]))
    if mapping is None:
        raise SizingError(f"{name}: {change.name} does not stand where it can be changed; write it by hand")
    last, value = change.path[-1], flow(change.then)
    for key, node in mapping.value:
        if key.value == last and isinstance(node, ScalarNode):
            start = node.start_mark.index
            # An empty value (`key:`) begins where its key ends.
            return start, node.end_mark.index, value if text[start - 1] in " {" else f" {value}"
    return _addition(text, mapping, entry(last, change.then))


def _addition(text: str, mapping: MappingNode, line: str) -> tuple[int, int, str]:
    """A new line, or a new entry of a mapping in braces, behind a key that stands there."""
    written = {key.value: (key, node) for key, node in mapping.value if isinstance(node, ScalarNode)}
    key, node = next(written[one] for one in (*_BESIDE, *written) if one in written)
    end = node.end_mark.index
    if mapping.flow_style:
        return end, end, f", {line}"
    line_end = text.find("\n", end)
    where = len(text) if line_end < 0 else line_end
    windows = text[:where].endswith("\r")
    where -= windows
    ends = "\r\n" if windows else "\n"
    return where, where, f"{ends}{' ' * key.start_mark.column}{line}"


def _mapping(node: Node | None, path: Place) -> MappingNode | None:
    for step in path:
        if not isinstance(node, MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == step), None)
    return node if isinstance(node, MappingNode) and node.value else None
