"""The one base of every settings model.

Owns how a model reads the stack file: camelCase keys in YAML, snake_case in Python, frozen, unknown keys
refused, no value turned silently into another type. Does not own any setting.
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """A mapping in the stack file.

    Keys are camelCase there and snake_case here. Values keep the type that they have in YAML: `"4"` is not
    an integer. Pydantic's own messages never echo an input, for it may be a secret.
    """

    example: ClassVar[Mapping[str, object] | None] = None
    """A right value in YAML's keys, where the required keys alone would not be one."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        validate_default=False,
    )
