"""Real servers on free loopback ports, in folders of their own, gone with their `with` block."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis
from websockets.asyncio.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES = Path("/usr/lib/postgresql/15/bin")
USER, PASSWORD, DATABASE = "netra-app", "canary-of-postgres", "netra"
AUTH_STRING = "canary-of-redis"
MAX_CONNECTIONS = 40


def needed(*programs: str | Path) -> None:
    """Skips where a program is missing; where live tests are required that is a failure."""
    missing = [str(program) for program in programs if shutil.which(str(program)) is None]
    if missing and os.environ.get("PLUMB_REQUIRE_LIVE") == "1":
        pytest.fail(f"PLUMB_REQUIRE_LIVE is set, and there is no {', '.join(missing)}")
    if missing:
        pytest.skip(f"there is no {', '.join(missing)} (Debian: postgresql, redis-server)")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Authority:
    """A certificate authority and one certificate of it, for 127.0.0.1 and localhost."""

    folder: Path
    names: tuple[str, ...] = ("localhost",)
    ca: Path = field(init=False)
    certificate: Path = field(init=False)
    key: Path = field(init=False)

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.certificate, self.key = (
            self.folder / name for name in ("ca.pem", "cert.pem", "key.pem")
        )
        signer = ec.generate_private_key(ec.SECP256R1())
        issuer = _name("A test's authority")
        root = _certificate(issuer, issuer, signer.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        key = ec.generate_private_key(ec.SECP256R1())
        also: list[x509.GeneralName] = [x509.DNSName(name) for name in self.names]
        leaf = _certificate(_name("127.0.0.1"), issuer, key.public_key()).add_extension(
            x509.SubjectAlternativeName([*also, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        pem = serialization.Encoding.PEM
        self.ca.write_bytes(root.sign(signer, hashes.SHA256()).public_bytes(pem))
        self.certificate.write_bytes(leaf.sign(signer, hashes.SHA256()).public_bytes(pem))
        self.key.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _certificate(subject, issuer, key) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
    )


@contextlib.contextmanager
def _running(command: list[str], ready, **options) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - a server of these tests
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        until = time.monotonic() + 20
        while not ready():
            assert process.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < until, f"{command[0]} does not come up"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def postgres() -> Iterator[int]:
    """PostgreSQL with TLS, one user with a password and one database; yields its port."""
    needed(POSTGRES / "initdb", POSTGRES / "postgres")
    folder = Path(tempfile.mkdtemp(prefix="plumb-postgres-"))
    identity = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    try:
        authority = Authority(folder / "tls")
        secret, data, port = folder / "password", folder / "data", free_port()
        secret.write_text(PASSWORD)
        authority.key.chmod(0o600)
        if identity:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, "postgres", "postgres")
        initialise = ["-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-N", "-E", "UTF8"]
        subprocess.run(  # noqa: S603 - Debian's own program
            [POSTGRES / "initdb", *initialise], cwd=folder, check=True, capture_output=True, **identity
        )
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "max_connections": MAX_CONNECTIONS,
            "ssl": "on",
            "ssl_cert_file": authority.certificate,
            "ssl_key_file": authority.key,
            "fsync": "off",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [str(POSTGRES / "postgres"), "-D", str(data), *flags]
        with _running(command, lambda: listens(port), cwd=folder, **identity):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis(folder: Path, policy: str = "noeviction") -> Iterator[tuple[int, Authority]]:
    """Redis with TLS alone, AUTH and an eviction policy; yields its port and its authority."""
    needed("redis-server")
    authority, port = Authority(folder / "redis-tls"), free_port()
    options = {
        "bind": "127.0.0.1",
        "port": 0,
        "tls-port": port,
        "tls-cert-file": authority.certificate,
        "tls-key-file": authority.key,
        "tls-ca-cert-file": authority.ca,
        "tls-auth-clients": "no",
        "requirepass": AUTH_STRING,
        "maxmemory": "64mb",
        "maxmemory-policy": policy,
        "save": "",
        "dir": folder,
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with _running(["redis-server", *flags], lambda: listens(port)):
        yield port, authority


class Loop:
    """An event loop in a thread, for servers that live while a test runs its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


@contextlib.contextmanager
def late(port: int, seconds: float) -> Iterator[int]:
    """A way to a server on which each answer comes late; yields its port."""
    thread, writers = Loop(), []

    async def pipe(reader, writer, pause: float) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await asyncio.sleep(pause)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def between(reader, writer) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, upstream_writer))
        await asyncio.gather(pipe(reader, upstream_writer, 0), pipe(upstream_reader, writer, seconds))

    server = thread.do(asyncio.start_server(between, "127.0.0.1", 0))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        thread.loop.call_soon_threadsafe(server.close)
        for writer in writers:
            thread.loop.call_soon_threadsafe(writer.close)
        thread.close()


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port whose packets are never answered: the listener's queue is full, and the kernel drops."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]


async def _closed(sockets, logins) -> None:
    sockets.close()
    logins.close()
    await sockets.wait_closed()


@dataclass
class Front:
    """What the load balancer and the services behind it do; a test turns the knobs."""

    port: int = 0
    login_port: int = 0
    login_status: int = 200
    socket_status: int | None = None
    every: int = 0
    """Each so-manieth handshake is refused; 0: none."""
    close_after: float | None = None
    close_code: int = 1011
    first_token_after: float = 0.0
    seen: int = 0


class _Services:
    """What is behind the load balancer."""

    def __init__(self, knobs: Front):
        self.knobs = knobs

    async def handshake(self, connection, request):
        knobs = self.knobs
        if request.path != "/ws":
            return None
        knobs.seen += 1
        if knobs.socket_status is not None:
            return connection.respond(HTTPStatus(knobs.socket_status), "no")
        if knobs.every and knobs.seen % knobs.every == 0:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "no")
        return None

    async def talk(self, connection):
        knobs = self.knobs
        if connection.request.headers.get("Authorization") != "Bearer canary-of-token":
            await connection.close(4401, "no")
        if knobs.close_after is not None:
            await asyncio.sleep(knobs.close_after)
            await connection.close(knobs.close_code, "no more")
        async for message in connection:
            assert json.loads(message)["type"] == "message"
            await connection.send(json.dumps({"type": "thinking"}))
            await asyncio.sleep(knobs.first_token_after)
            await connection.send(json.dumps({"type": "token", "text": "Hello"}))

    async def login(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            body = json.loads(await reader.readexactly(int(head.partition("content-length: ")[2].split()[0])))
            known = "x-service-secret: canary-of-service" in head and body == {"service_id": "netra-backend"}
            status = self.knobs.login_status if known else 401
            answer = json.dumps({"access_token": "canary-of-token"} if status == 200 else {})
            said = f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n"
            writer.write((said + answer).encode())
            await writer.drain()
        writer.close()


@contextlib.contextmanager
def front(authority: Authority, knobs: Front) -> Iterator[Front]:
    """A login and a WebSocket behind TLS, as the stand-in application has them."""
    thread, services = Loop(), _Services(knobs)

    async def start():
        tls = authority.context()
        sockets = await serve(services.talk, "127.0.0.1", 0, ssl=tls, process_request=services.handshake)
        logins = await asyncio.start_server(services.login, "127.0.0.1", 0, ssl=tls)
        return sockets, logins

    sockets, logins = thread.do(start())
    knobs.port = sockets.sockets[0].getsockname()[1]
    knobs.login_port = logins.sockets[0].getsockname()[1]
    try:
        yield knobs
    finally:
        thread.do(_closed(sockets, logins))
        thread.close()


@contextlib.contextmanager
def plain_redis() -> Iterator[int]:
    """Redis without TLS and without a password."""
    needed("redis-server")
    port = free_port()
    flags = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--protected-mode", "no"]
    with _running(["redis-server", *flags], lambda: listens(port)):
        yield port


def keys(redis: tuple[int, Authority]) -> list[str]:
    """Every key that a Redis holds."""
    port, authority = redis
    client = Redis("127.0.0.1", port, password=AUTH_STRING, ssl=True, ssl_ca_certs=str(authority.ca))
    with client:
        return [str(key) for key in client.scan_iter()]


@contextlib.contextmanager
def postgres_without_tls() -> Iterator[int]:
    """Answers as PostgreSQL does where `ssl` is off: one letter, N, to the request for TLS."""
    thread = Loop()

    async def no(reader, writer):
        await reader.read(8)
        writer.write(b"N")
        await writer.drain()
        await reader.read()
        writer.close()

    server = thread.do(asyncio.start_server(no, "127.0.0.1", 0))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        thread.loop.call_soon_threadsafe(server.close)
        thread.close()
