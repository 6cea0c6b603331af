"""The record of deploys: JSON lines that only grow.

Owns the file and its entries. An entry is one line, written whole and synced before the deploy goes on, so
that whatever kills the deploy the record says how far it came. Nothing in it is a secret: findings, waivers,
names of revisions, percentages.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FOLDER: Final = "PLUMB_DEPLOYS"
ENDED: Final = frozenset({"deployed", "refused", "returned", "failed", "superseded"})
"""Events after which nothing of a deploy is left to do."""


class JournalError(Exception):
    """The record cannot be used; the text says why and what to do."""


class Entry(BaseModel):
    """One line of the record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time: datetime
    """When it was written, UTC."""
    deploy: str
    """Which deploy it belongs to."""
    stack: str
    """The stack's name."""
    who: str
    """Who ran it: the pipeline's actor, or user and machine."""
    event: str
    """`begun`, `resumed`, `step`, `broke`, `return-failed` for a service, or how it ended: `deployed`,
    `refused`, `returned`, `failed`, or `superseded` by a deploy of something else."""
    step: str = ""
    """Which step; empty where the event is of the whole deploy."""
    done: bool = False
    """Whether the step has been done; false where it begins."""
    facts: dict[str, Any] = {}
    """What the step found or did."""

    def line(self) -> str:
        """As it stands in the file, without the line's end."""
        return self.model_dump_json(exclude_defaults=True)


class Journal:
    """The record of one stack's deploys.

    Args:
        path: The file; made with its folder when missing.
        stack: The stack's name.
        who: Who runs this deploy.
        written: Told of each entry that the disk has.
    """

    def __init__(
        self, path: Path, stack: str, who: str, written: Callable[[Entry], None] = lambda _: None
    ) -> None:
        """Touch nothing yet."""
        self.path, self.stack, self._who, self._written = path, stack, who, written

    def entries(self) -> list[Entry]:
        """Every entry, oldest first. A last line that was cut short by a kill counts for nothing.

        Raises:
            JournalError: a line is no entry.
        """
        try:
            # A kill may have cut the last line inside a letter.
            text = self.path.read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read: {error.strerror}") from None
        whole, _, _ = text.rpartition("\n")
        found = []
        for number, line in enumerate(whole.split("\n") if whole else (), 1):
            try:
                found.append(Entry.model_validate_json(line))
            except ValidationError:
                if _is_cut(line):
                    continue
                raise JournalError(
                    f"{self.path}:{number}: this line is no entry of a deploy's record\n"
                    "  why: where a deploy stands is read from it\n"
                    "  fix: put the file back as it was, or move it away to begin anew"
                ) from None
        return found

    def unended(self) -> list[Entry]:
        """The entries of the last deploy, if it never ended; else none.

        Raises:
            JournalError: the record cannot be read.
        """
        entries = self.entries()
        if not entries:
            return []
        last = [entry for entry in entries if entry.deploy == entries[-1].deploy]
        return [] if last[-1].event in ENDED else last

    def write(
        self,
        deploy: str,
        event: str,
        step: str = "",
        *,
        done: bool = False,
        facts: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Add an entry and wait until the disk has it.

        Raises:
            JournalError: it cannot be written.
        """
        entry = Entry(
            time=datetime.now(UTC),
            deploy=deploy,
            stack=self.stack,
            who=self._who,
            event=event,
            step=step,
            done=done,
            facts=dict(facts or {}),
        )
        try:
            self._add(f"{entry.line()}\n".encode())
        except OSError as error:
            raise JournalError(
                f"{self.path} cannot be written: {error.strerror}\n"
                "  why: a step that is in no record cannot be gone on with; the traffic stays as it is\n"
                f"  fix: make room or give leave, then plumb deploy {self.stack} goes on"
            ) from None
        self._written(entry)
        return entry

    def _add(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            if file.tell() and not _ends_whole(file):
                line = b"\n" + line  # what a kill left is closed, not taken away: the record only grows
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other deploy of this stack on this machine out.

        Raises:
            JournalError: another one runs.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.with_suffix(".lock").open("w")
        except OSError as error:
            raise JournalError(f"{error.filename} cannot be written: {error.strerror}") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise JournalError(
                    f"another deploy of {self.stack} runs on this machine\n  fix: wait until it has ended"
                ) from None
            yield


def journal_path(stack: str, environ: Mapping[str, str], project: Path) -> Path:
    """Where a stack's record is: PLUMB_DEPLOYS, the sandbox's state, else the project's `.deploys`."""
    named, sandbox = environ.get(FOLDER), environ.get("SANDBOX_STATE")
    folder = Path(named) if named else Path(sandbox) / "deploys" if sandbox else project / ".deploys"
    return folder / f"{stack.replace('/', '.')}.jsonl"


def who_runs(environ: Mapping[str, str]) -> str:
    """The pipeline's actor with its run, else user and machine."""
    actor, run = environ.get("GITHUB_ACTOR"), environ.get("GITHUB_RUN_ID")
    if actor:
        return f"{actor} (run {run})" if run else actor
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _is_cut(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def _ends_whole(file: Any) -> bool:  # noqa: ANN401 - an open file in bytes, whose class is private to io
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")
