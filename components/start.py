"""How a run of the program begins and how it ends when it refuses.

Owns what `__main__.py` does around the platform: the savings before anything else is imported, and the one
message of a refusal. Does not change what is deployed, nor what any other process does.
"""

from __future__ import annotations

import atexit
import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEBUG = "PLUMB_DEBUG"
"""Environment variable: set to anything, the SDK's debug messages are sent to the engine after all."""


def start_lean() -> None:
    """Spare this process the cost of what it has no use for.

    Collecting garbage: the process lives for seconds and drops nothing; walking what it has imported costs
    about 0.4 s while it runs, and 0.3 s once more as it ends, where the interpreter collects in any case all
    that is not frozen. Debug messages: the SDK sends the engine five for each resource and waits for each to
    be received, whether or not anyone asked for them.
    """
    gc.disable()
    atexit.register(gc.freeze)
    from pulumi import log  # noqa: PLC0415 - imported uncollected

    if DEBUG not in os.environ:
        log.debug = _drop


@contextmanager
def refusing_once() -> Iterator[None]:
    """End the program after a `pulumi.RunError` with its message, no traceback and no second message.

    Raises:
        SystemExit: With the exit code by which the language host knows that the user was told.
    """
    import pulumi  # noqa: PLC0415 - imported after the start

    from components.settings.loader import USER_WAS_TOLD  # noqa: PLC0415 - likewise

    try:
        yield
    except pulumi.RunError as refusal:
        pulumi.log.error(str(refusal))
        raise SystemExit(USER_WAS_TOLD) from None


def _drop(*_: object, **__: object) -> None:
    """Say nothing."""
