"""Fixtures of the end-to-end tests: sandboxes, and proof that no tracked file is touched."""

import hashlib
import subprocess

import pytest

from tests.engine.world import World
from toolchain.places import ROOT


def pytest_collection_modifyitems(items):
    """Every test here runs the real engine."""
    for item in items:
        if item.path.parent == ROOT / "tests" / "engine":
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One sandbox for the tests of a file."""
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(tmp_path):
    """A sandbox for one test."""
    return World(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def _tracked_files_stay_as_they_are():
    before = tracked()
    yield
    assert tracked() == before


def tracked():
    """The contents of what git tracks that any of these commands might write."""
    names = subprocess.run(
        ["git", "ls-files", "--", "*.yaml", "*.yml", "*.json", "*.lock", "*.toml"],  # noqa: S607 - where PATH says
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {
        name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
        for name in names
        if (ROOT / name).exists()
    }
