"""The shelves of `pulumi_gcp`, each time in a process of its own: importing cannot be undone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pulumi_gcp
import pytest

ROOT = Path(__file__).parents[2]
USED = """
import typing
used = {
    "compute": ("Network", "URLMap", "BackendService", "Firewall", "RouterNat"),
    "cloudrunv2": ("Service", "Job"),
    "sql": ("DatabaseInstance",),
    "monitoring": ("AlertPolicy",),
}
"""
HINTS = """
import pulumi
from pulumi._types import _types_from_py_properties, input_type_types, is_input_type, is_output_type
seen = {}
def note(cls):
    if str(cls) in seen:
        return
    seen[str(cls)] = hints = (input_type_types if is_input_type(cls) else _types_from_py_properties)(cls)
    for hint in hints.values():
        for each in parts(hint):
            if is_input_type(each) or is_output_type(each):
                note(each)
def parts(hint):
    yield hint
    for each in typing.get_args(hint):
        yield from parts(each)
for package, names in used.items():
    for name in names:
        note(getattr(packages[package], name))
        if hasattr(packages[package], name + "Args"):
            args = getattr(packages[package], name + "Args")
            typing.get_type_hints(args.__init__, localns={**vars(pulumi), 'T': None})
            note(args)
for name in sorted(seen):
    print(name, sorted((key, str(hint)) for key, hint in seen[name].items()))
"""
LEAN = "from components import lean\npackages = {each: getattr(lean, each) for each in used}\n"
WHOLE = (
    "import importlib\npackages = {each: importlib.import_module('pulumi_gcp.' + each) for each in used}\n"
)
COUNT = """
import sys
from components.lean import dns
dns.ManagedZone
inputs = sys.modules["pulumi_gcp.dns._inputs"]
print(type(inputs).__name__, sum(isinstance(each, type) for each in list(vars(inputs).values())))
"""


def _run(program: str, **environ: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", program]
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(  # noqa: S603 - the program is one of ours
        command, cwd=ROOT, env={**kept, **environ}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_a_program_names_has_the_types_it_has_in_the_whole_package() -> None:
    lean = _run(USED + LEAN + HINTS)
    assert lean.count("\n") > 200
    assert lean == _run(USED + WHOLE + HINTS)


def test_only_the_classes_that_are_named_are_made() -> None:
    program = """
import sys
from components.lean import compute
compute.Network
inputs = sys.modules["pulumi_gcp.compute._inputs"]
made = {name for name in vars(inputs) if name.endswith("Args")}
print(len(made) < 10, "NetworkParamsArgs" in made, "URLMapTestArgs" in made)
print(len(inputs.__all__) > 1000, "URLMapTestArgs" in dir(inputs))
test = inputs.URLMapTestArgs
print(test.__name__, test is inputs.URLMapTestArgs is compute.URLMapTestArgs)
"""
    assert _run(program) == "True True False\nTrue True\nURLMapTestArgs True"


def test_a_module_that_is_imported_past_the_lean_package_finds_every_class() -> None:
    program = """
from components.lean import compute
compute.Network
import pulumi_gcp.compute.instance as instance
from pulumi_gcp.compute._inputs import *
import pulumi, typing
typing.get_type_hints(instance.InstanceArgs.__init__, localns={**vars(pulumi), 'T': None})
print(instance.InstanceBootDiskArgs is InstanceBootDiskArgs is compute.InstanceBootDiskArgs)
"""
    assert _run(program) == "True"


def test_a_name_that_a_shelf_does_not_have_is_missing_as_ever() -> None:
    program = """
from components.lean import compute
compute.Network
import pulumi_gcp.compute.outputs as outputs
try:
    outputs.Netwrok
except AttributeError as error:
    print(error)
"""
    assert _run(program) == "module 'pulumi_gcp.compute.outputs' has no attribute 'Netwrok'"


def test_threads_that_ask_at_once_are_given_one_class() -> None:
    program = """
import threading
from components.lean import compute
compute.Network
import pulumi_gcp.compute._inputs as inputs
gate, got = threading.Barrier(8), []
def ask():
    gate.wait()
    got.append([getattr(inputs, name) for name in inputs.__all__[:400]])
threads = [threading.Thread(target=ask) for _ in range(8)]
[one.start() for one in threads], [one.join() for one in threads]
print(len(got), all(one == got[0] for one in got))
"""
    assert _run(program) == "8 True"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a `pulumi_gcp` whose package `dns` is a copy of its own."""
    source = Path(pulumi_gcp.__file__).parent
    package = tmp_path / "pulumi_gcp"
    package.mkdir()
    for each in source.iterdir():
        if each.name not in {"dns", "__pycache__"}:
            (package / each.name).symlink_to(each)
    shutil.copytree(source / "dns", package / "dns", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_what_is_compiled_is_made_anew_when_its_source_has_changed(copy: Path) -> None:
    """Or a new pulumi_gcp would be seen with the classes of the old."""
    path = {"PYTHONPATH": str(copy)}
    first = _run(COUNT, **path)
    assert first.startswith("Shelf ")
    source = copy / "pulumi_gcp" / "dns" / "_inputs.py"
    source.write_text(source.read_text() + "\n\nclass LaterArgs:\n    pass\n")
    program = COUNT + "\nprint(inputs.LaterArgs.__name__)"
    assert _run(program, **path) == f"{first}\nLaterArgs"


def test_a_damaged_file_is_made_anew(copy: Path) -> None:
    path = {"PYTHONPATH": str(copy)}
    first = _run(COUNT, **path)
    (kept,) = copy.glob("pulumi_gcp/dns/__pycache__/_inputs.*opt-shelf.pyc")
    whole = kept.read_bytes()
    for damaged in (b"", b"\0", whole[: len(whole) // 2], b"no bytecode"):
        kept.write_bytes(damaged)
        assert _run(COUNT, **path) == first
        assert kept.read_bytes() == whole


def test_where_nothing_may_be_written_the_modules_are_loaded_whole(copy: Path) -> None:
    assert _run(COUNT, PYTHONPATH=str(copy), PYTHONDONTWRITEBYTECODE="1").startswith("module ")
    assert not [*copy.rglob("*opt-shelf*")]
