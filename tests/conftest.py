"""What holds for every test, whatever ran before it in the same process."""

import asyncio

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """`asyncio.run` leaves no event loop behind, and Pulumi's mocks look for one, in any fixture."""
    del item
    try:
        asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())
