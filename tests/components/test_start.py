from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from components.start import refusing_once

ROOT = Path(__file__).parents[2]
PROGRAM = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # runs after what is registered later
from components.start import start_lean
start_lean()
from pulumi import log
print(gc.isenabled(), log.debug.__module__)
"""


@pytest.mark.parametrize(
    ("debug", "module"),
    [({}, "components.start"), ({"PLUMB_DEBUG": "1"}, "pulumi.log")],
    ids=["lean", "debug"],
)
def test_a_run_collects_nothing_and_says_what_it_debugs_only_when_asked(
    debug: dict[str, str], module: str
) -> None:
    done = subprocess.run(  # noqa: S603 - the program is one of ours
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=debug, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", module, "True"]


def test_a_refusal_is_told_once_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", told.append)

    with pytest.raises(SystemExit) as end, refusing_once():
        raise pulumi.RunError("what, why and fix")

    assert told == ["what, why and fix"]
    assert end.value.code == 32
    assert end.value.__suppress_context__


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), refusing_once():
        1 / 0  # noqa: B018 - the fault is its own point
