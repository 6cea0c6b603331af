"""A world for each test, and the folder of the schema cache shared by all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty cloud whose project is unknown to it, so that every API counts as enabled."""
    made = World(tmp_path)
    yield made
    made.cloud.close()
