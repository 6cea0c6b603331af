"""Reads one contract file and turns what pydantic and the YAML reader say into problems with a line.

Owns lines and words. What the files say of one another is the loader's.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from contracts import externals, probes, waivers
from contracts import model as models
from contracts.externals import ExternalsFile
from contracts.model import EnvironmentsFile, ServiceContract
from contracts.problems import Problem
from contracts.waivers import WaiversFile

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

Place: TypeAlias = "tuple[str | int, ...]"
FileModel: TypeAlias = "ServiceContract | EnvironmentsFile | ExternalsFile | WaiversFile"

# A file is what its key says it is.
FILES: Final[Mapping[str, type[FileModel]]] = {
    "service": ServiceContract,
    "environments": EnvironmentsFile,
    "externals": ExternalsFile,
    "waivers": WaiversFile,
}

_UNREAD: Final = "what cannot be read requires nothing of anybody"
_SHAPE: Final = "the loader reads a shape it knows, and nothing else"
_FIXES: Final[Mapping[str, str]] = {
    "string_type": "put it in quotes",
    "int_type": "write a whole number, without quotes",
    "dict_type": "write a mapping: NAME: {…}, or NAME: with nothing behind it",
    "model_type": "write a mapping: {key: value}",
    "tuple_type": "write a list: [one, two]",
    "string_pattern_mismatch": "lower-case letters and digits, such as staging",
    "too_short": "name at least one",
    "string_too_short": "write it out",
    "date_type": "write a day, without quotes: 2026-01-31",
    "date_parsing": "write a day, without quotes: 2026-01-31",
    "date_from_datetime_parsing": "write a day, without quotes: 2026-01-31",
    "date_from_datetime_inexact": "write a day without an hour: 2026-01-31",
    "datetime_type": "write a moment, without quotes: 2026-01-31T14:00:00Z",
    "datetime_parsing": "write a moment, without quotes: 2026-01-31T14:00:00Z",
    "datetime_from_date_parsing": "write a moment, without quotes: 2026-01-31T14:00:00Z",
}


@dataclass(frozen=True)
class Document:
    """One contract file as it was read.

    Attributes:
        name: The file's name without `.yaml`: what other contracts call it.
        file: The file relative to the folder's parent, as problems name it.
    """

    name: str
    file: str
    model: FileModel
    raw: CommentedMap

    def problem(self, place: Place, what: str, why: str, fix: str) -> Problem:
        """A problem at a place of this file."""
        return Problem(self.file, line_of(self.raw, place), what, why, fix)


def read(path: Path, directory: Path) -> tuple[Document | None, list[Problem]]:
    """Reads one file: a document, or the problems that keep it from being one."""
    file = f"{directory.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [
            Problem(file, 1, f"cannot be read: {error}", _UNREAD, "make it a readable file in UTF-8")
        ]
    document, problems = _parsed(path.stem, file, text)
    return document, list(problems)


# A program that gives its jobs their checks reads what its judge reads, in one process.
@functools.lru_cache(maxsize=64)
def _parsed(name: str, file: str, text: str) -> tuple[Document | None, Sequence[Problem]]:
    try:
        raw = YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        return None, [_twice(file, error)]
    except YAMLError as error:
        return None, [_no_yaml(file, error)]
    kind = next((key for key in FILES if isinstance(raw, CommentedMap) and key in raw), None)
    if kind is None:
        return None, [_no_kind(file, raw)]
    try:
        model = FILES[kind].model_validate(raw)
    except ValidationError as error:
        return None, list(_invalid(file, raw, error))
    return Document(name, file, model, raw), []


def line_of(raw: object, place: Place) -> int:
    """The line of a place, or of the nearest place around it that the file has. Counted from 1."""
    line = 0
    for step in place:
        if isinstance(raw, CommentedMap) and step in raw:
            line, raw = raw.lc.key(step)[0], raw[step]
        elif isinstance(raw, CommentedSeq) and isinstance(step, int) and step < len(raw):
            line, raw = raw.lc.item(step)[0], raw[step]
        else:
            break
    return int(line) + 1


def _twice(file: str, error: DuplicateKeyError) -> Problem:
    line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
    key = str(error.problem).partition('"')[2].partition('"')[0] or "a key"
    return Problem(
        file, line, f"{key} is written twice", "only one of the two would count", f"keep one {key}"
    )


def _no_yaml(file: str, error: YAMLError) -> Problem:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    said = error.problem if isinstance(error, MarkedYAMLError) and error.problem else "not YAML"
    return Problem(file, mark.line + 1 if mark else 1, f"is no YAML: {said}", _UNREAD, "mend the YAML here")


def _no_kind(file: str, raw: object) -> Problem:
    keys = ", ".join(map(str, raw)) if isinstance(raw, CommentedMap) else "no mapping"
    line = int(next(iter(raw.lc.data.values()))[0]) + 1 if isinstance(raw, CommentedMap) and raw else 1
    return Problem(
        file,
        line,
        f"is no contract: it has none of {', '.join(FILES)} (it has {keys})",
        "a file is told by its key",
        "service: NAME for a contract, environments:, externals: or waivers: for the others",
    )


def _invalid(file: str, raw: CommentedMap, error: ValidationError) -> Iterator[Problem]:
    told: set[Place] = set()
    for detail in error.errors(include_url=False):
        place = _written(raw, detail)
        if place not in told:  # each way in which a value could have been right reports its own error
            told.add(place)
            what, why, fix = _words(place, detail)
            yield Problem(file, line_of(raw, place), what, why, fix)


def _written(raw: object, detail: ErrorDetails) -> Place:
    # pydantic adds steps of its own: which kind of value it tried, and `[key]`.
    place: list[str | int] = []
    for step in detail["loc"]:
        if isinstance(raw, Mapping) and step in raw:
            raw = raw[step]
        elif isinstance(raw, Sequence) and not isinstance(raw, str) and isinstance(step, int):
            raw = raw[step] if step < len(raw) else None
        elif detail["type"] != "missing":
            break
        place.append(step)
    return tuple(place)


def _words(place: Place, detail: ErrorDetails) -> tuple[str, str, str]:
    where = ".".join(str(step) for step in place)
    kind = detail["type"]
    if kind == "contract":
        context: Mapping[str, Any] = detail.get("ctx", {})
        prefix = f"{where}: " if where else ""
        return f"{prefix}{context['what']}", str(context["why"]), str(context["fix"])
    if kind == "missing":
        return f"{where} is missing", _SHAPE, f"add {place[-1]}"
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(place[-1]), _known_keys(), n=1)
        fix = f"did you mean {close[0]}?" if close else f"delete {place[-1]}"
        return f"{where} means nothing here", "nothing reads it, so it would require nothing", fix
    said = detail["msg"].removeprefix("Input should be ")
    if "should have" in said:
        return f"{where} {said.partition(' ')[2]}", _SHAPE, _FIXES.get(kind, "write it out")
    return f"{where} should be {said}", _SHAPE, _FIXES.get(kind, f"make it {said}")


def _known_keys() -> list[str]:
    return sorted(
        {
            str(info.alias)
            for module in (models, externals, probes, waivers)
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, BaseModel)
            for info in kind.model_fields.values()
            if info.alias is not None
        }
    )
