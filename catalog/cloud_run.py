"""Cloud Run services: CPU and memory, concurrency, time-outs, instances, variables.

Owns what a revision may be. Does not own what a service needs in order to start: that is a contract's.
"""

import re
from typing import Final, Literal

from catalog.source import Breach, Limit, Source

CPU_DOC = Source("https://cloud.google.com/run/docs/configuring/services/cpu")
MEMORY_DOC = Source("https://cloud.google.com/run/docs/configuring/services/memory-limits")
QUOTAS = Source("https://cloud.google.com/run/quotas")
TIMEOUT_DOC = Source("https://cloud.google.com/run/docs/configuring/request-timeout")
ENV_DOC = Source("https://cloud.google.com/run/docs/configuring/services/environment-variables")
CONTRACT = Source("https://cloud.google.com/run/docs/container-contract")
WEB_SOCKETS = Source("https://cloud.google.com/run/docs/triggering/websockets")
TRAFFIC = Source("https://cloud.google.com/run/docs/reference/rest/v2/TrafficTarget", checked=False)
TRAFFIC_SUM = "the percents of all traffic targets add up to 100"
VOLUME_MOUNT = Source(
    "https://cloud.google.com/dotnet/docs/reference/Google.Cloud.Run.V2/latest/Google.Cloud.Run.V2.VolumeMount"
)
MOUNTED = "the name of a mount must match the name of a volume"
TAGS = Source("https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags", checked=False)

Environment = Literal["EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"]

WHOLE_CPUS = (1, 2, 4, 6, 8)
LEAST_CPU = 0.08
LEAST_MEMORY_MIB: dict[Environment, int] = {
    "EXECUTION_ENVIRONMENT_GEN1": 128,
    "EXECUTION_ENVIRONMENT_GEN2": 512,
}
DEFAULT_CONCURRENCY = 80
DEFAULT_TIMEOUT_SECONDS = 300
MAX_TIMEOUT_SECONDS = 3600
MAX_STARTUP_SECONDS = 240
TAG_AND_NAME_CHARACTERS = 46
DEFAULT_CPU = 1
DEFAULT_MEMORY_MIB = 512
DEFAULT_MAX_INSTANCES = 100
"""Most instances of a service that does not say (https://cloud.google.com/run/docs/configuring/max-instances)."""
MOST_CPU = WHOLE_CPUS[-1]
MOST_MEMORY_MIB = 32_768
TOGETHER = "the containers of an instance share its limits: at most 8 vCPUs and 32 GiB together"
SIDECARS = Source("https://cloud.google.com/run/docs/deploying#sidecars")
ONE_PORT = "with several containers exactly one has a port: it takes the requests"
VPC = Source("https://cloud.google.com/run/docs/configuring/connecting-vpc")
ONE_WAY = "a revision reaches the network through a connector or through network interfaces, never both"
BELOW_ONE_CPU = "an instance with less than 1 vCPU runs in the first generation execution environment"
CPU_BETWEEN_REQUESTS = "an instance with less than 1 vCPU has its CPU during requests only (cpuIdle true)"
PROBES = Source("https://cloud.google.com/run/docs/configuring/healthchecks")
STARTUP_SECONDS = Limit(
    "a startup probe gives up within 240 seconds: failureThreshold times periodSeconds", 1, 240, PROBES
)
STARTUP_DELAY_SECONDS = Limit("a startup probe begins within 240 seconds", 0, 240, PROBES)
LIVENESS_PERIOD_SECONDS = Limit("a liveness probe asks every 1 to 3600 seconds", 1, 3600, PROBES)
DEFAULT_PROBE_PERIOD_SECONDS = 10
DEFAULT_PROBE_FAILURES = 3
DEFAULT_PROBE_TIMEOUT_SECONDS = 1
PROBE_TIMEOUT = "a probe's timeoutSeconds is not above its periodSeconds"
TASK_TIMEOUT_SECONDS = Limit(
    "a job's task may take 1 second to 168 hours",
    1,
    604_800,
    Source("https://cloud.google.com/run/docs/configuring/task-timeout"),
)
TASK_RETRIES = Limit(
    "a job's task is tried again 0 to 10 times",
    0,
    10,
    Source("https://cloud.google.com/run/docs/configuring/max-retries"),
    step=1,
)

CONCURRENCY = Limit("an instance of Cloud Run answers 1 to 1000 requests at a time", 1, 1000, QUOTAS, step=1)
TIMEOUT_SECONDS = Limit("a request to Cloud Run may take 1 to 3600 seconds", 1, 3600, TIMEOUT_DOC, step=1)
MAX_INSTANCES = Limit(
    "a Cloud Run service has 1 to 1000 instances, fewer in small regions and with much CPU",
    1,
    1000,
    Source("https://cloud.google.com/run/docs/configuring/max-instances"),
    step=1,
)
MIN_INSTANCES = Limit(
    "a Cloud Run service keeps 0 to 1000 instances warm",
    0,
    1000,
    Source("https://cloud.google.com/run/docs/configuring/min-instances"),
    step=1,
)
MEMORY_MIB = Limit("an instance of Cloud Run has 128 to 32768 MiB", 128, 32_768, MEMORY_DOC, step=1)
PORT = Limit("a container's port is 1 to 65535", 1, 65_535, CONTRACT, step=1)
ENV_VARS = Limit("a container has at most 1000 environment variables", 0, 1000, ENV_DOC, step=1)
ENV_VAR_BYTES = 32_768
QUANTITY: Final = Source("https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/")

RESERVED_ENV = frozenset({"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"})
RESERVED_ENV_PREFIX = "X_GOOGLE_"

_CPU = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<milli>m)?")
_MEMORY = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<unit>[KMGT]i|[kMGT])?")
_BYTES = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate("kMGT", start=1)},
    **{f"{unit}i": 1024**power for power, unit in enumerate("KMGT", start=1)},
}
_DIGEST = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}")


def execution_environment(cpu: float) -> Environment:
    """Second generation, save below 1 vCPU, where Google has only the first."""
    return "EXECUTION_ENVIRONMENT_GEN1" if cpu < 1 else "EXECUTION_ENVIRONMENT_GEN2"


def cpus(text: str) -> float | None:
    """`4`, `4.0` or `4000m` as a number of vCPUs; None when it is no quantity."""
    match = _CPU.fullmatch(text)
    return None if match is None else float(match["number"]) / (1000 if match["milli"] else 1)


def mebibytes(text: str) -> float | None:
    """`512Mi`, `0.5Gi`, `1G` or a number of bytes in MiB; None when it is no quantity."""
    match = _MEMORY.fullmatch(text)
    return None if match is None else float(match["number"]) * _BYTES[match["unit"] or ""] / 2**20


def check_cpu(cpu: float) -> Breach | None:
    """Whether an instance may have so many vCPUs: 1, 2, 4, 6, 8, or 0.08 to 1 in thousandths."""
    if cpu in WHOLE_CPUS or (LEAST_CPU <= cpu < 1 and abs(cpu * 1000 - round(cpu * 1000)) < 1e-6):  # noqa: PLR2004 - rounding
        return None
    right = next((whole for whole in WHOLE_CPUS if whole >= cpu), WHOLE_CPUS[-1])
    why = "an instance of Cloud Run has 1, 2, 4, 6 or 8 vCPUs, or 0.08 to 1 with concurrency 1"
    return Breach(f"is {cpu:g}", why, CPU_DOC, right)


def memory_mib(cpu: float, environment: Environment | None = None) -> tuple[int, int]:
    """Least and most memory, in MiB, of an instance with so many vCPUs, in its execution environment."""
    least = LEAST_MEMORY_MIB[environment or execution_environment(cpu)]
    if cpu < 0.5:  # noqa: PLR2004 - Google's step
        return least, 512
    if cpu < 1:
        return least, 1024
    by_cpu = {1: (least, 4096), 2: (least, 8192), 4: (2048, 16_384), 6: (4096, 24_576), 8: (4096, 32_768)}
    return by_cpu.get(int(cpu), (least, 32_768))


def check_memory(memory: int, cpu: float, environment: Environment | None = None) -> Breach | None:
    """Whether an instance with so many vCPUs may have so much memory, in MiB."""
    least, most = memory_mib(cpu, environment)
    if least <= memory <= most:
        return None
    why = f"with {cpu:g} vCPU an instance has {least} to {most} MiB"
    return Breach(f"is {memory}", why, MEMORY_DOC, min(max(memory, least), most))


def check_concurrency(concurrency: int, cpu: float) -> Breach | None:
    """Whether an instance with so many vCPUs may answer so many requests at a time."""
    if cpu < 1 and concurrency != 1:
        why = f"below 1 vCPU (here {cpu:g}) an instance answers 1 request at a time"
        return Breach(f"is {concurrency}", why, CPU_DOC, 1)
    return CONCURRENCY.check(concurrency)


def check_image(image: str) -> Breach | None:
    """Whether an image is named by its digest: a tag can be moved after it was approved."""
    if _DIGEST.fullmatch(image):
        return None
    repository = image.partition("@")[0]
    head, _, last = repository.rpartition("/")
    bare = f"{head}/{last.partition(':')[0]}" if head else last.partition(":")[0]
    why = "an image is deployed by its digest, for a tag can be moved after it was approved"
    return Breach(f"is {image!r}", why, CONTRACT, f"{bare}@sha256:<64 hexadecimal digits>")


def check_env_name(name: str) -> Breach | None:
    """Whether a container may be given a variable of this name."""
    if name in RESERVED_ENV:
        return Breach("is set by Cloud Run itself", f"{name} is reserved", CONTRACT)
    if name.startswith(RESERVED_ENV_PREFIX):
        return Breach(
            f"begins with {RESERVED_ENV_PREFIX}", f"the prefix {RESERVED_ENV_PREFIX} is reserved", ENV_DOC
        )
    return None


def check_tag(tag: str, service: str) -> Breach | None:
    """Whether a revision's tag fits beside the service's name in the tag's URL."""
    together = len(tag) + len(service)
    if together <= TAG_AND_NAME_CHARACTERS:
        return None
    why = f"a tag ({tag!r}) and the service's name have at most {TAG_AND_NAME_CHARACTERS} characters together"
    return Breach(
        f"is {service!r}, with the tag {together} characters",
        why,
        TAGS,
        service[: TAG_AND_NAME_CHARACTERS - len(tag)].strip("-"),
    )
