"""The id that a create would have given, computed from what it was asked for.

Google's ids follow from a resource's inputs (`projects/P/global/networks/N`) in all but a few types. The
sandbox knows the formats, Google's own; this module only asks it. What the API numbers itself cannot be
computed: of a secret version the next number is tried, of anything else it is to be looked up.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sandbox import kinds
from sandbox.cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"  # noqa: S105 - a type, not a secret


def place_of(deployment: Mapping[str, Any], resource: Mapping[str, Any]) -> kinds.Place:
    """Return where the resource's provider is pointed."""
    urn = str(resource.get("provider", "")).rpartition("::")[0]
    for each in deployment.get("resources") or ():
        if each["urn"] == urn:
            inputs = each.get("inputs") or {}
            return kinds.Place(
                str(inputs.get("project", "")), str(inputs.get("region", "")), str(inputs.get("zone", ""))
            )
    return kinds.Place("")


def computed_id(deployment: Mapping[str, Any], resource: Mapping[str, Any]) -> str | None:
    """Return the id of the resource that an interrupted create asked for; None when it cannot be computed.

    Args:
        deployment: the stack's state.
        resource: the resource of the pending operation.
    """
    inputs = resource.get("inputs") or {}
    special = _SPECIAL.get(resource["type"])
    if special is not None:
        return special(deployment, inputs)
    kind = kinds.kind(resource["type"])
    if kinds.NUMBER in kind.id:
        return None  # what the API chooses, the sandbox's number says nothing of
    cloud = Cloud(Path(":memory:"))  # an id is computed from inputs alone; this cloud stays empty
    try:
        request = kinds.Request(cloud, kind, resource["urn"], place_of(deployment, resource), inputs, now=0.0)
        found = kinds.id_of(request)
    finally:
        cloud.close()
    return found if found and not re.search(r"[{}]", found) else None


def _next_version(deployment: Mapping[str, Any], inputs: Mapping[str, Any]) -> str | None:
    """Return the number after the last one, under the name that the API gives the secret."""
    secret = inputs.get("secret")
    if not isinstance(secret, str):
        return None
    resources = deployment.get("resources") or ()
    names = [(each.get("outputs") or {}).get("name") for each in resources if each.get("id") == secret]
    name = next((each for each in names if isinstance(each, str)), secret)
    known = [
        int(match[1])
        for each in resources
        if each["type"] == SECRET_VERSION
        and (match := re.search(r"/secrets/.*/versions/(\d+)$", each.get("id", "")))
        if each["id"].rpartition("/versions/")[0].endswith(f"/{name.rpartition('/')[2]}")
    ]
    return f"{name}/versions/{max(known, default=0) + 1}"


def _peering(_: Mapping[str, Any], inputs: Mapping[str, Any]) -> str | None:
    network = re.sub(r"^https?://.*?/(?=projects/)", "", str(inputs.get("network", "")))
    return f"{quote(network, safe='')}:{inputs.get('service')}" if network else None


_SPECIAL: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str | None]] = {
    SECRET_VERSION: _next_version,
    "gcp:servicenetworking/connection:Connection": _peering,
}
