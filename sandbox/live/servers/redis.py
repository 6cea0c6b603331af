"""Memorystore instances: each is a redis-server of its own.

Owns how an instance's body becomes Redis' configuration. Real: AUTH, TLS with the instance's own authority,
the port, the eviction policy and every other `redisConfigs`. Smaller than life: memory (a share of the
instance's), no replica, nothing kept on disk.
https://cloud.google.com/memorystore/docs/redis/supported-redis-configurations
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import redis as client
from redis.exceptions import RedisError

from catalog import redis as limits
from sandbox.addresses import REDIS
from sandbox.authority import Authority
from sandbox.live import inside, processes
from sandbox.live.relay import Relay, relayed
from sandbox.live.server import NotReadyError, Sort, Spec
from sandbox.services.sql import SERVER_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sandbox.cloud import Cloud
    from sandbox.live.processes import Program
    from sandbox.live.server import Faults, Machine

PROGRAM: Final = "redis-server"
_MB_PER_GB: Final = 16
"""An instance of 4 GB gets 64 MB here: enough to watch eviction, small enough for a laptop."""
_LOCAL: Final = "127.0.0.1"
_ANSWERS_WITHIN_S: Final = 10.0
_FIXED: Final = {
    "save": "",
    "appendonly": "no",
    "daemonize": "no",
    "protected-mode": "no",
    "tls-auth-clients": "no",
}
# Memorystore's names that are no directives of the server.
_NOT_OF_THE_SERVER: Final = frozenset({"activedefrag", "maxmemory-gb", "stream-node-max-bytes"})


@dataclass(frozen=True, slots=True)
class Redis(Spec):
    """What one instance must be."""

    name: str
    address: str
    port: int
    password: str
    certificate: str
    private_key: str
    memory_mb: int
    configs: tuple[tuple[str, str], ...]

    @property
    def tls(self) -> bool:
        """Whether it takes TLS, and nothing else."""
        return bool(self.certificate)

    @property
    def effective_port(self) -> int:
        """The port it listens on, a fault's before the instance's own."""
        return int(self.fault("port") or self.port)

    @property
    def live_settings(self) -> dict[str, str]:
        """What can be changed while it runs."""
        return {"requirepass": self.password, "maxmemory": f"{self.memory_mb}mb", **dict(self.configs)}


def specs(cloud: Cloud, faults: Faults) -> Iterator[Redis]:
    """One for each instance that is there."""
    for thing in cloud.all(REDIS):
        body = thing.body
        if not cloud.exists(thing):
            continue
        tls = body.get("transitEncryptionMode") == "SERVER_AUTHENTICATION"
        certificates: list[dict[str, Any]] = body.get("serverCaCerts") or [{}]
        configs = {"maxmemory-policy": limits.DEFAULT_EVICTION_POLICY, **(body.get("redisConfigs") or {})}
        yield Redis(
            thing.id,
            faults=faults.of(thing.id),
            name=thing.name,
            address=str(body.get("host") or ""),
            port=int(body.get("port") or limits.port(tls=tls)),
            password=str(body.get("authString") or "") if body.get("authEnabled") else "",
            certificate=str(certificates[0].get("cert") or "") if tls else "",
            private_key=str(body.get(SERVER_KEY) or "") if tls else "",
            memory_mb=int(float(body.get("memorySizeGb") or 1) * _MB_PER_GB),
            configs=tuple(
                sorted((str(k), str(v)) for k, v in configs.items() if k not in _NOT_OF_THE_SERVER)
            ),
        )


class Server:
    """One redis-server, and the relay in front of it while it is slow on purpose."""

    def __init__(self, spec: Redis, machine: Machine) -> None:
        """Start it and wait until it answers."""
        self.spec = spec
        self._machine = machine
        self._folder = machine.data / "redis" / spec.key.replace("/", "_")
        self._at = machine.fabric.prefix(spec.key)
        self._relay: Relay | None = None
        self._program: Program | None = None
        if spec.fault("stop") is None:
            self._start()

    @property
    def programs(self) -> Sequence[Program]:
        """The server, and its relay when there is one."""
        found = [self._program] if self._program else []
        return [*found, *([self._relay.program] if self._relay else [])]

    def change(self, spec: Spec) -> bool:
        """Passwords and configurations change while it runs; clients that are in stay in, as at Google."""
        if not isinstance(spec, Redis) or _but_settings(spec) != _but_settings(self.spec):
            return False
        if spec.fault("stop") is not None:
            return True
        try:
            with self._client() as redis:
                for name, value in spec.live_settings.items():
                    redis.config_set(name, value)
        except RedisError as error:
            raise NotReadyError(f"{spec.name}: {error}") from None
        self.spec = spec
        return True

    def stop(self) -> None:
        """End it; what it held is gone."""
        for program in self.programs:
            program.stop()
        self._program = self._relay = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        spec = self.spec
        self._folder.mkdir(parents=True, exist_ok=True)
        certificate = _issue(spec, self._folder) if spec.tls else None
        lines = [f'{name} "{_quoted(value)}"' for name, value in self._settings(certificate).items()]
        lines.append(f"bind {_LOCAL}" if spec.fault("slow") else f"bind {_LOCAL} {spec.address}")
        path = self._folder / "redis.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o600)
        argv = [PROGRAM, str(path)]
        self._program = processes.start(
            f"redis-{spec.name}", argv, at=self._at, env=processes.plain_environment()
        )
        self._await()
        seconds = spec.fault("slow")
        if seconds:
            listen = (spec.address, spec.effective_port)
            self._relay = relayed(
                spec.name, self._at, listen, (_LOCAL, spec.effective_port), seconds, "redis", certificate
            )

    def _settings(self, certificate: Path | None) -> dict[str, str]:
        spec = self.spec
        port = str(spec.effective_port)
        listening = {"port": port}
        if certificate:
            listening = {
                "port": "0",
                "tls-port": port,
                "tls-cert-file": str(certificate),
                "tls-key-file": str(certificate),
                "tls-ca-cert-file": str(certificate),
            }
        return {
            **_FIXED,
            "dir": str(self._folder),
            "maxclients": spec.fault("maxclients") or str(limits.MAX_CLIENTS),
            "unixsocket": str(self._folder / "admin.sock"),
            "unixsocketperm": "700",
            **listening,
            **{name: value for name, value in spec.live_settings.items() if value},
        }

    def _client(self) -> client.Redis:
        return client.Redis(
            unix_socket_path=str(self._folder / "admin.sock"), password=self.spec.password or None
        )

    def _await(self) -> None:
        program = self._program
        if program is None:  # pragma: no cover - called after the start
            return
        for _ in inside.ticks(_ANSWERS_WITHIN_S):
            if not program.alive:
                raise NotReadyError(f"redis-server of {self.spec.name} ended: {program.said()}")
            try:
                with self._client() as redis:
                    redis.ping()
            except (RedisError, OSError):
                continue
            return
        self.stop()
        raise NotReadyError(f"redis-server of {self.spec.name} did not answer")


def _issue(spec: Redis, folder: Path) -> Path:
    """Certificate and key of the server, signed by the instance's authority, in one file."""
    if not spec.private_key:
        raise NotReadyError(
            f"{spec.name} was made by an older sandbox, without an authority of its own: make it anew"
        )
    made = Authority(spec.certificate, spec.private_key).issue(spec.name, addresses=[spec.address])
    path = folder / "server.pem"
    path.touch(mode=0o600)
    path.write_text(made.certificate + made.key, encoding="ascii")
    return path


def _but_settings(spec: Redis) -> tuple[object, ...]:
    return (spec.key, spec.faults, spec.address, spec.port, spec.certificate, spec.private_key)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def start(spec: Spec, machine: Machine) -> Server:
    """Start one instance's server."""
    if not isinstance(spec, Redis):
        raise TypeError(spec)
    return Server(spec, machine)


SORT: Final = Sort(
    name="redis",
    types={REDIS: lambda thing_id, _: thing_id},
    specs=specs,
    start=start,
    faults={
        "stop": "the server does not run",
        "port:N": "it listens on port N instead of the instance's own",
        "slow:SECONDS": "each of its answers comes so much later",
        "maxclients:N": "it takes no more than N clients",
    },
)
