"""Artifact Registry.

https://cloud.google.com/artifact-registry/docs/repositories
"""

from __future__ import annotations

from sandbox.grants import access_kinds
from sandbox.kinds import Kind, Request

_API = "artifactregistry.googleapis.com"
_PARENT = "projects/{project}/locations/{location}/repositories/{repository_id}"
REPOSITORY = "gcp:artifactregistry/repository:Repository"


def _registry(request: Request) -> str:
    kind = str(request.inputs.get("format", "")).lower()
    return f"{request.region}-{kind}.pkg.dev/{request.project}/{request.inputs['repositoryId']}"


KINDS = (
    Kind(
        REPOSITORY,
        noun="Repository",
        api=_API,
        id=_PARENT,
        exists="the repository already exists",
        fills={"name": lambda r: r.inputs["repositoryId"], "registryUri": _registry},
    ),
    *access_kinds(
        "gcp:artifactregistry/repository:Repository",
        _API,
        REPOSITORY,
        "projects/{project}/locations/{location}/repositories/{repository}",
        "artifactregistry repository",
        parent_input="repository",
    ),
)
