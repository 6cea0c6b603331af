"""The cloud that the pack may ask: the sandbox's own, or Google's where there are credentials.

Owns the asking: metadata of secret versions, never a value. It answers what it can within a deadline and
raises nothing: a question without an answer is a fact that rules must find proven otherwise.

- SANDBOX_CLOUD names the SQLite file of a sandbox's cloud. Of that file only the view `secret_version_state`
  is read, which the sandbox keeps for this (`sandbox/cloud.py`).
- SANDBOX_UNPROTECTED, beside it, says that this sandbox is made ready to be deleted: `bin/sandbox
  --unprotected` sets it for its one run. It means nothing without a sandbox's cloud.
- GOOGLE_OAUTH_ACCESS_TOKEN, or Application Default Credentials, let it ask Secret Manager
  (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/get). Who runs it
  needs secretmanager.versions.get, as in roles/secretmanager.viewer.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.lookups import SecretState, Source, VersionName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

SANDBOX: Final = "SANDBOX_CLOUD"
UNPROTECTED: Final = "SANDBOX_UNPROTECTED"
_WAITS: Final = 2.0  # seconds, for a lock that the provider holds


def cloud(environ: Mapping[str, str]) -> Source | None:
    """Who can be asked from here; None when nobody can."""
    sandbox = environ.get(SANDBOX)
    if sandbox:
        return SandboxCloud(Path(sandbox))
    from policies.pack.google import google  # noqa: PLC0415 - of no use in a sandbox

    return google(environ)


class SandboxCloud:
    """The sandbox's cloud, read and never written."""

    def __init__(self, path: Path) -> None:
        """Takes the file, which may not be there yet."""
        self._path = path

    def secret_versions(self, wanted: AbstractSet[VersionName]) -> Mapping[VersionName, SecretState]:
        """The states of these versions; nothing where the cloud or the project is not there."""
        try:
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=_WAITS)) as db:
                return dict(_states(db, wanted))
        except (sqlite3.Error, OSError):
            return {}


def _states(
    db: sqlite3.Connection, wanted: AbstractSet[VersionName]
) -> list[tuple[VersionName, SecretState]]:
    projects = {row[0] for row in db.execute("SELECT project FROM project_name")}
    found = {
        VersionName(project, secret, version): SecretState(state)
        for name in {(one.project, one.secret) for one in wanted}
        for project, secret, version, state in db.execute(
            "SELECT ?1, secret, version, state FROM secret_version_state WHERE secret = ?2 AND "
            "project = (SELECT id FROM project_name WHERE project_name.project = ?1)",
            name,
        )
    }
    return [(one, found.get(one, SecretState.MISSING)) for one in wanted if one.project in projects]
