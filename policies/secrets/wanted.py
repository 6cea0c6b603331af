"""Which versions of secrets somebody must be asked for: those a workload reads and its plan does not make.

Owns the questions, not the asking: that is done before rules run (`policies.judge`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.lookups import VersionName
from policies.plan.workloads import READERS
from policies.secrets.uses import SecretId, meant, uses
from policies.secrets.versions import made_version, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource


def versions_to_ask_for(plan: Plan, resource: Resource, *, closed: bool) -> Iterator[VersionName]:
    """The versions that a resource reads and the plan is not known to make."""
    if resource.type not in READERS:
        return
    for use in uses(resource).all:
        secret, version = meant(plan, resource, use.secret), number(use.version)
        if isinstance(secret, SecretId) and isinstance(version, str):
            name, project = secret.name, secret.project
            if name is not None and project is not None:
                made = made_version(plan, resource, secret, use.version, closed=closed)
                if made.there is not True:
                    yield VersionName(project, name, version)
