"""Cases of the rule about backend services in front of Cloud Run."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.rules.limits_load_balancer import BACKENDS, NEG
from tests.policies.wire import PROJECT, Case, Declared, service

RULE = "serverless-timeout"
EARLY = (RULE,)
ID = f"projects/{PROJECT}/regions/us-central1/networkEndpointGroups/api"
LINK = f"https://www.googleapis.com/compute/v1/{ID}"
INSTANCES = f"projects/{PROJECT}/zones/us-central1-a/instanceGroups/vms"


def neg(name: str = "api", kind: Any = "SERVERLESS") -> Declared:
    inputs = {"name": name, "project": PROJECT, "region": "us-central1", "networkEndpointType": kind}
    return Declared(NEG, name, {k: v for k, v in inputs.items() if v is not None})


def backend(
    *groups: Any, type_: str = BACKENDS[0], depends: Any = None, read_only: bool = False, **given: Any
) -> Declared:
    inputs = {"name": "api", "project": PROJECT, "backends": [{"group": group} for group in groups], **given}
    depends = {} if depends is None else {"backends": [one.urn for one in depends]}
    return Declared(type_, "backend", inputs, depends=depends, read_only=read_only)


def both(kind: str, name: str, resources: list[Declared], *causes: str) -> Case:
    found = frozenset(("backend", cause) for cause in causes)
    return Case(RULE, kind, name, resources, found, found)


def late(kind: str, name: str, resources: list[Declared], *causes: str) -> Case:
    return Case(RULE, kind, name, resources, closed=frozenset(("backend", cause) for cause in causes))


TIMEOUT, HEALTH, UNCLEAR = "SERVERLESS_TIMEOUT", "SERVERLESS_HEALTH_CHECK", "BACKEND_UNKNOWN"
CASES = [
    both("pass", "a serverless backend that sets nothing", [neg(), backend(ID)]),
    both("pass", "the default, as the provider fills it in", [neg(), backend(ID, timeoutSec=30)]),
    both("pass", "no health checks", [neg(), backend(ID, healthChecks=[])]),
    both("pass", "machines behind it", [backend(INSTANCES, timeoutSec=3600, healthChecks=["check"])]),
    both(
        "pass",
        "a group for Private Service Connect",
        [neg(kind="PRIVATE_SERVICE_CONNECT"), backend(ID, timeoutSec=60)],
    ),
    both("pass", "no backends yet", [backend(timeoutSec=60)]),
    both(
        "pass",
        "machines that are not known yet",
        [
            Declared("gcp:compute/instanceGroup:InstanceGroup", "vms", {"name": "vms"}),
            backend(
                UNKNOWN,
                timeoutSec=60,
                depends=[Declared("gcp:compute/instanceGroup:InstanceGroup", "vms", {})],
            ),
        ],
    ),
    Case(RULE, "pass", "one that exists already", [neg(), backend(ID, timeoutSec=60, read_only=True)]),
    both("fail", "an hour for WebSockets", [neg(), backend(ID, timeoutSec=3600)], TIMEOUT),
    both("fail", "by the group's self link", [neg(), backend(LINK, timeoutSec=60)], TIMEOUT),
    both(
        "fail", "a group that is serverless by default", [neg(kind=None), backend(ID, timeoutSec=60)], TIMEOUT
    ),
    both(
        "fail", "a regional backend service", [neg(), backend(ID, type_=BACKENDS[1], timeoutSec=60)], TIMEOUT
    ),
    both("fail", "a health check", [neg(), backend(ID, healthChecks=["check"])], HEALTH),
    both("fail", "a health check, as one text", [neg(), backend(ID, healthChecks="check")], HEALTH),
    both("fail", "both", [neg(), backend(ID, timeoutSec=60, healthChecks=["check"])], TIMEOUT, HEALTH),
    both("fail", "a secret time-out", [neg(), backend(ID, timeoutSec=Secret(60))], TIMEOUT),
    late(
        "fail",
        "a group that is not known yet and comes from one",
        [neg(), backend(UNKNOWN, timeoutSec=60, depends=[neg()])],
        TIMEOUT,
    ),
    late(
        "fail",
        "two groups that are not known yet, both serverless",
        [neg(), neg("candidate"), backend(UNKNOWN, timeoutSec=60, depends=[neg(), neg("candidate")])],
        TIMEOUT,
    ),
    both("missing", "no backend service", [neg(), service([])]),
    late("unknown", "the group, from nowhere", [neg(), backend(UNKNOWN, timeoutSec=60)], UNCLEAR),
    late("unknown", "the backends", [neg(), backend(timeoutSec=60, backends=UNKNOWN)], UNCLEAR),
    late("unknown", "a group of another stack", [backend(ID, timeoutSec=60)], UNCLEAR),
    late("unknown", "the time-out", [neg(), backend(ID, timeoutSec=UNKNOWN)], "LIMIT_UNKNOWN"),
    late("unknown", "the health checks", [neg(), backend(ID, healthChecks=UNKNOWN)], "LIMIT_UNKNOWN"),
    both("unknown", "the group, and nothing is set", [backend(UNKNOWN)]),
]
