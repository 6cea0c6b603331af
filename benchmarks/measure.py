"""Run a command and say how long it took, and what each of its processes took of memory and processor.

Owns starting, watching and summing up. Deliberately does not know what is measured: `benchmarks.__main__`
does. Memory is the kernel's own high-water mark (VmHWM in /proc/PID/status): a peak between looks counts.
"""

from __future__ import annotations

import contextlib
import resource
import statistics
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KIB_PER_MIB = 1024
LOOK_EVERY_SECONDS = 0.02


@dataclass
class Run:
    """One finished command: its wall-clock seconds; by process its peak in MiB and its CPU seconds."""

    seconds: float
    peak_mib: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)


class CommandFailedError(RuntimeError):
    """The measured command did not exit with 0: its last lines say why."""


def _role(command: list[str]) -> str | None:
    """What a process of ours is, read from its command line; None for one that is not worth a row."""
    words = [Path(word).name for word in command[:6]]
    if "pulumi-language-python-exec" in words:
        return "program"
    if "pulumi-resource-gcp" in words or "sandbox.serve" in words:
        return "sandbox provider"
    if "pulumi-language-python" in words:
        return "language host"
    if any(word.endswith(("policies/__main__.py", "bare_pack/__main__.py")) for word in command[:6]):
        return "policy pack"
    return "engine" if words and words[0] == "pulumi" else None


def _high_water_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / KIB_PER_MIB
    return 0.0


def _watch(
    root: psutil.Process, stop: threading.Event, peaks: dict[str, float], cpu: dict[str, float]
) -> None:
    while not stop.wait(LOOK_EVERY_SECONDS):
        # A process may leave between two looks; what was seen of it stays.
        with contextlib.suppress(psutil.Error, OSError):
            for process in [root, *root.children(recursive=True)]:
                with contextlib.suppress(psutil.Error, OSError):
                    role = _role(process.cmdline())
                    if role:
                        peaks[role] = max(peaks[role], _high_water_mib(process.pid))
                        used = process.cpu_times()
                        cpu[role] = max(cpu[role], used.user + used.system)


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], watch: bool = False) -> Run:
    """Run `command` to its end.

    Raises:
        CommandFailedError: it exited with anything but 0.
    """
    peaks: dict[str, float] = defaultdict(float)
    cpu: dict[str, float] = defaultdict(float)
    stop = threading.Event()
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - the benchmark's own fixed commands
        list(command), cwd=cwd, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watched = (psutil.Process(process.pid), stop, peaks, cpu)
    watcher = threading.Thread(target=_watch, args=watched, daemon=True)
    if watch:
        watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    stop.set()
    if watch:
        watcher.join()
    if process.returncode:
        tail = "\n".join(output.splitlines()[-25:])
        raise CommandFailedError(f"{' '.join(command)} exited with {process.returncode}:\n{tail}")
    return Run(seconds, dict(peaks), dict(cpu))


def median(values: Sequence[float]) -> float:
    """The middle value: what one should expect to see."""
    return statistics.median(values)


def peak_mib() -> float:
    """The peak memory of this process (https://man7.org/linux/man-pages/man2/getrusage.2.html)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
