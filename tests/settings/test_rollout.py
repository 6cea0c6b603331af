"""How the traffic moves is refused where it is written."""

from __future__ import annotations

import pytest

from components.settings.rollout import RolloutSettings, check_percentages


@pytest.mark.parametrize("shares", [[], [0, 100], [50, 10, 100], [10, 10, 100], [10, 50], [10, 110]])
def test_shares_that_do_not_rise_to_all_of_the_traffic_are_refused(shares: list[int]) -> None:
    assert check_percentages(shares) is not None


@pytest.mark.parametrize("shares", [[100], [1, 100], [10, 50, 100]])
def test_shares_that_rise_to_all_of_the_traffic_are_right(shares: list[int]) -> None:
    assert check_percentages(shares) is None


def test_without_a_word_the_traffic_moves_in_three_steps() -> None:
    assert RolloutSettings().percentages == (10, 50, 100)
