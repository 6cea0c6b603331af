"""What is asked of the kernel: namespaces, cables, and what a namespace holds, in batches for ip(8), nft(8).

Owns being somewhere else: a thread of this process enters a namespace, and what it starts there is there. So
one program serves a batch, and a socket may be opened in any namespace without starting one.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from collections import defaultdict
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from sandbox.live.universe import NETNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Result = TypeVar("Result")
_NEW_NET: Final = 0x4000_0000
_SETTINGS: Final = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
}
_libc = ctypes.CDLL(None, use_errno=True)


class KernelError(RuntimeError):
    """The kernel would not; the words are those of the program that asked it."""


def add(spaces: Sequence[str], cables: Sequence[str]) -> None:
    """Makes namespaces, then cables between them."""
    _ip([f"netns add {space}" for space in spaces] + [f"link add {cable}" for cable in cables])


def remove(spaces: Sequence[str], devices: Sequence[tuple[str, str]]) -> None:
    """Unmakes cables, each by the namespace and name of one end, then namespaces with all they hold."""
    ends: dict[str, list[str]] = defaultdict(list)
    for space, device in devices:
        ends[space].append(f"link del {device}")
    for space, rows in ends.items():
        at(space, partial(_ip, rows, must=False))
    _ip([f"netns del {space}" for space in spaces], must=False)


def furnish(space: str, rows: Sequence[str], packets: str | None) -> None:
    """Runs a batch of ip(8) in a namespace, and gives it a packet filter.

    Args:
        space: The namespace.
        rows: Commands of ip(8).
        packets: The whole filter, as nft(8) reads it; None where it stays as it is.
    """

    def there() -> None:
        for path, value in _SETTINGS.items():
            Path("/proc/sys", path).write_text(value, encoding="ascii")
        _ip(rows)
        if packets is not None:
            _run(["nft", "-f", "-"], packets)

    at(space, there)


def at(space: str, do: Callable[[], Result]) -> Result:
    """Calls a function on a thread that is in a namespace, and returns what it returns."""
    done: Future[Result] = Future()

    def there() -> None:
        try:
            with entered(space):
                done.set_result(do())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            done.set_exception(error)

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    return done.result()


@contextmanager
def entered(space: str) -> Iterator[None]:
    """Lets this thread be in a namespace for a while: sockets opened meanwhile stay there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _enter(os.open(NETNS / space, os.O_RDONLY))
        yield
    finally:
        _enter(home)


def _enter(namespace: int) -> None:
    try:
        if _libc.setns(namespace, _NEW_NET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(namespace)


def _ip(rows: Sequence[str], *, must: bool = True) -> None:
    if rows:
        _run(
            ["ip", "-force", "-batch", "-"] if not must else ["ip", "-batch", "-"],
            "\n".join(rows) + "\n",
            must=must,
        )


def _run(argv: Sequence[str], said: str, *, must: bool = True) -> None:
    done = subprocess.run(  # noqa: S603 - ip and nft, and what the wiring says
        argv, input=said, capture_output=True, text=True, check=False
    )
    if must and done.returncode != 0:
        raise KernelError(f"{argv[0]}: {done.stderr.strip()}\n{said}")
