"""Pydantic's errors in this project's words.

Owns the translation of each type of error. Never shows a value that may be a secret, nor pydantic's own text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from catalog.source import Breach
from components.settings.examples import example_at, known_keys, model_at
from components.settings.fields import BREACH
from components.settings.problem import HIDDEN, Path, Problem, dotted, entry, flow, is_hidden, kind, of_breach
from components.settings.rules.nearest import listed, nearest

NAMESPACE = "plumbline"
MISSING = "is missing"
_NEEDED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
}


def config_key(field: str) -> str:
    """The config key of a top-level field: project and region are Google's, all else ours."""
    return f"gcp:{field}" if field in ("project", "region") else f"{NAMESPACE}:{field}"


def problems_of(error: ValidationError, root: type[BaseModel]) -> Iterator[Problem]:
    """Each of pydantic's errors as a problem."""
    for detail in error.errors(include_url=False):
        yield _problem(detail, root)


def _problem(detail: Mapping[str, Any], root: type[BaseModel]) -> Problem:
    of_key = detail["loc"][-1] == "[key]"
    keys = tuple(str(part) for part in detail["loc"] if part != "[key]")
    path: Path = (config_key(keys[0]), *keys[1:])
    kind_of_error, value = detail["type"], detail["input"]
    if kind_of_error == BREACH:
        breach: Breach = detail["ctx"][BREACH]
        return _key_breach(path, breach) if of_key else _breach(path, breach, value, example_at(root, keys))
    if kind_of_error == "missing":
        fix = entry(path[-1], example_at(root, keys))
        return Problem(path, MISSING, "it is required and has no default", fix)
    if kind_of_error == "extra_forbidden":
        return _unknown(path, value, known_keys(model_at(root, keys[:-1]) or root))
    if kind_of_error == "literal_error":
        return _literal(path, value, detail["ctx"]["expected"])
    return _wrong_type(path, value, _NEEDED.get(kind_of_error, "another type"), example_at(root, keys))


def _breach(path: Path, breach: Breach, value: object, right: object) -> Problem:
    if not is_hidden(path):
        return of_breach(path, breach)
    problem = of_breach(path, replace(breach, example=right))
    shown = str(value)
    if not shown:
        return problem
    return replace(problem, what=problem.what.replace(shown, HIDDEN), why=problem.why.replace(shown, HIDDEN))


def _key_breach(path: Path, breach: Breach) -> Problem:
    why = breach.reason
    fix = f"{breach.example}:" if breach.example is not None else "remove it"
    return Problem(path, f"has a key that {breach.what}", why, fix)


def _unknown(path: Path, value: object, known: list[str]) -> Problem:
    near = nearest(path[-1], known)
    if near is None:
        return Problem(path, "is not a setting", f"the keys here are {listed(known)}", "remove it")
    scalar = value is None or isinstance(value, str | int | float)
    shown = scalar and not is_hidden(path) and not is_hidden((*path[:-1], near))
    why = f"did you mean {near}? The keys here are {listed(known)}"
    fix = entry(near, value) if shown else f"{near}:"
    return Problem(path, "is not a setting", why, fix, meant=(*path[:-1], near))


def _literal(path: Path, value: object, expected: str) -> Problem:
    allowed = expected.replace("'", "").replace(" or ", ", ").split(", ")
    near = nearest(str(value), allowed) or allowed[0]
    shown = HIDDEN if is_hidden(path) else kind(value) if not isinstance(value, str) else repr(value)
    return Problem(path, f"is {shown}", f"{path[-1]} is {' or '.join(allowed)}", entry(path[-1], near))


def _wrong_type(path: Path, value: object, needed: str, example: object) -> Problem:
    hidden = is_hidden(path)
    what = f"is {kind(value, hidden=hidden)}"
    why = f"{dotted(path).partition(':')[2] or path[-1]} takes {needed}"
    if needed == "a text" and isinstance(value, int | float) and not hidden:
        written = flow(value)
        return Problem(path, what, why, f'{path[-1]}: "{written}"')
    if isinstance(value, str) and not hidden and needed in ("a whole number", "true or false"):
        near = value.strip().lower()
        if near.lstrip("-").isdigit() or near in ("true", "false"):
            return Problem(path, what, why, f"{path[-1]}: {near}")
    return Problem(path, what, why, entry(path[-1], example))
