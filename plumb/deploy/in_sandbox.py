"""Traffic of services in the sandbox's cloud.

Owns reading and moving it there. In the live sandbox the load balancer follows before `move` returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumb.deploy.traffic import Standing, Target, TrafficError
from sandbox.errors import ApiError
from sandbox.live.client import Live, LiveError
from sandbox.services.cloudrunv2 import SERVICE, move_traffic
from sandbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.cloud import Thing

_BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
_BY_LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"


class SandboxTraffic:
    """The services of one sandbox."""

    def __init__(self, settings: Settings) -> None:
        """Opens its cloud."""
        self._state = settings.state
        self._cloud = settings.open_cloud()

    @classmethod
    def from_environment(cls) -> SandboxTraffic:
        """The sandbox that SANDBOX_STATE names."""
        return cls(Settings.from_environment())

    def standing(self, service: str) -> Standing | None:
        """How a service stands; None when there is no such service."""
        with self._cloud.transaction():
            thing = self._cloud.get(SERVICE, service)
        return None if thing is None else _standing(thing)

    def is_ready(self, service: str, revision: str) -> bool | None:
        """Whether a revision can have traffic; None when the service has none of that name."""
        with self._cloud.transaction():
            thing = self._cloud.get(SERVICE, service)
        if thing is None or revision not in (thing.body.get("__revisions") or {}):
            return None
        # Of earlier revisions this cloud keeps no more than that they exist.
        newest = _short(thing.body.get("latestCreatedRevision"))
        return revision != newest or newest == _short(thing.body.get("latestReadyRevision"))

    def move(self, service: str, targets: Sequence[Target]) -> None:
        """Send its traffic elsewhere, and wait until that is so.

        Raises:
            TrafficError: there is no such service or revision, or the live sandbox cannot follow.
        """
        wire = [
            {
                "type": _BY_REVISION if target.revision else _BY_LATEST,
                "revision": target.revision,
                "percent": target.percent,
                "tag": target.tag,
            }
            for target in targets
        ]
        try:
            with self._cloud.transaction():
                thing = self._cloud.get(SERVICE, service)
                if thing is None:
                    raise TrafficError(f"there is no service {service} in this sandbox")
                move_traffic(self._cloud, thing, wire)
            live = Live.connect(self._state)
            if live is not None:
                live.reconcile(retry=False)
        except (ApiError, LiveError) as error:
            raise TrafficError(
                f"the traffic of {service.rpartition('/')[2]} was not moved: {error}"
            ) from None


def _standing(thing: Thing) -> Standing:
    body = thing.body
    return Standing(
        thing.id,
        newest=_short(body.get("latestCreatedRevision")),
        ready=_short(body.get("latestReadyRevision")),
        targets=tuple(
            Target(str(each.get("revision") or ""), int(each.get("percent") or 0), str(each.get("tag") or ""))
            for each in body.get("traffics") or ()
        ),
    )


def _short(revision: object) -> str:
    return str(revision or "").rpartition("/")[2]
