"""Cloud Storage.

https://cloud.google.com/storage/docs/buckets
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sandbox.grants import access_kinds, holds
from sandbox.kinds import Kind, Place, Request, project_number

if TYPE_CHECKING:
    from sandbox.cloud import Cloud
    from sandbox.wire import Props

BUCKET: Final = "gcp:storage/bucket:Bucket"
_OBJECT: Final = "gcp:storage/bucketObject:BucketObject"
_USES_KEYS: Final = frozenset({"roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/owner"})
_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$")


def _bucket(request: Request) -> None:
    name = str(request.inputs.get("name", ""))
    if not _NAME.match(name) or name.startswith("goog"):
        raise request.refuse(400, f"Invalid bucket name: '{name}'", "invalid")
    key = (request.inputs.get("encryption") or {}).get("defaultKmsKeyName")
    if key and not holds(
        request.cloud,
        f"serviceAccount:{_account(request.cloud, request.project)}",
        _USES_KEYS,
        [str(key)],
        "",
    ):
        raise request.refuse(
            403,
            "Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account has "
            "been authorized to use this key.",
            "forbidden",
        )
    body = request.body
    body["location"] = str(request.inputs.get("location", "")).upper()
    body["url"] = f"gs://{name}"
    body["selfLink"] = f"https://www.googleapis.com/storage/v1/b/{name}"


def _delete_bucket(request: Request) -> None:
    objects = [each for each in request.cloud.all(_OBJECT) if each.body.get("bucket") == request.name]
    if objects and not request.body.get("forceDestroy"):
        raise request.refuse(
            409,
            f"Error trying to delete bucket {request.name} containing objects without `force_destroy` set "
            "to true",
            "conflict",
        )
    for each in objects:
        request.cloud.remove(each)


def _account(cloud: Cloud, project: str) -> str:
    return f"service-{project_number(cloud, project)}@gs-project-accounts.iam.gserviceaccount.com"


def _service_account(cloud: Cloud, place: Place, args: Props) -> Props:
    """Cloud Storage's own account in a project; asking for it makes it."""
    project = str(args.get("project") or place.project)
    email = _account(cloud, project)
    return {
        "id": email,
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": project,
        "userProject": str(args.get("userProject") or ""),
    }


KINDS = (
    Kind(
        BUCKET,
        noun="Bucket",
        api="storage.googleapis.com",
        id="{name}",
        defaults={"storageClass": "STANDARD"},
        create=_bucket,
        delete=_delete_bucket,
        exists=(
            "Your previous request to create the named bucket succeeded and you already own it, or the "
            "name is taken: "
            "bucket names are shared by all of Google Cloud."
        ),
    ),
    *access_kinds(
        "gcp:storage/bucket:Bucket",
        "storage.googleapis.com",
        BUCKET,
        "b/{bucket}",
        "storage bucket",
        parent_input="bucket",
        names="IAM",
    ),
)
LOOKUPS = {"gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _service_account}
