"""What one service asks of its database: instances, workers, pools.

Owns reading them, whichever API declares the service. Does not know which database it is (`databases`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog import cloud_run
from catalog.pools import CANDIDATE_INSTANCES, Demand, Pool, connections_asked
from policies.limits import number as read_number
from policies.plan import UNKNOWN, Unknown
from policies.plan.values import text
from policies.plan.workloads import JOB, SERVICE_V1, SERVICES, WORKER_POOL, shown_name
from policies.sizing.variables import Lack, numbers_of, pool_variables, whole

if TYPE_CHECKING:
    from policies.plan import Resource, Value
    from policies.rules.registry import World

_SCALE: Final = ("template", "metadata", "annotations", "autoscaling.knative.dev/maxScale")
_SERVICE_NOTES: Final = ("metadata", "annotations")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a service asks.

    Attributes:
        service: The service.
        shown: What it is called.
        decided: Whether a contract says that it keeps a pool: what is missing then is a fault.
        lacks: The variables without a number, and why.
        demand: Its processes at full scale; at least so many where something is unknown.
        connections: What they open at most; at least so many where something is unknown.
        per_instance: What one of its instances opens.
        exact: Whether nothing is unknown, wrong or missing.
    """

    service: Resource
    shown: str
    decided: bool
    lacks: tuple[tuple[str, Lack], ...]
    demand: Demand
    connections: int
    per_instance: int
    exact: bool

    def __str__(self) -> str:
        """The count, as messages print it."""
        return f"{self.demand}, {self.connections} connections"


def ask_of(service: Resource, world: World) -> Ask | None:
    """What a service asks; None for one that keeps no pool, as far as anybody says."""
    required = world.requirements_of(service)
    env = numbers_of(service, required)
    decided = required is not None and required.pool is not None
    names = pool_variables(required)
    size = whole(env, names.size, 1)
    if not decided and (size is Lack.ABSENT or not env.complete):
        return None
    read = {
        names.size: size,
        names.max_overflow: whole(env, names.max_overflow, 0),
        names.workers: whole(env, names.workers, 1),
    }
    if read[names.workers] is Lack.ABSENT:
        read[names.workers] = 1
    instances = max_instances(service)
    lacks = tuple((name, value) for name, value in read.items() if isinstance(value, Lack))
    least = {name: 0 if isinstance(value, Lack) else value for name, value in read.items()}
    workers = max(1, least[names.workers])
    demand = Demand(
        shown_name(service),
        1 if isinstance(instances, Unknown) else instances,
        CANDIDATE_INSTANCES if service.type in SERVICES else 0,
        workers,
    )
    pool = Pool(least[names.size], least[names.max_overflow])
    return Ask(
        service=service,
        shown=shown_name(service),
        decided=decided,
        lacks=lacks,
        demand=demand,
        connections=connections_asked(demand, pool),
        per_instance=workers * pool.connections,
        exact=not lacks and not isinstance(instances, Unknown),
    )


def max_instances(service: Resource) -> int | Unknown:
    """Most instances of all revisions that receive traffic; Google's default where nobody says.

    Of a job, its tasks at one time; of a worker pool, which is scaled by hand where it says nothing, those.
    """
    if service.type == JOB:
        return _tasks(service)
    if service.type == WORKER_POOL and text(service.at("scaling", "scalingMode")) in {None, "MANUAL"}:
        return _count(service.at("scaling", "manualInstanceCount"), 1)
    if service.type == SERVICE_V1:
        manual = text(service.at(*_SERVICE_NOTES, "run.googleapis.com/scalingMode")) == "manual"
        fixed = service.at(*_SERVICE_NOTES, "run.googleapis.com/manualInstanceCount")
        whole_service = service.at(*_SERVICE_NOTES, "run.googleapis.com/maxScale")
        revision = service.at(*_SCALE)
    else:
        manual = text(service.at("scaling", "scalingMode")) == "MANUAL"
        fixed = service.at("scaling", "manualInstanceCount")
        whole_service = service.at("scaling", "maxInstanceCount")
        revision = service.at("template", "scaling", "maxInstanceCount")
    if manual:
        return _count(fixed, 0)
    bounds = [_count(whole_service, 0), _count(revision, 0)]
    known = [bound for bound in bounds if not isinstance(bound, Unknown) and bound > 0]
    if known:  # the lower of the two holds, and it may be lower still where the other is unknown
        return min(known)
    return UNKNOWN if UNKNOWN in bounds else cloud_run.DEFAULT_MAX_INSTANCES


def _tasks(job: Resource) -> int | Unknown:
    """https://cloud.google.com/run/docs/configuring/parallelism: all tasks at once where nothing is said."""
    tasks, at_once = _count(job.at("template", "taskCount"), 1), _count(job.at("template", "parallelism"), 0)
    known = [one for one in (tasks, at_once) if not isinstance(one, Unknown) and one > 0]
    if isinstance(tasks, Unknown) and not (known and not isinstance(at_once, Unknown)):
        return tasks
    return min(known) if known else UNKNOWN


def _count(value: Value, default: int) -> int | Unknown:
    read = read_number(value)
    if isinstance(read, Unknown):
        return read
    return int(read) if isinstance(read, int | float) and read >= 0 else default
