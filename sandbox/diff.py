"""Diff: what changed, and whether Google must make the resource anew.

Owns the comparison of the last state with the checked inputs. As in the bridge, the state is compared, so
that drift found by a refresh is a difference; what Google computed and the user does not set is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox import references, schema
from sandbox.check import pulumi_path
from sandbox.wire import DEFAULTS, UNKNOWN, Path, Props, Value, without_defaults

if TYPE_CHECKING:
    from sandbox.kinds import Kind

_INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(slots=True)
class Difference:
    """What differs: property paths with ADD, UPDATE or DELETE, and those that make a new resource."""

    changed: dict[str, str] = field(default_factory=dict)
    replaces: set[str] = field(default_factory=set)
    delete_first: bool = False

    @property
    def top_level(self) -> list[str]:
        """Names of the top-level properties that differ."""
        return sorted({re.split(r"[.\[]", path, maxsplit=1)[0] for path in self.changed})

    @property
    def top_level_replaces(self) -> list[str]:
        """Names of the top-level properties that make a new resource."""
        return sorted({re.split(r"[.\[]", path, maxsplit=1)[0] for path in self.replaces})


def diff(
    kind: Kind, olds: Props, old_inputs: Props, news: Props, ignored: tuple[str, ...] = ()
) -> Difference:
    """Compare.

    Args:
        kind: the type.
        olds: the state's outputs.
        old_inputs: the state's inputs.
        news: the checked inputs.
        ignored: property paths of `ignoreChanges`.
    """
    found = Difference()
    before, after = without_defaults(old_inputs), without_defaults(news)
    computed = schema.computed(kind.token)
    for name in sorted({*before, *after}):
        if name not in after:
            if name not in computed:
                found.changed[name] = "DELETE"
            continue
        state = olds.get(name)
        _compare(
            found, state if state is not None else before.get(name), before.get(name), after[name], (name,)
        )
    for path in list(found.changed):
        if any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in ignored):
            del found.changed[path]
    found.replaces = {path for path in found.changed if _makes_new(kind, path)}
    # The bridge's rule: a name that the user gave cannot exist twice, so the old one goes first.
    named_by_user = after.get("name") is not None and "name" not in (news.get(DEFAULTS) or ())
    found.delete_first = bool(found.replaces) and named_by_user
    return found


def _compare(found: Difference, state: Value, before: Value, after: Value, path: Path) -> None:
    if isinstance(after, dict) and isinstance(state, dict):
        was = before if isinstance(before, dict) else {}
        for name in sorted({*was, *after}):
            if name in after:
                _compare(found, state.get(name, was.get(name)), was.get(name), after[name], (*path, name))
            elif state.get(name) is not None:
                found.changed[_path(path, name)] = "DELETE"
    elif isinstance(after, list) and isinstance(state, list):
        _compare_lists(found, state, before if isinstance(before, list) else [], after, path)
    elif after is UNKNOWN:
        found.changed[pulumi_path(path)] = "UPDATE" if state is not None else "ADD"
    elif not _same(state, after):
        found.changed[pulumi_path(path)] = "ADD" if state is None else "UPDATE"


def _compare_lists(
    found: Difference, state: list[Value], before: list[Value], after: list[Value], path: Path
) -> None:
    if all(isinstance(each, str) for each in (*state, *after)) and sorted(state) == sorted(after):
        return  # most lists of words are sets to Google's provider
    for index in range(max(len(state), len(after))):
        where = (*path, index)
        if index >= len(after):
            found.changed[pulumi_path(where)] = "DELETE"
        elif index >= len(state):
            found.changed[pulumi_path(where)] = "ADD"
        else:
            was = before[index] if index < len(before) else None
            _compare(found, state[index], was, after[index], where)


def _same(state: Value, after: Value) -> bool:
    if state == after:
        return True
    if isinstance(state, str) and isinstance(after, str):
        return references.same(state, after)
    # Nothing, and nothing to speak of: Google does not tell them apart.
    return not state and not after


def _path(path: Path, name: str) -> str:
    return pulumi_path((*path, name))


def _makes_new(kind: Kind, path: str) -> bool:
    replacing = schema.replaces(kind.token)
    steps = _INDEX.sub("", path).split(".")
    return any(".".join(steps[:length]) in replacing for length in range(1, len(steps) + 1))
