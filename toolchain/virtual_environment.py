"""Make `.venv` hold exactly what requirements.lock says. Run by `make setup`.

uv installs in seconds what takes pip a minute or two, so uv is fetched first (pinned, with hashes) into the
cache that clones share. Where there is no uv for the machine, pip does it. Both take their index from the
user's own settings.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

from toolchain import progress
from toolchain.places import (
    LOCAL,
    LOCK,
    ROOT,
    VENV,
    VENV_PYTHON,
    ToolchainError,
    digest,
    shared_cache,
    write_atomically,
)

if TYPE_CHECKING:
    from pathlib import Path

STAMP = VENV / ".plumbline"
UV_LOCK = ROOT / "toolchain" / "uv.lock.txt"

# What pip is told, as uv is told it. A variable of uv's own that is set already wins.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
}


def main() -> None:
    """Bring `.venv` up to date; a second run finds its stamp and returns at once."""
    try:
        if sys.argv[1:] == ["--lock"]:
            write_lock()
            return
        LOCAL.mkdir(exist_ok=True)
        with (LOCAL / "virtual-environment.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            ensure()
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")


def ensure() -> None:
    """Do what `main` says, without its lock and its ending.

    Raises:
        ToolchainError: an installer failed; its last lines are in the text.
    """
    wanted = digest(LOCK)
    if is_current(wanted):
        STAMP.touch()
        return
    STAMP.unlink(missing_ok=True)
    if not _usable():
        shutil.rmtree(VENV, ignore_errors=True)
        progress.run("virtual environment (.venv)", [sys.executable, "-m", "venv", str(VENV)])
    uv = ensure_uv()
    if uv is not None:
        command = [str(uv), "pip", "sync", "--python", str(VENV_PYTHON), "--require-hashes", str(LOCK)]
        progress.run(
            "packages of requirements.lock", command, env={**os.environ, **uv_settings(pip_settings())}
        )
    else:
        command = [str(VENV_PYTHON), "-m", "pip", "install", "--no-deps", "--require-hashes", "-r", str(LOCK)]
        progress.run("packages of requirements.lock, by pip", command)
    write_atomically(STAMP, wanted)


def write_lock() -> None:
    """Write requirements.lock anew: every version and hash, for every supported Python and system.

    Raises:
        ToolchainError: there is no uv for this machine, or no versions fit together.
    """
    uv = ensure_uv()
    if uv is None:
        raise ToolchainError("there is no uv for this machine, and only uv writes the lock")
    options = (
        "--universal",
        "--upgrade",
        "--generate-hashes",
        "--no-annotate",
        "--no-header",
        "--group",
        "dev",
    )
    command = [str(uv), "pip", "compile", *options, "pyproject.toml", "--output-file", str(LOCK)]
    progress.run("requirements.lock", command, cwd=ROOT, env={**os.environ, **uv_settings(pip_settings())})


def is_current(wanted: str) -> bool:
    """Whether `.venv` was filled from the lock with this digest."""
    return _usable() and STAMP.exists() and STAMP.read_text() == wanted


def ensure_uv() -> Path | None:
    """Return the pinned uv, fetching it when this machine lacks it; None when there is none for it."""
    version = UV_LOCK.read_text().split()[0].removeprefix("uv==")
    folder = shared_cache() / f"uv-{version}-{sysconfig.get_platform()}"
    uv = folder / "bin" / "uv"
    if uv.exists():
        return uv
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--require-hashes"]
    try:
        progress.run(f"installer (uv {version})", [*command, "--target", str(fresh), "-r", str(UV_LOCK)])
        if not uv.exists():
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
    except ToolchainError:
        return None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return uv


def pip_settings() -> dict[str, str]:
    """Return pip's settings, from its files and its environment, by option name."""
    done = subprocess.run(  # noqa: S603 - arguments are our own list
        [str(VENV_PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings: dict[str, str] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        scope, _, option = name.rpartition(".")
        if scope in {"global", "install", ":env:"}:
            settings[option.replace("default-timeout", "timeout")] = value.strip("'\"").replace("\\n", " ")
    return settings


def uv_settings(pip: dict[str, str]) -> dict[str, str]:
    """Return pip's settings as environment variables for uv, where uv has none of its own."""
    return {
        variable: pip[option]
        for option, variable in PIP_TO_UV.items()
        if pip.get(option) and not os.environ.get(variable)
    }


def _usable() -> bool:
    if not VENV_PYTHON.exists():
        return False
    check = [str(VENV_PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return not subprocess.run(check, capture_output=True, check=False).returncode  # noqa: S603 - our own list


if __name__ == "__main__":
    main()
