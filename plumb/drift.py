"""What differs between a stack's state and what is really there.

Owns asking the engine and reading its answer. How it is shown is `drift_report`'s. The engine reads every
resource anew (`pulumi refresh --preview-only`), writes nothing and takes no lock, so that an identity which
may only read is enough. A resource that somebody made beside the stack is in no state, and is not seen.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plumb import pulumi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STEP: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')
_SAME: Final = frozenset({"refresh", "same"})
_SHORTEST_TELLING_VALUE: Final = 5
"""A shorter text stands in many places by chance: `true`, `5432`."""
_ABSENT: Final = object()


class DriftError(Exception):
    """Nobody can tell whether there is drift; the text says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One property that is not as the state has it.

    Attributes:
        path: Where, as Pulumi writes it: `settings.databaseFlags[0].value`.
        old: What the state has, as text; None where it has nothing.
        new: What is there, as text; None where there is nothing. A secret is `[secret]` on both sides.
        used_by: Names of resources whose inputs still hold the old value, for a property that Google decides.
    """

    path: str
    old: str | None
    new: str | None
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drifted:
    """A resource that is not as the state has it.

    Attributes:
        urn: Its URN.
        id: What Google calls it.
        gone: Whether it does not exist any more; then there are no changes.
        changes: What differs, by path.
    """

    urn: str
    id: str
    gone: bool
    changes: Sequence[Change] = ()

    @property
    def name(self) -> str:
        """The name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def type(self) -> str:
        """The type, `gcp:redis/instance:Instance`."""
        return self.urn.split("::")[2].rpartition("$")[2]


@dataclass(frozen=True, slots=True)
class Drift:
    """What a look at a stack found.

    Attributes:
        stack: The stack's name.
        looked_at: How many resources were read.
        drifted: Those that differ, in the order of the state.
    """

    stack: str
    looked_at: int
    drifted: Sequence[Drifted]


def drift(stack: str) -> Drift:
    """Ask the engine what of a stack has drifted.

    Raises:
        DriftError: a resource could not be read, there is no such stack, or no CLI.
    """
    try:
        code, printed, errors = pulumi.attempt("refresh", "--preview-only", "--json", "--stack", stack)
    except pulumi.PulumiError as error:
        raise DriftError(str(error)) from None
    try:
        answer = json.loads(printed)
    except ValueError:
        answer = None
    if code or not isinstance(answer, dict):
        raise DriftError(f"{stack} could not be read:\n  {_why(answer, errors or printed)}")
    found = read(stack, answer)
    if not found.looked_at:
        raise DriftError(
            f"{stack} has no resources in this backend\n"
            "  why: who looks in the wrong place finds no drift\n"
            "  fix: log in to the backend that the stack is deployed from (PULUMI_BACKEND_URL)"
        )
    return found


def read(stack: str, answer: Mapping[str, Any]) -> Drift:
    """What `pulumi refresh --preview-only --json` says.

    Args:
        stack: The stack's name.
        answer: What was printed. The engine has put `[secret]` in the place of secrets.
    """
    steps = [step for step in answer.get("steps") or () if _is_read(step)]
    users = _users(steps)
    found = []
    for step in steps:
        old = step["oldState"]
        if step["op"] == "delete":
            found.append(Drifted(old["urn"], str(old.get("id", "")), gone=True))
        elif changes := [*_told(step), *_moved(step, users)]:
            found.append(Drifted(old["urn"], str(old.get("id", "")), gone=False, changes=changes))
    return Drift(stack, len(steps), found)


def _is_read(step: Mapping[str, Any]) -> bool:
    """Whether a step is about something that exists at Google: no component, provider or stack."""
    old = step.get("oldState") or {}
    return bool(old.get("custom")) and not str(old.get("type", "")).startswith("pulumi:")


def _told(step: Mapping[str, Any]) -> Iterator[Change]:
    """What the provider itself calls a difference."""
    if step["op"] in _SAME:
        return
    for path in _paths(step):
        yield Change(path, _shown(_value(step["oldState"], path)), _shown(_value(step["newState"], path)))


def _moved(step: Mapping[str, Any], users: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    """Outputs that Google changed and that others still hold: the address of a data store, say.

    The provider sees no difference in them, since the program never set them. Whoever was given the old value
    is broken all the same.
    """
    old, new = (dict(step[side].get("outputs") or {}) for side in ("oldState", "newState"))
    told = {re.split(r"[.\[]", path)[0] for path in _paths(step)}
    for name in sorted(old.keys() & new.keys() - told):
        before, after = old[name], new[name]
        if before == after or not isinstance(before, str) or len(before) < _SHORTEST_TELLING_VALUE:
            continue
        others = tuple(one for one in users.get(before, ()) if one != _name(step))
        if others and before != "[secret]":
            yield Change(name, _shown(before), _shown(after), others)


def _paths(step: Mapping[str, Any]) -> list[str]:
    """What differs, as closely as the provider says."""
    return list(step.get("detailedDiff") or step.get("diffReasons") or ())


def _users(steps: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[str]]:
    """Who holds a text among its inputs, by the text."""
    found: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        for text in set(_texts(step["oldState"].get("inputs"))):
            found[text].append(_name(step))
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _name(step: Mapping[str, Any]) -> str:
    return str(step["oldState"]["urn"]).rpartition("::")[2]


def _value(state: Mapping[str, Any], path: str) -> object:
    """What stands at a path: among the outputs, which are what is there, else among the inputs."""
    for side in ("outputs", "inputs"):
        value: Any = state.get(side) or {}
        for quoted, index, plain in _STEP.findall(path):
            try:
                value = value[int(index)] if index else value[json.loads(f'"{quoted}"') if quoted else plain]
            except (LookupError, TypeError):
                value = _ABSENT
                break
        if value is not _ABSENT:
            return value
    return _ABSENT


def _shown(value: object) -> str | None:
    if value is _ABSENT or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: object) -> object:
    """Without the engine's own notes."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if not str(key).startswith("__")}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _why(answer: object, otherwise: str) -> str:
    """The engine's errors; where it printed no JSON, what it printed."""
    found = []
    for one in (answer.get("diagnostics") or ()) if isinstance(answer, dict) else ():
        words = str(one.get("message", "")).removeprefix("error: ").strip()
        if one.get("severity") == "error" and words and words != "preview failed":
            about = str(one.get("urn") or "").rpartition("::")[2]
            found.append(f"{about}: {words}" if about else words)
    return "\n  ".join("\n".join(found or [otherwise.strip() or "the engine said nothing"]).splitlines())
