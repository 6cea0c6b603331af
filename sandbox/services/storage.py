"""Cloud Storage.

https://cloud.google.com/storage/docs/buckets
"""

from __future__ import annotations

import re
from typing import Final

from sandbox.grants import access_kinds
from sandbox.kinds import Kind, Request

BUCKET: Final = "gcp:storage/bucket:Bucket"
_OBJECT: Final = "gcp:storage/bucketObject:BucketObject"
_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$")


def _bucket(request: Request) -> None:
    name = str(request.inputs.get("name", ""))
    if not _NAME.match(name) or name.startswith("goog"):
        raise request.refuse(400, f"Invalid bucket name: '{name}'", "invalid")
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
