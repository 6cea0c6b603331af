"""What every contract file is made of: names, small types, and how a fault is told.

Owns the base of the models. Names and values may hold `{environment}` (`staging`) and, in names,
`{ENVIRONMENT}` (`STAGING`).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Optional

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

ENVIRONMENT = "{environment}"
ENVIRONMENT_UPPER = "{ENVIRONMENT}"
_PLACEHOLDER = re.compile(r"\{[^}]*\}?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Cloud Run: lower-case letters, digits and hyphens, at most 49 characters, from a letter on.
# https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#Service
_SERVICE = re.compile(r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?")
# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
_NUMBER = re.compile(r"[1-9][0-9]{5,18}")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")


def fault(what: str, why: str, fix: str) -> PydanticCustomError:
    """An error that carries our three parts; the loader adds file and line."""
    return PydanticCustomError("contract", "{what}", {"what": what, "why": why, "fix": fix})


def expand(text: str, environment: str) -> str:
    """The text with the environment's name in its places."""
    return text.replace(ENVIRONMENT, environment).replace(ENVIRONMENT_UPPER, environment.upper())


def _named(kind: str, shape: re.Pattern[str], example: str) -> Any:  # noqa: ANN401 - pydantic's annotation
    def check(name: str) -> str:
        for placeholder in _PLACEHOLDER.findall(name):
            if placeholder not in {ENVIRONMENT, ENVIRONMENT_UPPER}:
                raise fault(
                    f"{name!r} holds {placeholder}, which means nothing",
                    "only the environment can stand in a name",
                    f"write {ENVIRONMENT} or {ENVIRONMENT_UPPER}",
                )
        if not shape.fullmatch(expand(name, "staging")):
            raise fault(f"{name!r} is no name of a {kind}", f"nothing can ever match it: {kind}s", example)
        return name

    return AfterValidator(check)


VariableName = Annotated[
    StrictStr,
    _named("variable", _VARIABLE, "letters, digits and underscores, such as JWT_SECRET_{ENVIRONMENT}"),
]
ServicePattern = Annotated[
    StrictStr,
    _named(
        "Cloud Run service", _SERVICE, "lower-case letters, digits and hyphens: netra-backend-{environment}"
    ),
]
ProjectId = Annotated[
    StrictStr, _named("Google Cloud project", _PROJECT, "the project's id, such as netra-staging")
]
ProjectNumber = Annotated[
    StrictStr,
    BeforeValidator(
        lambda number: str(number) if type(number) is int else number, json_schema_input_type=int | str
    ),
    _named("Google Cloud project by its number", _NUMBER, "the project's number, such as 123456789012"),
]
EnvironmentName = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9]*$")]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Scalar = StrictStr | StrictInt
Profile = Literal["soc2", "hipaa"]


def empty_is_defaults(model: type[BaseModel]) -> BeforeValidator:
    """Lets a key with nothing behind it stand for a model with nothing in it."""
    # `POSTGRES_HOST:` with nothing behind it is how a requirement without more to say is written.
    return BeforeValidator(
        lambda value: {} if value is None else value,
        json_schema_input_type=Optional[model],  # noqa: UP045 - a value
    )


def true_is_defaults(value: object) -> object:
    """Lets `true` stand for a model with nothing in it."""
    return {} if value is True else value


def one_or_many(value: object) -> object:
    """Lets a list of one be written without its brackets."""
    return [value] if isinstance(value, str) else value


class Model(BaseModel):
    """What all contract models share: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False, validate_by_alias=True
    )
