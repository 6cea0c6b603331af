"""`pulumi_gcp.compute` without the 270 modules of it that nothing here uses.

Owns one thing: that package as this program sees it. `from components.lean import compute` is typed and
behaves as `from pulumi_gcp import compute` does; only when its modules are loaded differs. The generated
package imports every resource at once (22 MB of Python, close to a second of every preview); here a module
is loaded when a class of it is first named. A name that cannot be found that way loads the whole package
after all, so that nothing is ever missing. Does not touch any other package: theirs are small.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pulumi_gcp

if TYPE_CHECKING:
    from pulumi_gcp import compute

__all__ = ["compute", "load_ahead"]

_PACKAGE = "pulumi_gcp.compute"
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
        module = _module(_WORD.sub("_", name).lower())
        if name.islower():
            # A function and its module have one name; the package shows the function.
            return getattr(module, name, module)
        if module is None:
            module = _module("_inputs")
        return getattr(module, name, None)

    def _load_whole(self) -> None:
        """Run the package's own `__init__`, once, in this module."""
        if self.__dict__.get("_whole") or self.__spec__ is None or self.__spec__.loader is None:
            return
        self.__dict__["_whole"] = True
        self.__spec__.loader.exec_module(self)


def _module(name: str) -> ModuleType | None:
    full = f"{_PACKAGE}.{name}"
    if importlib.util.find_spec(full) is None:
        return None
    return importlib.import_module(full)


def _lean_package() -> ModuleType:
    """Put the lean package in the place of the lazy one; one that is loaded already stays."""
    placed = sys.modules.get(_PACKAGE)
    if isinstance(placed, _Lean) or (
        placed is not None and "Network" in object.__getattribute__(placed, "__dict__")
    ):
        return placed
    sys.modules.pop(_PACKAGE, None)
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None:
        raise ModuleNotFoundError(_PACKAGE)
    package = _Lean(_PACKAGE)
    package.__spec__, package.__package__ = spec, _PACKAGE
    package.__path__ = list(spec.submodule_search_locations or [])
    sys.modules[_PACKAGE] = package
    pulumi_gcp.compute = package
    return package


if not TYPE_CHECKING:
    compute = _lean_package()


def load_ahead() -> None:
    """Load the largest modules now, in whatever thread there is time: they take half a second."""
    for package, name in (("compute", "Network"), ("cloudrunv2", "Service"), ("sql", "DatabaseInstance")):
        getattr(getattr(pulumi_gcp, package), name)
