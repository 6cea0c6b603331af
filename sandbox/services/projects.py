"""Project-level things: enabled APIs and access to the project.

https://cloud.google.com/service-usage/docs/enable-disable
"""

from __future__ import annotations

import re

from catalog.keys import AGENTS
from sandbox.cloud import PROJECT
from sandbox.grants import access_kinds
from sandbox.kinds import Kind, Request, project_number

_API_NAME = re.compile(r"^[a-z0-9.-]+\.(?:googleapis\.com|goog|cloud\.goog)$")


def _enable(request: Request) -> None:
    api = str(request.inputs.get("service"))
    if not _API_NAME.match(api):
        raise request.refuse(
            403,
            f"Not found or permission denied for service(s): {api}.",
            "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        )
    if not request.cloud.get(PROJECT, f"projects/{request.project}") and request.cloud.all(
        PROJECT, request.project
    ):
        raise request.refuse(403, f"Project '{request.project}' not found or permission denied.")
    request.body["project"] = request.project


def _disable(request: Request) -> None:
    """`disableOnDestroy` decides: unless it is true the API stays enabled, as part of the project."""
    if request.body.get("disableOnDestroy") is True:
        return
    thing = request.cloud.get(request.kind.token, request.id)
    if thing is not None:
        thing.outside = True
        request.cloud.put(thing)
    request.keep = True


def _agent(request: Request) -> None:
    """The account by which a service acts in the project; Google makes it once."""
    api = str(request.inputs.get("service"))
    known = next((agent for agent in AGENTS.values() if agent.api == api), None)
    number = project_number(request.cloud, request.project)
    domain = f"gcp-sa-{api.partition('.')[0]}"
    email = known.email(number) if known else f"service-{number}@{domain}.iam.gserviceaccount.com"
    request.body["email"] = email
    request.body["member"] = f"serviceAccount:{email}"


KINDS = (
    Kind(
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
        noun="project audit config",
        id="{project}/audit_config/{service}",
        adopts=True,
    ),
    Kind(
        "gcp:projects/serviceIdentity:ServiceIdentity",
        noun="Service Identity",
        id="projects/{project}/services/{service}",
        create=_agent,
        adopts=True,
    ),
    Kind(
        "gcp:projects/service:Service",
        noun="Project Service",
        id="{project}/{service}",
        create=_enable,
        delete=_disable,
        adopts=True,
        doing="Error enabling service",
    ),
    Kind(
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        noun="custom project role",
        api="iam.googleapis.com",
        id="projects/{project}/roles/{role_id}",
        defaults={"stage": "GA"},
        exists="A role named {name} in this project already exists.",
    ),
    *access_kinds("gcp:projects/:", "", "", "{project}", "project", names="IAM"),
)
