"""Cases of the rules about routes: what an instance itself does, once packets reach it."""

from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases import routes, routes_database
from tests.policies.cases.routes import HOST, cached, redis, running
from tests.policies.cases.routes_database import MOUNTED, SOCKET, sql, standing, stored
from tests.policies.wire import Declared, plain

EARLY = ()
READ_ONLY = "DESTINATION_READ_ONLY"
STILL, STOPPED = "CLOUD_SQL_INSTANCE_NOT_RUNNING", {"activationPolicy": "NEVER"}
DOCKER = "CLOUD_SQL_DOCKER_RANGE"
COPY, ENDPOINT = "10.30.0.9", "10.20.0.4"


def reading(contracts: dict[str, str]) -> dict[str, str]:
    """The contracts, where the service only reads."""
    return {**contracts, "web.yaml": contracts["web.yaml"].replace("_PORT}}", "_PORT, readOnly: true}}")}


def replica(master: Any = "db", **more: Any) -> Declared:
    return sql("copy", host=more.pop("host", None), masterInstanceName=master, **more)


def replicated() -> Declared:
    """A cache whose replicas are read by an address of their own."""
    cache = redis(host=HOST, readReplicasMode="READ_REPLICAS_ENABLED")
    return Declared(
        cache.type, "cache", cache.inputs, outputs={**(cache.outputs or {}), "readEndpoint": ENDPOINT}
    )


def through(range_: str) -> list[Declared]:
    """A database, by a connector of this range."""
    given = {one.urn: one for one in standing(sql())}
    moved = routes.connector(ipCidrRange=range_)
    return [*{**given, moved.urn: moved}.values()]


CASES = [
    # A copy takes no writes.
    routes_database.previewed("fail", "a read replica", standing(replica()), READ_ONLY),
    routes_database.updated(
        "fail",
        "a read replica, in the update",
        standing(replica(host=COPY), stored(COPY)),
        READ_ONLY,
    ),
    routes_database.previewed(
        "pass",
        "a read replica, for a service that only reads",
        standing(replica()),
        contracts=reading(routes_database.CONTRACTS),
    ),
    routes_database.previewed(
        "pass",
        "a read replica beside the database, each in a variable of its own",
        standing(
            sql(host=routes_database.HOST),
            [*stored(routes_database.HOST), plain("REPORTS_URL", f"postgres://{COPY}/x")],
            routes.BY_CONNECTOR,
            replica(host=COPY),
        ),
    ),
    routes_database.previewed(
        "pass",
        "both hosts not known yet: the contract's is taken for the database's",
        [
            *standing(sql(), None, routes.BY_CONNECTOR, replica())[:-1],
            routes.workload(stored(), depends=[sql(), replica()]),
        ],
    ),
    routes_database.previewed(
        "pass",
        "the database and its replica in one list of hosts",
        standing(
            sql(host=routes_database.HOST),
            stored(f"{routes_database.HOST},{COPY}"),
            routes.BY_CONNECTOR,
            replica(host=COPY),
        ),
    ),
    routes_database.previewed(
        "unknown", "whether the instance is a replica", standing(replica(UNKNOWN)), READ_ONLY
    ),
    routes_database.previewed(
        "fail",
        "a replica of an instance whose name is not known yet",
        standing(
            Declared(
                replica().type,
                "copy",
                replica(UNKNOWN).inputs,
                outputs=replica(UNKNOWN).outputs,
                depends={**replica().depends, "masterInstanceName": [sql().urn]},
            ),
            None,
            routes.BY_CONNECTOR,
            sql(),
        ),
        READ_ONLY,
    ),
    routes.at_once(
        "fail",
        "the socket of a replica",
        standing(sql(masterInstanceName="primary"), stored(SOCKET), template=MOUNTED),
        READ_ONLY,
        rule=routes_database.DATABASE,
        contracts=routes_database.CONTRACTS,
    ),
    # One that is stopped serves nobody.
    routes_database.previewed("fail", "an instance that is stopped", standing(sql(settings=STOPPED)), STILL),
    routes_database.updated(
        "fail",
        "an instance that is stopped, in the update",
        standing(sql(host=routes_database.HOST, settings=STOPPED), stored(routes_database.HOST)),
        STILL,
    ),
    routes_database.previewed(
        "fail",
        "an instance that is stopped, without a contract",
        standing(sql(settings=STOPPED), name="other"),
        STILL,
    ),
    routes.at_once(
        "fail",
        "the socket of an instance that is stopped",
        standing(sql(settings=STOPPED), stored(SOCKET), template=MOUNTED),
        STILL,
        rule=routes_database.DATABASE,
        contracts=routes_database.CONTRACTS,
    ),
    routes_database.previewed(
        "pass", "an instance that always runs", standing(sql(settings={"activationPolicy": "ALWAYS"}))
    ),
    routes_database.previewed(
        "unknown",
        "whether the instance runs",
        standing(sql(settings={"activationPolicy": UNKNOWN})),
        STILL,
    ),
    # Docker's bridge inside Cloud SQL takes answers to its own range.
    routes_database.previewed("fail", "a connector in Docker's range", through("172.17.0.0/28"), DOCKER),
    routes_database.previewed("pass", "a connector beside Docker's range", through("172.16.0.0/28")),
    routes.at_once(
        "fail",
        "a subnet of direct egress in Docker's range, by the socket",
        standing(
            sql(),
            stored(SOCKET),
            routes.DIRECTLY,
            routes.subnet(ipCidrRange="172.17.8.0/24"),
            template=MOUNTED,
        ),
        DOCKER,
        rule=routes_database.DATABASE,
        contracts=routes_database.CONTRACTS,
    ),
    routes_database.previewed(
        "unknown",
        "whether an address of a subnet is in Docker's range",
        standing(sql(), None, routes.DIRECTLY, routes.subnet(ipCidrRange="172.16.0.0/12")),
        DOCKER,
    ),
    routes_database.previewed(
        "fail",
        "an instance whose address is in Docker's range",
        standing(sql(host="172.17.0.3"), stored("172.17.0.3")),
        DOCKER,
    ),
    routes.previewed(
        "pass",
        "a connector in Docker's range, to Memorystore",
        [routes.network(), routes.connector(ipCidrRange="172.17.0.0/28"), *running(redis(host=HOST))[3:]],
    ),
    # The read endpoint of a cache.
    routes.previewed("fail", "the read endpoint", running(replicated(), cached(ENDPOINT)), READ_ONLY),
    routes.previewed("pass", "the host of a cache that has a read endpoint", running(replicated())),
    routes.previewed(
        "pass",
        "the read endpoint, for a service that only reads",
        running(replicated(), cached(ENDPOINT)),
        contracts=reading(routes.CONTRACTS),
    ),
    routes.previewed(
        "pass",
        "the read endpoint in a variable of its own",
        running(replicated(), [*cached(HOST), plain("REDIS_READ_HOST", ENDPOINT)]),
    ),
]
