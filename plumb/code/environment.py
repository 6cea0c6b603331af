"""Reads of the process's environment: `os.environ`, `os.getenv`, their aliases, and functions around them.

Owns what each use of `os.environ` is: a read, a write, or something that the tree does not tell. Environment
readers of two libraries (decouple, environs) are called in the same way and are told here too.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plumb.code.found import Place, Read, Unclear

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plumb.code.module import Module

_READS: Final = frozenset({"get", "pop", "setdefault", "__getitem__"})
_WRITES: Final = frozenset({"update", "clear", "__setitem__", "__delitem__"})
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*\*?[A-Z0-9_*]*")
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function that reads the variable that one of its parameters names.

    Attributes:
        name: The function's.
        position: Which parameter, not counting `self`.
        parameter: Its name.
        required: Whether the function gives no value of its own.
        default: The parameter that is the default; None when there is none.
    """

    name: str
    position: int
    parameter: str
    required: bool
    default: str | None


@dataclass
class Uses:
    """What one module does with the environment.

    Attributes:
        reads: Its reads.
        unclear: Where it cannot tell.
        wrappers: Its functions around such reads.
    """

    reads: list[Read]
    unclear: list[Unclear]
    wrappers: list[Wrapper]


def uses_of(module: Module) -> Uses:
    """What a module does with the environment."""
    uses = Uses([], [], [])
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and module.is_getenv(node.func):
            _read(module, uses, node, _argument(node, 0, "key"), _argument(node, 1, "default"))
        elif isinstance(node, ast.Call) and module.is_reader(node.func):
            _read(module, uses, node, _argument(node, 0, "option"), _argument(node, 1, "default"))
        elif isinstance(node, ast.Call) and module.is_prefixed(node.func):
            place = Place(module.file, node.lineno)
            uses.unclear.append(Unclear(place, "names are read behind a prefix that is set as it runs"))
        elif isinstance(node, ast.expr) and module.is_environ(node):
            _use(module, uses, node)
        elif isinstance(node, ast.expr) and module.is_getenv(node) and _is_handed_on(module, node):
            place = Place(module.file, node.lineno)
            uses.unclear.append(Unclear(place, "the function that reads variables is handed on"))
    return uses


def calls_of(module: Module, wrappers: Sequence[Wrapper]) -> Iterator[Read | Unclear]:
    """What a module reads by calling functions around the environment, its own or another module's."""
    by_name = {one.name: one for one in wrappers}
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        plain = isinstance(node.func, ast.Name)
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
        wrapper = by_name.get(called or "")
        key = None if wrapper is None else _argument(node, wrapper.position, wrapper.parameter)
        if wrapper is None or key is None or module.is_environ(getattr(node.func, "value", node)):
            continue
        names = module.literals.texts(key)
        own = _argument(node, wrapper.position + 1, wrapper.default or "")
        required = wrapper.required if wrapper.default is None else own is None
        place = Place(module.file, node.lineno)
        if names is not None and all(_NAME.fullmatch(name) for name in names):
            yield from (Read((name,), place, required) for name in names)
        elif plain and names is None and _parameter(module, node, key) is None:
            yield Unclear(place, f"{called}(…) is called with a name that is known only when it runs")


def _use(module: Module, uses: Uses, node: ast.expr) -> None:
    """One place where the environment itself stands."""
    parent = module.parents.get(node)
    match parent:
        case ast.Subscript(ctx=ast.Load(), slice=key):
            _read(module, uses, parent, key, None)
        case ast.Subscript() | ast.Delete():
            return
        case ast.Attribute(attr=attr) if isinstance(call := module.parents.get(parent), ast.Call):
            if attr in _READS and call.func is parent:
                _read(module, uses, call, _argument(call, 0, "key"), _argument(call, 1, "default"))
            elif attr not in _WRITES:
                uses.unclear.append(_whole(module, node))
        case ast.Attribute(attr="get") if module.is_named(parent):
            return
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]):
            _read(module, uses, parent, left, parent)
        case ast.Assign() | ast.AnnAssign() if parent.value is node and module.is_alias(parent):
            return
        case _:
            uses.unclear.append(_whole(module, node))


def _read(module: Module, uses: Uses, node: ast.expr, key: ast.expr | None, default: ast.expr | None) -> None:
    place = Place(module.file, node.lineno)
    if key is None:
        uses.unclear.append(Unclear(place, "the variable's name is handed over in a way that is not told"))
        return
    required = default is None and not _has_other(module, node)
    names = module.literals.texts(key)
    if names is not None:
        uses.reads += [Read((name,), place, required) for name in names]
        return
    wrapper = _parameter(module, node, key)
    if wrapper is None:
        shown = ast.unparse(key)
        uses.unclear.append(Unclear(place, f"the name {shown} is known only when it runs"))
        return
    function, position = wrapper
    parameters = {one.arg for one in [*function.args.args, *function.args.kwonlyargs]}
    named = default.id if isinstance(default, ast.Name) and default.id in parameters else None
    uses.wrappers.append(
        Wrapper(function.name, position, ast.unparse(key), required or named is not None, named)
    )


def _has_other(module: Module, node: ast.expr) -> bool:
    """Whether the code goes on with something else when the variable is empty: `… or "x"`."""
    parent = module.parents.get(node)
    return isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or) and parent.values[-1] is not node


def _parameter(
    module: Module, node: ast.AST, key: ast.expr
) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, int] | None:
    """The function around a read whose parameter names the variable, and which parameter that is."""
    while (parent := module.parents.get(node)) is not None:
        node = parent
        if isinstance(node, _FUNCTIONS) and isinstance(key, ast.Name):
            names = [one.arg for one in [*node.args.posonlyargs, *node.args.args]]
            if names[:1] in (["self"], ["cls"]):
                names = names[1:]
            return (node, names.index(key.id)) if key.id in names else None
    return None


def _is_handed_on(module: Module, node: ast.expr) -> bool:
    """Whether a function is neither called where it stands, nor only given another name."""
    parent = module.parents.get(node)
    return not (isinstance(parent, ast.Call) and parent.func is node) and not module.is_named(node)


def _whole(module: Module, node: ast.expr) -> Unclear:
    return Unclear(Place(module.file, node.lineno), "the environment is handed on as a whole")


def _argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    for one in call.keywords:
        if keyword and one.arg == keyword:
            return one.value
    plain = call.args[: position + 1]
    if len(plain) <= position or any(isinstance(one, ast.Starred) for one in plain):
        return None
    return plain[position]
