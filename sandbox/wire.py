"""Values as they cross the wire.

Owns the translation between protobuf structs and plain Python values, with unknowns as one value of their
own and secrets as a set of paths beside the value. Assets, archives and resource references pass through
untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf import struct_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Value: TypeAlias = Any  # None, bool, float, str, list, dict or UNKNOWN: JSON with one value more
Props: TypeAlias = dict[str, Value]
Path: TypeAlias = tuple[str | int, ...]

_UNKNOWN_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's signature of a secret, not a secret
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
DEFAULTS = "__defaults"


class _Unknown:
    """A value that is not known before the resource exists."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> _Unknown:
        return self


UNKNOWN: Final = _Unknown()


def decode(struct: struct_pb2.Struct, secrets: set[Path] | None = None) -> Props:
    """A struct as a plain dictionary. Paths of secret values are added to `secrets`."""
    found = secrets if secrets is not None else set()
    return {key: _decode(value, (key,), found) for key, value in struct.fields.items()}


def _decode(value: struct_pb2.Value, path: Path, secrets: set[Path]) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == _UNKNOWN_SENTINEL else value.string_value
    if kind == "list_value":
        return [_decode(each, (*path, i), secrets) for i, each in enumerate(value.list_value.values)]
    if kind == "struct_value":
        return _decode_struct(value.struct_value, path, secrets)
    return None if kind in {"null_value", None} else getattr(value, kind)


def _decode_struct(struct: struct_pb2.Struct, path: Path, secrets: set[Path]) -> Value:
    fields = struct.fields
    signature = fields[_SIGNATURE_KEY].string_value if _SIGNATURE_KEY in fields else ""
    if signature == _SECRET:
        secrets.add(path)
        return _decode(fields["value"], path, secrets)
    if signature == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    return {key: _decode(each, (*path, key), secrets) for key, each in fields.items()}


def encode(props: Props, secrets: Iterable[Path] = ()) -> struct_pb2.Struct:
    """A dictionary as a struct; values at the paths in `secrets` are marked secret."""
    struct = struct_pb2.Struct()
    marked = frozenset(secrets)
    for key, value in props.items():
        _encode(struct.fields[key], value, (key,), marked)
    return struct


def _encode(target: struct_pb2.Value, value: Value, path: Path, secrets: frozenset[Path]) -> None:
    if path in secrets and value is not UNKNOWN and value is not None:
        fields = target.struct_value.fields
        fields[_SIGNATURE_KEY].string_value = _SECRET
        _encode_plain(fields["value"], value, path, secrets)
    else:
        _encode_plain(target, value, path, secrets)


def _encode_plain(target: struct_pb2.Value, value: Value, path: Path, secrets: frozenset[Path]) -> None:
    if value is UNKNOWN:
        target.string_value = _UNKNOWN_SENTINEL
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for index, each in enumerate(value):
            _encode(target.list_value.values.add(), each, (*path, index), secrets)
    else:
        target.struct_value.SetInParent()
        for key, each in value.items():
            _encode(target.struct_value.fields[key], each, (*path, key), secrets)


def without_defaults(value: Value) -> Value:
    """The value without the `__defaults` lists that checked inputs carry in every object."""
    if isinstance(value, dict):
        return {key: without_defaults(each) for key, each in value.items() if key != DEFAULTS}
    if isinstance(value, list):
        return [without_defaults(each) for each in value]
    return value


def has_unknown(value: Value) -> bool:
    """Whether any part of the value is unknown."""
    if isinstance(value, dict):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN


def at(value: Value, path: str) -> Iterator[Value]:
    """Every value at a dotted path; `[]` after a name walks a list: `template.containers[].image`."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    if not isinstance(value, dict) or value.get(name) is None:
        return
    found = value[name]
    each_of = found if head.endswith("[]") and isinstance(found, list) else [found]
    for each in each_of:
        if rest:
            yield from at(each, rest)
        else:
            yield each


def first(value: Value, path: str, otherwise: Value = None) -> Value:
    """The first value at a dotted path, as `at` walks it."""
    return next(at(value, path), otherwise)


def fill(value: Value, path: str, what: Value) -> None:
    """Set `what` at a dotted path wherever its parent is there and nothing stands at it yet."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    if not isinstance(value, dict):
        return
    if not rest:
        if value.get(name) is None:
            value[name] = what() if callable(what) else what
        return
    found = value.get(name)
    for each in found if isinstance(found, list) else [found]:
        fill(each, rest, what)
