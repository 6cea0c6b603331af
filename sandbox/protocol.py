"""The engine's plugin protocol, without the rest of the Pulumi SDK.

Owns the loading of the generated protobuf modules that the SDK ships. `import pulumi` costs 0.4 s and 15 MB
more than gRPC itself, and the provider needs nothing else of it: its generated modules are loaded from their
folder under a package name of our own. Where the SDK is already imported (in tests) its own modules are used.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

# The SDK has a copy, and the two cannot be in one process: client libraries of Google bring this one.
from google.rpc import status_pb2  # type: ignore[import-untyped] # it ships no types

if TYPE_CHECKING:
    from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

_OWN_PACKAGE = "sandbox._protocol_modules"


def _load(name: str) -> ModuleType:
    if "pulumi.runtime.proto" in sys.modules:
        return importlib.import_module(f"pulumi.runtime.proto.{name}")
    if _OWN_PACKAGE not in sys.modules:
        spec = find_spec("pulumi")
        if spec is None or spec.origin is None:
            raise SystemExit(
                "The Pulumi SDK is not installed for this Python, so the sandbox provider cannot speak to "
                "the engine. "
                "Run `make preview` once: it sets the environment up."
            )
        package = ModuleType(_OWN_PACKAGE)
        package.__path__ = [str(Path(spec.origin).parent / "runtime" / "proto")]
        sys.modules[_OWN_PACKAGE] = package
    return importlib.import_module(f"{_OWN_PACKAGE}.{name}")


if not TYPE_CHECKING:
    plugin_pb2 = _load("plugin_pb2")
    provider_pb2 = _load("provider_pb2")
    provider_pb2_grpc = _load("provider_pb2_grpc")

__all__ = ["plugin_pb2", "provider_pb2", "provider_pb2_grpc", "status_pb2"]
