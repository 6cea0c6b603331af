"""Fixtures of the end-to-end tests: sandboxes, and proof that no tracked file is touched."""

import hashlib
import shutil
import subprocess

import pytest

from tests.engine.world import World
from toolchain.places import ROOT


def pytest_collection_modifyitems(items):
    """Every test here runs the real engine."""
    for item in items:
        if item.path.parent == ROOT / "tests" / "engine":
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A sandbox in which staging has a stack, and nothing else: three commands of the CLI make it."""
    world = World(tmp_path_factory.mktemp("prepared"))
    world.run("true").must()
    return world


@pytest.fixture(scope="session")
def up_once(prepared, tmp_path_factory):
    """A sandbox in which staging is up."""
    world = prepared.copy(tmp_path_factory.mktemp("up"))
    world.up().must()
    return world


@pytest.fixture(scope="module")
def shared(prepared, tmp_path_factory):
    """One sandbox for the tests of a file."""
    return prepared.copy(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(prepared, tmp_path):
    """A sandbox for one test."""
    return prepared.copy(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def _tracked_files_stay_as_they_are():
    names = tracked()
    before = digests(names)
    yield
    assert digests(names) == before


def tracked():
    """What git tracks that any of these commands might write."""
    patterns = ["*.yaml", "*.yml", "*.json", "*.lock", "*.toml"]
    command = [shutil.which("git"), "ls-files", "--", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout.split()


def digests(names):
    paths = {name: ROOT / name for name in names}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items() if path.exists()
    }
