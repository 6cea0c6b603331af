"""A universe: one tree of processes in namespaces of its own, with no way out.

Owns how such a tree is started, what it finds inside, and how it ends: its first process is PID 1 of a PID
namespace, so whatever ends that one, `kill -9` included, the kernel ends all others and takes every network
namespace, interface and file of the tree away. Knows nothing of networks and servers: see `fabric`.

`command(argv)` is run outside; it starts this module as PID 1 inside, which prepares the place, runs `argv`
and reaps whatever is left behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN: Final = Path("/run")
"""Inside: a file system in memory, gone with the universe."""
NETNS: Final = RUN / "netns"
DATA: Final = RUN / "plumbline"
"""Inside: where servers keep their data."""
RESOLV_CONF: Final = DATA / "resolv.conf"
NAME_SERVER: Final = "169.254.169.254"
"""Where Cloud Run asks for names."""
NEEDS: Final[Mapping[str, str]] = {
    "unshare": "util-linux",
    "mount": "mount",
    "ip": "iproute2",
    "nft": "nftables",
}
"""Programs that every universe needs, each with the Debian package that brings it."""
# Debian keeps these where not everybody's PATH leads.
_PATH: Final = "/usr/sbin:/sbin"
_UNSHARE: Final = ("--fork", "--pid", "--mount", "--mount-proc", "--net", "--ipc", "--uts")
_TRIAL_S: Final = 10


def why_not(needs: Mapping[str, str] | None = None) -> str | None:
    """Why this machine cannot hold a universe, in one line; None where it can.

    Args:
        needs: Further programs, each with the Debian package that brings it.
    """
    if sys.platform != "linux":
        return f"the live sandbox needs Linux (network namespaces, nftables), and this is {sys.platform}"
    if os.geteuid() != 0:
        return "the live sandbox makes network namespaces and must run as root: run it with sudo"
    every = {**NEEDS, **(needs or {})}
    missing = {program: package for program, package in every.items() if not _which(program)}
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        return (
            f"the live sandbox needs {', '.join(missing)}, which this machine does not have: "
            f"apt-get install {packages}"
        )
    return _refused()


def command(argv: Sequence[str], *, needs: Mapping[str, str] | None = None) -> list[str]:
    """What to run so that `argv` runs in a new universe; its exit status is that of `argv`.

    Args:
        argv: A program and its arguments.
        needs: Further programs that it needs, as for `why_not`.

    Raises:
        OSError: This machine cannot hold a universe.
    """
    reason = why_not(needs)
    if reason is not None:
        raise OSError(reason)
    unshare = _which("unshare") or "unshare"
    # By its path and without site-packages: wherever it is started from, and at once.
    first = [sys.executable, "-I", "-S", __file__, *argv]
    return [unshare, *_UNSHARE, "--kill-child=SIGKILL", "--", *first]


def prepare() -> None:
    """Furnish the universe: files in memory, a name server's address, the loopback up. Run inside, once."""
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{_PATH}"
    _run("mount", "-t", "tmpfs", "-o", "mode=0755", "plumbline", str(RUN))
    for folder in (NETNS, DATA, RUN / "lock"):
        folder.mkdir()
    RESOLV_CONF.write_text(f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n", encoding="ascii")
    resolv = Path("/etc/resolv.conf")
    if resolv.exists():
        _run("mount", "--bind", str(RESOLV_CONF), str(resolv.resolve()))
    _run("ip", "link", "set", "lo", "up")


def inside() -> bool:
    """Whether this process is in a universe."""
    return DATA.is_dir() and RESOLV_CONF.exists() and NETNS.is_dir()


def _which(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path=_PATH)


def _refused() -> str | None:
    """A container may be root and still not be let."""
    trial = [_which("unshare") or "unshare", *_UNSHARE, "--", _which("ip") or "ip", "netns", "list"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            trial, capture_output=True, text=True, timeout=_TRIAL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the live sandbox cannot make namespaces here: {error}"
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines()
    return (
        "the live sandbox cannot make namespaces here (a container needs CAP_SYS_ADMIN and CAP_NET_ADMIN): "
        f"{said[-1] if said else f'unshare ended with {done.returncode}'}"
    )


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True, text=True)  # noqa: S603 - fixed commands


def _first(argv: Sequence[str]) -> int:
    """What PID 1 does: start the program, pass on what is signalled, reap every orphan, end with it."""
    try:
        prepare()
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"the live sandbox could not be furnished: {error.stderr.strip()}\n")
        return 2
    early: list[int] = []
    started: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        if started:
            os.kill(started[0], number)
        else:
            early.append(number)

    # Before the program starts: the kernel drops what PID 1 has no handler for.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    child = subprocess.Popen(argv)  # noqa: S603 - what `command` was given
    started.append(child.pid)
    for came in early:
        os.kill(child.pid, came)
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    code = _first(sys.argv[1:])
    # What the shell says of a program that a signal ended.
    sys.exit(code if code >= 0 else 128 - code)
