"""What packets say: servers on the destinations' addresses, and connections from where services run.

Owns the connecting. A server says what it is, and a connection counts only where the right one answers. All
of it is in this process: a socket stays in the namespace that it was opened in.
"""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks.truth import stores
from benchmarks.truth.parts import HOSTS, JOB
from sandbox.live import kernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.truth.up import Up
    from sandbox.cloud import Thing
    from sandbox.live.fabric import Fabric

KINDS: Final = ("database", "cache", "internet")
_SOCKET: Final = "/cloudsql/"
_DEADLINE_S: Final = 5.0
_SQL_PORTS: Final = (5432, 3307)
_POOL_PORT: Final = 6432
_ENDPOINT_PORT: Final = 5432


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection: from a service to what its environment says.

    Attributes:
        service: The service's name.
        kind: What it wants to reach.
        name: The host's name, for one on the internet.
        reached: Whether it reached it.
        why: What happened, in words.
    """

    service: str
    kind: str
    name: str
    reached: bool
    why: str


@dataclass(slots=True)
class _Going:
    """A connection on its way."""

    service: str
    kind: str
    name: str
    place: str
    address: str
    port: int


def attempts(fabric: Fabric, up: Up, services: Iterable[str]) -> Sequence[Attempt]:
    """Connects every service that runs to everything it wants to reach."""
    hosts = fabric.internet(HOSTS)
    going: list[_Going] = []
    found: list[Attempt] = []
    for service in services:
        thing = up.thing(service)
        if thing is None:
            continue
        for kind, name, where in (
            *_told(fabric, thing),
            *(("internet", one, (hosts[one], 443)) for one in HOSTS),
        ):
            if isinstance(where, str):
                found.append(Attempt(service, kind, name, reached=False, why=where))
            else:
                going.append(_Going(service, kind, name, thing.id, *where))
    with ExitStack() as stack:
        listeners = [stack.enter_context(one) for one in _servers(fabric, up)]
        closing = threading.Event()
        answering = threading.Thread(target=_answer, args=(listeners, closing), daemon=True)
        answering.start()
        found += _connect(fabric, going, stack)
        closing.set()
        answering.join()
    return found


def _told(fabric: Fabric, service: Thing) -> Iterable[tuple[str, str, tuple[str, int] | str]]:
    """Where a service's environment says that its stores are: as the service would read it."""
    template = service.body["template"]
    template = template["template"] if service.type == JOB else template
    env = {one["name"]: str(one.get("value") or "") for one in template["containers"][0].get("envs") or ()}
    yield "cache", "", _where(env.get(stores.CACHE_HOST, ""), env.get(stores.CACHE_PORT, ""))
    host = env.get(stores.DB_HOST, "")
    if not host.startswith(_SOCKET):
        yield "database", "", _where(host, env.get(stores.DB_PORT, ""))
        return
    name = host.removeprefix(_SOCKET)
    mounted = {
        one
        for volume in template.get("volumes") or ()
        for one in (volume.get("cloudSqlInstance") or {}).get("instances") or ()
    }
    if name not in mounted:
        yield "database", "", "no such socket is mounted"
    else:
        yield "database", "", fabric.socket(service.id, name) or "there is no such instance"


def _where(host: str, port: str) -> tuple[str, int] | str:
    try:
        return str(IPv4Address(host)), int(port)
    except (AddressValueError, ValueError):
        return "no such name resolves" if host else "no host is told"


def _servers(fabric: Fabric, up: Up) -> Iterable[_Server]:
    for thing in up.things:
        if thing.type == stores.REDIS:
            yield _Server(fabric.space(thing.id), int(thing.body["port"]), "cache")
        elif thing.type == stores.SQL:
            pooling: Any = (thing.body["settings"].get("connectionPoolConfigs") or [{}])[0]
            pool = (_POOL_PORT,) if pooling.get("connectionPoolingEnabled") else ()
            for port in (*_SQL_PORTS, *pool):
                yield _Server(fabric.space(thing.id), port, "database")
        elif thing.type == stores.ADDRESS and fabric.address(thing.id) is not None:
            yield _Server(fabric.space(thing.id), _ENDPOINT_PORT, "database")
    yield _Server(fabric.space("internet"), 443, "internet")


class _Server:
    """A listening socket in a namespace, that says of itself what it is."""

    def __init__(self, space: str, port: int, kind: str) -> None:
        self.kind = kind
        with kernel.entered(space):
            self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("0.0.0.0", port))  # noqa: S104 - in a namespace without a way out
        self.socket.listen(64)
        self.socket.setblocking(False)  # noqa: FBT003 - its only argument

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def _answer(listeners: list[_Server], closing: threading.Event) -> None:
    by_number = {one.socket.fileno(): one for one in listeners}
    poll = select.poll()
    for number in by_number:
        poll.register(number, select.POLLIN)
    while not closing.is_set():
        for number, _ in poll.poll(20):
            with suppress(BlockingIOError):
                taken, _address = by_number[number].socket.accept()
                taken.send(by_number[number].kind[:1].encode())
                taken.close()


def _connect(fabric: Fabric, going: list[_Going], stack: ExitStack) -> Iterable[Attempt]:
    """Starts all at once, and waits until each has come to an end."""
    waiting: dict[int, tuple[_Going, socket.socket]] = {}
    poll = select.poll()
    for one in going:
        with kernel.entered(fabric.space(one.place)):
            own = stack.enter_context(socket.socket())
        own.setblocking(False)  # noqa: FBT003 - its only argument
        began = own.connect_ex((one.address, one.port))
        if began not in {0, errno.EINPROGRESS}:
            yield Attempt(one.service, one.kind, one.name, reached=False, why=_words(one, began))
            continue
        waiting[own.fileno()] = one, own
        poll.register(own, select.POLLIN | select.POLLERR | select.POLLHUP)
    deadline = time.monotonic() + _DEADLINE_S
    while waiting and time.monotonic() < deadline:
        for number, _ in poll.poll(100):
            one, own = waiting.pop(number)
            poll.unregister(number)
            failed = own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            said = b""
            with suppress(OSError):
                said = b"" if failed else own.recv(1)
            right = said == one.kind[:1].encode()
            why = _words(one, failed) if failed else f"{one.address}:{one.port} answers"
            yield Attempt(
                one.service,
                one.kind,
                one.name,
                right,
                why if right or failed else f"{why}, and is something else",
            )
    for one, _own in waiting.values():
        yield Attempt(
            one.service, one.kind, one.name, reached=False, why=f"{one.address}:{one.port}: no answer"
        )


def _words(one: _Going, number: int) -> str:
    return f"{one.address}:{one.port}: {errno.errorcode.get(number, number)}"
