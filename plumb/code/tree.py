"""The Python files of a folder, and everything that is found in them.

Owns which files are a service's own, and that one that cannot be read does not hide the others.
"""

from __future__ import annotations

import ast
import os
import tokenize
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plumb.code.environment import calls_of, uses_of
from plumb.code.found import Fault, Found, Place, Read, Unclear
from plumb.code.module import Module
from plumb.code.settings import models_of, reads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SKIPPED: Final = frozenset(
    {
        *("__pycache__", "build", "dist", "env", "node_modules", "site-packages", "test", "tests", "venv"),
    }
)
"""Folders that are not the service's own code, or do not run with it."""


def scan(path: Path) -> Found:
    """Reads a file, or all Python files of a folder that run with the service.

    Args:
        path: The file or folder.
    """
    found = Found()
    modules = []
    for file in files_of(path):
        found.files += 1
        read = _read(file)
        if isinstance(read, Fault):
            found.faults.append(read)
        else:
            modules.append(read)
    uses = [uses_of(module) for module in modules]
    wrappers = [wrapper for use in uses for wrapper in use.wrappers]
    models = [model for module in modules for model in models_of(module)]
    for module, use in zip(modules, uses, strict=True):
        found.reads += use.reads
        found.unclear += use.unclear
        for one in calls_of(module, wrappers):
            _keep(found, one)
    for one in reads_of(models):
        _keep(found, one)
    found.reads.sort(key=lambda read: (read.place, read.names))
    found.unclear = sorted(set(found.unclear), key=lambda unclear: (unclear.place, unclear.what))
    return found


def files_of(path: Path) -> Iterator[Path]:
    """The Python files that run with the service: no tests, nothing hidden, nothing installed."""
    if path.is_file():
        yield path
        return
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(one for one in inner if one not in SKIPPED and not one.startswith("."))
        for name in sorted(names):
            if name.endswith(".py") and not name.startswith(".") and not _is_test(name):
                yield Path(folder) / name


def _is_test(name: str) -> bool:
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def _keep(found: Found, one: Read | Unclear) -> None:
    if isinstance(one, Read):
        found.reads.append(one)
    else:
        found.unclear.append(one)


def _read(file: Path) -> Module | Fault:
    try:
        with tokenize.open(file) as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the compiler advises is for who wrote it
            return Module(str(file), ast.parse(opened.read(), filename=str(file)))
    except SyntaxError as error:
        return Fault(Place(str(file), error.lineno or 1), f"is no Python: {error.msg}")
    except (OSError, ValueError, RecursionError) as error:
        return Fault(Place(str(file), 1), f"cannot be read: {error}")
