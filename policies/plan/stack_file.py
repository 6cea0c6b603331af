"""A project's and a stack's file, read as the CLI reads them, without decrypting anything.

Owns the configuration that a program is given, the choice of a stack, and the line on which a value stands.
What is encrypted, and what a value names as the key of a secret that is set elsewhere (`passwordConfigKey:
postgresPassword`), gets a stand-in: nobody is asked for a passphrase.

Source: https://www.pulumi.com/docs/iac/concepts/projects/project-file/ and
https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from policies.plan.errors import SourceError
from policies.plan.values import MASKED_STAND_IN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_STACK_FILE: Final = re.compile(r"Pulumi\.(?P<stack>.+)\.(?:ya?ml|json)")
_NAMES_A_SECRET: Final = re.compile(r"(?:\w+C|c)onfigKey")
_SECURE: Final = "secure"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a program.

    Attributes:
        folder: The folder of the project's file.
        name: The project's name.
        program: The folder or the file that is run.
        config: What the project's file gives every stack.
        stack_files: Where the stacks' files lie.
    """

    folder: Path
    name: str
    program: Path
    config: Mapping[str, Any]
    stack_files: Path

    @property
    def stacks(self) -> Sequence[str]:
        """The stacks that have a file, by name."""
        found = (_STACK_FILE.fullmatch(path.name) for path in sorted(self.stack_files.glob("Pulumi.*.*")))
        return [match["stack"] for match in found if match is not None]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a program is told of its stack.

    Attributes:
        values: As text, objects as JSON, by full key.
        secret: The keys of those that are secret.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()


def find_project(folder: Path) -> Path | None:
    """The project's file of a folder or of one above it."""
    start = folder.resolve()
    for one in (start, *start.parents):
        for name in PROJECT_FILES:
            if (one / name).is_file():
                return one / name
    return None


def read_project(path: Path) -> Project:
    """What a project's file says.

    Raises:
        SourceError: It is malformed, or the program is not Python.
    """
    content = _read(path)
    name, runtime = content.get("name"), content.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if not isinstance(name, str):
        raise SourceError("has no `name`", where=str(path), fix="name: my-project")
    if language != "python":
        raise SourceError(
            f"the program is written in {language}, and only Python runs without an engine",
            where=str(path),
            fix="pulumi preview --json --stack STACK > plan.json; then: plumb check plan.json",
        )
    # `config` may also name a folder, an older word for stackConfigDir.
    config = content.get("config")
    beside = content.get("stackConfigDir") or (config if isinstance(config, str) else "")
    return Project(
        folder=path.parent,
        name=name,
        program=path.parent / str(content.get("main") or ""),
        config=config if isinstance(config, dict) else {},
        stack_files=path.parent / str(beside),
    )


def stack_path(project: Project, stack: str) -> Path:
    """The stack's file.

    Raises:
        SourceError: There is none.
    """
    short = stack.rpartition("/")[2]
    for ending in ("yaml", "yml", "json"):
        path = project.stack_files / f"Pulumi.{short}.{ending}"
        if path.is_file():
            return path
    known = ", ".join(project.stacks) or "none"
    raise SourceError(
        f"project {project.name} has no stack {short}; it has: {known}",
        where=str(project.stack_files / f"Pulumi.{short}.yaml"),
        fix="plumb check STACK, with one of these"
        if project.stacks
        else f"write Pulumi.{short}.yaml: config: {{gcp:project: PROJECT_ID}}",
    )


def chosen_stack(project: Project, environ: Mapping[str, str]) -> str:
    """The stack that is meant where none is named: PULUMI_STACK, the selected one, or the only one.

    Raises:
        SourceError: There are several, or none.
    """
    selected = environ.get("PULUMI_STACK") or _selected(project, environ)
    if selected:
        return selected
    if len(project.stacks) == 1:
        return project.stacks[0]
    if not project.stacks:
        raise SourceError(
            f"project {project.name} has no stack",
            where=str(project.stack_files),
            fix="write Pulumi.STACK.yaml: config: {gcp:project: PROJECT_ID}",
        )
    raise SourceError(
        f"project {project.name} has several stacks and none is selected: {', '.join(project.stacks)}",
        where=str(project.folder),
        fix=f"plumb check {project.stacks[-1]}, or: plumb check --stack {project.stacks[-1]}",
    )


def read_configuration(project: Project, path: Path) -> Configuration:
    """What the program is told of the stack, secrets replaced by stand-ins.

    Raises:
        SourceError: The stack's file is malformed.
    """
    content = _read(path)
    config = content.get("config") or {}
    if not isinstance(config, dict):
        raise SourceError(
            "`config` is not a mapping", where=str(path), fix="config: {gcp:project: PROJECT_ID}"
        )
    given: dict[str, Any] = {}
    for key, declared in project.config.items():
        value = _default(declared)
        if value is not None:
            given[_full(project, key)] = value
    given.update({_full(project, key): value for key, value in config.items()})
    secret = {key for key, value in given.items() if _encrypted(value)}
    values = {key: _text(value) for key, value in given.items() if value is not None}
    for key in named_secrets(config):
        full = _full(project, key)
        if full not in given:
            values[full] = MASKED_STAND_IN
            secret.add(full)
    return Configuration(values, frozenset(secret))


def _read(path: Path) -> dict[str, Any]:
    fix = "mend the line, or the one before it"
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=str(path), fix="name another") from None
    except UnicodeDecodeError:
        raise SourceError("is not text", where=str(path), fix="write it in UTF-8") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise SourceError(f"is not YAML: {error.problem}", where=where, fix=fix) from None
    except YAMLError as error:
        raise SourceError(f"is not YAML: {error}", where=str(path), fix=fix) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SourceError("is not a mapping", where=f"{path}:1", fix="write `key: value` lines")
    return content


def _full(project: Project, key: object) -> str:
    """A key with its namespace, which is the project where none is written."""
    return str(key) if ":" in str(key) else f"{project.name}:{key}"


def _default(declared: object) -> object:
    """What a project's file gives a key: `value`, `default`, or the value itself."""
    if isinstance(declared, dict) and _SECURE not in declared:
        return declared.get("value", declared.get("default"))
    return declared


def _encrypted(value: object) -> bool:
    if isinstance(value, dict):
        return set(value) == {_SECURE} or any(_encrypted(one) for one in value.values())
    return isinstance(value, list) and any(_encrypted(one) for one in value)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        if set(value) == {_SECURE}:
            return MASKED_STAND_IN
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, str):
        return plain
    if isinstance(plain, dict | list | bool):
        # A day, which YAML reads as one, is written as it was.
        return json.dumps(plain, separators=(",", ":"), default=str)
    return str(plain)


def named_secrets(config: object) -> set[str]:
    """The keys that values of the configuration name as the place of a secret."""
    found: set[str] = set()
    if isinstance(config, dict):
        for key, value in config.items():
            if isinstance(value, str) and _NAMES_A_SECRET.fullmatch(str(key)):
                found.add(value)
            else:
                found |= named_secrets(value)
    elif isinstance(config, list):
        for value in config:
            found |= named_secrets(value)
    return found


def _selected(project: Project, environ: Mapping[str, str]) -> str | None:
    """The stack that `pulumi stack select` wrote down, if it has a file.

    Where: https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/workspace/workspace.go
    """
    home = Path(environ.get("PULUMI_HOME") or Path(os.path.expanduser("~")) / ".pulumi")  # noqa: PTH111
    for name in PROJECT_FILES:
        digest = hashlib.sha1(str(project.folder / name).encode(), usedforsecurity=False).hexdigest()
        path = home / "workspaces" / f"{project.name}-{digest}-workspace.json"
        try:
            selected = json.loads(path.read_text(encoding="utf-8")).get("stack")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(selected, str) and selected.rpartition("/")[2] in project.stacks:
            return selected.rpartition("/")[2]
    return None
