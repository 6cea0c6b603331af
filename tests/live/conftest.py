"""Fixtures of the live tests: a machine that can, or a clear word that it cannot."""

import os

import pytest

from sandbox.live import universe
from sandbox.live.needs import NEEDS
from tests.live.world import LiveWorld
from toolchain.places import ROOT

REQUIRED = "PLUMB_REQUIRE_LIVE"


def pytest_collection_modifyitems(items):
    """Every test here makes real processes and namespaces."""
    for item in items:
        if item.path.parent == ROOT / "tests" / "live":
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def machine():
    """A machine that can hold a live sandbox."""
    reason = universe.why_not(NEEDS)
    if reason and os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, and {reason}")
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def live(machine, tmp_path_factory):
    """A small platform that the tests of a file share: network, Redis, PostgreSQL, a service, a front."""
    del machine
    world = LiveWorld(tmp_path_factory.mktemp("live"))
    world.platform()
    yield world
    world.end()


@pytest.fixture
def world(machine, tmp_path):
    """An empty live sandbox for one test."""
    del machine
    world = LiveWorld(tmp_path)
    yield world
    world.end()
