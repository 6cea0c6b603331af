"""Cloud SQL for PostgreSQL instances: each is a PostgreSQL of its own, in Debian's version.

Owns how instances, databases and users become a cluster. Real: TLS with the instance's own authority,
`sslMode`, `max_connections` of the flags or of the tier, databases, users with their passwords. Not as at
Google: the version, shared memory (small on purpose), disks, backups, replicas, and flags other than those
below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from catalog import sql as tiers
from catalog import sql_sizing
from catalog.source import Breach
from sandbox.live.server import NotReadyError, Sort, Spec
from sandbox.live.servers.cluster import Cluster
from sandbox.services.sql import INSTANCE, SERVER_KEY
from sandbox.wire import first

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.cloud import Cloud, Thing
    from sandbox.live.processes import Program
    from sandbox.live.server import Faults, Machine

DATABASE: Final = "gcp:sql/database:Database"
USER: Final = "gcp:sql/user:User"
_DEFAULT_TIER_MB: Final = 614
# Flags that mean the same here. Those about memory are not taken over: they would ask for an instance's own.
_FLAGS: Final = frozenset(
    {
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "log_min_duration_statement",
        "max_connections",
        "statement_timeout",
        "tcp_keepalives_idle",
    }
)


@dataclass(frozen=True, slots=True)
class Postgresql(Spec):
    """What one instance must be."""

    name: str
    addresses: tuple[str, ...]
    certificate: str
    private_key: str
    ssl_mode: str
    flags: tuple[tuple[str, str], ...]
    databases: tuple[str, ...]
    users: tuple[tuple[str, str], ...]
    version: str

    @property
    def port(self) -> int:
        """The port it listens on, a fault's before PostgreSQL's own."""
        return int(self.fault("port") or tiers.POSTGRES_PORT)

    @property
    def but_contents(self) -> tuple[object, ...]:
        """All that only a restart can change."""
        return (
            self.faults,
            self.addresses,
            self.certificate,
            self.private_key,
            self.ssl_mode,
            self.flags,
            self.version,
        )


def specs(cloud: Cloud, faults: Faults) -> Iterator[Postgresql]:
    """One for each PostgreSQL instance that is there and switched on."""
    for thing in cloud.all(INSTANCE):
        settings: dict[str, Any] = thing.body.get("settings") or {}
        is_postgresql = str(thing.body.get("databaseVersion", "")).startswith("POSTGRES")
        if is_postgresql and cloud.exists(thing) and settings.get("activationPolicy") != "NEVER":
            yield _spec(cloud, thing, settings, faults)


def _spec(cloud: Cloud, thing: Thing, settings: Mapping[str, Any], faults: Faults) -> Postgresql:
    body = thing.body
    users = [
        (each.name, str(each.body.get("password") or each.body.get("passwordWo") or ""))
        for each in cloud.all(USER, thing.project)
        if each.body.get("instance") == thing.name and each.body.get("type") in {None, "", "BUILT_IN"}
    ]
    if body.get("rootPassword"):
        users.append(("postgres", str(body["rootPassword"])))
    databases = [
        each.name for each in cloud.all(DATABASE, thing.project) if each.body.get("instance") == thing.name
    ]
    listed = [body.get("privateIpAddress"), body.get("publicIpAddress")]
    return Postgresql(
        thing.id,
        faults=faults.of(thing.id),
        name=thing.name,
        addresses=tuple(str(each) for each in listed if each),
        certificate=str(first(body, "serverCaCerts[].cert") or ""),
        private_key=str(body.get(SERVER_KEY) or ""),
        ssl_mode=_ssl_mode(settings.get("ipConfiguration") or {}),
        flags=_flags(settings),
        databases=tuple(sorted(databases)),
        users=tuple(sorted(users)),
        version=str(body.get("databaseVersion")),
    )


def _ssl_mode(configuration: Mapping[str, Any]) -> str:
    legacy = "ENCRYPTED_ONLY" if configuration.get("requireSsl") else "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    return str(configuration.get("sslMode") or legacy)


def _flags(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    given = {
        str(flag.get("name")): str(flag.get("value"))
        for flag in settings.get("databaseFlags") or ()
        if flag.get("name") in _FLAGS
    }
    if "max_connections" not in given:
        tier = tiers.parse_tier(str(settings.get("tier")))
        memory = _DEFAULT_TIER_MB if isinstance(tier, Breach) else tier.memory_mb
        given["max_connections"] = str(sql_sizing.default_max_connections(memory))
    return tuple(sorted(given.items()))


class Server:
    """One cluster, and the relay in front of it while it is slow on purpose."""

    def __init__(self, spec: Postgresql, machine: Machine) -> None:
        """Start it and wait until it answers with its databases and users."""
        if not spec.private_key:
            raise NotReadyError(
                f"{spec.name} was made by an older sandbox, without an authority of its own: make it anew"
            )
        self.spec = spec
        self._at = machine.fabric.prefix(spec.key)
        self._cluster = Cluster(spec, machine.data / "postgresql", self._at)
        self._begin()

    @property
    def programs(self) -> Sequence[Program]:
        """The postmaster, and its relay when there is one."""
        return self._cluster.programs

    def change(self, spec: Spec) -> bool:
        """Databases and users come and go while it runs; for all else it restarts and keeps its data."""
        if not isinstance(spec, Postgresql):
            return False
        restart = spec.but_contents != self.spec.but_contents
        self.spec = self._cluster.spec = spec
        if restart:
            self._cluster.stop()
            self._begin()
        elif spec.fault("stop") is None:
            self._cluster.fill()
        return True

    def stop(self) -> None:
        """End it; what it held is gone."""
        self._cluster.stop()
        self._cluster.remove()

    def _begin(self) -> None:
        if self.spec.fault("stop") is not None:
            return
        try:
            self._cluster.start()
            self._cluster.fill()
        except NotReadyError:
            self._cluster.stop()
            raise


def start(spec: Spec, machine: Machine) -> Server:
    """Start one instance's server."""
    if not isinstance(spec, Postgresql):
        raise TypeError(spec)
    return Server(spec, machine)


def _instance_of(thing_id: str, body: Mapping[str, object]) -> str:
    """Id of the instance that a database or a user is in."""
    project = body.get("project") or thing_id.split("/")[thing_id.startswith("projects/")]
    return f"projects/{project}/instances/{body.get('instance')}"


SORT: Final = Sort(
    name="postgresql",
    types={INSTANCE: lambda thing_id, _: thing_id, DATABASE: _instance_of, USER: _instance_of},
    specs=specs,
    start=start,
    faults={
        "stop": "the server does not run",
        "port:N": "it listens on port N instead of 5432",
        "slow:SECONDS": "each answer to a query comes so much later; connecting is as fast as ever",
    },
)
