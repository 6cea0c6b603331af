"""Check: what Google's provider refuses before anything is asked of the API.

Owns the walk over a resource's inputs: unknown names, types, required properties, enumerations, conflicts,
defaults (each object lists its own in `__defaults`, as the bridge does), and autonaming.
Only what the real provider catches at preview is refused here; what it lets through fails at create, in
`services/`.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox import schema
from sandbox.kinds import Checking, Kind, Place
from sandbox.schema_source import snake
from sandbox.wire import DEFAULTS, UNKNOWN, Path, Props, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_PYTHON_NAMES: Final = {"int": "int", "float": "float", "bool": "bool", "str": "string"}
_NAME_LENGTH: Final = 255
_SUFFIX_LENGTH: Final = 7


@dataclass(frozen=True, slots=True)
class Autonaming:
    """The engine's wish for a name that the user left out: `mode` is PROPOSE, ENFORCE or DISABLE."""

    proposed: str
    mode: str


@dataclass(slots=True)
class Checked:
    """What came of a Check."""

    inputs: Props
    failures: list[str]


def check(  # noqa: PLR0913 - the parts of one Check request
    kind: Kind,
    urn_name: str,
    olds: Props,
    news: Props,
    place: Place,
    *,
    seed: bytes = b"",
    autonaming: Autonaming | None = None,
    secrets: frozenset[Path] = frozenset(),
) -> Checked:
    """Check a resource's inputs and complete them with defaults.

    Args:
        kind: the type.
        urn_name: the resource's logical name, for messages and autonaming.
        olds: the inputs of the last update, {} for a new resource.
        news: what the program gave.
        place: the provider's project and region.
        seed: the engine's random seed: one seed, one name.
        autonaming: the engine's wish for a name.
        secrets: paths whose values no message may show.
    """
    walk = _Walk(schema.resource(kind.token), Checking({}, place, urn_name), secrets)
    inputs = walk.object(walk.schema.inputs, news, (), _nested_defaults(kind.defaults))
    checking = Checking(inputs, place, urn_name, walk.checking.failures)
    _conflicts(kind, checking)
    if "name" in walk.schema.inputs and "name" not in news:
        _autoname(inputs, olds, urn_name, seed, autonaming)
    if kind.check is not None:
        kind.check(checking)
    return Checked(inputs, checking.failures)


class _Walk:
    """The walk over one resource's inputs. Everything wrong is collected, nothing stops it."""

    def __init__(self, found: schema.TypeSchema, checking: Checking, secrets: frozenset[Path]) -> None:
        self.schema = found
        self.checking = checking
        self._secrets = secrets

    def object(
        self, properties: Mapping[str, schema.Property], given: Props, path: Path, more: Mapping[str, Value]
    ) -> Props:
        result: Props = {}
        for name, value in given.items():
            if name == DEFAULTS or value is None:
                continue
            if name not in properties:
                self._unknown_name(name, properties, (*path, name))
                continue
            nested = more.get(name)
            result[name] = self.value(
                properties[name], value, (*path, name), nested if isinstance(nested, dict) else {}
            )
        self._required(properties, result, path)
        result[DEFAULTS] = _defaults(properties, result, more)
        return result

    def value(self, prop: schema.Property, value: Value, path: Path, more: Mapping[str, Value]) -> Value:
        if value is UNKNOWN or value is None:
            return value
        walk = {"[": self._list, "{": self._map, "@": self._nested}.get(prop.type[0])
        return walk(prop, value, path, more) if walk else self._plain(prop, value, path)

    def _list(self, prop: schema.Property, value: Value, path: Path, more: Mapping[str, Value]) -> Value:
        if not isinstance(value, list):
            self._fail("Attribute must be a list", path)
            return value
        element = prop._replace(type=prop.type[1:-1])
        return [self.value(element, each, (*path, i), more) for i, each in enumerate(value)]

    def _map(self, prop: schema.Property, value: Value, path: Path, _: Mapping[str, Value]) -> Value:
        if not isinstance(value, dict):
            self._fail("Attribute must be a map", path)
            return value
        element = schema.Property(prop.type[1:-1])
        given = {key: each for key, each in value.items() if each is not None}
        return {key: self.value(element, each, (*path, key), {}) for key, each in given.items()}

    def _nested(self, prop: schema.Property, value: Value, path: Path, more: Mapping[str, Value]) -> Value:
        if not isinstance(value, dict):
            self._fail(f"expected an object, got {_type_name(value)}", path)
            return value
        return self.object(self.schema.objects.get(prop.type[1:], {}), value, path, more)

    def _plain(self, prop: schema.Property, value: Value, path: Path) -> Value:
        if prop.type == "any":
            return value
        converted = _convert(prop.type, value)
        if converted is None:
            shown = "" if self._is_secret(path) else f", value: '{value}'"
            wanted = _PYTHON_NAMES[prop.type]
            self._fail(f"expected type '{wanted}', got unconvertible type '{_type_name(value)}'{shown}", path)
            return value
        if prop.values and converted not in (*prop.values, ""):
            allowed = " ".join(f'"{each}"' for each in prop.values)
            self._fail(f"expected {snake_path(path)} to be one of [{allowed}], got {converted}", path)
        return converted

    def _required(self, properties: Mapping[str, schema.Property], result: Props, path: Path) -> None:
        for name, prop in properties.items():
            if prop.required and name not in result:
                where = pulumi_path((*path, name))
                self.checking.fail(f"Missing required property '{where}'")

    def _unknown_name(self, name: str, properties: Mapping[str, schema.Property], path: Path) -> None:
        near = difflib.get_close_matches(name, properties, n=1)
        hint = f". Did you mean '{near[0]}'?" if near else ""
        self._fail(f"Invalid or unknown key{hint}", path)

    def _is_secret(self, path: Path) -> bool:
        named = path[0] in self.schema.secrets
        return named or any(path[: len(each)] == each for each in self._secrets)

    def _fail(self, reason: str, path: Path) -> None:
        self.checking.fail(reason, pulumi_path(path))


def _defaults(
    properties: Mapping[str, schema.Property], result: Props, more: Mapping[str, Value]
) -> list[str]:
    """Apply defaults. Zero values are left to the provider's plan, as the real one leaves them."""
    applied = []
    for name, prop in properties.items():
        default = more.get(name) if name in more else _parse(prop.type, prop.default)
        if name in result or not default or isinstance(default, dict):
            continue
        result[name] = default
        applied.append(name)
    return sorted(applied)


def pulumi_path(path: Path) -> str:
    """`template.containers[0].image`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def snake_path(path: Path) -> str:
    """`template.0.containers.0.image` as Terraform would have it, single objects without their index."""
    return ".".join(str(step) if isinstance(step, int) else snake(step) for step in path)


def _conflicts(kind: Kind, checking: Checking) -> None:
    for group in kind.conflicts:
        given = [name for name in group if checking.inputs.get(name) is not None]
        for name in given:
            for other in given:
                if name < other:
                    checking.fail(f'"{snake(name)}": conflicts with {snake(other)}', name)


def _autoname(inputs: Props, olds: Props, urn_name: str, seed: bytes, wish: Autonaming | None) -> None:
    if wish is not None and wish.mode == "DISABLE":
        return
    if olds.get("name") and "name" in (olds.get(DEFAULTS) or ()):
        name = olds["name"]
    elif wish is not None and wish.proposed:
        name = wish.proposed
    else:
        suffix = hashlib.sha256(seed + urn_name.encode()).hexdigest()[:_SUFFIX_LENGTH]
        name = f"{urn_name.lower()}-{suffix}"[-_NAME_LENGTH:]
    inputs["name"] = name
    inputs[DEFAULTS] = sorted({*inputs[DEFAULTS], "name"})


def _nested_defaults(flat: Mapping[str, Value]) -> dict[str, Any]:
    """`{"settings.pricingPlan": "PER_USE"}` as a tree."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *parents, leaf = path.replace("[]", "").split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return tree


def _parse(of: str, default: str | None) -> Value:
    if default is None:
        return None
    if of == "bool":
        return default == "true"
    if of in {"int", "float"}:
        try:
            return float(default)
        except ValueError:
            return None
    return default if of == "str" else None


def _convert(of: str, value: Value) -> Value:
    """The value as the schema's type, converted as weakly as Terraform does; None when it cannot be."""
    if of == "str":
        return _as_text(value)
    if of == "bool":
        words = {"true": True, "1": True, "false": False, "0": False}
        return value if isinstance(value, bool) else words.get(str(value).lower())
    if isinstance(value, bool) or not isinstance(value, float | int | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return None if of == "int" and number != int(number) else number


def _as_text(value: Value) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return str(int(value)) if value == int(value) else str(value)
    return value if isinstance(value, str) else None


def _type_name(value: Value) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, float | int):
        return "float64"
    if isinstance(value, list):
        return "[]interface {}"
    return "string" if isinstance(value, str) else "map[string]interface {}"
