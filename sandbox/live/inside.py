"""Sockets in another network namespace: the supervisor speaks from a place without starting a program there.

Owns entering a namespace for the length of one call. A namespace belongs to a thread: the call runs in a
thread that ends with it, and a socket stays where it was made.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

from sandbox.live import universe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CLONE_NEWNET: Final = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
Result = TypeVar("Result")


def namespace(prefix: Sequence[str]) -> str:
    """Name of the namespace that a fabric's prefix (`ip netns exec NAME`) leads into."""
    return prefix[list(prefix).index("exec") + 1]


def call(name: str, function: Callable[[], Result]) -> Result:
    """Run a function inside a namespace and return what it returns; what it raises is raised here.

    Raises:
        OSError: there is no such namespace, or it cannot be entered.
    """
    found: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            descriptor = os.open(universe.NETNS / name, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(descriptor, _CLONE_NEWNET):
                    number = ctypes.get_errno()
                    raise OSError(number, os.strerror(number), name)
            finally:
                os.close(descriptor)
            found.append(function())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True, name=f"inside {name}")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def ticks(seconds: float, each_s: float = 0.05) -> Iterator[float]:
    """Moments to look again, until that many seconds have passed; yields the seconds since the first."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        yield passed
        time.sleep(each_s)


def listens(name: str, address: str, port: int) -> bool:
    """Whether something takes TCP connections at an address, seen from a namespace."""

    def connect() -> None:
        socket.create_connection((address, port), timeout=1).close()

    try:
        call(name, connect)
    except OSError:
        return False
    return True
