"""The provider's side of the live sandbox: a create ends when what stands for the thing is ready.

Owns when the provider waits, and that a supervisor which was ended in the middle of an update comes back. It
imports no server: the provider starts as fast as ever.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from sandbox.errors import ProviderError
from sandbox.live.client import Live, LiveError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.wire import Props

WAITED_FOR: Final = frozenset(
    {
        "gcp:cloudrunv2/service:Service",
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        "gcp:redis/instance:Instance",
        "gcp:sql/database:Database",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:sql/user:User",
    }
)
"""Types whose create ends when a server is ready. All else the supervisor sees by itself."""
_starting = threading.Lock()


class Settling:
    """Waits.

    Args:
        state: whose live sandbox.
    """

    def __init__(self, state: Path) -> None:
        """Nothing is asked yet."""
        self._live = Live(state)

    def __call__(self, token: str, thing_id: str, body: Props) -> str:
        """What keeps a thing from being ready, "" when it is.

        Raises:
            ProviderError: there is no live sandbox, and none can be started.
        """
        if token not in WAITED_FOR:
            return ""
        try:
            try:
                return self._live.settle(token, thing_id, body)
            except LiveError:
                self._start()
                return self._live.settle(token, thing_id, body)
        except LiveError as error:
            raise ProviderError(str(error)) from None

    def _start(self) -> None:
        from sandbox.live.start import ensure  # noqa: PLC0415 - only where it had ended

        with _starting:
            ensure(self._live.state)
