"""The rules for routes against packets: a few random platforms, and all that once disagreed."""

import os
import re

import pytest
from ruamel.yaml import YAML

from benchmarks.truth.command import CAUSES, NOT_TRIED, SPREAD, told
from benchmarks.truth.worker import run
from toolchain.places import ROOT

pytestmark = pytest.mark.usefixtures("machine")
PLATFORMS = 12
SEED = int(os.environ.get("PLUMB_TRUTH_SEED") or 7)
ONCE = YAML(typ="safe").load((ROOT / "tests" / "live" / "seeds.yaml").read_text())


@pytest.fixture(scope="module")
def random_platforms():
    return run([SEED * SPREAD + each for each in range(PLATFORMS)])


def test_random_platforms_agree_with_packets(random_platforms):
    wrong = [told(one) for one in random_platforms if one.answer == "disagree"]
    assert not wrong, f"PLUMB_TRUTH_SEED={SEED}:\n" + "\n".join(wrong)


def test_much_is_reached_and_much_is_not(random_platforms):
    reached = sum(one.reached for one in random_platforms)
    assert 0.4 < reached / len(random_platforms) < 0.95


def test_what_once_disagreed_agrees():
    wrong = [told(one) for one in run([each["seed"] for each in ONCE]) if one.answer == "disagree"]
    assert not wrong, "\n".join(wrong)


def test_every_cause_that_the_rules_give_for_a_route_is_counted():
    given = set()
    for path in (ROOT / "policies" / "routes").glob("*.py"):
        # Also where a cause is chosen first, and the break made of it later.
        given |= set(re.findall(r'(?:Break\(\s*|\bcause = |\bCAUSE: Final = )"([A-Z_]+)"', path.read_text()))
    assert given <= {*CAUSES, *NOT_TRIED}
