"""Lint the workflows under `.github/`: `python -m toolchain.workflows`, a part of `make lint`.

zizmor looks for what an attacker could use, actionlint for what GitHub would not understand. actionlint is
the one on PATH, else one built once with Go into the cache that clones share. Both run offline.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain import progress
from toolchain.places import ROOT, VENV, ToolchainError, digest, shared_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE = ROOT / "toolchain" / "actionlint"
PACKAGE = "github.com/rhysd/actionlint/cmd/actionlint"


def main() -> int:
    """Run both and return 0 when neither has anything to say."""
    zizmor = [str(VENV / "bin" / "zizmor"), "--offline", "--no-progress", "--quiet", ".github"]
    code = subprocess.run(zizmor, cwd=ROOT, check=False).returncode  # noqa: S603 - the lock's own zizmor
    try:
        actionlint = had(os.environ)
    except ToolchainError as error:
        sys.stderr.write(f"plumbline: {error}\n")
        return 1
    if actionlint is None:
        sys.stderr.write(
            "plumbline: workflows are not linted by actionlint: there is no `go` to build it with\n"
        )
        return code
    return code or subprocess.run([actionlint], cwd=ROOT, check=False).returncode  # noqa: S603 - as had


def had(environ: Mapping[str, str]) -> Path | None:
    """Return an actionlint, building it when there is none; None where it cannot be built and need not be.

    Raises:
        ToolchainError: continuous integration must have it, or the build failed.
    """
    found = shutil.which("actionlint")
    if found is not None:
        return Path(found)
    cache = shared_cache()
    binary = cache / f"actionlint-{digest(MODULE / 'go.mod', MODULE / 'go.sum')[:12]}"
    if binary.exists():
        return binary
    if shutil.which("go") is None:
        if environ.get("CI"):
            raise ToolchainError(
                "there is neither `actionlint` nor `go` to build it with: https://go.dev/doc/install"
            )
        return None
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "actionlint.lock").open("w") as lock, tempfile.TemporaryDirectory(dir=cache) as aside:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            fresh = Path(aside, "actionlint")
            command = ["go", "build", "-v", "-buildvcs=false", "-mod=readonly", "-o", str(fresh), PACKAGE]
            progress.run("actionlint, built with Go (once)", command, cwd=MODULE)
            fresh.rename(binary)
    return binary


if __name__ == "__main__":
    sys.exit(main())
