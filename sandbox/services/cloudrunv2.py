"""Cloud Run.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from catalog import cloud_run as limits
from sandbox import kinds
from sandbox.errors import ApiError, HalfCreatedError
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

if TYPE_CHECKING:
    from sandbox.cloud import Cloud, Thing
    from sandbox.wire import Props

API: Final = "run.googleapis.com"
SERVICE: Final = "gcp:cloudrunv2/service:Service"
TEMPLATES: Final = "__revisionTemplates"
"""Where a service's body keeps the template of each of its revisions: no output, never shown."""
_PARENT: Final = "projects/{project}/locations/{location}/services/{name}"
_NAME = re.compile(r"^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$")
_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
_LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
_WHOLE = 100
_SPELLED: Final = Spelling("valueSource", "secret", "version", volume_secret="secret")  # noqa: S106 - a key


def _seconds(text: object) -> float:
    value = str(text or "").removesuffix("s")
    return float(value) if re.fullmatch(r"\d+(?:\.\d+)?", value) else limits.DEFAULT_TIMEOUT_SECONDS


def _revision(request: Request, template: dict[str, Any], name: str) -> Revision:
    access, scaling = template.get("vpcAccess") or {}, template.get("scaling") or {}
    containers = template.get("containers") or []
    return Revision(
        name=name,
        containers=containers,
        account=account_of(request, str(template.get("serviceAccount") or "")),
        secrets=list(secret_uses(template, _SPELLED)),
        connector=str(access.get("connector") or ""),
        interfaces=access.get("networkInterfaces") or [],
        concurrency=float(template.get("maxInstanceRequestConcurrency") or 0),
        timeout_s=_seconds(template.get("timeout")),
        least=float(scaling.get("minInstanceCount") or 0),
        most=float(scaling.get("maxInstanceCount") or 0),
    )


def _service(request: Request) -> None:
    if not _NAME.match(request.name):
        raise request.refuse(
            400, f"Violation in CreateServiceRequest.service_id: invalid name '{request.name}'", ""
        )
    body = request.body
    template = body.get("template") or {}
    name, is_new = _revision_name(request, template)
    revision = _revision(request, template, name)
    refuse_impossible(request, revision)
    _mounts(request, template)
    _complete(template, revision)
    _describe(request)
    why = why_not_ready(request, revision)
    body["latestCreatedRevision"] = f"{request.id}/revisions/{name}"
    if is_new:
        body["__revisions"] = {**(body.get("__revisions") or {}), name: str(body["__template"])}
        body[TEMPLATES] = {**(body.get(TEMPLATES) or {}), name: deepcopy(template)}
    body["__before"] = {
        "exists": request.old is not None,
        "ready": (request.old or {}).get("latestReadyRevision") or "",
    }
    body["latestReadyRevision"] = body["latestCreatedRevision"]
    _traffic(request)
    _condition(request, why)
    if why:
        raise _not_ready(request.body, why)


def _not_ready(body: Props, why: str) -> HalfCreatedError:
    """The new revision cannot start, or ("") has not yet: traffic stays with the last that could."""
    before = str(body["__before"]["ready"])
    body["latestReadyRevision"] = before
    for status in body["trafficStatuses"]:
        if status["type"] == _LATEST and before:
            status["revision"] = before.rpartition("/")[2]
    _tell_condition(body, why)
    verb = "update" if body["__before"]["exists"] else "create"
    return HalfCreatedError(f"Error waiting to {verb} Service: Error code 9, message: {why}")


def start_is_over(cloud: Cloud, service_id: str, revision: str) -> bool:
    """A revision has started: the service is ready, if it waited for that one; call it inside a transaction.

    Returns:
        Whether that changed anything.
    """
    thing = cloud.get(SERVICE, service_id)
    if thing is None or not str(thing.body.get("latestCreatedRevision")).endswith(f"/{revision}"):
        return False
    body = thing.body
    if body["terminalConditions"][0]["state"] != "CONDITION_RECONCILING":
        return False
    body["latestReadyRevision"] = body["latestCreatedRevision"]
    _route(cloud, body, service_id, body["traffics"])
    _tell_condition(body, "")
    cloud.put(thing)
    return True


def _digest(template: Props) -> str:
    return kinds.digest(json.dumps({k: v for k, v in template.items() if k != "revision"}, sort_keys=True))[
        :16
    ]


def _revision_name(request: Request, template: Props) -> tuple[str, bool]:
    """The revision's name, and whether it is a new one."""
    known: dict[str, str] = (request.old or {}).get("__revisions") or {}
    given, digest = template.get("revision"), _digest(request.inputs.get("template") or {})
    same = (request.old or {}).get("__template") == digest
    request.body["__template"] = digest
    if given:
        if not str(given).startswith(f"{request.name}-"):
            raise request.refuse(400, f"template.revision: '{given}' must begin with '{request.name}-'", "")
        # A configuration that comes back under the name it had is that revision again.
        stays = same and str((request.old or {}).get("latestCreatedRevision")).endswith(f"/{given}")
        if given in known and not stays and known[str(given)] != digest:
            raise request.refuse(
                409, f"Revision named '{given}' with different configuration already exists.", ""
            )
        return str(given), given not in known
    if same and known:
        return list(known)[-1], False
    letters = "".join(
        chr(ord("a") + int(c, 16)) for c in kinds.digest(f"{request.id}{len(known)}{request.now}")[:3]
    )
    return f"{request.name}-{len(known) + 1:05d}-{letters}", True


def _mounts(request: Request, template: Props) -> None:
    volumes = {each.get("name") for each in template.get("volumes") or ()}
    for container in template.get("containers") or ():
        for mount in container.get("volumeMounts") or ():
            if mount.get("name") not in volumes:
                raise request.refuse(
                    400, f"Volume mount '{mount.get('name')}' has no volume of that name", ""
                )


def _complete(template: Props, revision: Revision) -> None:
    """What Cloud Run fills in."""
    template.setdefault("serviceAccount", revision.account)
    template.setdefault("timeout", f"{limits.DEFAULT_TIMEOUT_SECONDS}s")
    for container in template.get("containers") or ():
        resources = container.setdefault("resources", {})
        given = resources.setdefault("limits", {})
        given.setdefault("cpu", "1")
        given.setdefault("memory", "512Mi")
        ports = container.get("ports")
        if isinstance(ports, dict):
            ports.setdefault("name", "http1")
    if not template.get("maxInstanceRequestConcurrency"):
        cpu = (
            limits.cpus(str(template["containers"][0]["resources"]["limits"]["cpu"]))
            if template.get("containers")
            else 1
        )
        template["maxInstanceRequestConcurrency"] = limits.DEFAULT_CONCURRENCY if (cpu or 1) >= 1 else 1


def move_traffic(cloud: Cloud, service: Thing, traffics: list[Props]) -> None:
    """Send a service's traffic elsewhere, as its API does; call it inside a transaction.

    Args:
        cloud: where the service is.
        service: the service.
        traffics: the new targets.

    Raises:
        ApiError: they are not 100 percent together, or name a revision that there is not.
    """
    _route(cloud, service.body, service.id, traffics)
    cloud.put(service)


def served(body: Props) -> list[tuple[str, int, str]]:
    """Who answers: revision, percent and tag of each target of a service's traffic."""
    ready = str(body.get("latestReadyRevision") or "").rpartition("/")[2]
    return [
        (str(each.get("revision") or ready), int(each.get("percent") or 0), str(each.get("tag") or ""))
        for each in body.get("traffics") or ()
    ]


def _traffic(request: Request) -> None:
    body = request.body
    given = body.get("traffics") or [{"type": _LATEST, "percent": _WHOLE, "revision": "", "tag": ""}]
    _route(request.cloud, body, request.id, given)


def _route(cloud: Cloud, body: Props, service_id: str, given: list[Props]) -> None:
    _, project, _, region, _, name = service_id.split("/")
    if sum(int(each.get("percent") or 0) for each in given) != _WHOLE:
        raise ApiError(400, "traffic: The sum of the percentages must be 100", reason="")
    for each in given:
        if each.get("type") == _REVISION and each.get("revision") not in (body.get("__revisions") or {}):
            raise ApiError(400, f"traffic: Revision '{each.get('revision')}' does not exist", reason="")
        if each.get("tag") and limits.check_tag(str(each["tag"]), name) is not None:
            raise ApiError(
                400, f"traffic: tag '{each['tag']}' and the service's name are too long together", reason=""
            )
    body["traffics"] = given
    number = kinds.project_number(cloud, project)
    body["trafficStatuses"] = [
        {
            "type": each.get("type") or _LATEST,
            "percent": percent,
            "revision": revision,
            "tag": tag,
            "uri": f"https://{tag}---{name}-{number}.{region}.run.app" if tag else "",
        }
        for each, (revision, percent, tag) in zip(given, served(body), strict=True)
    ]


def _describe(request: Request) -> None:
    body = request.body
    number = kinds.project_number(request.cloud, request.project)
    short = f"https://{request.name}-{kinds.digest(request.project)[:10]}-uc.a.run.app"
    body["uri"] = short
    body["urls"] = [f"https://{request.name}-{number}.{request.region}.run.app", short]
    body["creator"] = body.get("creator") or f"sandbox@{request.project}.iam.gserviceaccount.com"
    body["lastModifier"] = body["creator"]
    body["effectiveAnnotations"] = request.inputs.get("annotations") or {}
    body["ingress"] = body.get("ingress") or "INGRESS_TRAFFIC_ALL"
    body["launchStage"] = body.get("launchStage") or "GA"
    body["reconciling"] = False


def _condition(request: Request, why: str) -> None:
    _tell_condition(request.body, why)


def _tell_condition(body: Props, why: str) -> None:
    waits = not why and body.get("latestReadyRevision") != body.get("latestCreatedRevision")
    state = "CONDITION_FAILED" if why else "CONDITION_RECONCILING" if waits else "CONDITION_SUCCEEDED"
    condition = {"type": "Ready", "state": state, "message": why, "reason": "", "severity": ""}
    body["terminalConditions"] = [condition]
    body["conditions"] = [
        {**condition, "type": "RoutesReady"},
        {**condition, "type": "ConfigurationsReady"},
    ]


def _job(request: Request) -> None:
    if not _NAME.match(request.name):
        raise request.refuse(400, f"Violation in CreateJobRequest.job_id: invalid name '{request.name}'", "")
    template = (request.body.get("template") or {}).get("template") or {}
    revision = _revision(request, template, request.name)
    revision.timeout_s = limits.DEFAULT_TIMEOUT_SECONDS  # a task may run for days
    refuse_impossible(request, revision)
    template.setdefault("serviceAccount", revision.account)
    _describe(request)
    for name in ("uri", "urls", "ingress"):
        request.body.pop(name, None)
    request.body["executionCount"] = 0
    request.body["latestCreatedExecutions"] = []
    why = why_not_ready(request, revision)
    _condition(request, why)
    if why:
        raise HalfCreatedError(f"Error waiting to create Job: Error code 9, message: {why}")


KINDS = (
    Kind(
        SERVICE,
        noun="Service",
        api=API,
        id=_PARENT,
        defaults={
            "deletionProtection": True,
            **{
                f"template.containers[].{probe}.{name}": value
                for probe in ("startupProbe", "livenessProbe")
                for name, value in (("periodSeconds", 10), ("timeoutSeconds", 1), ("failureThreshold", 3))
            },
        },
        create=_service,
        unready=_not_ready,
        fills={
            "scaling": {"minInstanceCount": 0, "manualInstanceCount": 0, "scalingMode": ""},
            "template.containers[].buildInfos": [],
            "expireTime": "",
            "deleteTime": "",
        },
        aliases=("gcp:cloudrun/service:Service",),
        exists="Resource '{name}' already exists.",
        protection="cannot destroy service without setting deletion_protection=false and running `pulumi up`",
    ),
    Kind(
        "gcp:cloudrunv2/job:Job",
        noun="Job",
        api=API,
        id="projects/{project}/locations/{location}/jobs/{name}",
        defaults={"deletionProtection": True},
        create=_job,
        fills={"expireTime": "", "deleteTime": ""},
        exists="Resource '{name}' already exists.",
        protection="cannot destroy job without setting deletion_protection=false and running `pulumi up`",
    ),
    *access_kinds(SERVICE, API, SERVICE, _PARENT, "cloudrunv2 service", parent_input=""),
)
