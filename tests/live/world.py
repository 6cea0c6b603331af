"""A small world that is real: the provider waits for servers, and a test can look from any place in it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from sandbox.kinds import Place
from sandbox.live.client import Live, LiveError, address
from sandbox.live.settle import Settling
from sandbox.live.start import ensure
from sandbox.provider import Provider
from tests.sandbox import world as parts
from tests.sandbox.world import REGION, World, cache, connector, database, service

PORT = 8000
HOST = "api.example.test"
CANDIDATE_HOST = "candidate-api.example.test"
NEG = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
BACKEND = "gcp:compute/backendService:BackendService"
URL_MAP = "gcp:compute/uRLMap:URLMap"
CERTIFICATE = "gcp:compute/managedSslCertificate:ManagedSslCertificate"
PROXY = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
PROBE = {
    "httpGet": {"path": "/health", "port": PORT},
    "periodSeconds": 1,
    "timeoutSeconds": 1,
    "failureThreshold": 8,
}
SECRETS = ("jwt-secret", "service-secret", "postgres-password", "redis-password")


@dataclass
class Ran:
    """A command that has ended at a place."""

    code: int
    out: str
    err: str

    def must(self) -> Ran:
        assert self.code == 0, f"{self.code}: {self.out}\n{self.err}"
        return self


@dataclass
class LiveWorld(World):
    """A provider with a live sandbox behind it."""

    up_by_name: dict[str, parts.Up] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = time.time
        super().__post_init__()
        place = Place("netra-staging", REGION)
        self.provider = Provider(self.cloud, place, settle=Settling(self.folder))
        self.live = ensure(self.folder)

    def platform(self) -> None:
        """A network with Redis and PostgreSQL, a service that needs both, and a load balancer before it."""
        network = self.network()
        self.private_access(network)
        tls = {"transitEncryptionMode": "SERVER_AUTHENTICATION", "authEnabled": True}
        redis = self.keep(parts.REDIS, "redis", **cache(network.id, **tls))
        settings = {
            "ipConfiguration": {
                "ipv4Enabled": False,
                "privateNetwork": network.id,
                "sslMode": "ENCRYPTED_ONLY",
            },
            "databaseFlags": [{"name": "max_connections", "value": "15"}],
        }
        self.keep(parts.SQL, "postgres", **database(network.id, **settings))
        self.keep("gcp:sql/database:Database", "app", instance="postgres", name="app")
        login = {"name": "app", "password": "hunter2"}
        self.keep("gcp:sql/user:User", "app-user", instance="postgres", **login)
        self.keep(parts.CONNECTOR, "egress", **connector(network=network.id))
        self._secrets(redis["authString"])
        self.keep(parts.RUN, "backend", **self.backend())
        self._front()

    def backend(self, **more: str) -> dict[str, Any]:
        """Inputs of the service, with more variables."""
        redis, sql = self.up_by_name["redis"], self.up_by_name["postgres"]
        plain = {
            "ENVIRONMENT": "staging",
            "POSTGRES_HOST": sql["privateIpAddress"],
            "POSTGRES_PORT": "5432",
            "POSTGRES_DB": "app",
            "POSTGRES_USER": "app",
            "POSTGRES_SSLMODE": "require",
            "REDIS_HOST": redis["host"],
            "REDIS_PORT": str(redis["port"]),
            "REDIS_CA_CERT": redis["serverCaCerts"][0]["cert"],
            "CLICKHOUSE_HOST": "clickhouse.example.test",
            **more,
        }
        envs = [{"name": name, "value": value} for name, value in plain.items()]
        variables = {name.upper().replace("-", "_"): name for name in SECRETS}
        variables["JWT_SECRET_KEY"] = variables.pop("JWT_SECRET")
        envs += [parts.from_secret(variable, secret) for variable, secret in variables.items()]
        access = {"connector": self.up_by_name["egress"].id, "egress": "PRIVATE_RANGES_ONLY"}
        return service(
            container={"envs": envs, "startupProbe": PROBE},
            template={"serviceAccount": self.up_by_name["account"]["email"], "vpcAccess": access},
            invokerIamDisabled=True,
        )

    def keep(self, token: str, name: str, /, **inputs: Any) -> parts.Up:
        """Create something, and know it by its name from now on."""
        self.up_by_name[name] = self.up(token, name, **inputs)
        return self.up_by_name[name]

    def _secrets(self, redis_password: str) -> None:
        self.up_by_name["account"] = self.account()
        values = {"redis-password": redis_password, "postgres-password": "hunter2"}
        for name in SECRETS:
            secret = self.up(parts.SECRET, name, secretId=name, replication={"auto": {}})
            data = values.get(name, f"value of {name}")
            self.keep(parts.VERSION, f"{name}-1", secret=secret.id, secretData=data)
            self.may_read(self.up_by_name["account"], secret)

    def _front(self) -> None:
        backends = {}
        for name, tag in (("api", None), ("candidate", "candidate")):
            run = {"service": "backend", "tag": tag}
            group = self.up(
                NEG, name, name=name, region=REGION, networkEndpointType="SERVERLESS", cloudRun=run
            )
            backends[name] = self.up(
                BACKEND,
                name,
                name=name,
                loadBalancingScheme="EXTERNAL_MANAGED",
                backends=[{"group": group.id}],
            )
        urls = self.up(
            URL_MAP,
            "urls",
            name="urls",
            defaultRouteAction={"faultInjectionPolicy": {"abort": {"httpStatus": 404, "percentage": 100}}},
            defaultService=backends["api"].id,
            hostRules=[
                {"hosts": [HOST], "pathMatcher": "api"},
                {"hosts": [CANDIDATE_HOST], "pathMatcher": "candidate"},
            ],
            pathMatchers=[{"name": name, "defaultService": each.id} for name, each in backends.items()],
        )
        managed = {"domains": [HOST, CANDIDATE_HOST]}
        certificate = self.up(CERTIFICATE, "certificate", name="certificate", managed=managed)
        proxy = self.up(PROXY, "https", name="https", urlMap=urls.id, sslCertificates=[certificate.id])
        address = self.keep(parts.GLOBAL_ADDRESS, "address", name="address")
        rule = {"name": "front", "target": proxy.id, "ipAddress": address["address"], "portRange": "443"}
        self.keep(RULE, "front", **rule)

    def at(self, place: str, *argv: str) -> Ran:
        """Run a command at a place."""
        out: list[str] = []
        err: list[str] = []
        code = self.live.execute(place, argv, on_line=out.append, on_log=err.append)
        return Ran(code, "\n".join(out), "\n".join(err))

    def python(self, place: str, text: str, *argv: str) -> Ran:
        """Run Python at a place."""
        return self.at(place, sys.executable, "-c", text, *argv)

    def psql(self, query: str, options: str = "sslmode=require", *, password: str = "hunter2") -> Ran:  # noqa: S107 - a test's
        """Ask PostgreSQL from where the service is."""
        where = f"host={self.up_by_name['postgres']['privateIpAddress']} user=app dbname=app {options}"
        return self.at("backend", "env", f"PGPASSWORD={password}", "psql", where, "-tAc", query)

    def redis(self, *words: str, tls: bool = True, password: str | None = None) -> Ran:
        """Ask Redis from where the service is."""
        redis = self.up_by_name["redis"]
        cert = ("--tls", "--insecure") if tls else ()
        auth = ("--no-auth-warning", "-a", password or redis["authString"]) if password != "" else ()
        return self.at(
            "backend", "redis-cli", "-h", redis["host"], "-p", str(redis["port"]), *cert, *auth, *words
        )

    def drift(self, name: str, **changes: Any) -> None:
        """Change a thing behind everybody's back, and wait."""
        up = self.up_by_name[name]
        with self.cloud.transaction():
            thing = self.cloud.get(up.token, up.id)
            thing.body.update(changes)
            self.cloud.put(thing)
        self.live.reconcile()

    def end(self) -> None:
        with suppress(LiveError):
            self.live.stop()


def universe_of(state: Path) -> Remains:
    """Everything that belongs to the live sandbox of a state folder."""
    supervisors = [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[-2:] == ["sandbox.live.supervisor", str(state)]
    ]
    inside = {link(each.pid, "pid") for each in supervisors} - {link(os.getpid(), "pid")}
    processes = [process for process in psutil.process_iter() if link(process.pid, "pid") in inside]
    spaces = {kind: {link(each.pid, kind) for each in processes} for kind in ("pid", "net", "mnt", "ipc")}
    firsts = {first for name, first in _firsts().items() if name in inside}
    return Remains(state, supervisors, processes, spaces, firsts)


@dataclass
class Remains:
    """The processes and namespaces of a live sandbox: what must be gone when it has ended."""

    state: Path
    started: list[psutil.Process]
    processes: list[psutil.Process]
    spaces: dict[str, set[str]]
    firsts: set[psutil.Process]

    @property
    def pids(self) -> list[int]:
        """What runs in it."""
        return [each.pid for each in self.processes]

    @property
    def supervisors(self) -> list[int]:
        """The supervisor, and the processes that started it."""
        return [each.pid for each in self.started]

    @property
    def supervisor(self) -> int:
        """The supervisor itself."""
        return next(each.pid for each in self.started if "universe.py" not in " ".join(each.cmdline()))

    def left(self) -> list[str]:
        """What is still there.

        The kernel gives the number of a namespace that is gone to the next one, at once: a namespace of the
        same name in a universe that another process began is another universe's.
        """
        found = [f"process {each.pid}" for each in {*self.processes, *self.started} if alive(each)]
        others = {link(os.getpid(), "pid")}
        others |= {name for name, first in _firsts().items() if first not in self.firsts}
        for pid in psutil.pids():
            if link(pid, "pid") not in others:
                found += [
                    f"{kind} namespace {link(pid, kind)} of process {pid}"
                    for kind, names in self.spaces.items()
                    if link(pid, kind) in names
                ]
        found += [
            line for line in Path("/proc/net/unix").read_text().splitlines() if _name(self.state) in line
        ]
        return found


def _firsts() -> dict[str, psutil.Process]:
    """The first process of each PID namespace below this one, by the namespace's name."""
    found = {}
    for process in psutil.process_iter():
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            continue
        ids = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
        if len(ids) > 1 and ids[-1] == "1":
            found[link(process.pid, "pid")] = process
    return found


def alive(process: psutil.Process) -> bool:
    """Whether a process runs; what has ended and waits for its parent, a test, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _name(state: Path) -> str:
    return address(state).strip("\0")


def link(pid: int, kind: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/{kind}").readlink())
    except OSError:
        return f"none of {pid}"


def files(folder: Path) -> set[str]:
    """Files of a state folder, but for the cloud's own."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "cloud.sqlite" not in path.name}


def wait_until(condition, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def wait_for_the_end(runs: Remains, seconds: float = 60.0) -> None:
    """Wait until nothing of a live sandbox is left."""
    end = time.monotonic() + seconds
    while left := runs.left():
        assert time.monotonic() < end, "\n".join(["it is still there:", *left, *_said(runs.state)])
        time.sleep(0.05)


def _said(state: Path) -> list[str]:
    """What a supervisor that does not end says of itself."""
    live = Live.connect(state)
    return [] if live is None else [str(live.status()), live.log("supervisor")]
