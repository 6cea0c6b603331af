"""What judging offline costs: `plumb check` beside Checkov, growth with the number of services, the corpus.

Owns three commands of `python -m benchmarks` and their tables. Checkov is installed by the benchmark into an
environment of its own (`.cache/checkov`); it never meets ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import corpus as corpus_
from benchmarks.measure import median
from benchmarks.terraform import terraform

ROOT = Path(__file__).resolve().parent.parent
CHECKOV = "checkov==3.3.*"
CHECKOV_HOME = ROOT / ".cache" / "checkov"
GOALS = {"program": 1.8, "plan.json": 1.0}
TIMES = {"program": 2, "plan.json": 4}
KIB_PER_MIB = 1024
SERVICES: Final = (100, 1_000)
RESULTS = (0, 1)  # nothing is refused, something is

app = typer.Typer()
console = Console()


@app.command()
def check(runs: Annotated[int, typer.Option(help="Paired runs.")] = 11) -> None:
    """Judge staging from the program and from plan.json, beside Checkov on as many resources in Terraform."""
    checkov = _checkov()
    with tempfile.TemporaryDirectory() as folder:
        plan, sources = Path(folder) / "plan.json", Path(folder) / "main.tf"
        plan.write_bytes(
            _output([str(ROOT / "bin/sandbox"), "pulumi", "preview", "--stack", "staging", "--json"])
        )
        resources = _write_terraform(plan, sources)
        commands = {
            "program": [str(ROOT / "bin/plumb"), "check", "staging"],
            "plan.json": [str(ROOT / "bin/plumb"), "check", str(plan)],
            # As it is run on a file, and told that there is nothing but Terraform in it.
            "Checkov": [str(checkov), "--file", str(sources), "--quiet", "--compact"],
            "Checkov, Terraform only": [
                *(str(checkov), "--file", str(sources), "--quiet", "--compact"),
                *("--framework", "terraform"),
            ],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        peaks = dict.fromkeys(commands, 0.0)
        for _ in range(runs):
            for name, command in commands.items():
                took, peak = _timed(command)
                seconds[name].append(took)
                peaks[name] = max(peaks[name], peak)
    table = Table(
        "", "median, s", "least, s", "most, s", "goal, s", "times faster", "goal", "peak, MiB",
        title=f"staging, {resources} resources, {runs} paired runs",
    )  # fmt: skip
    for name, all_of in seconds.items():
        faster = median([b / a for a, b in zip(all_of, seconds["Checkov"], strict=True)])
        table.add_row(
            name,
            f"{median(all_of):.2f}",
            f"{min(all_of):.2f}",
            f"{max(all_of):.2f}",
            f"{GOALS[name]:.1f}" if name in GOALS else "",
            f"{faster:.1f}" if name in TIMES else "",
            str(TIMES.get(name, "")),
            f"{peaks[name]:.0f}",
        )
    console.print(table)
    _profile()


@app.command()
def growth(runs: Annotated[int, typer.Option(help="Runs of each size.")] = 5) -> None:
    """Judge 100 and 1,000 services, each resource as it comes and then all: CPU seconds and peak memory."""
    taken = {size: [_grown(size) for _ in range(runs)] for size in SERVICES}
    table = Table(
        "services", "resources", "early, s", "closed, s", "peak, MiB", title="All rules, routes included"
    )
    totals: dict[float, float] = {}
    for all_of in taken.values():
        resources, services, early, closed, peak = (median(column) for column in zip(*all_of, strict=True))
        totals[services] = early + closed
        table.add_row(f"{services:,.0f}", f"{resources:,.0f}", f"{early:.2f}", f"{closed:.2f}", f"{peak:.0f}")
    console.print(table)
    (few, short), (many, long) = totals.items()
    console.print(
        f"{many / few:.1f} times the services take {long / short:.1f} times the time (goal: 11 for 10 times)"
    )


@app.command()
def corpus() -> None:
    """Judge every program of the corpus: what is found of each fault, and what Checkov says of the same."""
    faults, variants = corpus_.incident(), corpus_.variants()
    passing = [corpus_.clean(), *(one for one in variants if not one.expected)]
    others = [one for one in variants if one.expected]
    judged = corpus_.judge([*faults, *passing, *others])
    table = Table("program", "what is wrong", "found", "Checkov 3.3", title="The incident's faults")
    for one in faults:
        rules = sorted({found.rule for found in judged[one.name].found})
        right = "✓" if judged[one.name].found == one.expected else "✗"
        table.add_row(one.name, one.says, f"{right} {', '.join(rules)}", ", ".join(one.checkov) or "nothing")
    console.print(table)
    refused = sum(judged[one.name].found == one.expected for one in faults)
    passed = sum(not judged[one.name].found and not judged[one.name].error for one in passing)
    seen = sum(bool(one.checkov) for one in faults)
    console.print(f"faults refused, exactly: {refused}/{len(faults)}; Checkov sees something of {seen}")
    found = sum(judged[one.name].found == one.expected for one in others)
    console.print(f"variants refused, exactly: {found}/{len(others)}")
    console.print(f"right programs that pass, the odd ones among them: {passed}/{len(passing)}")


def _checkov() -> Path:
    """Checkov's executable, installed where it is not there yet."""
    found = CHECKOV_HOME / "bin" / "checkov"
    if not found.exists():
        console.print(f"installing {CHECKOV} into .cache/checkov")
        subprocess.run([sys.executable, "-m", "venv", str(CHECKOV_HOME)], check=True)
        subprocess.run([str(CHECKOV_HOME / "bin" / "pip"), "install", "--quiet", CHECKOV], check=True)
    return found


def _write_terraform(plan: Path, sources: Path) -> int:
    from policies.plan.recorded import read  # noqa: PLC0415 - the other commands need no plan

    found, _ = read(plan)
    sources.write_text(terraform(found), encoding="utf-8")
    return sum(one.type.startswith("gcp:") for one in found)


def _output(command: list[str]) -> bytes:
    with tempfile.TemporaryDirectory() as state:
        env = {**os.environ, "SANDBOX_STATE": state}
        return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True).stdout


def _timed(command: list[str]) -> tuple[float, float]:
    """Seconds, and the peak memory in MiB of the process and what it started (the kernel's own count)."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *command], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    seconds, peak, code = done.stdout.split()[-3:]
    if int(code) not in RESULTS:
        raise RuntimeError(f"{' '.join(command)} exited with {int(code)}")
    return float(seconds), int(peak) / KIB_PER_MIB


# Runs a command in a process of its own, since the kernel counts the peak of all children that ended.
_CHILD: Final = """
import resource, subprocess, sys, time
begun = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
took = time.perf_counter() - begun
print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)
"""


def _grown(services: int) -> list[float]:
    """What `benchmarks.growth` prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", str(services)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return [float(word) for word in done.stdout.split()]


def _profile() -> None:
    """Where a check of the program spends its time: importing the SDK and pulumi_gcp is the floor."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "plumb", "check", "staging"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    own: dict[str, float] = {}
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            room = parts[2].strip().split(".")[0]
            own[room] = own.get(room, 0.0) + int(parts[0]) / 1e6
    table = Table(
        "package", "seconds", title="Imports of `plumb check staging` (with the profiler's own cost)"
    )
    for room, took in sorted(own.items(), key=lambda item: -item[1])[:8]:
        table.add_row(room, f"{took:.2f}")
    console.print(table)
