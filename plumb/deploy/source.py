"""What a deploy is made from: the stack's file and the commit, as a record keeps them.

Owns telling whether a deploy that goes on would deploy something else than it began with. Images are not in
it: the record has them by name, and a deploy writes them into the stack's file itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolchain.places import ToolchainError
from toolchain.stack_copy import project_name, read_stack_file

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Source:
    """A stack's file in a checkout.

    Attributes:
        stack_file: The file.
        checkout: The folder of the program.
    """

    stack_file: Path
    checkout: Path = Path()

    def facts(self, services: Collection[str]) -> Mapping[str, str]:
        """What the record keeps; what cannot be told is left out.

        Args:
            services: Those whose image is the deploy's to write.
        """
        told = {"stackFile": self._digest(services), "commit": self._commit()}
        return {key: value for key, value in told.items() if value}

    def _digest(self, services: Collection[str]) -> str:
        try:
            content: Any = read_stack_file(self.stack_file).get("config")
        except (OSError, ValueError, ToolchainError):
            return ""  # the gate says what is wrong with it
        if not isinstance(content, dict):
            return ""
        project = project_name(self.checkout) or ""
        # How traffic moves is nothing that is deployed.
        kept = {key: value for key, value in content.items() if key != f"{project}:rollout"}
        key = f"{project}:services"
        if isinstance(kept.get(key), dict):
            kept[key] = {name: _without_image(each, name in services) for name, each in kept[key].items()}
        text = json.dumps(kept, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _commit(self) -> str:
        git = shutil.which("git")
        if git is None:
            return ""
        done = subprocess.run(  # noqa: S603 - arguments are our own
            [git, "rev-parse", "HEAD"], cwd=self.checkout, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""


def _without_image(service: object, written: bool) -> object:  # noqa: FBT001 - a fact of the service
    if not written or not isinstance(service, dict):
        return service
    return {key: value for key, value in service.items() if key != "image"}
