"""`python -m benchmarks.truth.worker SEED…`: compares the platforms of some seeds, inside a universe.

Owns how comparing is shared out among universes, one for each processor, and how what they found comes back:
a line of JSON for each route.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.truth.compare import Compared, compare
from benchmarks.truth.generate import platform
from policies.verdict import Verdict
from sandbox.live import universe
from sandbox.live.fabric import Fabric

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent.parent


class WorkerError(RuntimeError):
    """A worker did not come to its end; the words are its own."""


def run(seeds: Sequence[int], universes: int | None = None) -> list[Compared]:
    """Compares the platforms of some seeds, in universes of their own.

    Args:
        seeds: The platforms' seeds.
        universes: How many at once; one for each processor, where it is left out.

    Raises:
        OSError: This machine cannot hold a universe.
        WorkerError: A worker failed.
    """
    number = max(1, min(universes or os.cpu_count() or 1, len(seeds)))
    shares = [seeds[index::number] for index in range(number)]
    argv = [sys.executable, "-m", "benchmarks.truth.worker"]
    commands = [universe.command([*argv, *map(str, share)]) for share in shares if share]
    with ThreadPoolExecutor(number) as pool:
        found = [one for share in pool.map(_share, commands) for one in share]
    return sorted(found, key=lambda one: (one.seed, one.plan, one.service, one.kind))


def _share(command: Sequence[str]) -> list[Compared]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    if done.returncode != 0:
        raise WorkerError(done.stderr.strip())
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [Compared(**{**one, "verdict": Verdict(one["verdict"])}) for one in found]


def _work(seeds: Iterable[int]) -> None:
    fabric = Fabric(prompt=True)
    folder = universe.DATA / "truth"
    folder.mkdir(exist_ok=True)
    for seed in seeds:
        for one in compare(platform(seed), folder, fabric):
            sys.stdout.write(f"{json.dumps(asdict(one))}\n")


if __name__ == "__main__":
    _work(map(int, sys.argv[1:]))
