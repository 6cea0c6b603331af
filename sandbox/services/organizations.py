"""Projects as they are looked up, and the caller's own configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import kinds
from sandbox.cloud import PROJECT
from sandbox.errors import ApiError
from sandbox.kinds import Kind, Place

if TYPE_CHECKING:
    from sandbox.cloud import Cloud
    from sandbox.wire import Props


def _get_project(cloud: Cloud, place: Place, args: Props) -> Props:
    project = str(args.get("projectId") or place.project)
    found = cloud.get(PROJECT, f"projects/{project}")
    if found is None:
        raise ApiError(
            403,
            "The caller does not have permission",
            doing=f'Error when reading or editing Project "{project}"',
        )
    labels: Props = {"effectiveLabels": {}, "pulumiLabels": {}, "labels": {}, "tags": {}}
    rest: Props = {
        "autoCreateNetwork": False,
        "billingAccount": "",
        "deletionPolicy": "",
        "folderId": "",
        "orgId": "",
    }
    number = {"id": found.id, "projectId": project, "name": found.name, "number": found.body["number"]}
    return {**labels, **rest, **number}


def _get_client_config(cloud: Cloud, place: Place, args: Props) -> Props:  # noqa: ARG001 - a lookup's shape
    return {
        "id": f"projects/{place.project}/regions/{place.region}/zones/{place.zone}",
        "project": place.project,
        "region": place.region,
        "zone": place.zone,
        "accessToken": "sandbox",
        "defaultLabels": {},
    }


KINDS = (
    Kind(
        PROJECT,
        noun="Project",
        id="projects/{project_id}",
        fills={"number": lambda r: kinds.project_number(r.cloud, r.project)},
    ),
)
LOOKUPS = {
    "gcp:organizations/getProject:getProject": _get_project,
    "gcp:organizations/getClientConfig:getClientConfig": _get_client_config,
}
