"""Cases of the rule about what Cloud Run takes."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.plan.workloads import JOB, SERVICE, SERVICE_V1, WORKER_POOL
from tests.policies.wire import PROJECT, Case, Declared, plain

RULE = "cloud-run-limits"
EARLY = (RULE,)
PORT = {"containerPort": 8000}
SCALE = "autoscaling.knative.dev"
GEN1, GEN2 = "EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"


def container(cpu: Any = None, memory: Any = None, **more: Any) -> dict[str, Any]:
    limits = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value is not None}
    return {"image": "i", "ports": PORT, **({"resources": {"limits": limits}} if limits else {}), **more}


def run(*containers: Any, service: Any = None, **template: Any) -> Declared:
    """A service of the second API: what is given goes into the template, `service` beside it."""
    inputs = {
        "name": "web-staging",
        "project": PROJECT,
        "location": "us-central1",
        "template": {"containers": list(containers) or [container()], **template},
        **(service or {}),
    }
    return Declared(SERVICE, "web", inputs)


def run_v1(*containers: Any, notes: Any = None, **spec: Any) -> Declared:
    """A service of the first API, its annotations under `notes`."""
    template = {"spec": {"containers": list(containers), **spec}, "metadata": {"annotations": notes or {}}}
    return Declared(
        SERVICE_V1, "web", {"name": "web-staging", "location": "us-central1", "template": template}
    )


def shares(*percents: Any) -> dict[str, Any]:
    return {"traffics": [{} if each is None else {"percent": each} for each in percents]}


MOUNT = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}


def task(*containers: Any, **template: Any) -> Declared:
    inner = {"containers": list(containers) or [{"image": "i"}], **template}
    return Declared(
        JOB, "web", {"name": "migrate", "location": "us-central1", "template": {"template": inner}}
    )


def pool(*containers: Any) -> Declared:
    template = {"containers": list(containers) or [{"image": "i"}]}
    return Declared(
        WORKER_POOL, "web", {"name": "web-staging", "location": "us-central1", "template": template}
    )


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset(("web", cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found)


def unknown(name: str, resource: Declared) -> Case:
    return Case(RULE, "unknown", name, [resource], closed=frozenset({("web", "LIMIT_UNKNOWN")}))


def scaled(least: Any, most: Any) -> dict[str, Any]:
    return {"minInstanceCount": least, "maxInstanceCount": most}


SIDECAR = {"image": "proxy"}
PROBE = {"httpGet": {"path": "/"}, "periodSeconds": 10, "failureThreshold": 24, "timeoutSeconds": 5}
CONNECTOR = "projects/p/locations/us-central1/connectors/c"
INTERFACES = [{"network": "n", "subnetwork": "s"}]

CASES = [
    both("pass", "nothing said at all", run()),
    both(
        "pass",
        "the incident's backend as it must be",
        run(
            container("4", "4Gi"),
            timeout="3600s",
            maxInstanceRequestConcurrency=80,
            service={"scaling": scaled(1, 20)},
        ),
    ),
    both("pass", "CPU in thousandths", run(container("1000m", "512Mi"))),
    both("pass", "CPU with a point, as a number", run(container(1.0, "1Gi"))),
    both("pass", "memory as half a GiB", run(container("1", "0.5Gi"))),
    both("pass", "memory in bytes", run(container("1", "536870912"))),
    both("pass", "memory in powers of ten", run(container("2", "2G"))),
    both("pass", "128 MiB in the first generation", run(container("1", "128Mi"), executionEnvironment=GEN1)),
    both(
        "pass",
        "part of a CPU, one request at a time",
        run(container("500m", "512Mi"), maxInstanceRequestConcurrency=1),
    ),
    both(
        "pass",
        "part of a CPU, concurrency left to Cloud Run",
        run(container("0.5", "1Gi"), maxInstanceRequestConcurrency=0),
    ),
    both("pass", "no most instances", run(service={"scaling": {"minInstanceCount": 3}})),
    both("pass", "a most of 0 leaves it to Cloud Run", run(service={"scaling": scaled(3, 0)})),
    both("pass", "as many at least as at most", run(scaling=scaled(2, 2))),
    both("pass", "part of a second", run(timeout="3.5s")),
    both(
        "pass",
        "a sidecar with part of a CPU",
        run(container("1", "1Gi"), {**SIDECAR, "resources": {"limits": {"cpu": "0.2", "memory": "64Mi"}}}),
    ),
    both(
        "pass",
        "a GPU has sizes of its own",
        run({**container(), "resources": {"limits": {"cpu": "20", "memory": "80Gi", "nvidia.com/gpu": "1"}}}),
    ),
    both("pass", "a probe of four minutes", run(container(startupProbe=PROBE))),
    both(
        "pass",
        "the first API",
        run_v1(
            container("1", "512Mi", ports=[PORT]),
            notes={f"{SCALE}/maxScale": "20"},
            timeoutSeconds=300,
            containerConcurrency=80,
        ),
    ),
    both(
        "pass",
        "a job of a day",
        task(
            {"image": "i", "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}},
            timeout="86400s",
            maxRetries=0,
        ),
    ),
    both(
        "pass",
        "through a connector, with an empty list of interfaces",
        run(vpcAccess={"connector": CONNECTOR, "networkInterfaces": []}),
    ),
    both(
        "pass",
        "a template that is a secret",
        run(container(Secret("1"), Secret("512Mi")), timeout=Secret("60s")),
    ),
    both("fail", "three CPUs", run(container("3", "2Gi")), "RUN_CPU"),
    both("fail", "1500 thousandths", run(container("1500m", "2Gi")), "RUN_CPU"),
    both("fail", "sixteen CPUs", run(container("16", "32Gi")), "RUN_CPU"),
    both("fail", "CPU in words", run(container("four", "2Gi")), "RUN_CPU"),
    both("fail", "CPU in words, secret", run(container(Secret("four"), "2Gi")), "RUN_CPU"),
    both("fail", "too little memory for its CPUs", run(container("4", "1Gi")), "RUN_MEMORY"),
    both("fail", "too much memory for its CPU", run(container("1", "8Gi")), "RUN_MEMORY"),
    both("fail", "four CPUs and the default memory", run(container("4")), "RUN_MEMORY"),
    both(
        "fail",
        "the second generation with too little memory",
        run(container("1", "256Mi"), executionEnvironment=GEN2),
        "RUN_MEMORY",
    ),
    both("fail", "memory in GB, as one speaks of it", run(container("1", "1GB")), "RUN_MEMORY"),
    both(
        "fail",
        "part of a CPU and many requests",
        run(container("0.5", "512Mi"), maxInstanceRequestConcurrency=80),
        "RUN_CONCURRENCY",
    ),
    both(
        "fail",
        "parts of a CPU that are less than one together",
        run(
            container("0.2", "128Mi"),
            {**SIDECAR, "resources": {"limits": {"cpu": "0.3", "memory": "64Mi"}}},
            maxInstanceRequestConcurrency=80,
        ),
        "RUN_CONCURRENCY",
    ),
    both(
        "fail",
        "part of a CPU in the second generation",
        run(container("0.5", "512Mi"), executionEnvironment=GEN2),
        "RUN_GENERATION",
    ),
    both(
        "fail",
        "part of a CPU, always on",
        run({**container(), "resources": {"limits": {"cpu": "0.5"}, "cpuIdle": False}}),
        "RUN_CPU_IDLE",
    ),
    both("fail", "too many requests at a time", run(maxInstanceRequestConcurrency=1001), "RUN_CONCURRENCY"),
    both("fail", "more than an hour", run(timeout="3601s"), "RUN_TIMEOUT"),
    both("fail", "no time at all", run(timeout="0s"), "RUN_TIMEOUT"),
    both("fail", "a time without its unit", run(timeout="300"), "RUN_TIMEOUT"),
    both("fail", "a time in minutes", run(timeout="60m"), "RUN_TIMEOUT"),
    both(
        "fail",
        "the service keeps more than it may have",
        run(service={"scaling": scaled(5, 2)}),
        "RUN_INSTANCES_ORDER",
    ),
    both(
        "fail", "the revision keeps more than it may have", run(scaling=scaled(5, 2)), "RUN_INSTANCES_ORDER"
    ),
    both("fail", "less than none", run(scaling=scaled(-1, 2)), "RUN_INSTANCES"),
    both("fail", "sidecars and no port", run({"image": "i"}, SIDECAR), "RUN_PORTS"),
    both(
        "fail",
        "sidecars and two ports",
        run(container(), {**SIDECAR, "ports": {"containerPort": 9000}}),
        "RUN_PORTS",
    ),
    both("fail", "a port that is none", run(container(ports={"containerPort": 70000})), "RUN_PORT"),
    both(
        "fail",
        "more CPUs together than there are",
        run(container("8", "4Gi"), {**SIDECAR, "resources": {"limits": {"cpu": "1"}}}),
        "RUN_CPU",
    ),
    both(
        "fail",
        "more memory together than there is",
        run(container("4", "16Gi"), {**SIDECAR, "resources": {"limits": {"cpu": "4", "memory": "17Gi"}}}),
        "RUN_MEMORY",
    ),
    both(
        "fail",
        "a start of five minutes",
        run(container(startupProbe={**PROBE, "failureThreshold": 30})),
        "RUN_PROBE",
    ),
    both(
        "fail",
        "a probe that waits longer than its period",
        run(container(livenessProbe={**PROBE, "timeoutSeconds": 11})),
        "RUN_PROBE",
    ),
    both(
        "fail",
        "a connector and interfaces",
        run(vpcAccess={"connector": CONNECTOR, "networkInterfaces": INTERFACES}),
        "RUN_TWO_WAYS",
    ),
    both(
        "fail",
        "a connector that is not known yet, and interfaces",
        run(vpcAccess={"connector": UNKNOWN, "networkInterfaces": INTERFACES}),
        "RUN_TWO_WAYS",
    ),
    both(
        "fail",
        "a variable that Cloud Run sets",
        run(container(envs=[plain("PORT", "8000")])),
        "RUN_ENV_RESERVED",
    ),
    both("fail", "the first API: time", run_v1(container(ports=[PORT]), timeoutSeconds=7200), "RUN_TIMEOUT"),
    both(
        "fail",
        "the first API: instances",
        run_v1(container(ports=[PORT]), notes={f"{SCALE}/minScale": "9", f"{SCALE}/maxScale": "3"}),
        "RUN_INSTANCES_ORDER",
    ),
    both("fail", "the first API: memory", run_v1(container("4", "512Mi", ports=[PORT])), "RUN_MEMORY"),
    both(
        "fail",
        "the first API: a port that is none",
        run_v1(container(ports=[{"containerPort": 0}])),
        "RUN_PORT",
    ),
    both("fail", "a job of eight days", task(timeout="691200s"), "RUN_TIMEOUT"),
    both(
        "fail",
        "a job with too little memory",
        task({"image": "i", "resources": {"limits": {"memory": "256Mi"}}}),
        "RUN_MEMORY",
    ),
    both("fail", "a job that never gives up", task(maxRetries=100), "JOB_RETRIES"),
    both(
        "missing", "no template", Declared(SERVICE, "web", {"name": "web-staging", "location": "us-central1"})
    ),
    both(
        "missing",
        "limits without CPU, too much memory for the default of one",
        run(container(None, "8Gi")),
        "RUN_MEMORY",
    ),
    unknown("the template", run(service={"template": UNKNOWN})),
    unknown("the containers", run(service={"template": {"containers": UNKNOWN}})),
    unknown("a container", run(UNKNOWN)),
    unknown("the CPU", run(container(UNKNOWN, "512Mi"))),
    unknown("the memory", run(container("1", UNKNOWN))),
    unknown("the time-out", run(timeout=UNKNOWN)),
    unknown("the most instances", run(service={"scaling": scaled(2, UNKNOWN)})),
    unknown("the port", run(container(ports={"containerPort": UNKNOWN}))),
    unknown("a probe's period", run(container(startupProbe={"periodSeconds": UNKNOWN}))),
    both("pass", "a worker pool", pool()),
    both("pass", "a worker pool of two containers without a port", pool({"image": "i"}, SIDECAR)),
    both("fail", "a worker pool of too much memory", pool(container("1", "64Gi")), "RUN_MEMORY"),
    unknown("the containers of a worker pool", pool(UNKNOWN)),
    both("pass", "all traffic to the latest", run(service=shares(100))),
    both("pass", "a candidate without traffic", run(service=shares(100, None))),
    both("pass", "traffic as text, in two parts", run(service=shares("90", 10))),
    both("fail", "not all traffic", run(service=shares(90)), "RUN_TRAFFIC"),
    both("fail", "more than all traffic", run(service=shares(60, 60)), "RUN_TRAFFIC"),
    unknown("a share of traffic", run(service=shares(90, UNKNOWN))),
    unknown("the traffic", run(service={"traffics": UNKNOWN})),
    both("pass", "a volume that is there", run(container(**MOUNT), volumes=[{"name": "data"}])),
    both("fail", "a volume that is not there", run(container(**MOUNT)), "RUN_VOLUME"),
    both(
        "fail",
        "another volume",
        run(container(**MOUNT), SIDECAR, volumes=[{"name": "keys"}]),
        "RUN_VOLUME",
    ),
    both("fail", "in the first API", run_v1(container(**MOUNT), volumes=[{"name": "keys"}]), "RUN_VOLUME"),
    both("fail", "for a job", task({"image": "i", **MOUNT}), "RUN_VOLUME"),
    unknown("the volumes", run(container(**MOUNT), volumes=UNKNOWN)),
    unknown("a volume's name", run(container(**MOUNT), volumes=[{"name": UNKNOWN}])),
    unknown("the mounts", run(container(volumeMounts=UNKNOWN))),
]
