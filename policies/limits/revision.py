"""What parts of a Cloud Run service must say of one another: volumes and their mounts, shares of traffic.

Owns these two checks, for whichever API declares the service or the job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import cloud_run
from catalog.source import Breach
from policies.limits.subject import Subject, written
from policies.plan.values import UNKNOWN, Unknown, at, elements, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.limits.subject import Step

_WHOLE = 100


def traffic(subject: Subject) -> None:
    """All shares of traffic together are the whole; without any, the latest revision gets it."""
    targets = elements(subject.resource.at("traffics"))
    if isinstance(targets, Unknown):
        subject.unknown("traffics")
        return
    before = len(subject.claims)
    shares = [subject.number("RUN_TRAFFIC", "traffics", place, "percent") for place in range(len(targets))]
    total = sum(share or 0 for share in shares)
    if targets and len(subject.claims) == before and total != _WHOLE:
        breach = Breach(f"are {total:g} percent together", cloud_run.TRAFFIC_SUM, cloud_run.TRAFFIC)
        subject.refute("RUN_TRAFFIC", "traffics", breach, fix="let the percents add up to 100")


def mounts(subject: Subject, pod: tuple[str, ...], indexes: Sequence[int]) -> None:
    """Each mount of a container names a volume that the revision has."""
    volumes = elements(subject.resource.at(*pod, "volumes"))
    names = [UNKNOWN] if isinstance(volumes, Unknown) else [text(at(volume, "name")) for volume in volumes]
    for index in indexes:
        path: tuple[Step, ...] = (*pod, "containers", index, "volumeMounts")
        mounted = elements(subject.resource.at(*path))
        if isinstance(mounted, Unknown):
            subject.unknown(written(path))
            continue
        for place in range(len(mounted)):
            name = subject.text(*path, place, "name")
            if name is None or name in names:
                continue
            if any(isinstance(one, Unknown) for one in names):
                subject.unknown(written((*pod, "volumes")))
            else:
                breach = Breach(f"is {name!r}", cloud_run.MOUNTED, cloud_run.VOLUME_MOUNT)
                subject.judge("RUN_VOLUME", (*path, place, "name"), breach)
