"""Secret Manager: versions.

Owns what a pinned version is. Does not own who may read it.
"""

import re

from catalog.source import Breach, Source

PINNING = Source("https://cloud.google.com/run/docs/configuring/services/secrets#version")
ACCESSOR_ROLE = "roles/secretmanager.secretAccessor"
ACCESS = Source("https://cloud.google.com/secret-manager/docs/access-control")
ACCESS_PERMISSION = "secretmanager.versions.access"
# The predefined roles that hold it. The basic role Editor does not: https://cloud.google.com/iam/docs/roles-overview
ACCESS_ROLES = frozenset({ACCESSOR_ROLE, "roles/secretmanager.admin", "roles/owner"})

_NUMBER = re.compile(r"[1-9][0-9]*")


def check_version(version: str) -> Breach | None:
    """Whether a version is pinned, that is a number; the value is not echoed, for it may be a secret."""
    if _NUMBER.fullmatch(version):
        return None
    what = "is 'latest'" if version == "latest" else "is not a version's number"
    why = "a version that is not pinned changes under a running service and cannot be rolled back"
    return Breach(what, why, PINNING, "1")
