"""A wrong setting, before it is known on which line it stands.

Owns `Problem`, how values and paths are written in a message, and which values are never shown. Does not own
lines: see `document` and `report`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.source import Breach

Path = tuple[str, ...]
"""Where a setting stands: a config key, then keys as they are written in YAML."""

HIDDEN = "(hidden)"
ENCRYPTED = "(encrypted)"
"""Stands for every value that is written as `{secure: …}`."""
_SECRETIVE = re.compile(r"PASSWORD|SECRET|TOKEN|KEY", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./@:-]*|[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+)?")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "."})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: The setting.
        what: What is wrong with it, as it follows its name: `is 100`.
        why: Why that matters, with its source.
        fix: What to write or to type instead.
        beside: Another setting that takes part in it; its name and line follow `what`.
        line: The line, where it is known without the path; else it is looked up.
        meant: The setting that a misspelt one was probably meant to be; that it is missing needs no words.
    """

    path: Path
    what: str
    why: str
    fix: str
    beside: Path | None = None
    line: int | None = None
    meant: Path | None = None


def of_breach(path: Path, breach: Breach, *, key: str | None = None) -> Problem:
    """The problem that a breach is at this place; `key` when the right value belongs under another key."""
    return Problem(path, breach.what, breach.reason, entry(key or path[-1], breach.example))


def is_hidden(path: Path) -> bool:
    """Whether the value there may be a secret and is never shown."""
    return "secrets" in path[1:-1] or _SECRETIVE.search(path[-1]) is not None


def dotted(path: Path) -> str:
    """The path as messages name it: `plumbline:egress.connector.maxInstances`."""
    return ".".join(path)


def entry(key: str, value: object) -> str:
    """A line of YAML that sets the key."""
    return f"{key}: {flow(value)}".rstrip()


def flow(value: object) -> str:
    """A value in YAML's flow style."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case Mapping():
            return "{" + ", ".join(entry(str(key), item) for key, item in value.items()) + "}"
        case _:
            text = str(value)
            plain = _PLAIN.fullmatch(text) and not text.endswith(":") and text.lower() not in _NOT_TEXT
            return text if plain else json.dumps(text, ensure_ascii=False)


def kind(value: object, *, hidden: bool = False) -> str:
    """What a value is, in words, and the value itself where it is short and may be shown."""
    match value:
        case None:
            return "empty"
        case bool():
            return f"{flow(value)}, a truth value"
        case int() | float():
            return "a number" if hidden else f"{flow(value)}, a number"
        case str():
            return "a text" if hidden else f"{value!r}, a text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"
