"""Where settings are read from: a stack file offline, or the engine's config inside a Pulumi program.

Owns both ways, and how a program ends when settings are wrong. Does not own what is right: see `validate`.
The YAML reader is imported only where a file is read: a program whose settings are right never needs it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from components.settings.platform import PlatformSettings
from components.settings.report import SettingsError
from components.settings.validate import validate

if TYPE_CHECKING:
    from components.settings.document import Document

STACK_FILE = "PLUMB_STACK_FILE"
"""Environment variable that names the stack file in which lines are looked up."""
USER_WAS_TOLD = 32
"""Exit code of a program that has shown its own error; after a `pulumi.RunError` the engine adds one more."""


def read_stack_file(path: Path, *, require_secrets: bool = False) -> PlatformSettings:
    """Read and validate a stack file, without an engine.

    Args:
        path: The file.
        require_secrets: Whether the secret keys that it names must be set in it.

    Raises:
        SettingsError: When anything in it is wrong; its message names everything.
    """
    from components.settings.document import read_document  # noqa: PLC0415 - spares a program the YAML reader

    document = read_document(_shown(path), path.read_text(encoding="utf-8"))
    if document.problems and not document.config:
        raise SettingsError(document, document.problems)
    found = validate(document.config, frozenset(document.encrypted), require_secrets=require_secrets)
    problems = found if isinstance(found, list) else []
    if isinstance(found, list) or document.problems:
        raise SettingsError(document, [*document.problems, *problems])
    return found


def load_settings() -> PlatformSettings:
    """Read and validate the settings of the running Pulumi program from the engine's config.

    When anything is wrong, all of it is logged as one error of the stack and the program ends with the exit
    code by which the language host knows that the user was told: no traceback, no second message.

    Raises:
        SystemExit: When anything is wrong.
    """
    import pulumi  # noqa: PLC0415 - offline nothing needs the SDK

    config, encrypted = engine_config()
    found = validate(config, encrypted, require_secrets=True)
    if isinstance(found, PlatformSettings):
        return found
    path = Path(os.environ.get(STACK_FILE) or default_stack_file(pulumi.get_stack()))
    pulumi.log.error(str(SettingsError(lines_of(path), found)))
    raise SystemExit(USER_WAS_TOLD)


def engine_config() -> tuple[dict[str, object], frozenset[str]]:
    """All config values of the program, objects read from JSON, and the keys of those that are secret."""
    from pulumi.runtime import config as runtime  # noqa: PLC0415 - offline nothing needs the SDK

    values = runtime.CONFIG.get() or runtime.get_config_env()
    secret = runtime._SECRET_KEYS.get() or runtime.get_config_secret_keys_env()  # noqa: SLF001 - no public list
    return {key: _read(value) for key, value in values.items()}, frozenset(secret)


def _read(value: str) -> object:
    """A config value: the engine hands over objects and truth values as text."""
    if value in ("true", "false"):
        return value == "true"
    if value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def default_stack_file(stack: str) -> str:
    """Name of the stack's file: a qualified name's last part counts."""
    return f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def lines_of(path: Path) -> Document:
    """The stack file, for its lines; an empty one when it cannot be read: the engine has the values."""
    from components.settings.document import Document, read_document  # noqa: PLC0415 - needed only to refuse

    try:
        return read_document(_shown(path), path.read_text(encoding="utf-8"))
    except OSError:
        return Document(_shown(path))


def _shown(path: Path) -> str:
    """The path as messages give it: relative where it lies below the working folder."""
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else path.name
