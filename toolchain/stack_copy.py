"""The sandbox's own copy of a stack's file, so that no tracked file ever changes.

Owns: the copy, the merge when the tracked file changes, the generated secrets and the stack's creation in the
sandbox's backend. The copy lies in `$SANDBOX_STATE/<project>/`, beside a copy of Pulumi.yaml, so that the
commands that know no `--config-file` (`pulumi stack …`) can run there. It is JSON, which is YAML: reading it
costs nothing.
"""

from __future__ import annotations

import fcntl
import json
import re
import secrets
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.backend import stack_file
from toolchain.places import VENV, ToolchainError, digest, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECRET_BYTES = 24


@dataclass(frozen=True)
class StackCopy:
    """One stack of one project in one sandbox.

    Attributes:
        project: the folder that holds Pulumi.yaml.
        name: the project's name, from Pulumi.yaml.
        stack: the stack's name, without organisation or project.
        state: the sandbox's state folder.
        tracked: the stack's file in the repository; it may not exist.
    """

    project: Path
    name: str
    stack: str
    state: Path
    tracked: Path

    @property
    def folder(self) -> Path:
        """Where the copy lies."""
        return self.state / self.name

    @property
    def copy(self) -> Path:
        """The copy itself."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def base(self) -> Path:
        """What the tracked file said when the copy was made, with that file's digest."""
        return self.folder / f"{self.stack}.base.json"

    @property
    def exists_in_backend(self) -> bool:
        """Whether the sandbox's backend has this stack."""
        return stack_file(self.state / "pulumi", self.name, self.stack).exists()

    def prepare(self, env: Mapping[str, str]) -> None:
        """Bring the copy up to date with the tracked file and create the stack if the backend lacks it.

        Raises:
            ToolchainError: the tracked file is not YAML, or Pulumi refused to create the stack.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with _locked(self.folder / ".lock"):
            now = digest(self.tracked) if self.tracked.exists() else ""
            base = json.loads(self.base.read_text()) if self.base.exists() else {"digest": None, "config": {}}
            if now == base["digest"] and self.copy.exists() and self.exists_in_backend:
                return
            write_atomically(self.folder / "Pulumi.yaml", (self.project / "Pulumi.yaml").read_text())
            fresh = read_stack_file(self.tracked) if now else {}
            old = read_stack_file(self.copy) if self.copy.exists() else {}
            merged = merge(fresh, old, base["config"])
            named = {f"{self.name}:{key}" for key in secret_keys(merged["config"])}
            ours = set(base.get("generated") or ())
            for key in ours - named:  # a secret that nothing names any more is refused
                merged["config"].pop(key, None)
            write_atomically(self.copy, _json(merged))
            if not self.exists_in_backend:
                self._pulumi(env, "stack", "init", self.stack, "--no-select")
            generated = sorted((ours & named) | set(self._add_secrets(env)))
            kept = {"digest": now, "config": fresh.get("config") or {}, "generated": generated}
            write_atomically(self.base, _json(kept))

    def unprotected(self) -> Path:
        """Write, beside the copy, one in which deletion protection is off, and return its path."""
        content = read_stack_file(self.copy)
        content.setdefault("config", {})[f"{self.name}:deletionProtection"] = False
        path = self.folder / f"Pulumi.{self.stack}.unprotected.yaml"
        write_atomically(path, _json(content))
        return path

    def _add_secrets(self, env: Mapping[str, str]) -> list[str]:
        """Give every secret key that the configuration names, and that has no value, a random one; which."""
        added = []
        config = read_stack_file(self.copy).get("config") or {}
        for key in sorted(secret_keys(config)):
            if f"{self.name}:{key}" not in config:
                options = ("--secret", "--stack", self.stack, "--config-file", str(self.copy))
                self._pulumi(env, "config", "set", key, *options, value=secrets.token_urlsafe(SECRET_BYTES))
                added.append(f"{self.name}:{key}")
        return added

    def _pulumi(self, env: Mapping[str, str], *arguments: str, value: str = "") -> None:
        command = ["pulumi", *arguments, "--non-interactive"]
        done = subprocess.run(  # noqa: S603 - arguments are our own list
            command, cwd=self.folder, env=dict(env), input=value, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ToolchainError(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()}")


def project_name(project: Path) -> str | None:
    """Return the name in a folder's Pulumi.yaml, None when there is none."""
    try:
        text = (project / "Pulumi.yaml").read_text()
    except FileNotFoundError:
        return None
    name = re.search(r"^name:\s*[\"']?([\w.-]+)", text, re.MULTILINE)
    return name[1] if name else None


def read_stack_file(path: Path) -> dict[str, Any]:
    """Return a stack file's content; the sandbox's own files are JSON and are read without a YAML parser.

    Raises:
        ToolchainError: the file is not YAML, or not a mapping.
    """
    text = path.read_text()
    try:
        content = json.loads(text)
    except ValueError:
        content = _parse_yaml(text, path)
    if not isinstance(content, dict):
        raise ToolchainError(f"{path.name}:1: a stack file is a mapping with `config:` in it")
    return content


def merge(fresh: dict[str, Any], old: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return what the tracked file says now, with what only the sandbox knows kept.

    Kept are the encryption salt, and each configuration value that was set in the sandbox (a generated
    secret, a `pulumi config set`) and that the tracked file has not changed since.

    Args:
        fresh: the tracked file now.
        old: the copy as it is.
        base: the tracked file's `config` when the copy was made.
    """
    result = dict(fresh)
    config = dict(fresh.get("config") or {})
    for key, value in (old.get("config") or {}).items():
        if value != base.get(key) and config.get(key) == base.get(key):
            config[key] = value
    result["config"] = config
    for key in ("encryptionsalt", "secretsprovider", "encryptedkey"):
        if key in old:
            result[key] = old[key]
    return result


def secret_keys(config: object) -> set[str]:
    """Return the configuration keys that values in `config` name as the place of a secret."""
    found: set[str] = set()
    if isinstance(config, dict):
        for key, value in config.items():
            if isinstance(value, str) and re.fullmatch(r"(?:\w+C|c)onfigKey", str(key)):
                found.add(value)
            else:
                found |= secret_keys(value)
    elif isinstance(config, list):
        for value in config:
            found |= secret_keys(value)
    return found


def _parse_yaml(text: str, path: Path) -> object:
    for folder in (VENV / "lib").glob("python3*/site-packages"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and seldom needed
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - likewise

    try:
        return YAML(typ="safe", pure=True).load(text) or {}
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ToolchainError(f"{path.name}:{line}: this is not YAML: {error.problem}") from error
    except YAMLError as error:
        raise ToolchainError(f"{path.name}:1: this is not YAML: {error}") from error


def _json(content: object) -> str:
    return json.dumps(content, indent=1, default=str) + "\n"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
