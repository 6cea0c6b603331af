"""The stack as a deploy uses it: judged, previewed into a plan, updated by that plan, read.

Owns which Pulumi commands a deploy runs. How the engine is run is `engine`'s.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plumb import pulumi
from plumb.deploy.engine import Engine
from plumb.deploy.told import Told
from plumb.deploy.words import StackError
from plumb.recover import RecoveryError, recover
from toolchain.backend import locks
from toolchain.stack_copy import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

SERVICE: Final = "gcp:cloudrunv2/service:Service"
WAITS_FOR_A_KILLED_UPDATE_S: Final = 60.0


@dataclass(frozen=True)
class Stack:
    """One stack of the program in this folder.

    Attributes:
        name: The stack's name.
        screen: Where the engine's output goes.
        busy: By what is known, beside the record, whether the engine of a deploy that was killed still runs.
    """

    name: str
    screen: TextIO = sys.stdout
    busy: Path | None = None

    @property
    def _engine(self) -> Engine:
        return Engine(self.name, self.screen, self.busy)

    def set_image(self, service: str, image: str) -> None:
        """Write a service's image into the stack's file, as the pipeline does.

        Raises:
            PulumiError: the file cannot be written.
        """
        key = f"{project_name(Path())}:services.{service}.image"
        pulumi.run("config", "set", "--path", key, image, "--stack", self.name)

    def preview(self, plan: Path) -> Mapping[str, Any]:
        """Preview with the policies and save what was judged; what the record keeps of what they say.

        Raises:
            StackError: the preview failed, or the policies refuse it.
        """
        return self._judged(plan, "preview", "--save-plan", str(plan))

    def up(self, plan: Path) -> Mapping[str, Any]:
        """Update, held to a plan; what the record keeps of what the policies say.

        Raises:
            StackError: the update failed, or would do what the plan does not say.
        """
        return self._judged(plan, "up", "--yes", "--skip-preview", "--plan", str(plan))

    def refresh_services(self) -> None:
        """Read the services anew, so that the state knows where their traffic is.

        The provider sends what its state says of a property that the program leaves alone: with a stale state
        an update would move the traffic back.

        Raises:
            StackError: the refresh failed.
        """
        targets = [option for urn in self._services() for option in ("--target", urn)]
        if targets:
            self._engine.run("refresh", "--yes", "--skip-preview", *targets)

    def services(self) -> list[str]:
        """Ids of the Cloud Run services that the state holds, each once.

        Raises:
            PulumiError: the state cannot be read.
        """
        return sorted({str(each["id"]) for each in self._services().values()})

    def put_right(self, say: Callable[[str], None]) -> None:
        """Make the stack usable after an update of it was killed; nothing where none was.

        Only a backend that is a folder tells which process has its lock, and so whether that is dead. No
        other lock is taken away here: it may be an update's that runs.

        Raises:
            StackError: an update still runs, or the state needs a person.
        """
        self._wait_for_running(say)
        if not self._tells_who_locks:
            self._refuse_unless_whole()
            return
        try:
            recover(self.name, ids={}, confirm=lambda _: False)
        except (RecoveryError, pulumi.PulumiError) as error:
            raise StackError(f"{error}\n  fix: plumb recover {self.name}, then plumb deploy again") from None

    @property
    def _tells_who_locks(self) -> bool:
        return os.environ.get("PULUMI_BACKEND_URL", "").startswith("file://") and bool(project_name(Path()))

    def _refuse_unless_whole(self) -> None:
        pending = (pulumi.export(self.name).get("deployment") or {}).get("pending_operations") or ()
        if pending:
            raise StackError(
                f"an update of {self.name} was killed, and {len(pending)} resources may or may not be there\n"
                "  why: its lock must go first, and only a person can tell that nobody works under it\n"
                f"  fix: plumb recover {self.name}, which asks; then plumb deploy {self.name}"
            )

    def _wait_for_running(self, say: Callable[[str], None]) -> None:
        """An update whose deploy was killed is told to stop; it may take a moment."""
        until = time.monotonic() + WAITS_FOR_A_KILLED_UPDATE_S
        told = False
        while self._engine.runs or self._is_locked_by_one_that_runs():
            if time.monotonic() > until:
                return  # recover says who holds the lock
            if not told:
                say(f"an update of {self.name} is still ending; waiting for it")
                told = True
            time.sleep(0.5)

    def _is_locked_by_one_that_runs(self) -> bool:
        if not self._tells_who_locks:
            return False
        folder = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://"))
        found = locks(folder, project_name(Path()) or "", self.name.rpartition("/")[2])
        return any(not lock.owner_is_dead for lock in found)

    def _judged(self, plan: Path, *arguments: str) -> Mapping[str, Any]:
        told = Told.beside(plan)
        with told.fresh():
            self._engine.run(*arguments, told=told)
            return told.facts()

    def _services(self) -> Mapping[str, dict[str, Any]]:
        resources = (pulumi.export(self.name).get("deployment") or {}).get("resources") or ()
        return {
            str(each["urn"]): each
            for each in resources
            if each["type"] == SERVICE and each.get("id") and not each.get("delete")
        }
