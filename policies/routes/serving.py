"""Whether an instance serves what a service asks of it, once packets reach it: it takes writes.

Owns what an instance says of itself. The way to it is `private`'s.

https://cloud.google.com/sql/docs/postgres/replication
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan.values import Unknown, text
from policies.routes.networks import REDIS, SQL
from policies.routes.route import Break
from policies.sizing.instances import is_replica

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plan import Resource
    from policies.routes.approach import Approach


def check_serving(go: Approach, at_: Resource) -> None:
    """What the instance itself says against a route."""
    if go.target.writes:
        _check_writes(go, at_)


def writable(found: Sequence[Resource]) -> Sequence[Resource]:
    """Those of several candidates that take writes; all, where none does."""
    return [one for one in found if not is_replica(one)] or found


def _check_writes(go: Approach, at_: Resource) -> None:
    if at_.type == REDIS and go.target.mode == "read":
        go.trace.refute(_read_only(go, f"the read endpoint of {go.target.shown}", "host"))
        return
    if at_.type != SQL or not is_replica(at_):
        return
    copied = go.world.plan.refers(SQL, at_, "masterInstanceName")
    # A name that is not known yet may turn out to be none.
    if isinstance(copied, Unknown) and isinstance(text(at_.at("masterInstanceName")), Unknown):
        go.trace.doubt(
            _read_only(
                go, f"{go.target.shown}, which may be a replica: its masterInstanceName is not known", ""
            )
        )
        return
    of = "masterInstanceName names what it copies"
    go.trace.refute(_read_only(go, f"{go.target.shown}, a read replica ({of})", ""))


def _read_only(go: Approach, what: str, own: str) -> Break:
    word = "cache" if go.target.kind == "cache" else "database"
    right = f"the cache's own host (instance.{own})" if own else "the host of the instance that it copies"
    variable = go.target.variable or "the host"
    return Break(
        "DESTINATION_READ_ONLY",
        f"{variable} of {go.service} leads to {what}: it takes no writes",
        f"set {variable} to {right}; or, where {go.service} writes nothing there, say readOnly: true of the "
        f"{word} in its contract",
    )
