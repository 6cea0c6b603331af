"""What every live test needs: a machine that can hold a live sandbox, or a clear word why it cannot."""

import os

import pytest

from sandbox.live import universe
from sandbox.live.needs import NEEDS
from tests.live.world import LiveWorld
from toolchain.places import ROOT

REQUIRED = "PLUMB_REQUIRE_LIVE"


def pytest_collection_modifyitems(items):
    """Every test here makes network namespaces."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "live"):
            item.add_marker(pytest.mark.live)


@pytest.fixture(autouse=True, scope="session")
def machine():
    """Skips with the reason; where live tests are required, that is a failure."""
    reason = universe.why_not(NEEDS)
    if reason is not None and os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, and {reason}")
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def live(machine, request, tmp_path_factory):
    """A small platform that the tests of a file share: network, Redis, PostgreSQL, a service, a front."""
    del machine
    world = LiveWorld(tmp_path_factory.mktemp("live"))
    request.addfinalizer(world.end)  # noqa: PT021 - also when what follows fails, which a yield would not see
    world.platform()
    return world


@pytest.fixture
def world(machine, tmp_path):
    """An empty live sandbox for one test."""
    del machine
    world = LiveWorld(tmp_path)
    yield world
    world.end()
