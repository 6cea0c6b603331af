"""The programs that the live sandbox needs, each with the Debian package that brings it.

Apart from the servers themselves, so that starting them costs no import of what they are started with.
"""

from __future__ import annotations

from typing import Final

POSTGRES: Final = "/usr/lib/postgresql/15/bin/postgres"
REDIS: Final = "redis-server"
NEEDS: Final = {POSTGRES: "postgresql", REDIS: "redis-server", "setpriv": "util-linux", "cp": "coreutils"}
