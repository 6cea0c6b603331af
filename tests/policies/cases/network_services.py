"""Cases of the rules about private services access: whose peering it is, and whether its range will do."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases import network as network_cases
from tests.policies.cases.network import NO_PEERING, PSA_REDIS, SERVICES
from tests.policies.cases.routes import NETWORK, declared, network, redis
from tests.policies.cases.routes_database import PSA, sql
from tests.policies.wire import Declared

EARLY = ()
SMALL = "PRIVATE_SERVICES_RANGE_TOO_SMALL"


def access(service: Any = "servicenetworking.googleapis.com", *ranges: str) -> Declared:
    return declared(
        PSA[1].type, "psa", network=NETWORK, service=service, reservedPeeringRanges=[*ranges] or ["psa"]
    )


def reserved(length: Any, name: str = "psa") -> Declared:
    return Declared(
        PSA[0].type, name, {**PSA[0].inputs, "name": name, "prefixLength": length, "address": None}
    )


def late(kind: str, name: str, resources: Any, *found: str) -> Any:
    return network_cases.late(SERVICES, kind, name, resources, *found)


def early(kind: str, name: str, resources: Any, *found: str) -> Any:
    return network_cases.early(SERVICES, kind, name, resources, *found)


IN_SECOND = {"allocatedIpRange": "second"}

CASES = [
    late("pass", "a connection of Google's services", [network(), PSA[0], access(), sql()]),
    early(
        "fail",
        "a connection of another service",
        [network(), PSA[0], access("netapp.servicenetworking.goog"), sql()],
        "db",
        NO_PEERING,
    ),
    late(
        "unknown",
        "whose service the connection is",
        [network(), PSA[0], access(UNKNOWN), sql()],
        "db",
        NO_PEERING,
    ),
    late("pass", "a range of /24", [network(), reserved(24), access(), sql()]),
    early("fail", "a range of /28", [network(), reserved(28), access(), sql()], "db", SMALL),
    late("pass", "a range of /28 for Memorystore", [network(), reserved(28), access(), redis(**PSA_REDIS)]),
    late("unknown", "how large the range is", [network(), reserved(UNKNOWN), access(), sql()], "db", SMALL),
    late(
        "pass",
        "a range of /28 beside one that is large enough",
        [
            network(),
            reserved(28),
            reserved(16, "second"),
            access("servicenetworking.googleapis.com", "psa", "second"),
            sql(),
        ],
    ),
    early(
        "fail",
        "a range that is large enough, and the instance takes the other",
        [
            network(),
            reserved(16),
            reserved(28, "second"),
            access("servicenetworking.googleapis.com", "psa", "second"),
            sql(ip=IN_SECOND),
        ],
        "db",
        SMALL,
    ),
    late(
        "pass",
        "a range of another program",
        [network(), access("servicenetworking.googleapis.com", "theirs"), sql()],
    ),
]
