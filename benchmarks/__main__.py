"""`python -m benchmarks`: prints what Plumbline costs, measured on this machine, in fresh processes.

Owns which things are measured and the tables that are printed. Deliberately asserts nothing: a timing test
fails on a busy day. Comparisons are of paired runs (A B A B …), quoted as medians.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import checking
from benchmarks.measure import Run, median, run
from benchmarks.truth import command as truth

ROOT = Path(__file__).resolve().parent.parent
SANDBOX = ROOT / "bin" / "sandbox"
PROGRAM = ROOT / "benchmarks" / "program"
BARE_PACK = ROOT / "benchmarks" / "bare_pack" / "run"
GROUP = 8  # resources that come with one service of the program
SIZES = (100, 1_000, 2_000)
A_WAIT_SECONDS = 5.0

app = typer.Typer(add_completion=False, help=__doc__)
app.add_typer(checking.app)
app.add_typer(truth.app)
console = Console()


def _environment(state: Path, *, resources: int = 0, pack: str | None = None) -> dict[str, str]:
    """The environment of a run; `pack` is another pack in the place of ours, or none where it is empty."""
    env = dict(os.environ, SANDBOX_STATE=str(state), BENCH_RESOURCES=str(resources))
    if resources:
        env["PLUMB_CONTRACTS"] = str(_contracts(state, resources // GROUP + 1))
    if pack is not None:
        env["PULUMI_OPTION_POLICY_PACK"] = pack
    return env


def _contracts(state: Path, projects: int) -> Path:
    """One contract that holds for the program's service in each of its projects."""
    folder = state / "contracts"
    folder.mkdir(exist_ok=True)
    names = ", ".join(f"bench-{each:04d}" for each in range(projects))
    (folder / "environments.yaml").write_text(f"environments:\n  bench:\n    projects: [{names}]\n")
    (folder / "bench.yaml").write_text(
        "service: bench\nenv:\n  ENVIRONMENT: {value: bench}\nsecrets:\n  API_KEY:\n  POSTGRES_PASSWORD:\n"
    )
    return folder


def _pulumi(operation: str, stack: str, *flags: str) -> list[str]:
    return [str(SANDBOX), "pulumi", operation, "--stack", stack, "--non-interactive", *flags]


def _memory_rows(title: str, runs: list[Run]) -> None:
    table = Table("process", "peak memory, MiB", title=title, title_justify="left")
    roles = sorted({role for one in runs for role in one.peak_mib})
    for role in roles:
        table.add_row(role, f"{max(one.peak_mib.get(role, 0) for one in runs):.0f}")
    console.print(table)


@app.command()
def pack(runs: Annotated[int, typer.Option(help="Paired runs of each size.")] = 11) -> None:
    """Preview a raw program of 100, 1,000 and 2,000 resources: without a pack, with a bare one, with ours.

    The bare pack is one rule that does nothing, on Pulumi's policy SDK: what the engine's two calls for each
    resource cost whoever answers them in Python.
    """
    table = Table(
        "resources",
        "without, s",
        "bare pack adds, s",
        "ours adds, s",
        "ours over bare, s",
        "goal, s",
        title=f"The pack's share: medians of {runs} paired runs",
    )
    command = _pulumi("preview", "bench")
    for size in SIZES:
        seconds: dict[str | None, list[float]] = {"": [], str(BARE_PACK): [], None: []}
        with tempfile.TemporaryDirectory() as folder:
            state = Path(folder)
            # The stack is made, caches are warm.
            run(command, cwd=PROGRAM, env=_environment(state, resources=size))
            for _ in range(runs):
                for which, found in seconds.items():
                    env = _environment(state, resources=size, pack=which)
                    found.append(run(command, cwd=PROGRAM, env=env).seconds)
            watched = run(command, cwd=PROGRAM, env=_environment(state, resources=size), watch=True)
        none, bare, ours = seconds.values()
        table.add_row(
            f"{size:,}",
            f"{median(none):.2f}",
            f"{_added(none, bare):+.2f}",
            f"{_added(none, ours):+.2f}",
            f"{_added(bare, ours):+.2f}",
            f"{0.5 + 0.05 * median(none):.2f}",
        )
        _memory_rows(f"preview of {size:,} resources", [watched])
    console.print(table)


@app.command()
def profile(
    runs: Annotated[int, typer.Option(help="Runs of each.")] = 5,
    resources: Annotated[int, typer.Option(help="Resources of the program.")] = 1_000,
) -> None:
    """CPU seconds of each process of a preview: without a pack, with a bare one, with ours.

    CPU seconds depend far less than the clock on what else the machine does. What the engine and a bare pack
    take more than a preview without one is the floor of any pack in Python.
    """
    command = _pulumi("preview", "bench")
    found: dict[str, list[Run]] = {"": [], str(BARE_PACK): [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        run(command, cwd=PROGRAM, env=_environment(state, resources=resources))
        for _ in range(runs):
            for which, seen in found.items():
                env = _environment(state, resources=resources, pack=None if which == "ours" else which)
                seen.append(run(command, cwd=PROGRAM, env=env, watch=True))
    table = Table(
        "process",
        "without",
        "bare pack",
        "ours",
        title=f"CPU seconds of a preview of {resources:,} resources: medians of {runs}",
    )
    for role in sorted({role for seen in found.values() for one in seen for role in one.cpu_seconds}):
        medians = [median([one.cpu_seconds.get(role, 0) for one in seen]) for seen in found.values()]
        table.add_row(role, *(f"{each:.2f}" for each in medians))
    console.print(table)


def _added(first: list[float], second: list[float]) -> float:
    return median([b - a for a, b in zip(first, second, strict=True)])


@app.command()
def preview(runs: Annotated[int, typer.Option(help="Previews in a row.")] = 20) -> None:
    """Preview staging with the pack, again and again: the median, and whether a run waited on a plugin."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        run(_pulumi("preview", "staging"), cwd=ROOT, env=_environment(state))
        seconds = [
            run(_pulumi("preview", "staging"), cwd=ROOT, env=_environment(state)).seconds for _ in range(runs)
        ]
        watched = run(_pulumi("preview", "staging"), cwd=ROOT, env=_environment(state), watch=True)
    console.print(
        f"preview of staging, {runs} in a row: median {median(seconds):.2f} s, fastest {min(seconds):.2f} s, "
        f"slowest {max(seconds):.2f} s; {sum(one >= A_WAIT_SECONDS for one in seconds)} waited 5 s or more"
    )
    _memory_rows("preview of staging", [watched])


@app.command()
def up(runs: Annotated[int, typer.Option(help="Times staging is brought up from nothing.")] = 3) -> None:
    """Bring staging up from nothing in the sandbox, and once more when nothing is left to do."""
    first: list[Run] = []
    again: list[Run] = []
    command = _pulumi("up", "staging", "--yes", "--skip-preview")
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            env = _environment(Path(folder))
            first.append(run(command, cwd=ROOT, env=env, watch=True))
            again.append(run(command, cwd=ROOT, env=env))
    console.print(
        f"up of staging, {runs} times from nothing: median {median([one.seconds for one in first]):.2f} s; "
        f"up with nothing to do: median {median([one.seconds for one in again]):.2f} s"
    )
    _memory_rows("up of staging", first)


@app.command("all")
def everything(runs: Annotated[int, typer.Option(help="Paired runs for the pack's share.")] = 11) -> None:
    """All of it, one after the other."""
    preview()
    up()
    pack(runs)


if __name__ == "__main__":
    app()
