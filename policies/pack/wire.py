"""The engine's protocol, from the installed SDK, without starting the SDK.

`import pulumi` loads the whole SDK, which takes longer than all else the pack does before it answers; the
generated protocol modules need none of it. Owns nothing but that import.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

_PROTOCOL: Final = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def _modules() -> tuple[ModuleType, ...]:
    if _PROTOCOL[0] in sys.modules:
        return _imported()
    spec = find_spec(_PROTOCOL[0])
    if spec is None or spec.origin is None:
        raise ImportError("no package pulumi", name=_PROTOCOL[0])
    root = Path(spec.origin).parent.parent
    for name in _PROTOCOL:
        # A package that has a place and no contents, in place of one that would import everything.
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")))]
        sys.modules[name] = package
    try:
        return _imported()
    finally:
        # Whoever imports pulumi after this gets the whole of it.
        for name in [name for name in sys.modules if name.split(".")[0] == _PROTOCOL[0]]:
            del sys.modules[name]


def _imported() -> tuple[ModuleType, ...]:
    return tuple(
        import_module(f"{_PROTOCOL[-1]}.{name}")
        for name in ("analyzer_pb2", "analyzer_pb2_grpc", "plugin_pb2")
    )


if TYPE_CHECKING:
    from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2
else:
    analyzer_pb2, analyzer_pb2_grpc, plugin_pb2 = _modules()

__all__ = ["analyzer_pb2", "analyzer_pb2_grpc", "plugin_pb2"]
