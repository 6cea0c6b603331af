"""Zones of a data store: in its own region, and no zone twice.

Owns the check, which Memorystore and Cloud SQL share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from catalog.source import Breach, Source

if TYPE_CHECKING:
    from policies.limits.subject import Step, Subject
    from policies.plan import Plan

_ZONE: Final = re.compile(r"([a-z]+-[a-z]+[0-9]+)-[a-z]")
_WHY: Final = "a zone is one of the instance's own region"


def zone(subject: Subject, cause: str, plan: Plan, source: Source, *path: Step) -> str | None:
    """The zone at a path, where it is known and of the instance's region."""
    region = plan.region_of(subject.resource)

    def check(said: str) -> Breach | None:
        match = _ZONE.fullmatch(said)
        if match is None or not isinstance(region, str) or match[1] == region:
            return None
        return Breach(f"is {said!r}, and the region is {region}", _WHY, source, f"{region}-a")

    return subject.hold_text(cause, check, *path)
