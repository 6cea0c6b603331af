"""Where a stack is and as whom the pipeline goes there: `python3 -m toolchain.github.place STACK`.

Reads `.github/pipeline.json`, which holds for each stack what `pulumi stack output --json` of the bootstrap
program says, and prints it for GITHUB_OUTPUT. None of it is a secret: Google decides who gets in.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from toolchain.places import ROOT, ToolchainError

if TYPE_CHECKING:
    from pathlib import Path

FILE = ROOT / ".github" / "pipeline.json"


def place(stack: str, file: Path = FILE) -> dict[str, str]:
    """Return what a job needs to know of a stack.

    Raises:
        ToolchainError: the file does not say it.
    """
    try:
        everything: dict[str, Any] = json.loads(file.read_text())
        of = everything[stack]
        accounts: dict[str, str] = of["accounts"]
        return {
            "backend": of["backendUrl"],
            "provider": of["workloadIdentityProvider"],
            **{kind: accounts[kind] for kind in ("preview", "drift", "deploy")},
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolchainError(
            f"{file.name} does not say where {stack} is ({type(error).__name__}: {error}); put there what "
            f"`pulumi stack output --json --stack {stack}` prints in bootstrap/ (docs/github.md)"
        ) from None


if __name__ == "__main__":
    try:
        print("\n".join(f"{name}={value}" for name, value in place(sys.argv[1]).items()))  # noqa: T201 - its output
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")
