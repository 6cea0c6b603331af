"""Traffic of services at Google, through the Cloud Run Admin API v2.

Owns reading and moving it there. Not tried against Google here: no account. What it sends is held against the
library's own message types in tests.
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/patch
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import run_v2
from google.protobuf import field_mask_pb2

from plumb.deploy.traffic import Standing, Target, TrafficError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEADLINE_S: Final = 30.0
MOVED_WITHIN_S: Final = 240.0
_READY: Final = "Ready"
_SUCCEEDED: Final = run_v2.Condition.State.CONDITION_SUCCEEDED
_TYPE: Final = run_v2.TrafficTargetAllocationType


class GoogleTraffic:
    """The services of a project at Google.

    Args:
        client: The API's client; None makes one with Application Default Credentials.
        revisions: Likewise for revisions.
    """

    def __init__(
        self,
        client: run_v2.ServicesClient | None = None,
        revisions: run_v2.RevisionsClient | None = None,
    ) -> None:
        """Asks nothing yet.

        Raises:
            TrafficError: there are no credentials.
        """
        try:
            self._client = client or run_v2.ServicesClient()
            self._revisions = revisions or run_v2.RevisionsClient()
        except GoogleAuthError as error:
            raise TrafficError(
                f"no credentials for Google Cloud: {error}\n  fix: gcloud auth application-default login"
            ) from None

    def standing(self, service: str) -> Standing | None:
        """How a service stands; None when there is no such service.

        Raises:
            TrafficError: Google does not say.
        """
        try:
            found = self._client.get_service(name=service, timeout=DEADLINE_S)
        except NotFound:
            return None
        except (GoogleAPIError, GoogleAuthError) as error:
            raise TrafficError(f"Cloud Run does not tell how {service} stands: {error}") from None
        return Standing(
            service,
            newest=found.latest_created_revision.rpartition("/")[2],
            ready=found.latest_ready_revision.rpartition("/")[2],
            targets=tuple(Target(each.revision, each.percent, each.tag) for each in found.traffic),
        )

    def is_ready(self, service: str, revision: str) -> bool | None:
        """Whether a revision can have traffic; None when the service has none of that name.

        Raises:
            TrafficError: Google does not say.
        """
        name = f"{service}/revisions/{revision}"
        try:
            found = self._revisions.get_revision(name=name, timeout=DEADLINE_S)
        except NotFound:
            return None
        except (GoogleAPIError, GoogleAuthError) as error:
            raise TrafficError(f"Cloud Run does not tell how {name} stands: {error}") from None
        return any(each.type_ == _READY and each.state == _SUCCEEDED for each in found.conditions)

    def move(self, service: str, targets: Sequence[Target]) -> None:
        """Send its traffic elsewhere, and wait until that is so.

        Raises:
            TrafficError: Google refuses, or it takes longer than four minutes.
        """
        try:
            operation = self._client.update_service(
                request=run_v2.UpdateServiceRequest(
                    service=run_v2.Service(name=service, traffic=[_wire(target) for target in targets]),
                    update_mask=field_mask_pb2.FieldMask(paths=["traffic"]),
                ),
                timeout=DEADLINE_S,
            )
            operation.result(timeout=MOVED_WITHIN_S)  # type: ignore[no-untyped-call] # the library has no types here
        except TimeoutError:
            raise TrafficError(
                f"Cloud Run did not say within {MOVED_WITHIN_S:g} s that the traffic of {service} has moved:"
                " it may still move"
            ) from None
        except (GoogleAPIError, GoogleAuthError) as error:
            raise TrafficError(f"Cloud Run did not move the traffic of {service}: {error}") from None


def _wire(target: Target) -> run_v2.TrafficTarget:
    by = (
        _TYPE.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
        if target.revision
        else _TYPE.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
    )
    return run_v2.TrafficTarget(type_=by, revision=target.revision, percent=target.percent, tag=target.tag)
