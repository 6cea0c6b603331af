"""The corpus: programs with one fault each, programs that look odd and are right, and what must be found.

Owns what the programs are and what is expected of each. Does not judge them: `offline` does, without an
engine, and tests/corpus does both and compares.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
INCIDENT = EXAMPLES / "incident"
VARIANTS = EXAMPLES / "variants"


class Found(NamedTuple):
    """One finding, as far as it is compared: messages may change."""

    rule: str
    resource: str
    cause: str


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the corpus.

    Attributes:
        name: Its place under examples/.
        says: What is wrong with it, or what is odd about it.
        expected: Exactly what must be found.
        environ: What it is run with.
        checkov: Checkov's failed checks that are about the fault, on the same resources in Terraform.
        checkov_says: What that amounts to.
        mend: Changes to its text after which nothing is found.
    """

    name: str
    folder: Path
    says: str
    expected: frozenset[Found]
    environ: Mapping[str, str] = field(default_factory=dict)
    checkov: Sequence[str] = ()
    checkov_says: str = ""
    mend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What offline judging said of a program; `error` when it could not be judged."""

    found: frozenset[Found]
    findings: Sequence[Mapping[str, Any]] = ()
    error: str = ""
    advised: frozenset[Found] = frozenset()


def incident() -> list[Program]:
    """The faults of the incident, one program each."""
    return [_program(path.parent) for path in sorted(INCIDENT.glob("*/expected.yaml"))]


def clean() -> Program:
    """The platform as it must be."""
    return Program("incident/clean", INCIDENT / "clean", "the platform as it must be", frozenset())


def variants() -> list[Program]:
    """Every program of examples/variants: how else one could get it wrong, and (`odd`) right."""
    return [
        Program(
            name=f"variants/{family}.{name}",
            folder=VARIANTS,
            says=name.replace("_", " "),
            expected=expectations(findings),
            environ=_environ(f"{family}.{name}"),
        )
        for family, programs in read(VARIANTS / "expected.yaml").items()
        for name, findings in programs.items()
    ]


def _environ(variant: str) -> Mapping[str, str]:
    """What a variant is run with: contracts of its own, where it brings some."""
    contracts = VARIANTS / "contracts" / variant
    return {"VARIANT": variant} | ({"PLUMB_CONTRACTS": str(contracts)} if contracts.is_dir() else {})


def judge(programs: Iterable[Program]) -> dict[str, Judged]:
    """Judges programs offline, by name."""
    asked = [{"name": one.name, "folder": str(one.folder), "environ": dict(one.environ)} for one in programs]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.offline"],
        cwd=ROOT,
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answers = map(json.loads, done.stdout.splitlines())
    return {answer["name"]: _judged(answer) for answer in answers}


def mended(program: Program, folder: Path) -> Program:
    """A copy of a program with its fault mended, in a folder that its common module is beside."""
    copy = folder / program.folder.name
    shutil.copytree(program.folder, copy)
    common = folder / "common"
    if not common.exists():
        common.symlink_to(INCIDENT / "common")
    main = copy / "__main__.py"
    text = main.read_text(encoding="utf-8")
    for old, new in program.mend:
        if old not in text:
            raise ValueError(f"{program.name}/expected.yaml: mend: {old!r} is not in __main__.py")
        text = text.replace(old, new)
    main.write_text(text, encoding="utf-8")
    return Program(f"{program.name}, mended", copy, program.says, frozenset())


def found(findings: Iterable[Mapping[str, Any]]) -> frozenset[Found]:
    """What is compared of findings as JSON: what refuses, for what is only advised refuses nothing."""
    return frozenset(_found(one) for one in findings if one["level"] == "mandatory")


def advised(findings: Iterable[Mapping[str, Any]]) -> frozenset[Found]:
    """What a program is advised to mend."""
    return frozenset(_found(one) for one in findings if one["level"] == "advisory")


def _found(one: Mapping[str, Any]) -> Found:
    return Found(one["rule"], one["resource"]["name"], one["cause"])


def expectations(written: Iterable[Mapping[str, str]] | None) -> frozenset[Found]:
    """Expected findings as YAML has them."""
    return frozenset(Found(one["rule"], one["resource"], one["cause"]) for one in written or ())


def read(path: Path) -> Any:  # noqa: ANN401 - YAML
    """What a YAML file holds."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def _program(folder: Path) -> Program:
    written = read(folder / "expected.yaml")
    return Program(
        name=str(folder.relative_to(EXAMPLES)),
        folder=folder,
        says=written["says"],
        expected=expectations(written["findings"]),
        checkov=written["checkov"]["finds"],
        checkov_says=written["checkov"]["says"],
        mend=[(one["replace"], one["with"]) for one in written.get("mend", ())],
    )


def _judged(answer: Mapping[str, Any]) -> Judged:
    findings = answer.get("findings", ())
    return Judged(found(findings), findings, answer.get("error", ""), advised(answer.get("advised", ())))
