"""The Pulumi engine as a deploy runs it: its output goes to the user as it comes.

Owns starting it, ending it in order, knowing whether one still runs whose deploy was killed, and telling a
lock from a failure. Which commands are run is `stack`'s.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from plumb.deploy.words import LockedError, StackError
from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from plumb.deploy.told import Told

PACK: Final = "PULUMI_OPTION_POLICY_PACK"
# A backend that is a folder or a bucket, and Pulumi Cloud.
_LOCKED: Final = re.compile(r"stack is currently locked by|Another update is currently in progress")
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Engine:
    """The engine, for one stack.

    Attributes:
        stack: The stack's name.
        screen: Where its output goes.
        busy: A file that the engine itself keeps locked for as long as it runs; None: nobody will ask.
        environ: What it finds in its environment.
    """

    stack: str
    screen: TextIO
    busy: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def runs(self) -> bool:
        """Whether one still runs, though whoever started it may have been killed.

        One that has just been started has no lock of the stack yet, and will take it.
        """
        if self.busy is None or not self.busy.exists():
            return False
        with self.busy.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def run(self, *arguments: str, told: Told | None = None) -> None:
        """Run one command of it.

        Args:
            arguments: The command.
            told: Where it writes what the policies found and why it failed.

        Raises:
            LockedError: another update has the stack, or had it when it was killed.
            StackError: the command failed, or the policies refuse; with what was told.
        """
        options = told.options if told else ()
        code, said = self._ran([*arguments, *options], told.environ if told else {})
        if not code:
            return
        if _LOCKED.search(said):
            raise LockedError(_locked(self.stack, said))
        failed = f"`pulumi {' '.join(arguments)}` failed (exit code {code})"
        words = [*(told.words() if told else ()), said.strip()]
        raise StackError(failed, [each for each in words if each], told.facts() if told else {})

    def _ran(self, arguments: Sequence[str], more: Mapping[str, str]) -> tuple[int, str]:
        """The exit code, and what was printed as errors."""
        program = shutil.which("pulumi")
        if program is None:
            raise StackError("there is no `pulumi` on PATH; `make setup` has one, and bin/plumb finds it")
        self.screen.flush()
        with ExitStack() as kept:
            errors = kept.enter_context(TemporaryFile("w+", encoding="utf-8", errors="replace"))
            inherited = []
            if self.busy is not None:
                self.busy.parent.mkdir(parents=True, exist_ok=True)
                busy = kept.enter_context(self.busy.open("a"))
                fcntl.flock(busy, fcntl.LOCK_SH)  # the engine's from its first moment, and gone with it
                inherited.append(busy.fileno())
            process = subprocess.Popen(  # noqa: S603 - arguments are our own list
                [program, *arguments, "--stack", self.stack, "--non-interactive", "--suppress-progress"],
                env={**self._env(), **more},
                stdin=subprocess.DEVNULL,
                stdout=self.screen,
                stderr=errors,
                pass_fds=inherited,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call, of a library that is loaded by now
            )
            code = _ended(process)
            errors.seek(0)
            said = errors.read()
        self.screen.write(said)
        self.screen.flush()
        return code, said

    def _env(self) -> Mapping[str, str]:
        pack = ROOT / "policies" / "run"
        return {PACK: str(pack), **self.environ} if pack.exists() else self.environ


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal has interrupted the engine too. It ends what it is at and gives its lock back; killed
        # now it would leave the lock, and resources of which nobody knows. A second Ctrl-C does not wait.
        process.wait()
        raise


def _locked(stack: str, said: str) -> str:
    owner = "\n  ".join(line.strip() for line in said.strip().splitlines())
    return (
        f"{stack} is locked\n  {owner}\n"
        "  why: one update at a time may change a stack, and only a person can tell whether it is dead\n"
        f"  fix: wait until it has ended; if it was killed: plumb recover {stack}, which asks;"
        f" then plumb deploy {stack}"
    )


def _end_with_parent() -> None:
    """Let the engine be interrupted when its deploy is killed: nobody would be there to read how it ended."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
