"""Cloud SQL's own socket: which instances a workload mounts, and the route by a connection name.

Owns the forms of a connection name, and where each API keeps the mounts.

https://cloud.google.com/sql/docs/postgres/connect-run
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, at, elements, text
from policies.plan.workloads import JOB, SERVICE_V1, shown_name
from policies.routes.approach import Asked
from policies.routes.destinations import sidecars
from policies.routes.networks import SQL, externals
from policies.routes.private import walk
from policies.routes.route import Break, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contracts import External
    from policies.plan import Resource
    from policies.routes.route import Route
    from policies.routes.ways import Way
    from policies.rules.registry import World

_NAME: Final = r"[a-z][a-z0-9.:-]*:[a-z]+-[a-z]+[0-9]+:[a-z][a-z0-9-]*"
SOCKET: Final = re.compile(rf"/cloudsql/({_NAME})")
CONNECTION_NAME: Final = re.compile(_NAME)
_V1_INSTANCES: Final = ("template", "metadata", "annotations", "run.googleapis.com/cloudsql-instances")


@dataclass(frozen=True, slots=True)
class Said:
    """What a workload says of a socket.

    Attributes:
        name: The connection name.
        variable: The variable that holds it; None where the workload mounts its socket.
        mount: Whether the socket must be mounted: a connector library that is told the name wants none.
        writes: Whether the workload writes there.
    """

    name: str
    variable: str | None
    mount: bool = True
    writes: bool = False


def mounted(workload: Resource) -> Sequence[str | Unknown] | Unknown:
    """The Cloud SQL instances whose sockets a workload mounts, by connection name."""
    if workload.type == SERVICE_V1:
        spelled = text(workload.at(*_V1_INSTANCES))
        if isinstance(spelled, Unknown):
            return UNKNOWN
        return [one.strip() for one in (spelled or "").split(",") if one.strip()]
    path = ("template", "template", "volumes") if workload.type == JOB else ("template", "volumes")
    volumes = elements(workload.at(*path))
    if isinstance(volumes, Unknown):
        return UNKNOWN
    found: list[str | Unknown] = []
    for volume in volumes:
        instances = elements(at(volume, "cloudSqlInstance", "instances"))
        if isinstance(instances, Unknown):
            found.append(UNKNOWN)
        else:
            found += [name for one in instances if (name := text(one)) is not None]
    return found


def any_unknown(names: Sequence[str | Unknown] | Unknown) -> bool:
    """Whether one of the names that `mounted` gives is not known."""
    return isinstance(names, Unknown) or any(isinstance(name, Unknown) for name in names)


def mounts_any(workload: Resource) -> bool:
    """Whether a workload mounts a socket, or may."""
    names = mounted(workload)
    return isinstance(names, Unknown) or bool(names)


def by_socket(world: World, workload: Resource, way: Way, said: Said) -> Iterator[tuple[Route, str]]:
    """By Cloud SQL's own socket, or by a connector library that is told the same name."""
    service = shown_name(workload)
    asked = Asked("database", said.variable or "the volumes", writes=said.writes)
    found = world.plan.find(SQL, said.name, workload)
    where: Resource | External | None = found if not isinstance(found, Unknown) else None
    if where is None and world.closed:
        where = _external(world, workload, said.name)
    # The value of a variable stays unsaid.
    shown = (
        f"Cloud SQL {said.name}" if said.variable is None else f"the Cloud SQL instance in {said.variable}"
    )
    trace = Trace("database", shown, [service, asked.variable])
    if said.variable is not None and said.mount and not _mounts(workload, said.name):
        trace.refute(
            Break(
                "CLOUD_SQL_SOCKET_NOT_MOUNTED",
                f"{service} is told a socket under /cloudsql ({said.variable}) that it does not mount",
                "add a volume with cloudSqlInstance.instances [instance.connection_name], and mount it at "
                "/cloudsql",
            )
        )
        yield trace.route(), said.name if where is None else getattr(where, "urn", "")
    elif where is not None:
        yield walk(world, service, way, asked.target(where, "socket")), getattr(where, "urn", "")
    elif world.closed:
        trace.doubt(
            Break(
                "DESTINATION_UNKNOWN",
                f"{service} refers to {shown}, which neither this plan nor the externals declare",
                "declare it in the program, or under externals: kind: database, id: its connection name",
            )
        )
        yield trace.route(), said.name


def _mounts(workload: Resource, name: str) -> bool:
    names = mounted(workload)
    return isinstance(names, Unknown) or UNKNOWN in names or name in names or sidecars(workload)


def _external(world: World, workload: Resource, connection_name: str) -> External | None:
    """The external database with this connection name."""
    short = connection_name.rsplit(":", 1)[-1]
    for external in externals(world, workload, "database"):
        if external.id in (connection_name, short) or external.id.rsplit("/", 1)[-1] == short:
            return external
    return None
