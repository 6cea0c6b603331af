"""A right value for each field, taken from the field's own type.

Owns how an example is found. Owns no example: those stand with the types in `fields`.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.settings.fields import Checked


def known_keys(model: type[BaseModel]) -> list[str]:
    """Keys of a model as they are written in YAML."""
    return [_alias(name, field) for name, field in model.model_fields.items()]


def model_at(root: type[BaseModel], keys: tuple[str, ...]) -> type[BaseModel] | None:
    """The model that a path of YAML keys leads to; None when it leads to something else."""
    here: Any = root
    for key in keys:
        inner = _inner(here, key)
        if inner is None:
            return None
        here = inner
    return here if _is_model(here) else None


def example_at(root: type[BaseModel], keys: tuple[str, ...]) -> object:
    """A right value for the field that a path of YAML keys leads to; None when there is none."""
    parent: Any = root
    for key in keys[:-1]:
        parent = _inner(parent, key)
    if _is_model(parent):
        field = _field(parent, keys[-1])
        return example_of_field(field) if field else None
    return example_of(_inner(parent, keys[-1]))


def example_of_field(field: FieldInfo) -> object:
    """A right value for a field."""
    checked = next((item for item in field.metadata if isinstance(item, Checked)), None)
    return checked.example if checked else example_of(field.annotation)


def example_of(annotation: Any) -> object:  # noqa: ANN401 - any type that a field may have
    """A right value of a type: required keys only, where it is a model."""
    annotation = _without_none(annotation)
    if _is_model(annotation) and getattr(annotation, "example", None):
        return annotation.example
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        return {_alias(name, field): example_of_field(field) for name, field in fields if field.is_required()}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        checked = next((item for item in arguments[1:] if isinstance(item, Checked)), None)
        return checked.example if checked else example_of(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in (Mapping, dict):
        return {str(example_of(arguments[0])): example_of(arguments[1])}
    return {int: 1, float: 1, bool: True, str: "text"}.get(annotation)


def _inner(here: Any, key: str) -> Any:  # noqa: ANN401 - any type that a field may have
    here = _without_none(here)
    if _is_model(here):
        field = _field(here, key)
        return _without_none(field.annotation) if field else None
    return get_args(here)[1] if get_origin(here) in (Mapping, dict) else None


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if key in (name, _alias(name, field))), None)


def _alias(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _is_model(annotation: Any) -> bool:  # noqa: ANN401 - any type that a field may have
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _without_none(annotation: Any) -> Any:  # noqa: ANN401 - any type that a field may have
    if get_origin(annotation) in (Union, UnionType):
        return next(part for part in get_args(annotation) if part is not NoneType)
    return annotation
