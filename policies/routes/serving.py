"""Whether an instance serves what a service asks of it, once packets reach it: it runs, and takes writes.

Owns what an instance says of itself. The way to it is `private`'s; facts and their pages are `catalog.sql`'s
(`ACTIVATION`, `REPLICATION`) and `catalog.redis`' (`READ_REPLICAS_DOC`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.sql import STOPPED
from policies.plan.values import Unknown, text
from policies.plan.workloads import shown_name
from policies.routes.networks import REDIS, SQL
from policies.routes.route import Break
from policies.sizing.instances import is_replica

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Resource
    from policies.routes.approach import Approach


def check_serving(go: Approach, at_: Resource) -> None:
    """What the instance itself says against a route."""
    if at_.type == SQL:
        _check_running(go, at_)
    if go.target.writes:
        _check_writes(go, at_)


def writable(found: Sequence[Resource]) -> Sequence[Resource]:
    """Those of several candidates that take writes; all, where none does."""
    return [one for one in found if not is_replica(one)] or found


def _check_running(go: Approach, sql: Resource) -> None:
    policy = text(sql.at("settings", "activationPolicy"))
    if isinstance(policy, Unknown):
        go.trace.doubt(_still(f"cannot tell whether {_shown(sql)} runs: its activationPolicy is not known"))
    elif policy == STOPPED:
        go.trace.refute(_still(f"{_shown(sql)} is stopped (activationPolicy {STOPPED}): it answers nobody"))


def _check_writes(go: Approach, at_: Resource) -> None:
    if at_.type == REDIS and go.target.mode == "read":
        what = f"the read endpoint of {go.target.shown}"
        go.trace.refute(_read_only(go, what, "the cache's own host (instance.host)"))
    elif at_.type == SQL and is_replica(at_):
        right = "the host of the instance that it copies"
        copied = go.world.plan.refers(SQL, at_, "masterInstanceName")
        # A name that is not known yet, and comes from no instance, may turn out to be none.
        if isinstance(copied, Unknown):
            what = f"{_shown(at_)}, which may be a replica (its masterInstanceName is not known)"
            go.trace.doubt(_read_only(go, what, right))
        else:
            go.trace.refute(_read_only(go, f"{_shown(at_)}, a read replica (masterInstanceName)", right))


def _shown(sql: Resource) -> str:
    """What to call an instance: the target may be an endpoint that leads to it."""
    return f"Cloud SQL {shown_name(sql)}"


def _still(message: str) -> Break:
    return Break(
        "CLOUD_SQL_INSTANCE_NOT_RUNNING", message, "set settings.activationPolicy to ALWAYS, or leave it out"
    )


def _read_only(go: Approach, what: str, right: str) -> Break:
    word = "cache" if go.target.kind == "cache" else "database"
    return Break(
        "DESTINATION_READ_ONLY",
        f"{go.target.variable} of {go.service} leads to {what}: it takes no writes",
        f"set {go.target.variable} to {right}; or, where {go.service} writes nothing there, say "
        f"readOnly: true of the {word} in its contract",
    )
