"""The stack as a deploy uses it: judged, previewed into a plan, updated by that plan, read.

Owns which Pulumi commands a deploy runs. The engine's own output goes to the user as it comes.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plumb import pulumi
from plumb.deploy.words import StackError
from plumb.recover import RecoveryError, recover
from toolchain.backend import locks
from toolchain.places import ROOT
from toolchain.stack_copy import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

SERVICE: Final = "gcp:cloudrunv2/service:Service"
PACK: Final = "PULUMI_OPTION_POLICY_PACK"
WAITS_FOR_A_KILLED_UPDATE_S: Final = 60.0
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True)
class Stack:
    """One stack of the program in this folder.

    Attributes:
        name: The stack's name.
        screen: Where the engine's output goes.
    """

    name: str
    screen: TextIO = sys.stdout

    def set_image(self, service: str, image: str) -> None:
        """Write a service's image into the stack's file, as the pipeline does.

        Raises:
            PulumiError: the file cannot be written.
        """
        key = f"{project_name(Path())}:services.{service}.image"
        pulumi.run("config", "set", "--path", key, image, "--stack", self.name)

    def preview(self, plan: Path) -> None:
        """Preview with the policies and save what was judged.

        Raises:
            StackError: the preview failed, or the policies refuse it.
        """
        self._engine("preview", "--save-plan", str(plan))

    def up(self, plan: Path) -> None:
        """Update, held to a plan.

        Raises:
            StackError: the update failed, or would do what the plan does not say.
        """
        self._engine("up", "--yes", "--skip-preview", "--plan", str(plan))

    def refresh_services(self) -> None:
        """Read the services anew, so that the state knows where their traffic is.

        The provider sends what its state says of a property that the program leaves alone: with a stale state
        an update would move the traffic back.

        Raises:
            StackError: the refresh failed.
        """
        targets = [option for urn in self._services() for option in ("--target", urn)]
        if targets:
            self._engine("refresh", "--yes", "--skip-preview", *targets)

    def services(self) -> list[str]:
        """Ids of the Cloud Run services that the state holds, each once.

        Raises:
            PulumiError: the state cannot be read.
        """
        return sorted({str(each["id"]) for each in self._services().values()})

    def put_right(self, say: Callable[[str], None]) -> None:
        """Make the stack usable after an update of it was killed; nothing where none was.

        Raises:
            StackError: an update still runs, or the state needs a person.
        """
        self._wait_for_running(say)
        try:
            recover(self.name, ids={}, confirm=lambda _: True)
        except (RecoveryError, pulumi.PulumiError) as error:
            raise StackError(f"{error}\n  fix: plumb recover {self.name}, then plumb deploy again") from None

    def _wait_for_running(self, say: Callable[[str], None]) -> None:
        """An update whose deploy was killed is told to stop; it may take a moment."""
        kind, _, folder = os.environ.get("PULUMI_BACKEND_URL", "").partition("://")
        project = project_name(Path())
        if kind != "file" or project is None:
            return
        until = time.monotonic() + WAITS_FOR_A_KILLED_UPDATE_S
        told = False
        while any(not lock.owner_is_dead for lock in locks(Path(folder), project, self.name)):
            if time.monotonic() > until:
                return  # recover says who holds the lock
            if not told:
                say(f"an update of {self.name} is still ending; waiting for it")
                told = True
            time.sleep(0.5)

    def _services(self) -> Mapping[str, dict[str, Any]]:
        resources = (pulumi.export(self.name).get("deployment") or {}).get("resources") or ()
        return {
            str(each["urn"]): each
            for each in resources
            if each["type"] == SERVICE and each.get("id") and not each.get("delete")
        }

    def _engine(self, *arguments: str) -> None:
        program = shutil.which("pulumi")
        if program is None:
            raise StackError("there is no `pulumi` on PATH; `make setup` has one, and bin/plumb finds it")
        env = dict(os.environ)
        pack = ROOT / "policies" / "run"
        if pack.exists():
            env.setdefault(PACK, str(pack))
        self.screen.flush()
        done = subprocess.run(  # noqa: S603 - arguments are our own list
            [program, *arguments, "--stack", self.name, "--non-interactive", "--suppress-progress"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.screen,
            stderr=subprocess.STDOUT,
            check=False,
            preexec_fn=_end_with_parent,
        )
        if done.returncode:
            raise StackError(f"`pulumi {' '.join(arguments)}` failed (exit code {done.returncode})")


def _end_with_parent() -> None:
    """Let the engine be interrupted when its deploy is killed: nobody would be there to read how it ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
