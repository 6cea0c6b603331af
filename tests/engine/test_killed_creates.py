"""An `up` that was killed in the middle of a create that went on: `plumb recover` keeps what was made."""

import pytest

from tests.engine.killing import NETWORK, RUN, SQL, VERSION, kill_during, lost_or_doubled, recover, slow
from tests.engine.world import wait_for


@pytest.mark.parametrize(
    "token", [NETWORK, SQL, VERSION, RUN], ids=["network", "database", "secret-version", "service"]
)
def test_a_create_that_google_went_on_with_is_kept(world, token):
    kill_during(world, token, slow(token), made=True)
    wait_for(lambda: not world.processes(), seconds=20)
    recovered = recover(world)
    assert "Kept, because the interrupted create had made it:" in recovered.text
    assert lost_or_doubled(world) == (set(), set())
