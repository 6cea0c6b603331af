"""Reads what pulumi-gcp says about one resource type, from the text of the installed package.

Owns the reading of generated Python source: property names, types, which are required, which values a
property may have, its default, which outputs always exist, which are secret, and the formats of a resource's
id. Does not import pulumi_gcp: importing `pulumi_gcp.compute` alone costs seconds and hundreds of megabytes,
while the few classes that one resource needs are found in the mapped file within milliseconds.
"""

from __future__ import annotations

import mmap
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARAMETER = re.compile(r"^ {17}(\w+): (pulumi\.Input\[.*\])( = None)?[,)]", re.MULTILINE)
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<camel>\w+)"\))?\n(?:    @_utilities\.deprecated\(.*?\)\n)?'
    r'    def (?P<snake>\w+)\(self\) -> (?P<type>[^\n]*):\n(?:        """(?P<doc>.*?)""")?',
    re.DOTALL,
)
_ENUM = re.compile(r"Possible values are: ((?:`[^`]+`(?:,\s*)?)+)\.")
_DEFAULT = re.compile(r"Default value is `([^`]*)`\.")
_FORCES_NEW = re.compile(r"(?:forces a new resource|[Cc]hanging this forces)")
_IMPORT = re.compile(r"^ +\$ pulumi import gcp:\S+ default (\S+)$", re.MULTILINE)
_SECRETS = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Property(NamedTuple):
    """One property: its type as `type_of` writes it and what the documentation promises of it."""

    type: str
    required: bool = False
    default: str | None = None
    values: tuple[str, ...] = ()
    forces_new: bool = False


class TypeSchema(NamedTuple):
    """What pulumi-gcp says about one resource type or function.

    `inputs` and the values of `objects` map camelCase names to `Property`; in `outputs`, `required` means
    that the property always has a value after create. `ids` are the formats of `pulumi import`, the
    resource's own first.
    """

    token: str
    inputs: dict[str, Property]
    outputs: dict[str, Property]
    objects: dict[str, dict[str, Property]]
    secrets: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


class NoSuchTypeError(LookupError):
    """The installed pulumi-gcp has no such type."""


def package_folder() -> Path:
    """The installed package's folder.

    Raises:
        NoSuchTypeError: pulumi-gcp is not installed in this interpreter.
    """
    spec = find_spec("pulumi_gcp")
    if spec is None or not spec.submodule_search_locations:
        raise NoSuchTypeError(
            "pulumi-gcp is not installed for this Python, so the sandbox cannot know Google's types. "
            "Install it in the environment the provider runs in: pip install pulumi-gcp"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def package_version() -> str:
    """The installed package's version, read beside the package without importing anything."""
    folder = package_folder()
    for info in sorted(folder.parent.glob("pulumi_gcp-*.dist-info")):
        return info.name.removeprefix("pulumi_gcp-").removesuffix(".dist-info")
    return "0.0.0"


def snake(name: str) -> str:
    """`ReservedIPRange` -> `reserved_ip_range`, as pulumi-gcp names its files."""
    return _WORD.sub("_", name).lower()


def read_resource(token: str) -> TypeSchema:
    """Read one resource type (`gcp:redis/instance:Instance`).

    Raises:
        NoSuchTypeError: there is no such resource in the installed package.
    """
    module, name = _split(token)
    folder = package_folder() / module
    path = _resource_file(folder, name, token)
    text = path.read_text(encoding="utf-8")
    nested = _Nested(folder / "_inputs.py")
    inputs = _arguments(_class_text(text, f"{name}Args"))
    objects = nested.reachable(inputs.values())
    body = _class_text(text, name, keyword="pulumi.CustomResource")
    ids = tuple(_IMPORT.findall(body))
    secrets = _SECRETS.search(body)
    return TypeSchema(
        token=token,
        inputs=inputs,
        outputs=_outputs(body),
        objects=objects,
        secrets=tuple(re.findall(r'"(\w+)"', secrets[1])) if secrets else (),
        ids=ids,
    )


def read_function(token: str) -> TypeSchema:
    """Read one lookup (`gcp:secretmanager/getSecretVersion:getSecretVersion`): its arguments and its results.

    Raises:
        NoSuchTypeError: there is no such function in the installed package.
    """
    module, name = _split(token)
    path = package_folder() / module / f"{snake(name)}.py"
    if not path.is_file():
        raise NoSuchTypeError(f"pulumi-gcp {package_version()} has no function {token}")
    text = path.read_text(encoding="utf-8")
    result = _class_text(text, name[0].upper() + name[1:] + "Result")
    outputs = {
        (m["camel"] or m["snake"]): Property(type_of(m["type"]), "Optional[" not in m["type"])
        for m in _GETTER.finditer(result)
    }
    names = re.findall(r"^    __args__\['(\w+)'\] =", text, re.MULTILINE)
    inputs = {argument: outputs.get(argument, Property("any")) for argument in names}
    return TypeSchema(token, inputs, outputs, {})


def type_of(annotation: str) -> str:
    """Reduce a Python annotation to the sandbox's own words.

    `str`, `int`, `float`, `bool`, `any`, `[T]` for lists, `{T}` for maps and `@Name` for an object type.
    """
    text = annotation.strip()
    while True:
        for wrapper in ("pulumi.Input[", "pulumi.Output[", "Optional["):
            if text.startswith(wrapper):
                text = text[len(wrapper) : -1].strip()
                break
        else:
            break
    if text.startswith("Sequence["):
        return f"[{type_of(text[9:-1])}]"
    if text.startswith("Mapping["):
        return f"{{{type_of(text.partition(',')[2][:-1])}}}"
    if text[:1] in "'\"":
        return "@" + text.strip("'\"").removeprefix("outputs.").removesuffix("Args")
    plain = text.removeprefix("_builtins.")
    return plain if plain in {"str", "int", "float", "bool"} else "any"


def _split(token: str) -> tuple[str, str]:
    try:
        _, module, name = token.split(":")
    except ValueError:
        raise NoSuchTypeError(f"{token!r} is not a type of pulumi-gcp") from None
    return module.partition("/")[0], name


def _resource_file(folder: Path, name: str, token: str) -> Path:
    guess = folder / f"{snake(name)}.py"
    if guess.is_file() and token in guess.read_text(encoding="utf-8"):
        return guess
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith(("_", "get_", "outputs")) and f"'{token}'" in path.read_text(
            encoding="utf-8"
        ):
            return path
    raise NoSuchTypeError(f"pulumi-gcp {package_version()} has no resource type {token}")


def _class_text(text: str, name: str, keyword: str = "") -> str:
    opening = f"class {name}({keyword})" if keyword else f"class {name}:"
    start = text.find(f"\n{opening}")
    if start < 0:
        return ""
    following = re.compile(r"^(?:class |@pulumi\.|def )", re.MULTILINE).search(text, start + len(opening) + 1)
    return text[start : following.start() if following else len(text)]


def _arguments(body: str) -> dict[str, Property]:
    """The constructor's parameters, under the names the engine uses."""
    getters = {match["snake"]: match for match in _GETTER.finditer(body)}
    found = {}
    for parameter, annotation, optional in _PARAMETER.findall(body):
        getter = getters.get(parameter)
        camel = (getter["camel"] if getter else None) or parameter
        doc = (getter["doc"] if getter else None) or ""
        found[camel] = _property(annotation, doc, required=not optional)
    return found


def _outputs(body: str) -> dict[str, Property]:
    return {
        (m["camel"] or m["snake"]): _property(
            m["type"], m["doc"] or "", required="Output[Optional[" not in m["type"]
        )
        for m in _GETTER.finditer(body)
    }


def _property(annotation: str, doc: str, *, required: bool) -> Property:
    values = _ENUM.search(doc)
    default = _DEFAULT.search(doc)
    return Property(
        type=type_of(annotation),
        required=required,
        default=default[1] if default else None,
        values=tuple(re.findall(r"`([^`]+)`", values[1])) if values else (),
        forces_new=bool(_FORCES_NEW.search(doc)),
    )


class _Nested:
    """The object types of one module, found in its mapped `_inputs.py`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def reachable(self, properties: Iterator[Property] | object) -> dict[str, dict[str, Property]]:
        """Every object type that these properties lead to."""
        wanted = list(_object_names(properties))
        found: dict[str, dict[str, Property]] = {}
        if not wanted or not self._path.is_file():
            return found
        with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            while wanted:
                name = wanted.pop()
                if name not in found:
                    found[name] = _arguments(_mapped_class(text, f"{name}Args"))
                    wanted.extend(_object_names(found[name].values()))
        return found


def _mapped_class(text: mmap.mmap, name: str) -> str:
    start = text.find(f"\nclass {name}:\n".encode())
    if start < 0:
        return ""
    end = text.find(b"\nclass ", start + 1)
    return text[start : end if end > 0 else len(text)].decode()


def _object_names(properties: object) -> Iterator[str]:
    for each in properties:  # type: ignore[attr-defined]  # any iterable of Property
        bare = each.type.strip("[]{}")
        if bare.startswith("@"):
            yield bare[1:]
