"""What one resource type looks like, from every source there is.

Owns the joining of the installed package's words (`schema_source`) with the recorded facts in `data/`, and a
cache of the former on disk: one small file per type under a folder named for the package's version, written
atomically.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from sandbox import schema_source
from sandbox.schema_source import NoSuchTypeError, Property, TypeSchema

_DATA = Path(__file__).parent / "data"
_CACHE_FORMAT = "1"  # raise it when the shape of a cached file changes

__all__ = ["NoSuchTypeError", "Property", "TypeSchema", "facts", "function", "preview_record", "resource"]


@cache
def resource(token: str) -> TypeSchema:
    """The schema of a resource type.

    Raises:
        NoSuchTypeError: the installed pulumi-gcp has no such type.
    """
    return _cached(token, schema_source.read_resource)


@cache
def function(token: str) -> TypeSchema:
    """The schema of a lookup.

    Raises:
        NoSuchTypeError: the installed pulumi-gcp has no such function.
    """
    return _cached(token, schema_source.read_function)


@cache
def _all_facts() -> dict[str, dict[str, Any]]:
    return json.loads((_DATA / "gcp-types.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # ours


@cache
def _all_records() -> dict[str, dict[str, Any]]:
    return json.loads((_DATA / "preview-known.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # ours


def facts(token: str) -> dict[str, Any]:
    """What was read in the real provider's schema: `replaces`, `always_set`, …; empty for other types."""
    return _all_facts().get(token, {})


def preview_record(token: str) -> dict[str, Any] | None:
    """What the real provider's first preview left unknown; None where none was recorded."""
    return _all_records().get(token)


@cache
def replaces(token: str) -> frozenset[str]:
    """Property paths whose change makes a new resource, list indices left out.

    Where the real schema is not known: what the documentation says forces a new resource, and what names a
    resource or its place, which no API lets one change.
    """
    known = facts(token)
    if known:
        return frozenset(known["replaces"])
    schema = resource(token)
    places = {"name", "project", "location", "region", "zone"}
    return frozenset(n for n, p in schema.inputs.items() if p.forces_new or n in places)


@cache
def computed(token: str) -> frozenset[str]:
    """Inputs that Google fills in when they are left out."""
    schema = resource(token)
    known = facts(token)
    always = known["always_set"] if known else [name for name, p in schema.outputs.items() if p.required]
    return frozenset(n for n in always if n in schema.inputs and not schema.inputs[n].required)


def _cached(token: str, read: Any) -> TypeSchema:  # noqa: ANN401 - one of the two readers
    path = _cache_folder() / f"{token.replace(':', '~').replace('/', '+')}.json"
    with suppress(OSError, ValueError, TypeError, KeyError):
        return _thaw(json.loads(path.read_text(encoding="utf-8")))
    found: TypeSchema = read(token)
    with suppress(OSError):  # a cache that cannot be written costs milliseconds, nothing else
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(found._asdict(), file, separators=(",", ":"))
        Path(file.name).replace(path)
    return found


@cache
def _cache_folder() -> Path:
    base = os.environ.get("SANDBOX_CACHE")
    root = Path(base) if base else Path(__file__).parent.parent / ".cache" / "sandbox"
    return root / f"pulumi-gcp-{schema_source.package_version()}-{_CACHE_FORMAT}"


def _thaw(raw: dict[str, Any]) -> TypeSchema:
    return TypeSchema(
        token=raw["token"],
        inputs=_properties(raw["inputs"]),
        outputs=_properties(raw["outputs"]),
        objects={name: _properties(each) for name, each in raw["objects"].items()},
        secrets=tuple(raw["secrets"]),
        ids=tuple(raw["ids"]),
    )


def _properties(raw: dict[str, list[Any]]) -> dict[str, Property]:
    return {name: Property(p[0], p[1], p[2], tuple(p[3]), p[4]) for name, p in raw.items()}
