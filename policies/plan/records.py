"""Resources as the engine writes them down: one shape in a preview's JSON and in an exported state.

Owns that shape (https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/apitype/core.go, ResourceV3) and
what is wrong with a document that does not have it. Which of its resources belong to the plan is each
source's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from policies.plan.errors import SourceError
from policies.plan.graph import Inputs, Plan, Provider, Resource, Source
from policies.plan.values import Value, bare, from_json, from_object, text

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

STACK: Final = "pulumi:pulumi:Stack"
PROVIDERS: Final = "pulumi:providers:"
_POSITION: Final = "project:///"

Record = Mapping[str, object]


def read_document(path: Path, fix: str) -> Record:
    """The JSON object that a file holds.

    Raises:
        SourceError: The file cannot be read, is empty, is no JSON or holds no object.
    """
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SourceError(f"cannot be read: {why}", where=str(path), fix=fix) from None
    if not written.strip():
        raise SourceError("the file is empty", where=str(path), fix=fix)
    try:
        document = json.loads(written)
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}"
        raise SourceError(f"is not JSON: {error.msg} (column {error.colno})", where=where, fix=fix) from None
    except RecursionError:
        raise SourceError("is nested too deeply to be a plan", where=str(path), fix=fix) from None
    if not isinstance(document, Mapping):
        raise SourceError(f"holds {_kind(document)}, not an object", where=str(path), fix=fix)
    return document


def records(found: object, *, where: str, fix: str) -> Sequence[Record]:
    """The elements of a list of objects.

    Raises:
        SourceError: It is not such a list.
    """
    if not isinstance(found, list):
        raise SourceError(f"holds {_kind(found)}, not a list", where=where, fix=fix)
    for index, record in enumerate(found):
        if not isinstance(record, Mapping):
            raise SourceError(f"holds {_kind(record)}, not an object", where=f"{where}[{index}]", fix=fix)
    return found


class Reader:
    """Takes records into a plan, providers first: a resource is told what its provider fills in."""

    def __init__(self, plan: Plan, *, where: str, fix: str, masks: AbstractSet[str] = frozenset()) -> None:
        """Takes the plan to fill, and what this source prints in place of a secret."""
        self._plan = plan
        self._where = where
        self._fix = fix
        self._masks = masks
        self._providers: dict[str, Provider] = {}

    def take(self, record: Record, *, place: str, declared: bool) -> None:
        """Takes one resource in; the stack itself is none.

        Raises:
            SourceError: It has no URN or no type.
        """
        urn, type_ = record.get("urn"), record.get("type")
        if not isinstance(urn, str) or not isinstance(type_, str) or urn.count("::") < _SEPARATORS:
            raise SourceError("has no `urn` and `type`", where=f"{self._where}: {place}", fix=self._fix)
        if type_ == STACK:
            return
        if type_.startswith(PROVIDERS):
            self._providers[urn] = self._provider(urn, record)
        parent = record.get("parent")
        self._plan.add(
            Resource(
                urn=urn,
                type=type_,
                name=urn.split("::", 3)[3],
                read=partial(self._properties, record.get("inputs")),
                declared=declared,
                provider=self._providers.get(_reference(record.get("provider"))),
                parent=parent if isinstance(parent, str) else None,
                dependencies=_strings(record.get("dependencies")),
                property_dependencies={
                    str(key): _strings(urns)
                    for key, urns in _mapping(record.get("propertyDependencies")).items()
                },
                read_outputs=partial(self._outputs, record),
                source=position(record.get("sourcePosition")),
            )
        )

    def _outputs(self, record: Record) -> Inputs:
        outputs = self._properties(record.get("outputs"))
        identity = record.get("id")
        return {"id": identity, **outputs} if isinstance(identity, str) and identity else outputs

    def _properties(self, read: object) -> Inputs:
        members = {str(key): from_json(member, masks=self._masks) for key, member in _mapping(read).items()}
        found = bare(from_object(members))
        return found if isinstance(found, Mapping) else {}

    def _provider(self, urn: str, record: Record) -> Provider:
        settings = {**self._properties(record.get("outputs")), **self._properties(record.get("inputs"))}

        def setting(key: str) -> Value:
            return text(settings.get(key))

        return Provider(urn, project=setting("project"), region=setting("region"))


def position(written: object) -> Source | None:
    """Where a resource is declared: `project:///__main__.py#9`, with or without a column."""
    if not isinstance(written, str) or not written.startswith(_POSITION):
        return None
    file, _, place = written.removeprefix(_POSITION).partition("#")
    line = place.partition(",")[0]
    return Source(file, int(line)) if line.isdigit() else None


_SEPARATORS: Final = 3  # of a URN: urn:pulumi:STACK::PROJECT::TYPE::NAME


def _reference(written: object) -> str:
    """The URN in a reference to a provider, `URN::ID`."""
    return written.rpartition("::")[0] if isinstance(written, str) else ""


def _mapping(found: object) -> Mapping[object, object]:
    return found if isinstance(found, Mapping) else {}


def _strings(found: object) -> Sequence[str]:
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _kind(found: object) -> str:
    names = {list: "a list", dict: "an object", str: "a string", type(None): "nothing", bool: "a truth value"}
    return names.get(type(found), "a number")
