"""Rules about what Cloud Run refuses of a revision or a task, whichever API declares it.

Owns CPU, memory, concurrency, time-outs, instances, ports, probes and reserved variables. Whether the values
are wise is for the rules about sizing; whether secrets and routes are there is for others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog import cloud_run
from catalog.source import Breach, Limit
from policies.limits import Subject, revision
from policies.plan import Resource, Unknown
from policies.plan.values import at, bare, elements, text
from policies.plan.workloads import JOB, SERVICE, SERVICE_V1, SERVICES, WORKER_POOL, WORKLOADS, shown_name
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from policies.rules.finding import Claim

Path = tuple[str, ...]

_NOTES: Final = ("template", "metadata", "annotations")
_GENERATIONS: Final[Mapping[str, cloud_run.Environment]] = {
    "EXECUTION_ENVIRONMENT_GEN1": "EXECUTION_ENVIRONMENT_GEN1",
    "EXECUTION_ENVIRONMENT_GEN2": "EXECUTION_ENVIRONMENT_GEN2",
    "gen1": "EXECUTION_ENVIRONMENT_GEN1",
    "gen2": "EXECUTION_ENVIRONMENT_GEN2",
}
_DURATION: Final = re.compile(r"(\d+(?:\.\d{1,9})?)s")
_GPU: Final = "nvidia.com/gpu"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a type keeps what is judged; None where it has no such thing.

    Attributes:
        unset: The execution environment of one that does not say.
        scaling: Pairs of least and most instances.
        ways: The connector and the network interfaces.
    """

    containers: Path
    generation: Path
    unset: cloud_run.Environment
    timeout: Path | None
    timeout_limit: Limit
    concurrency: Path | None
    scaling: tuple[tuple[Path, Path], ...]
    ways: tuple[Path, Path]


_SHAPES: Final[Mapping[str, _Shape]] = {
    SERVICE: _Shape(
        ("template", "containers"),
        ("template", "executionEnvironment"),
        "EXECUTION_ENVIRONMENT_GEN1",
        ("template", "timeout"),
        cloud_run.TIMEOUT_SECONDS,
        ("template", "maxInstanceRequestConcurrency"),
        (
            (("scaling", "minInstanceCount"), ("scaling", "maxInstanceCount")),
            (("template", "scaling", "minInstanceCount"), ("template", "scaling", "maxInstanceCount")),
        ),
        (("template", "vpcAccess", "connector"), ("template", "vpcAccess", "networkInterfaces")),
    ),
    SERVICE_V1: _Shape(
        ("template", "spec", "containers"),
        (*_NOTES, "run.googleapis.com/execution-environment"),
        "EXECUTION_ENVIRONMENT_GEN1",
        ("template", "spec", "timeoutSeconds"),
        cloud_run.TIMEOUT_SECONDS,
        ("template", "spec", "containerConcurrency"),
        (((*_NOTES, "autoscaling.knative.dev/minScale"), (*_NOTES, "autoscaling.knative.dev/maxScale")),),
        (
            (*_NOTES, "run.googleapis.com/vpc-access-connector"),
            (*_NOTES, "run.googleapis.com/network-interfaces"),
        ),
    ),
    JOB: _Shape(
        ("template", "template", "containers"),
        ("template", "template", "executionEnvironment"),
        "EXECUTION_ENVIRONMENT_GEN2",
        ("template", "template", "timeout"),
        cloud_run.TASK_TIMEOUT_SECONDS,
        None,
        (),
        (
            ("template", "template", "vpcAccess", "connector"),
            ("template", "template", "vpcAccess", "networkInterfaces"),
        ),
    ),
    # A worker pool takes no requests: it has no time-out, no concurrency and no port.
    WORKER_POOL: _Shape(
        ("template", "containers"),
        ("template", "executionEnvironment"),
        "EXECUTION_ENVIRONMENT_GEN2",
        None,
        cloud_run.TIMEOUT_SECONDS,
        None,
        ((("scaling", "minInstanceCount"), ("scaling", "maxInstanceCount")),),
        (("template", "vpcAccess", "connector"), ("template", "vpcAccess", "networkInterfaces")),
    ),
}
_KINDS: Final[Mapping[str, str]] = {JOB: "job", WORKER_POOL: "worker pool"}


@rule(
    id="cloud-run-limits",
    title="A Cloud Run service or job asks for what Cloud Run gives",
    severity=Severity.HIGH,
    why="Google's preview accepts any CPU, memory, time-out or number of instances; the deploy is refused, "
    "and the last revision, or none, goes on serving",
    fix="set the value that is named to one that Cloud Run takes",
    types=WORKLOADS,
    refutes_early=True,
)
def cloud_run_limits(resource: Resource, _: World) -> Iterator[Claim]:
    """CPU and memory fit each other; concurrency, time-out, instances, ports and probes keep their limits.

    Mounts name volumes that are there, and the shares of traffic add up.
    """
    if not resource.declared:
        return  # it exists: Google has accepted it
    shape = _SHAPES[resource.type]
    kind = _KINDS.get(resource.type, "service")
    subject = Subject(resource, f"the Cloud Run {kind} {shown_name(resource)}")
    if isinstance(bare(resource.at("template")), Unknown):
        subject.unknown("template")
        yield from subject.claims
        return
    _timeout(subject, shape)
    for least, most in shape.scaling:
        _instances(subject, least, most)
    if resource.type == JOB:
        subject.hold("JOB_RETRIES", cloud_run.TASK_RETRIES, "template", "template", "maxRetries")
    _concurrency(subject, shape, 1)
    _one_way(subject, shape)
    containers = elements(resource.at(*shape.containers))
    if isinstance(containers, Unknown) or any(
        bare(one) is None or isinstance(bare(one), Unknown) for one in containers
    ):
        subject.unknown(".".join(shape.containers))
    else:
        indexes = range(len(containers))
        _resources(subject, shape, indexes)
        if resource.type in SERVICES:
            _ports(subject, shape, indexes)
            revision.traffic(subject)
        revision.mounts(subject, shape.containers[:-1], indexes)
        for index in indexes:
            _probes(subject, (*shape.containers, index))
            _variables(subject, (*shape.containers, index))
    yield from subject.claims


def _timeout(subject: Subject, shape: _Shape) -> None:
    if shape.timeout is None:
        return
    if subject.resource.type == SERVICE_V1:
        subject.hold("RUN_TIMEOUT", shape.timeout_limit, *shape.timeout)
    else:
        limit = shape.timeout_limit
        subject.hold_text("RUN_TIMEOUT", lambda said: _duration(said, limit), *shape.timeout)


def _duration(said: str, limit: Limit) -> Breach | None:
    match = _DURATION.fullmatch(said)
    if match is None:
        return Breach(
            f"is {said!r}", "a duration is written in seconds with an s behind them", limit.source, "300s"
        )
    # Part of a second is allowed, and is none of the limit's business.
    breach = limit.check(float(match[1].split(".")[0]))
    return None if breach is None else Breach(f"is {said!r}", breach.why, breach.source, f"{breach.example}s")


def _instances(subject: Subject, least: Path, most: Path) -> None:
    low = subject.hold("RUN_INSTANCES", cloud_run.MIN_INSTANCES, *least)
    high = subject.number("RUN_INSTANCES", *most)
    if high is not None and high < 0:
        subject.judge("RUN_INSTANCES", most, cloud_run.MAX_INSTANCES.check(high))
    elif low is not None and high and low > high:  # no most, or 0, leaves it to Cloud Run
        why = f"a revision keeps no more instances warm than it may have, which is {high:g}"
        subject.judge(
            "RUN_INSTANCES_ORDER", least, Breach(f"is {low:g}", why, cloud_run.MIN_INSTANCES.source, high)
        )


def _one_way(subject: Subject, shape: _Shape) -> None:
    connector, interfaces = (bare(subject.resource.at(*way)) for way in shape.ways)
    if (
        connector not in (None, "")
        and interfaces not in (None, "", (), [])
        and not isinstance(interfaces, Unknown)
    ):
        subject.refute(
            "RUN_TWO_WAYS",
            ".".join(shape.ways[0]),
            Breach("stands beside network interfaces", cloud_run.ONE_WAY, cloud_run.VPC),
            fix="delete the connector or the network interfaces",
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one container asks for; None where it does not say, or it is wrong in itself."""

    cpu: float | None
    memory: float | None


def _resources(subject: Subject, shape: _Shape, indexes: Sequence[int]) -> None:
    limits: list[tuple[str | int, ...]] = [
        (*shape.containers, index, "resources", "limits") for index in indexes
    ]
    if any(bare(subject.resource.at(*path, _GPU)) is not None for path in limits):
        return  # with a GPU other sizes hold
    before = len(subject.claims)
    asked = [
        _Asked(
            _quantity(subject, cloud_run.cpus, "RUN_CPU", (*path, "cpu")), _memory(subject, (*path, "memory"))
        )
        for path in limits
    ]
    if len(subject.claims) > before:
        return  # nothing can be said of a sum with a part that is wrong or unknown
    if len(asked) == 1:
        _alone(subject, shape, asked[0], limits[0])
    else:
        _together(subject, shape, asked)


def _memory(subject: Subject, path: tuple[str | int, ...]) -> float | None:
    return _quantity(subject, cloud_run.mebibytes, "RUN_MEMORY", path)


def _quantity(
    subject: Subject, read: Callable[[str], float | None], cause: str, path: tuple[str | int, ...]
) -> float | None:
    def check(said: str) -> Breach | None:
        why = "a quantity is a number with its unit: 2 or 2000m for CPU, 512Mi or 2Gi for memory"
        return Breach(f"is {said!r}", why, cloud_run.QUANTITY) if read(said) is None else None

    said = subject.hold_text(cause, check, *path)
    return None if said is None else read(said)


def _alone(subject: Subject, shape: _Shape, asked: _Asked, path: tuple[str | int, ...]) -> None:
    cpu = cloud_run.DEFAULT_CPU if asked.cpu is None else asked.cpu
    memory = cloud_run.DEFAULT_MEMORY_MIB if asked.memory is None else asked.memory
    breach = cloud_run.check_cpu(cpu)
    if breach is not None:
        subject.judge("RUN_CPU", (*path, "cpu"), breach)
        return
    generation = _generation(subject, shape)
    if generation is None:
        return
    wrong = cloud_run.check_memory(int(memory), cpu, "EXECUTION_ENVIRONMENT_GEN1" if cpu < 1 else generation)
    if wrong is not None:
        said = "is not set, and so 512Mi" if asked.memory is None else f"is {memory:g} MiB"
        subject.judge(
            "RUN_MEMORY", (*path, "memory"), Breach(said, wrong.why, wrong.source, f"{wrong.example}Mi")
        )
    _below_one(subject, shape, cpu, path)


def _together(subject: Subject, shape: _Shape, asked: Sequence[_Asked]) -> None:
    cpu = sum(one.cpu or 0 for one in asked)
    memory = sum(one.memory or 0 for one in asked)
    place = ".".join(shape.containers)
    if cpu > cloud_run.MOST_CPU:
        breach = Breach(f"ask for {cpu:g} vCPUs together", cloud_run.TOGETHER, cloud_run.CPU_DOC)
        subject.refute("RUN_CPU", place, breach, fix="give the containers less CPU")
    elif memory > cloud_run.MOST_MEMORY_MIB:
        breach = Breach(f"ask for {memory:g} MiB together", cloud_run.TOGETHER, cloud_run.MEMORY_DOC)
        subject.refute("RUN_MEMORY", place, breach, fix="give the containers less memory")
    elif all(one.cpu is not None for one in asked):
        _below_one(subject, shape, cpu, None)


def _below_one(subject: Subject, shape: _Shape, cpu: float, path: tuple[str | int, ...] | None) -> None:
    """What Cloud Run asks of an instance with less than one vCPU, all its containers together."""
    if cpu >= 1:
        return
    _concurrency(subject, shape, cpu)
    if text(subject.resource.at(*shape.generation)) in {"EXECUTION_ENVIRONMENT_GEN2", "gen2"}:
        breach = Breach("is the second", cloud_run.BELOW_ONE_CPU, cloud_run.CPU_DOC, _first(shape))
        subject.judge("RUN_GENERATION", shape.generation, breach)
    idle = None if path is None else (*path[:-1], "cpuIdle")
    if idle is not None and text(subject.resource.at(*idle)) == "false":
        breach = Breach("is false", cloud_run.CPU_BETWEEN_REQUESTS, cloud_run.CPU_DOC, "true")
        subject.judge("RUN_CPU_IDLE", idle, breach)


def _concurrency(subject: Subject, shape: _Shape, cpu: float) -> None:
    if shape.concurrency is None:
        return
    concurrency = subject.number("RUN_CONCURRENCY", *shape.concurrency)
    if concurrency:  # 0 leaves it to Cloud Run
        breach = cloud_run.check_concurrency(int(concurrency), cpu)
        subject.judge("RUN_CONCURRENCY", shape.concurrency, breach)


def _first(shape: _Shape) -> str:
    return "gen1" if shape.generation[-1] != "executionEnvironment" else "EXECUTION_ENVIRONMENT_GEN1"


def _generation(subject: Subject, shape: _Shape) -> cloud_run.Environment | None:
    said = subject.text(*shape.generation)
    if said is None:
        known = not isinstance(text(subject.resource.at(*shape.generation)), Unknown)
        return shape.unset if known else None
    return _GENERATIONS.get(said)


def _ports(subject: Subject, shape: _Shape, indexes: Sequence[int]) -> None:
    with_port = 0
    for index in indexes:
        ports = subject.resource.at(*shape.containers, index, "ports")
        here = bare(ports)
        if isinstance(here, Unknown):
            subject.unknown(".".join(shape.containers))
            return
        with_port += here not in (None, [], (), {})
        inner: tuple[str | int, ...] = (0,) if isinstance(here, list | tuple) else ()
        subject.hold("RUN_PORT", cloud_run.PORT, *shape.containers, index, "ports", *inner, "containerPort")
    if len(indexes) > 1 and with_port != 1:
        said = "have no port" if not with_port else f"have {with_port} ports"
        breach = Breach(said, cloud_run.ONE_PORT, cloud_run.SIDECARS)
        subject.refute(
            "RUN_PORTS",
            ".".join(shape.containers),
            breach,
            fix="give one container a port: the one that serves",
        )


def _probes(subject: Subject, container: tuple[str | int, ...]) -> None:
    for name in ("startupProbe", "livenessProbe"):
        path = (*container, name)
        if bare(subject.resource.at(*path)) is None:
            continue
        period = _probe_number(subject, (*path, "periodSeconds"), cloud_run.DEFAULT_PROBE_PERIOD_SECONDS)
        failures = _probe_number(subject, (*path, "failureThreshold"), cloud_run.DEFAULT_PROBE_FAILURES)
        timeout = _probe_number(subject, (*path, "timeoutSeconds"), cloud_run.DEFAULT_PROBE_TIMEOUT_SECONDS)
        delay = _probe_number(subject, (*path, "initialDelaySeconds"), 0)
        if period is None or failures is None or timeout is None or delay is None:
            continue
        if timeout > period:
            breach = Breach(
                f"is {timeout:g}, above periodSeconds", cloud_run.PROBE_TIMEOUT, cloud_run.PROBES, period
            )
            subject.judge("RUN_PROBE", (*path, "timeoutSeconds"), breach)
        elif name == "livenessProbe":
            subject.judge(
                "RUN_PROBE", (*path, "periodSeconds"), cloud_run.LIVENESS_PERIOD_SECONDS.check(period)
            )
        else:
            _startup(subject, path, period * failures, delay)


def _startup(subject: Subject, path: tuple[str | int, ...], total: float, delay: float) -> None:
    subject.judge("RUN_PROBE", (*path, "initialDelaySeconds"), cloud_run.STARTUP_DELAY_SECONDS.check(delay))
    if cloud_run.STARTUP_SECONDS.check(total) is not None:
        breach = Breach(
            f"times periodSeconds is {total:g} s", cloud_run.STARTUP_SECONDS.says, cloud_run.PROBES
        )
        subject.judge("RUN_PROBE", (*path, "failureThreshold"), breach)


def _probe_number(subject: Subject, path: tuple[str | int, ...], default: float) -> float | None:
    before = len(subject.claims)
    read = subject.number("RUN_PROBE", *path)
    return None if len(subject.claims) > before else read or default


def _variables(subject: Subject, container: tuple[str | int, ...]) -> None:
    entries = elements(subject.resource.at(*container, "envs"))
    if isinstance(entries, Unknown):
        return  # env-required says so
    for index, entry in enumerate(entries):
        name = text(at(entry, "name"))
        breach = cloud_run.check_env_name(name) if isinstance(name, str) else None
        if breach is not None:
            said = Breach(f"is {name}", breach.why, breach.source)
            subject.judge("RUN_ENV_RESERVED", (*container, "envs", index, "name"), said)
