"""What the pages say of the live sandbox, typed as written, in one clone."""

from __future__ import annotations

import pytest

from tests.docs.book import LIVE, RUN, Reader, blocks, copy, pages

# In the order in which a reader comes to them: the second page finds what the first one made.
FOLLOWED = ("docs/live.md", "docs/probes.md", "docs/deploy.md")


@pytest.fixture(scope="module")
def reader(machine, tmp_path_factory):
    del machine
    folder = tmp_path_factory.mktemp("pages")
    reader = Reader(copy(folder / "plumbline"), {"SANDBOX_STATE": str(folder / "state")})
    yield reader
    reader.type("bin/sandbox python -m sandbox live stop")


def test_every_page_of_the_live_sandbox_is_followed():
    live = {page for page in pages() if any((one.language, one.title) == (RUN, LIVE) for one in blocks(page))}
    assert live == set(FOLLOWED)


@pytest.mark.parametrize("page", FOLLOWED)
def test_every_command_of_the_live_sandbox_prints_what_its_page_says(page, reader):
    reader.follow(page, live=True)
