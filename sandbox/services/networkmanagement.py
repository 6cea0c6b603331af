"""Network Management: connectivity tests.

https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/reference/networkmanagement/rest

A test is taken whether or not what it names exists: the analysis says so then. No analysis is made here, for
that is Google's own word on a route. Not verified: the pattern of names, which is taken from the reference of
`projects.locations.global.connectivityTests.create`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.kinds import Kind, Request

API: Final = "networkmanagement.googleapis.com"
TEST: Final = "gcp:networkmanagement/connectivityTest:ConnectivityTest"
_NAME: Final = re.compile(r"^[a-z](?:[-a-z0-9]{0,38}[a-z0-9])?$")
_ENDPOINTS: Final = {
    "redisInstance": re.compile(r"^(?:.*/)?projects/[^/]+/locations/[^/]+/instances/[^/]+$"),
    "cloudSqlInstance": re.compile(r"^(?:.*/)?projects/[^/]+/instances/[^/]+$"),
}
_REVISION: Final = re.compile(r"^projects/[^/]+/locations/[^/]+/revisions/[^/]+$")


def _test(request: Request) -> None:
    if not _NAME.match(request.name):
        raise request.refuse(400, f"Invalid test_id '{request.name}'.", "")
    source, destination = (_endpoint(request, key) for key in ("source", "destination"))
    revision = (source.get("cloudRunRevision") or {}).get("uri")
    if revision is not None and not _REVISION.match(str(revision)):
        raise request.refuse(400, f"Invalid value for source.cloud_run_revision.uri: '{revision}'.", "")
    for key, pattern in _ENDPOINTS.items():
        named = destination.get(key)
        if named is not None and not pattern.match(str(named)):
            raise request.refuse(400, f"Invalid value for destination.{key}: '{named}'.", "")


def _endpoint(request: Request, key: str) -> dict[str, Any]:
    found = request.inputs.get(key)
    if not isinstance(found, dict) or not any(found.values()):
        raise request.refuse(400, f"The {key} endpoint must not be empty.", "")
    return found


KINDS = (
    Kind(
        TEST,
        noun="ConnectivityTest",
        api=API,
        id="projects/{project}/locations/global/connectivityTests/{name}",
        defaults={"protocol": "TCP"},
        create=_test,
        exists="Resource '{id}' already exists",
    ),
)
