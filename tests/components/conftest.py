"""Staging, deployed once for all tests that only look."""

from __future__ import annotations

import pytest

from components.platform import Platform
from tests.components.recorder import Cloud, run
from tests.components.stacks import staging


@pytest.fixture(scope="session")
def cloud() -> Cloud:
    """Staging after `up`."""
    return run(lambda: Platform("platform", staging()))


@pytest.fixture(scope="session")
def preview() -> Cloud:
    """Staging at its first preview: nothing exists yet."""
    return run(lambda: Platform("platform", staging()), preview=True)
