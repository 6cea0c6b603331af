"""Cases of the rule about connectors' sizes."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.rules.limits_connector import CONNECTOR
from tests.policies.wire import Case, Declared, service

RULE = "connector-limits"
EARLY = (RULE,)
SIZED = {"minInstances": 2, "maxInstances": 3}


def connector(*, read_only: bool = False, **inputs: Any) -> Declared:
    given = {"name": "web", "network": "web", "ipCidrRange": "10.8.0.0/28", **inputs}
    kept = {key: value for key, value in given.items() if value is not None}
    return Declared(CONNECTOR, "connector", kept, read_only=read_only)


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset(("connector", cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found)


def unknown(name: str, resource: Declared) -> Case:
    return Case(RULE, "unknown", name, [resource], closed=frozenset({("connector", "LIMIT_UNKNOWN")}))


CASES = [
    both("pass", "two to three instances", connector(**SIZED)),
    both(
        "pass",
        "two to ten of the largest",
        connector(minInstances=2, maxInstances=10, machineType="e2-standard-4"),
    ),
    both("pass", "nothing said of its size", connector()),
    both("pass", "only the least", connector(minInstances=9)),
    both("pass", "only the most", connector(maxInstances=3)),
    both("pass", "throughput without instances", connector(minThroughput=200, maxThroughput=300)),
    both("pass", "only the most throughput", connector(maxThroughput=1000)),
    both("pass", "numbers that are written as text", connector(minInstances="2", maxInstances="3")),
    both("pass", "sizes that are secret", connector(minInstances=Secret(2), maxInstances=Secret(3))),
    both(
        "pass",
        "a subnet of a host project",
        connector(**SIZED, ipCidrRange=None, network=None, subnet={"name": "c", "projectId": "host"}),
    ),
    both("pass", "a range that is none is told elsewhere", connector(**SIZED, ipCidrRange="10.8.0.0/99")),
    Case(
        RULE,
        "pass",
        "one that exists already, as Google shows it",
        [connector(read_only=True, **SIZED, minThroughput=200, maxThroughput=300)],
    ),
    both("fail", "a hundred instances", connector(minInstances=2, maxInstances=100), "CONNECTOR_INSTANCES"),
    both("fail", "one instance at least", connector(minInstances=1, maxInstances=3), "CONNECTOR_INSTANCES"),
    both("fail", "two instances at most", connector(maxInstances=2), "CONNECTOR_INSTANCES"),
    both("fail", "half an instance", connector(minInstances=2.5, maxInstances=4), "CONNECTOR_INSTANCES"),
    both("fail", "a hundred as text", connector(maxInstances="100"), "CONNECTOR_INSTANCES"),
    both("fail", "no number", connector(maxInstances="many"), "CONNECTOR_INSTANCES"),
    both("fail", "a hundred, secret", connector(maxInstances=Secret(100)), "CONNECTOR_INSTANCES"),
    both(
        "fail",
        "least and most are one",
        connector(minInstances=3, maxInstances=3),
        "CONNECTOR_INSTANCES_ORDER",
    ),
    both(
        "fail",
        "the least above the most",
        connector(minInstances=5, maxInstances=4),
        "CONNECTOR_INSTANCES_ORDER",
    ),
    both(
        "fail",
        "instances and throughput",
        connector(**SIZED, minThroughput=200, maxThroughput=300),
        "CONNECTOR_SIZED_TWICE",
    ),
    both(
        "fail",
        "most instances and least throughput",
        connector(maxInstances=3, minThroughput=200),
        "CONNECTOR_SIZED_TWICE",
    ),
    both(
        "fail",
        "throughput not in steps of 100",
        connector(minThroughput=200, maxThroughput=350),
        "CONNECTOR_THROUGHPUT",
    ),
    both(
        "fail",
        "throughput above the most",
        connector(minThroughput=200, maxThroughput=1100),
        "CONNECTOR_THROUGHPUT",
    ),
    both(
        "fail",
        "throughput the wrong way round",
        connector(minThroughput=500, maxThroughput=400),
        "CONNECTOR_THROUGHPUT_ORDER",
    ),
    both(
        "fail",
        "the least throughput above the default of the most",
        connector(minThroughput=400),
        "CONNECTOR_THROUGHPUT_ORDER",
    ),
    both(
        "fail",
        "a machine that connectors do not have",
        connector(**SIZED, machineType="n1-standard-1"),
        "CONNECTOR_MACHINE_TYPE",
    ),
    both(
        "fail",
        "a range that is too large",
        connector(**SIZED, ipCidrRange="10.8.0.0/24"),
        "CONNECTOR_RANGE_SIZE",
    ),
    both(
        "fail",
        "a range that is too small",
        connector(**SIZED, ipCidrRange="10.8.0.0/29"),
        "CONNECTOR_RANGE_SIZE",
    ),
    both("fail", "a range and a subnet", connector(**SIZED, subnet={"name": "c"}), "CONNECTOR_RANGE_TWICE"),
    both(
        "fail",
        "everything at once, as in the incident",
        connector(
            minInstances=2, maxInstances=100, minThroughput=200, maxThroughput=300, machineType="e2-large"
        ),
        "CONNECTOR_SIZED_TWICE",
        "CONNECTOR_INSTANCES",
        "CONNECTOR_MACHINE_TYPE",
    ),
    both(
        "missing", "no range and no subnet", connector(**SIZED, ipCidrRange=None), "CONNECTOR_RANGE_MISSING"
    ),
    Case(RULE, "missing", "no connector at all", [service([])]),
    unknown("the most instances", connector(minInstances=2, maxInstances=UNKNOWN)),
    unknown("the least throughput", connector(minThroughput=UNKNOWN, maxThroughput=300)),
    unknown("the machine", connector(machineType=UNKNOWN)),
    unknown("the range", connector(ipCidrRange=UNKNOWN)),
]
