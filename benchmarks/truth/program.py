"""A platform as a program declares it: resources whose inputs hold outputs of others.

Owns the shapes and how inputs are resolved, once for a preview and once for an update. Knows no Google.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


ANOTHER_STACK = "another-stack"
"""Where what is hidden comes from, by its name in the program."""


@dataclass(frozen=True, slots=True)
class Out:
    """An output of another resource, by its name in the program; with what stands before it."""

    of: str
    key: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value that a preview cannot know and cannot trace, as one from another stack."""

    value: Any


@dataclass(frozen=True, slots=True)
class Declared:
    """One resource.

    Attributes:
        type: Its type.
        name: Its name in the program.
        inputs: What the program declares.
        depends: The names of what it waits for without taking anything from it.
        outside: Whether it exists without being declared: no plan holds it.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]
    depends: tuple[str, ...] = ()
    outside: bool = False

    @property
    def urn(self) -> str:
        """Its URN."""
        return f"urn:pulumi:truth::truth::{self.type}::{self.name}"


@dataclass(slots=True)
class Program:
    """A platform: what exists and what is declared, in the order in which it is created."""

    seed: int
    resources: list[Declared] = field(default_factory=list)

    def add(self, type_: str, name: str, /, **inputs: Any) -> str:  # noqa: ANN401 - inputs of any kind
        """Declares a resource; `_depends` and `_outside` are of the declaration.

        Returns:
            Its name.
        """
        depends, outside = tuple(inputs.pop("_depends", ())), bool(inputs.pop("_outside", False))
        given = {key: value for key, value in inputs.items() if value is not None}
        self.resources.append(Declared(type_, name, given, depends, outside))
        return name


def resolve(value: Any, output: Callable[[Out], Any], hidden: Callable[[Hidden], Any], unknown: Any) -> Any:  # noqa: ANN401 - JSON
    """A value with the outputs in their places.

    Args:
        value: What the program declares.
        output: What an output is.
        hidden: What a value that cannot be traced is.
        unknown: What stands for a value that is not known: all of a text is, when a part of it is.
    """
    if isinstance(value, Hidden):
        return hidden(value)
    if isinstance(value, Out):
        found = output(value)
        return found if found is unknown or not value.before else f"{value.before}{found}"
    if isinstance(value, dict):
        return {key: resolve(one, output, hidden, unknown) for key, one in value.items()}
    if isinstance(value, list):
        return [resolve(one, output, hidden, unknown) for one in value]
    return value


def needs(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The names of the resources without which there is no such value."""
    if isinstance(value, Hidden):
        yield from needs(value.value)
    elif isinstance(value, Out):
        yield value.of
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from needs(one)


def sources(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The names of the resources that a value is seen to come from."""
    if isinstance(value, Out):
        yield value.of
    elif isinstance(value, Hidden):
        yield ANOTHER_STACK
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from sources(one)
