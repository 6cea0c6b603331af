"""Cloud Logging: log-based metrics, log buckets and sinks.

https://cloud.google.com/logging/docs/reference/v2/rest
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sandbox import kinds
from sandbox.compose import timestamp
from sandbox.kinds import Kind, Request

if TYPE_CHECKING:
    from sandbox.cloud import Thing

API: Final = "logging.googleapis.com"
METRIC: Final = "gcp:logging/metric:Metric"
BUCKET: Final = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
SINK: Final = "gcp:logging/projectSink:ProjectSink"
_METRIC_NAME: Final = re.compile(r"[A-Za-z0-9_./,+!*',()%-]{1,100}")
_LONGEST_RETENTION_DAYS: Final = 3650
_TO_BUCKET: Final = re.compile(
    r"logging\.googleapis\.com/(projects/[^/]+/locations/[^/]+/buckets/[^/]+)$", re.IGNORECASE
)


def _metric(request: Request) -> None:
    name, filter_ = str(request.inputs.get("name")), str(request.inputs.get("filter") or "")
    if not _METRIC_NAME.fullmatch(name):
        raise request.refuse(400, f"The metric name '{name}' is invalid.", "")
    if not filter_.strip():
        raise request.refuse(400, "The metric filter is empty.", "")
    descriptor = request.inputs.get("metricDescriptor") or {}
    declared = {str(label.get("key")) for label in descriptor.get("labels") or []}
    extracted = set(request.inputs.get("labelExtractors") or {})
    if declared != extracted:
        unmatched = ", ".join(sorted(declared ^ extracted))
        raise request.refuse(400, f"Labels and label extractors do not match: {unmatched}.", "")


def _bucket(request: Request) -> None:
    days = int(request.inputs.get("retentionDays") or 30)
    if not 1 <= days <= _LONGEST_RETENTION_DAYS:
        raise request.refuse(
            400, f"The retention of {days} days is not between 1 and {_LONGEST_RETENTION_DAYS} days.", ""
        )
    body, old = request.body, request.old or {}
    if old.get("locked") and days != int(old.get("retentionDays") or 30):
        raise request.refuse(400, "The retention of a locked bucket cannot be changed.", "failedPrecondition")
    body["name"] = request.id
    body["lifecycleState"] = "ACTIVE"
    body["createTime"] = body.get("createTime") or timestamp(request.now)


def _sink(request: Request) -> None:
    to = str(request.inputs.get("destination"))
    bucket = _TO_BUCKET.search(to)
    found: Thing | None = request.resolve(BUCKET, bucket[1]) if bucket else None
    if bucket is not None and found is None:
        raise request.refuse(404, f"The log bucket '{bucket[1]}' was not found.")
    if found is not None:
        request.refers_to.append((found.type, found.id))
    own = bucket is not None and bucket[1].split("/")[1] == request.project
    number = kinds.project_number(request.cloud, request.project)
    # A bucket of the same project takes the sink's entries without an account that must be granted access.
    writer = f"serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com"
    request.body["writerIdentity"] = "" if own else writer


KINDS = (
    Kind(
        METRIC,
        noun="Metric",
        api=API,
        id="projects/{project}/metrics/{name}",
        create=_metric,
        exists="The metric '{name}' already exists",
    ),
    Kind(
        BUCKET,
        noun="ProjectBucketConfig",
        api=API,
        id="projects/{project}/locations/{location}/buckets/{bucket_id}",
        defaults={"retentionDays": 30},
        create=_bucket,
        exists="The log bucket '{id}' already exists",
        reserved_s=7 * 86_400,
    ),
    Kind(
        SINK,
        noun="ProjectSink",
        api=API,
        id="projects/{project}/sinks/{name}",
        create=_sink,
        exists="The sink '{name}' already exists",
    ),
)
