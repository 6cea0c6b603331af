"""Where the toolchain keeps its things. Paths and versions only; nothing here touches the disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
LOCAL = ROOT / ".cache"
CLI_STAMP = LOCAL / "pulumi-cli"  # the folder the CLI is in, written by `make setup`

PULUMI_VERSION = "3.259.0"
MINIMUM_PULUMI = (3, 259)
GO_MODULE = ROOT / "toolchain" / "cli"


class ToolchainError(Exception):
    """Something the user can mend; its text is one line that says how."""


def shared_cache() -> Path:
    """Return the folder that all clones on this machine share: PLUMB_CACHE, else the user's cache folder."""
    chosen = os.environ.get("PLUMB_CACHE")
    if chosen:
        return Path(chosen).resolve()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "plumbline"


def digest(*paths: Path) -> str:
    """Return the SHA-256 of the contents of these files, in order."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old text or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
