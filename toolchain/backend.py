"""A Pulumi backend that is a folder: a stack's locks, what in it is protected, what a killed write left.

It reads; the one thing it ever removes is the remains of a write that was killed.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.places import ToolchainError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Lock:
    """One lock of a stack.

    Attributes:
        path: the lock's file.
        pid: the process that took it.
        host: the machine that process runs on.
        since: when, as Pulumi writes it.
    """

    path: Path
    pid: int
    host: str
    since: str

    @property
    def owner_is_dead(self) -> bool:
        """Whether it is certain that nobody works under this lock any more."""
        return self.host == os.uname().nodename and not _runs_pulumi(self.pid)


def stack_file(backend: Path, project: str, stack: str) -> Path:
    """Return the file that holds a stack's state."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def locks(backend: Path, project: str, stack: str) -> list[Lock]:
    """Return the locks of a stack in a backend's folder (that of `file://…`)."""
    folder = _lock_folder(backend, project, stack)
    found = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text())
        found.append(Lock(path, int(content["pid"]), content["hostname"], content["timestamp"]))
    return found


def remove_remains(backend: Path, project: str, stack: str) -> None:
    """Remove what a killed write of the state left: temporary files, and notes on a file that are no JSON.

    Beside each file Pulumi keeps its attributes (content type, digest). Those are not written in one step, as
    the file itself is: killed in between, Pulumi cannot read the stack any more ("failed to load checkpoint:
    EOF") although its state is whole. Without the attributes it reads it again.
    """
    path = stack_file(backend, project, stack)
    folder = _lock_folder(backend, project, stack)
    for attributes in (*path.parent.glob(f"{path.name}*.attrs"), *folder.glob("*.attrs")):
        try:
            json.loads(attributes.read_text())
        except ValueError:
            attributes.unlink()
    for temporary in (*path.parent.glob(f"{path.name}*.tmp"), *folder.glob("*.tmp")):
        temporary.unlink()


def refuse_dead_lock(backend: Path, project: str, stack: str) -> None:
    """Refuse to start an update of a stack whose last update was killed.

    A lock whose update still runs, or ran on another machine, is left to Pulumi, which says so itself.

    Raises:
        ToolchainError: names the lock, who left it, and the command that puts the stack right.
    """
    for lock in locks(backend, project, stack):
        if lock.owner_is_dead:
            raise ToolchainError(
                f"stack {stack} is locked by an update that was killed\n"
                f"  lock: {lock.path} (process {lock.pid}, {lock.since})\n"
                "  why: one update at a time may change a stack, and this one could not give its lock back\n"
                f"  fix: plumb recover {stack}   (here: bin/sandbox plumb recover {stack})"
            )


def refuse_protected_destroy(backend: Path, project: str, stack: str) -> None:
    """Refuse a destroy of a stack in which something is protected, before any of it is deleted.

    The engine refuses too, but under --skip-preview only after deleting what is not protected.

    Raises:
        ToolchainError: names every protected resource, each of its switches, and how to set them.
    """
    path = stack_file(backend, project, stack)
    if not path.exists():
        return
    latest = json.loads(path.read_text())["checkpoint"].get("latest") or {}
    resources = latest.get("resources") or ()
    found = [(each, switches) for each in resources if (switches := _switches(each))]
    if found:
        lines = [
            f"  {each['urn'].rpartition('::')[2]} ({each['type']}): {', '.join(on)}" for each, on in found
        ]
        raise ToolchainError(
            f"stack {stack} is protected; nothing was destroyed\n"
            + "\n".join(lines)
            + f"\n  why: {project}:deletionProtection is true in Pulumi.{stack}.yaml, and sets all of these\n"
            f"  fix: bin/sandbox --unprotected pulumi up --stack {stack}, then destroy again"
        )


def _lock_folder(backend: Path, project: str, stack: str) -> Path:
    return backend / ".pulumi" / "locks" / "organization" / project / stack


def _switches(resource: dict[str, Any]) -> list[str]:
    """Return the switches that protect a resource: Pulumi's own, and those of Google's provider."""
    inputs = resource.get("inputs") or {}
    settings = inputs.get("settings") if isinstance(inputs.get("settings"), dict) else {}
    switches = {
        "protect": resource.get("protect") is True,
        "deletionProtection": inputs.get("deletionProtection") is True,
        "settings.deletionProtectionEnabled": (settings or {}).get("deletionProtectionEnabled") is True,
        "deletionPolicy PREVENT": inputs.get("deletionPolicy") == "PREVENT",
    }
    return [name for name, on in switches.items() if on]


def _runs_pulumi(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    shown = subprocess.run(  # noqa: S603 - arguments are our own list
        # -ww: without it ps cuts the command to the width of a terminal, and with it the word that tells.
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],  # noqa: S607 - ps lies where the system puts it
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return "pulumi" in shown and not shown.startswith("Z")
