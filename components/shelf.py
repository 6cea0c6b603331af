"""The large modules of a package of `pulumi_gcp`, whose classes are made when they are first named.

Owns `_inputs` and `outputs` as `components.lean` sees them. `compute` alone defines three thousand classes in
ten megabytes of Python, and every resource module of it begins with `from ._inputs import *`: a fifth of the
time of a check, for the few dozen that a program names. Here each class is compiled by itself, and made when
its name is first asked for, together with those its annotations mention. What is compiled lies beside
Python's own bytecode and is made anew when the source has changed; where that cannot be written, the modules
are loaded whole, as ever. Which resource modules there are is `components.lean`'s.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import marshal
import os
import sys
import threading
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.machinery import ModuleSpec

NAMES: Final = ("_inputs", "outputs")
_PLACING: Final = threading.RLock()


class _Compiled(NamedTuple):
    """A module in parts.

    Attributes:
        head: what stands before its first class.
        classes: the code of each class, still marshalled, by its name.
    """

    head: CodeType
    classes: Mapping[str, bytes]


class Shelf(ModuleType):
    """A module that makes a class of its own when it is asked for."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module's attribute is anything
        """A class, made now; `__all__` is what a star import takes."""
        if name == "__all__":
            return self._shown(sys._getframe(1))  # noqa: SLF001 - a star import tells no other way who imports
        if name not in self.__dict__["_classes"]:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        with self.__dict__["_lock"]:
            self._make(name)
        return self.__dict__[name]

    def __dir__(self) -> list[str]:
        """What there is, made or not."""
        return sorted({*self.__dict__, *self.__dict__["_classes"]})

    def _fill(self, compiled: _Compiled) -> None:
        self._classes = compiled.classes
        self._lock = threading.RLock()
        exec(compiled.head, self.__dict__)  # noqa: S102 - the module's own beginning
        self._all = self.__dict__.pop("__all__", list(compiled.classes))

    def _shown(self, asking: FrameType) -> list[str]:
        """All, but to a module of the package: that takes what its code names."""
        if str(asking.f_globals.get("__name__")).startswith(f"{self.__package__}."):
            return sorted(_mentioned(asking.f_code) & self._classes.keys())
        every: list[str] = self._all
        return every

    def _make(self, name: str) -> None:
        """Run the class's code, and that of the classes in its annotations: they are resolved here."""
        due = [name]
        while due:
            each = due.pop()
            if each not in self.__dict__:
                code = marshal.loads(self._classes[each])  # noqa: S302 - what this module has compiled
                exec(code, self.__dict__)  # noqa: S102 - a class of the module's own source
                due += _mentioned(code) & self._classes.keys()


def place(package: ModuleType, short: str) -> Shelf | None:
    """Put a shelf in the place of a package's large module; None where that is loaded, or cannot be kept."""
    full = f"{package.__name__}.{short}"
    with _PLACING:
        if full in sys.modules:
            placed = sys.modules[full]
            return placed if isinstance(placed, Shelf) else None
        spec = importlib.util.find_spec(full)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        compiled = _compiled(spec.loader)
        return None if compiled is None else _placed(package, short, spec, compiled)


def _placed(package: ModuleType, short: str, spec: ModuleSpec, compiled: _Compiled) -> Shelf:
    shelf = Shelf(spec.name)
    shelf.__spec__, shelf.__file__, shelf.__package__ = spec, spec.origin, package.__name__
    shelf.__loader__ = spec.loader
    sys.modules[spec.name] = shelf
    setattr(package, short, shelf)
    shelf._fill(compiled)  # noqa: SLF001 - its head may import the package, so it stands there first
    return shelf


def _compiled(loader: SourceFileLoader) -> _Compiled | None:
    """The parts, as they were compiled before for this very source, or compiled now and kept."""
    try:
        state = Path(loader.path).stat()
        kept = Path(importlib.util.cache_from_source(loader.path, optimization="shelf"))
    except (OSError, NotImplementedError):
        return None
    made_of = (state.st_mtime_ns, state.st_size)
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
        stamp, head, classes = marshal.loads(kept.read_bytes())  # noqa: S302 - written by _keep
        if stamp == made_of:
            return _Compiled(head, classes)
    if sys.dont_write_bytecode or not _can_write_in(kept.parent):
        return None
    compiled = _compile(loader.path)
    _keep(kept, marshal.dumps((made_of, compiled.head, dict(compiled.classes))))
    return compiled


def _can_write_in(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    return os.access(folder, os.W_OK)


def _compile(path: str) -> _Compiled:
    body = ast.parse(Path(path).read_bytes(), path).body
    first = next((at for at, each in enumerate(body) if isinstance(each, ast.ClassDef)), len(body))
    head = compile(ast.Module(body[:first], []), path, "exec", dont_inherit=True)
    classes = {
        each.name: marshal.dumps(compile(ast.Module([each], []), path, "exec", dont_inherit=True))
        for each in body[first:]
        if isinstance(each, ast.ClassDef)
    }
    return _Compiled(head, classes)


def _keep(path: Path, content: bytes) -> None:
    """Written beside its place, then renamed: another process may be reading. A full disk keeps nothing."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)


def _mentioned(code: CodeType) -> set[str]:
    """Every string that stands in a piece of code: annotations name classes by strings."""
    found = set(code.co_names)
    for each in code.co_consts:
        if isinstance(each, str):
            found.add(each)
        elif isinstance(each, CodeType):
            found |= _mentioned(each)
    return found
