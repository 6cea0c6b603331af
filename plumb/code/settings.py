"""Variables that pydantic settings read: a class's fields, with their aliases, prefix and nested models.

Owns how pydantic and pydantic-settings name a field's variable; version 1's `env` and `Config` too.
Source: https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plumb.code.found import Place, Read, Unclear

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from plumb.code.module import Module

_SETTINGS: Final = frozenset(
    {"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"}
)
_FIELDS: Final = frozenset({"pydantic.Field", "pydantic.v1.Field", "pydantic_settings.Field"})
_SECRETS: Final = frozenset({"SecretStr", "SecretBytes"})
_CONFIG: Final = ("env_prefix", "env_nested_delimiter", "case_sensitive")


@dataclass
class Model:
    """A class of the scanned code.

    Attributes:
        name: Its name.
        module: Where it stands.
        node: Its tree.
        bases: What it derives from, by name.
        settings: Whether it derives from pydantic's settings directly.
        config: Its own settings of settings; None for one that is no literal.
    """

    name: str
    module: Module
    node: ast.ClassDef
    bases: tuple[str, ...]
    settings: bool
    config: dict[str, str | bool | None] = field(default_factory=dict)


def models_of(module: Module) -> Iterator[Model]:
    """The classes of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            paths = [module.path(base) for base in node.bases]
            yield Model(
                node.name,
                module,
                node,
                tuple(path.rpartition(".")[2] for path in paths),
                any(path in _SETTINGS for path in paths),
                _config(module, node),
            )


def reads_of(models: Sequence[Model]) -> Iterator[Read | Unclear]:
    """What all settings of the scanned code read."""
    named = {one.name: one for one in models}
    settings = [one for one in models if any(base.settings for base in _line(one, named))]
    bases = {base for one in settings for base in one.bases}
    for one in settings:
        if one.name in bases and not _made(one, models):
            continue  # its fields are read by the classes that derive from it
        line = _line(one, named)
        config: dict[str, str | bool | None] = {}
        for base in reversed(line):
            config |= base.config
        unknown = [key for key in _CONFIG if key in config and config[key] is None]
        if unknown:
            place = Place(one.module.file, one.node.lineno)
            yield Unclear(place, f"{one.name} reads by {' and '.join(unknown)}, known only when it runs")
            continue
        yield from _fields(line, named, config, str(config.get("env_prefix") or ""), required=True, above=())


def _line(model: Model, named: Mapping[str, Model]) -> list[Model]:
    """A class and all that it derives from in the scanned code, nearest first."""
    found, queue = [model], list(model.bases)
    while queue:
        base = named.get(queue.pop(0))
        if base is not None and base not in found:
            found.append(base)
            queue += base.bases
    return found


def _made(model: Model, models: Sequence[Model]) -> bool:
    modules = {id(one.module): one.module for one in models}.values()
    return any(
        isinstance(node, ast.Call) and module.path(node.func).rpartition(".")[2] == model.name
        for module in modules
        for node in ast.walk(module.tree)
    )


def _fields(  # noqa: PLR0913 - what a nested model inherits from the one around it
    line: Sequence[Model],
    named: Mapping[str, Model],
    config: Mapping[str, str | bool | None],
    prefix: str,
    *,
    required: bool,
    above: tuple[str, ...],
) -> Iterator[Read | Unclear]:
    seen: set[str] = set()
    for model in line:
        for node in model.node.body:
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name, annotation = node.target.id, ast.unparse(node.annotation)
            if name in seen or name.startswith("_") or name == "model_config" or "ClassVar" in annotation:
                continue
            seen.add(name)
            place = Place(model.module.file, node.lineno)
            aliases, has_default = _field(model.module, node)
            if aliases is None:
                yield Unclear(place, f"the alias of {model.name}.{name} is known only when it runs")
                continue
            names = tuple(_cased(one, config) for one in aliases) or (_cased(f"{prefix}{name}", config),)
            needed = required and not has_default
            inner, delimiter = _inner(node.annotation, named), config.get("env_nested_delimiter")
            if inner is not None and delimiter and inner.name not in above:
                yield from _fields(
                    _line(inner, named),
                    named,
                    config,
                    f"{names[0]}{delimiter}",
                    required=needed,
                    above=(*above, inner.name),
                )
            else:
                yield Read(names, place, needed, any(word in annotation for word in _SECRETS))


def _inner(annotation: ast.expr, named: Mapping[str, Model]) -> Model | None:
    """The model that a field holds, where it is one of the scanned code."""
    for node in ast.walk(annotation):
        name = node.id if isinstance(node, ast.Name) else str(getattr(node, "attr", ""))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        if name in named and not any(one.settings for one in _line(named[name], named)):
            return named[name]
    return None


def _cased(name: str, config: Mapping[str, str | bool | None]) -> str:
    # Without `case_sensitive` any case will do; in capitals it is what a contract says.
    return name if config.get("case_sensitive") else name.upper()


def _field(module: Module, node: ast.AnnAssign) -> tuple[tuple[str, ...] | None, bool]:
    """The aliases of a field, and whether it has a default; None for aliases that are no literals."""
    calls = [one for one in ast.walk(node.annotation) if isinstance(one, ast.Call)]
    if isinstance(node.value, ast.Call):
        calls.append(node.value)
    has_default = node.value is not None and not _is_ellipsis(node.value)
    aliases: tuple[str, ...] | None = ()
    for call in calls:
        if module.path(call.func) not in _FIELDS:
            continue
        keywords = {one.arg: one.value for one in call.keywords}
        default = keywords.get("default", call.args[0] if call.args else None)
        given = (default is not None and not _is_ellipsis(default)) or "default_factory" in keywords
        has_default = given if call is node.value else has_default or given
        # validation_alias is what is read where both are given; `env` is version 1's.
        alias = next((keywords[key] for key in ("validation_alias", "alias", "env") if key in keywords), None)
        if alias is not None:
            aliases = _aliases(module, alias)
    return aliases, has_default


def _aliases(module: Module, node: ast.expr) -> tuple[str, ...] | None:
    if isinstance(node, ast.Call) and module.path(node.func).endswith("AliasChoices"):
        choices = node.args
    elif isinstance(node, ast.List | ast.Tuple):
        choices = node.elts
    else:
        choices = [node]
    found: list[str] = []
    for one in choices:
        texts = module.literals.texts(one)
        if texts is None or len(texts) != 1:
            return None
        found += texts
    return tuple(found)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _config(module: Module, node: ast.ClassDef) -> dict[str, str | bool | None]:
    """What a class says of how its variables are named."""
    found: dict[str, ast.expr] = {one.arg: one.value for one in node.keywords if one.arg is not None}
    for one in node.body:
        match one:
            case (
                ast.Assign(targets=[ast.Name(id="model_config")], value=value)
                | ast.AnnAssign(target=ast.Name(id="model_config"), value=value)
            ):
                if isinstance(value, ast.Call):
                    found |= {each.arg: each.value for each in value.keywords if each.arg is not None}
                elif isinstance(value, ast.Dict):
                    pairs = zip(value.keys, value.values, strict=True)
                    found |= {
                        key.value: each
                        for key, each in pairs
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    }
            case ast.ClassDef(name="Config", body=body):
                found |= {
                    each.targets[0].id: each.value
                    for each in body
                    if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
                }
            case _:
                pass
    return {key: _literal(module, found[key]) for key in _CONFIG if key in found}


def _literal(module: Module, node: ast.expr) -> str | bool | None:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool)):
        return bool(node.value)
    texts = module.literals.texts(node)
    if isinstance(node, ast.Constant) and node.value == "":
        return ""
    return texts[0] if texts is not None and len(texts) == 1 and "*" not in texts[0] else None
