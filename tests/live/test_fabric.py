import json
import subprocess
import sys

import pytest

from sandbox.live import universe
from toolchain.places import ROOT

pytestmark = pytest.mark.usefixtures("machine")


def inside(name):
    command = universe.command([sys.executable, "-m", "tests.live.inside", name])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told():
    return inside("step_by_step")


def test_all_traffic_without_nat_reaches_the_cache_and_not_the_internet(told):
    assert told["without NAT"] == {"cache": True, "internet": False}


def test_nat_lets_it_reach_the_internet_as_soon_as_it_is_applied(told):
    assert told["with NAT"] == {"cache": True, "internet": True}


def test_a_cache_that_is_moved_to_another_network_is_out_of_reach(told):
    assert told["cache on another network"] == {"cache": False, "internet": True}


def test_applying_the_same_things_again_asks_nothing_of_the_kernel():
    assert inside("again") == []


def test_nothing_is_left_when_everything_is_unmade():
    left = inside("cleared")
    assert left["before"] > 4
    assert left["after"] == 0


def test_a_user_outside_reaches_the_internet_and_no_cache():
    assert inside("outside") == {"internet": True, "cache": False}
