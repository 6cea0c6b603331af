"""The cloud behind the provider: one SQLite file that several processes may read.

Owns what exists, what refers to what, which names are still reserved, and the clock: an operation that takes
time is written down at its start with the moment it will be done, so that it completes whether or not
anybody waits for it. That is how Google behaves when the engine is killed: the call that was sent goes on.
Owns no rule about any resource type; those are in `services/`.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROJECT = "gcp:organizations/project:Project"

_TABLES = """
CREATE TABLE IF NOT EXISTS thing (
    type TEXT NOT NULL, id TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    secrets TEXT NOT NULL, ready_at REAL NOT NULL, gone_at REAL, outside INTEGER NOT NULL,
    PRIMARY KEY (type, id)
);
CREATE INDEX IF NOT EXISTS thing_by_name ON thing (type, name);
CREATE TABLE IF NOT EXISTS reference (
    from_type TEXT NOT NULL, from_id TEXT NOT NULL, to_type TEXT NOT NULL, to_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reference_to ON reference (to_type, to_id);
CREATE INDEX IF NOT EXISTS reference_from ON reference (from_type, from_id);
CREATE TABLE IF NOT EXISTS grave (type TEXT NOT NULL, id TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY
(type, id)); CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

# What others may read of the file: these views and nothing else. A project by its id and by its number; the
# versions of secrets with their state, never their value.
_VIEWS = """
CREATE VIEW IF NOT EXISTS project_name (id, project) AS
    SELECT name, name FROM thing WHERE type = 'gcp:organizations/project:Project'
    UNION SELECT name, json_extract(body, '$.number') FROM thing
    WHERE type = 'gcp:organizations/project:Project';
CREATE VIEW IF NOT EXISTS secret_version_state (project, secret, version, state) AS
    SELECT project, substr(json_extract(body, '$.__secret'), length('projects//secrets/' || project) + 1),
        json_extract(body, '$.version'),
        CASE
            WHEN coalesce(json_extract(body, '$.destroyTime'), '') <> '' THEN 'destroyed'
            WHEN json_extract(body, '$.enabled') = 0 THEN 'disabled'
            ELSE 'enabled'
        END
    FROM thing WHERE type = 'gcp:secretmanager/secretVersion:SecretVersion';
"""


@dataclass(slots=True)
class Thing:
    """One thing that exists in the cloud.

    `body` is what the provider reports as the resource's outputs; `secrets` its paths that are never to be
    shown; `ready_at` and `gone_at` are seconds since the epoch; `outside` marks what no stack made.
    """

    type: str
    id: str
    project: str
    name: str
    body: dict[str, Any]
    secrets: list[list[str | int]] = field(default_factory=list)
    ready_at: float = 0.0
    gone_at: float | None = None
    outside: bool = False


class Cloud:
    """What exists. Every change happens inside `with cloud.transaction():`.

    Args:
        path: the SQLite file; made with its folder when missing.
        clock: seconds since the epoch.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Open the file, or make it with its folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.clock = clock
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # Losing the last transactions on a power cut is fine for a sandbox; waiting for the disk on each is
        # not.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_TABLES + _VIEWS)

    @contextmanager
    def transaction(self) -> Iterator[Cloud]:
        """All or nothing, one at a time across threads and processes."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._sweep()
                yield self
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Cloud]:
        """One moment of the cloud, for reading only: nobody waits for it."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield self
            finally:
                self._db.execute("ROLLBACK")

    @property
    def edition(self) -> int:
        """A number that changes whenever another process has written."""
        with self._lock:
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def exists(self, thing: Thing) -> bool:
        """Whether it is there at this moment: made, and not gone yet."""
        now = self.clock()
        return thing.ready_at <= now and (thing.gone_at is None or thing.gone_at > now)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def get(self, token: str, thing_id: str) -> Thing | None:
        """The thing of that type and id."""
        rows = self._things("type = ? AND id = ?", token, thing_id)
        return rows[0] if rows else None

    def named(self, token: str, name: str, project: str = "") -> list[Thing]:
        """Things of that type and short name, of one project or of all."""
        rows = self._things("type = ? AND name = ?", token, name)
        return [each for each in rows if not project or each.project == project]

    def all(self, token: str = "", project: str = "") -> list[Thing]:
        """Things of a type (every type when empty), of one project or of all, in order of type and id."""
        rows = self._things("type = ?", token) if token else self._things("1 = 1")
        return [each for each in rows if not project or each.project == project]

    def like(self, pattern: str) -> list[Thing]:
        """Things whose type is like an SQL pattern; case does not matter."""
        return self._things("type LIKE ?", pattern)

    def find(self, thing_id: str) -> list[Thing]:
        """Things of any type with that id, or else with that short name."""
        return self._things("id = ?", thing_id) or self._things("name = ?", thing_id)

    def put(self, thing: Thing, refers_to: list[tuple[str, str]] | None = None) -> None:
        """Write the thing; with `refers_to` (type, id) also what it needs to keep existing."""
        values = (
            thing.type,
            thing.id,
            thing.project,
            thing.name,
            json.dumps(thing.body, separators=(",", ":")),
            json.dumps(thing.secrets),
            thing.ready_at,
            thing.gone_at,
            int(thing.outside),
        )
        self._db.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        if refers_to is not None:
            self._db.execute(
                "DELETE FROM reference WHERE from_type = ? AND from_id = ?", (thing.type, thing.id)
            )
            rows = [(thing.type, thing.id, *target) for target in refers_to]
            self._db.executemany("INSERT INTO reference VALUES (?, ?, ?, ?)", rows)

    def remove(self, thing: Thing) -> None:
        """The thing is gone, and no longer needs what it referred to."""
        self._db.execute("DELETE FROM thing WHERE type = ? AND id = ?", (thing.type, thing.id))
        self._db.execute("DELETE FROM reference WHERE from_type = ? AND from_id = ?", (thing.type, thing.id))

    def users_of(self, thing: Thing) -> list[tuple[str, str]]:
        """Type and id of what would break if the thing went."""
        query = (
            "SELECT from_type, from_id FROM reference WHERE to_type = ? AND to_id = ? "
            "ORDER BY from_type, from_id"
        )
        return [(row[0], row[1]) for row in self._db.execute(query, (thing.type, thing.id))]

    def bury(self, token: str, thing_id: str, until: float) -> None:
        """Keep the id reserved until that moment."""
        self._db.execute("INSERT OR REPLACE INTO grave VALUES (?, ?, ?)", (token, thing_id, until))

    def buried(self, token: str, thing_id: str) -> bool:
        """Whether the id is still reserved by something that was deleted."""
        query = "SELECT 1 FROM grave WHERE type = ? AND id = ?"
        return self._db.execute(query, (token, thing_id)).fetchone() is not None

    def count(self, name: str) -> int:
        """Raise the counter of that name and return it; the first is 1."""
        query = (
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) "
            "DO UPDATE SET value = value + 1 RETURNING value"
        )
        return int(self._db.execute(query, (name,)).fetchone()[0])

    def note(self, key: str, value: str | None = None) -> str | None:
        """Read a note, or write it when a value is given."""
        if value is not None:
            self._db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (key, value))
            return value
        row = self._db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def clear(self) -> None:
        """Forget everything, counters and reserved names too."""
        for table in ("thing", "reference", "grave", "counter", "note"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are the ones above

    def _things(self, where: str, *values: str | float) -> list[Thing]:
        query = (
            "SELECT type, id, project, name, body, secrets, ready_at, gone_at, outside FROM thing "  # noqa: S608
            f"WHERE {where} ORDER BY type, id"  # the conditions are written in this file; values are bound
        )
        return [
            Thing(r[0], r[1], r[2], r[3], json.loads(r[4]), json.loads(r[5]), r[6], r[7], bool(r[8]))
            for r in self._db.execute(query, values)
        ]

    def _sweep(self) -> None:
        """Finish the deletes whose time has come."""
        now = self.clock()
        self._db.execute("DELETE FROM grave WHERE until <= ?", (now,))
        for thing in self._things("gone_at IS NOT NULL AND gone_at <= ?", now) if self._any_going() else ():
            self.remove(thing)

    def _any_going(self) -> bool:
        return (
            self._db.execute("SELECT 1 FROM thing WHERE gone_at IS NOT NULL LIMIT 1").fetchone() is not None
        )
