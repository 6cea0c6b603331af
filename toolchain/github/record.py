"""A stack's record of deploys, fetched: `python3 -m toolchain.github.record STACK FOLDER`.

By the record a deploy that was killed goes on where it was. That there is none yet is fine; a record that is
there and cannot be read now must end the job, for without it the next deploy would begin anew. BACKEND is the
state's bucket, ACCESS_TOKEN a token of whoever deploys.

Sources: https://cloud.google.com/storage/docs/json_api/v1/objects/get,
https://cloud.google.com/storage/docs/json_api/v1/status-codes
"""

from __future__ import annotations

import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from toolchain.places import ToolchainError, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_SECONDS = 60
ABSENT = 404


def fetch(stack: str, folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Write the record into the folder, if there is one, and return what was done.

    Raises:
        ToolchainError: nobody can tell whether there is one.
    """
    backend = re.fullmatch(r"gs://([^/]+)/?(.*?)/?", environ.get("BACKEND", ""))
    token = environ.get("ACCESS_TOKEN")
    if backend is None or not token:
        raise ToolchainError("BACKEND must be the state's bucket (gs://…), and ACCESS_TOKEN a token for it")
    bucket, prefix = backend.groups()
    name = "/".join(filter(None, (prefix, "deploys", f"{stack}.jsonl")))
    # The name under which Google's own clients look for another Cloud Storage.
    host = environ.get("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    request = urllib.request.Request(  # noqa: S310 - Google's address, or the one of a test
        f"{host}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}?alt=media",
        headers={"Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - likewise
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code == ABSENT:
            return "there is none yet"
        raise ToolchainError(f"gs://{bucket}/{name}: {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise ToolchainError(f"gs://{bucket}/{name} cannot be read: {error}") from None
    write_atomically(folder / f"{stack}.jsonl", text)
    return "fetched"


if __name__ == "__main__":
    try:
        print(f"record: {fetch(sys.argv[1], Path(sys.argv[2]))}")  # noqa: T201 - the job's log
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")
