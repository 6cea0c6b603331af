"""Workload identity federation.

https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers

Tokens are not exchanged here: what a provider's condition lets in is the tests' of whoever writes one.
"""

from __future__ import annotations

import re
from typing import Final

from sandbox import kinds
from sandbox.kinds import Checking, Kind, Ref, Request
from sandbox.schema_source import snake

API: Final = "iam.googleapis.com"
POOL: Final = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER: Final = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
_ID = re.compile(r"^(?!gcp-)[a-z0-9-]{4,32}$")
_ISSUED_TO_MANY: Final = frozenset({"https://token.actions.githubusercontent.com"})
_DAY_S: Final = 24 * 3600.0
_DELETED_KEPT_DAYS: Final = 30


def _id_is_right(checking: Checking, name: str) -> None:
    given = checking.inputs.get(name)
    if isinstance(given, str) and not _ID.match(given):
        checking.fail(
            f"invalid value for {snake(name)} ({given}): 4 to 32 of [a-z0-9-], and not beginning with gcp-",
            name,
        )


def _check_pool(checking: Checking) -> None:
    _id_is_right(checking, "workloadIdentityPoolId")


def _check_provider(checking: Checking) -> None:
    _id_is_right(checking, "workloadIdentityPoolProviderId")


def _name(request: Request) -> str:
    """The id with the project's number in the place of its name, as grants need it."""
    project, rest = request.id.removeprefix("projects/").split("/", 1)
    return f"projects/{kinds.project_number(request.cloud, project)}/{rest}"


def _provider(request: Request) -> None:
    oidc = request.inputs.get("oidc")
    mapping = request.inputs.get("attributeMapping") or {}
    if oidc and "google.subject" not in mapping:
        raise request.refuse(400, "The attribute mapping must include google.subject.", "INVALID_ARGUMENT")
    issuer = str((oidc or {}).get("issuerUri", "")).rstrip("/")
    if issuer in _ISSUED_TO_MANY and "assertion." not in str(request.inputs.get("attributeCondition") or ""):
        raise request.refuse(
            400, "The attribute condition must reference one of the provider's claims.", "INVALID_ARGUMENT"
        )


KINDS = (
    Kind(
        POOL,
        noun="WorkloadIdentityPool",
        api=API,
        id="projects/{project}/locations/global/workloadIdentityPools/{workload_identity_pool_id}",
        fills={"name": _name, "state": "ACTIVE"},
        check=_check_pool,
        exists="Requested entity already exists",
        reserved_s=_DELETED_KEPT_DAYS * _DAY_S,
    ),
    Kind(
        PROVIDER,
        noun="WorkloadIdentityPoolProvider",
        api=API,
        id="projects/{project}/locations/global/workloadIdentityPools/{workload_identity_pool_id}"
        "/providers/{workload_identity_pool_provider_id}",
        refs=(
            Ref(
                "workloadIdentityPoolId",
                POOL,
                blocks=False,
                link=False,
                missing="Requested entity was not found.",
            ),
        ),
        fills={"name": _name, "state": "ACTIVE"},
        check=_check_provider,
        create=_provider,
        exists="Requested entity already exists",
        reserved_s=_DELETED_KEPT_DAYS * _DAY_S,
    ),
)
