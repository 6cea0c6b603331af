"""The stack that `plumb size` works on: its settings field by field, and what they would be with changes.

Owns reading a stack whose sections do not fit one another, for that is what is to be mended: only a field
that is wrong in itself ends it. Does not decide what is changed (`proposal`), nor writes (`writing`).
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from components.settings import PlatformSettings, SettingsError
from components.settings.document import Document, read_document
from components.settings.translate import problems_of
from components.settings.validate import FIELD_OF, in_order, validate
from policies.plan.errors import SourceError
from policies.plan.stack_file import chosen_stack, find_project, read_project, stack_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from components.settings.problem import Path as Place


class SizingError(Exception):
    """Why nothing can be sized, in words for the user."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is to have another value.

    Attributes:
        path: The setting, as problems name it: a config key, then keys.
        now: What it is; None when it is not written, or null.
        then: What it is to be.
    """

    path: Place
    now: object
    then: object

    @property
    def name(self) -> str:
        """The setting as messages name it."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack's file as it was read.

    Attributes:
        name: The stack.
        path: Its file.
        text: What the file holds.
        document: Its values and lines.
        settings: Its settings, each right in itself.
    """

    name: str
    path: Path
    text: str
    document: Document
    settings: PlatformSettings

    @property
    def shown(self) -> str:
        """The file as messages name it."""
        return os.path.relpath(self.path)

    def with_changes(self, changes: Sequence[Change]) -> PlatformSettings:
        """The settings with changes.

        Raises:
            SettingsError: They do not fit one another; the problems name everything.
        """
        config = changed(self.document.config, changes)
        found = validate(config, frozenset(self.document.encrypted), require_secrets=False)
        if isinstance(found, list):
            raise SettingsError(self.document, found)
        return found


def changed(config: Mapping[str, object], changes: Sequence[Change]) -> Mapping[str, object]:
    """Config values with changes."""
    result = deepcopy(dict(config))
    for change in changes:
        *parents, last = change.path
        section: dict[str, object] = result
        for parent in parents:
            inner = section[parent]
            if not isinstance(inner, dict):
                raise TypeError(change.name)
            section = inner
        section[last] = change.then
    return result


def read_stack(named: str | None, environ: Mapping[str, str]) -> Stack:
    """Reads a stack of the project here, or a stack's file.

    Raises:
        SizingError: There is no such stack, or its file cannot be read.
        SettingsError: A field of it is wrong in itself.
    """
    if named is not None and Path(named).suffix in (".yaml", ".yml"):
        path = Path(named)
        return _read(path.stem.removeprefix("Pulumi."), path)
    file = find_project(Path())
    if file is None:
        raise SizingError(
            "no Pulumi project here (no Pulumi.yaml); go to its folder, or name Pulumi.STACK.yaml"
        )
    try:
        project = read_project(file)
    except SourceError as error:
        raise SizingError(str(error)) from None
    known = ", ".join(project.stacks) or "none"
    try:
        stack = named or chosen_stack(project, environ)
    except SourceError:
        raise SizingError(f"no stack is selected; name one: plumb size STACK, with one of {known}") from None
    if stack.rpartition("/")[2] not in project.stacks:
        raise SizingError(f"no stack {stack!r} here; its stacks: {known}")
    return _read(stack, stack_path(project, stack))


def beside(stack: Stack, environment: str) -> Iterator[Stack]:
    """The stacks in the same folder that are another environment, as far as they can be read."""
    for path in sorted(set(stack.path.parent.glob("Pulumi.*.yaml")) - {stack.path}):
        try:
            other = _read(path.stem.removeprefix("Pulumi."), path)
        except (SizingError, SettingsError):
            continue  # another stack's faults are told where that one is sized
        if other.settings.environment == environment:
            yield other


def _read(name: str, path: Path) -> Stack:
    try:
        text = path.read_bytes().decode("utf-8")  # line ends as they are: they are written back
    except (OSError, UnicodeDecodeError) as error:
        raise SizingError(f"{path}: cannot be read: {error}") from None
    document = read_document(path.name, text)
    if document.problems:
        raise SettingsError(document, document.problems)
    raw = {FIELD_OF[key]: in_order(value) for key, value in document.config.items() if key in FIELD_OF}
    try:
        settings = PlatformSettings.model_validate(raw)
    except ValidationError as error:
        raise SettingsError(document, problems_of(error, PlatformSettings)) from None
    return Stack(name, path, text, document, settings)
