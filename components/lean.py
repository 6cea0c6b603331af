"""The packages of `pulumi_gcp` without the hundreds of modules of them that nothing here uses.

Owns one thing: those packages as this program sees them. `from components.lean import compute` is typed and
behaves as `from pulumi_gcp import compute`; only when its modules are loaded differs. A generated package
imports every resource at once (compute alone: 22 MB of Python, close to a second of every preview); here a
module is loaded when a class of it is first named. A name that cannot be found that way loads the whole
package after all, so that nothing is ever missing.
"""

# ruff: noqa: TC004 - at run time the names are placed below

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pulumi_gcp

from components import shelf

if TYPE_CHECKING:
    from pulumi_gcp import (
        artifactregistry,
        cloudrunv2,
        compute,
        dns,
        kms,
        logging,
        monitoring,
        networkmanagement,
        projects,
        redis,
        secretmanager,
        serviceaccount,
        servicenetworking,
        sql,
        vpcaccess,
    )

__all__ = [
    "artifactregistry",
    "cloudrunv2",
    "compute",
    "dns",
    "kms",
    "load_ahead",
    "logging",
    "monitoring",
    "networkmanagement",
    "projects",
    "redis",
    "secretmanager",
    "serviceaccount",
    "servicenetworking",
    "sql",
    "vpcaccess",
]
PACKAGES = tuple(name for name in __all__ if name != "load_ahead")

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class _Lean(ModuleType):
    """A package whose attributes are looked for in the module that their name says."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module's attribute is anything
        if name.startswith("_") or self.__dict__.get("_whole"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found = self._find(name)
        if found is None:
            self._load_whole()
            return getattr(self, name)
        setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        self._load_whole()
        return sorted(self.__dict__)

    def _find(self, name: str) -> object | None:
        """The attribute, or None when its name does not say where it lies."""
        module = self._module(_WORD.sub("_", name).lower())
        if name.islower():
            # A function and its module have one name; the package shows the function.
            return getattr(module, name, module)
        if module is None:
            module = self._module("_inputs")
        return getattr(module, name, None)

    def _module(self, name: str) -> ModuleType | None:
        full = f"{self.__name__}.{name}"
        if importlib.util.find_spec(full) is None:
            return None
        for each in shelf.NAMES:
            shelf.place(self, each)
        return importlib.import_module(full)

    def _load_whole(self) -> None:
        """Run the package's own `__init__`, once, in this module."""
        if self.__dict__.get("_whole") or self.__spec__ is None or self.__spec__.loader is None:
            return
        self.__dict__["_whole"] = True
        self.__spec__.loader.exec_module(self)


def _lean_package(short: str) -> ModuleType:
    """Put the lean package in the place of the lazy one; one that is loaded already stays."""
    full = f"pulumi_gcp.{short}"
    placed = sys.modules.get(full)
    if isinstance(placed, _Lean) or (placed is not None and _is_loaded(placed)):
        return placed
    sys.modules.pop(full, None)
    spec = importlib.util.find_spec(full)
    if spec is None:
        raise ModuleNotFoundError(full)
    package = _Lean(full)
    package.__spec__, package.__package__ = spec, full
    package.__path__ = list(spec.submodule_search_locations or [])
    sys.modules[full] = package
    setattr(pulumi_gcp, short, package)
    return package


def _is_loaded(package: ModuleType) -> bool:
    """Whether the package's own `__init__` has run; to ask it for a name would run it."""
    return any(isinstance(each, type) for each in object.__getattribute__(package, "__dict__").values())


if not TYPE_CHECKING:
    globals().update({short: _lean_package(short) for short in PACKAGES})


def load_ahead() -> None:
    """Load the largest modules now, in whatever thread there is time: they take half a second."""
    for package, name in (("compute", "Network"), ("cloudrunv2", "Service"), ("sql", "DatabaseInstance")):
        getattr(getattr(pulumi_gcp, package), name)
