"""Cloud Run by its older API.

https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services
"""

from __future__ import annotations

from typing import Any, Final

from sandbox import kinds
from sandbox.errors import HalfCreatedError
from sandbox.grants import access_kinds
from sandbox.kinds import Kind, Request
from sandbox.services._run_revision import (
    Revision,
    Spelling,
    account_of,
    refuse_impossible,
    secret_uses,
    why_not_ready,
)
from sandbox.services.cloudrunv2 import API
from sandbox.services.cloudrunv2 import SERVICE as SERVICE_V2

SERVICE: Final = "gcp:cloudrun/service:Service"
_SPELLED: Final = Spelling("valueFrom", "name", "key", volume_secret="secretName")  # noqa: S106 - a key


def _create(request: Request) -> None:
    template: dict[str, Any] = request.inputs.get("template") or {}
    spec: dict[str, Any] = template.get("spec") or {}
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    generation = int(str((request.old or {}).get("__generation") or 0)) + 1
    revision = Revision(
        name=f"{request.name}-{generation:05d}-{kinds.digest(request.id)[:3]}",
        containers=spec.get("containers") or [],
        account=account_of(request, str(spec.get("serviceAccountName") or "")),
        secrets=list(secret_uses(spec, _SPELLED)),
        connector=str(annotations.get("run.googleapis.com/vpc-access-connector") or ""),
        concurrency=float(spec.get("containerConcurrency") or 0),
        timeout_s=float(spec.get("timeoutSeconds") or 300),
        least=float(annotations.get("autoscaling.knative.dev/minScale") or 0),
        most=float(annotations.get("autoscaling.knative.dev/maxScale") or 0),
    )
    refuse_impossible(request, revision)
    why = why_not_ready(request, revision)
    number_of = kinds.project_number(request.cloud, request.project)
    request.body["__generation"] = generation
    request.body["traffics"] = request.body.get("traffics") or [{"percent": 100, "latestRevision": True}]
    request.body["metadata"] = {"namespace": request.project, **(request.body.get("metadata") or {})}
    request.body["statuses"] = [
        {
            "url": f"https://{request.name}-{number_of}.{request.region}.run.app",
            "latestCreatedRevisionName": revision.name,
            "latestReadyRevisionName": "" if why else revision.name,
            "observedGeneration": generation,
            "conditions": [{"type": "Ready", "status": "False" if why else "True", "message": why}],
        }
    ]
    if why:
        raise HalfCreatedError(
            f'Error waiting to create Service: resource is in failed state "Ready:False": {why}'
        )


KINDS = (
    Kind(
        SERVICE,
        noun="Service",
        api=API,
        id="locations/{location}/namespaces/{project}/services/{name}",
        create=_create,
        aliases=(SERVICE_V2,),
        exists="Resource '{name}' already exists.",
    ),
    *access_kinds(
        "gcp:cloudrun/:",
        API,
        "",
        "v1/projects/{project}/locations/{location}/services/{service}",
        "cloudrun service",
    ),
)
