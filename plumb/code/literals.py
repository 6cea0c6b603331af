"""Texts that a module's own tree tells: constants, loops over lists of them, what f-strings make of both.

Owns which texts an expression may be. A name that is also bound to something else tells nothing.
"""

from __future__ import annotations

import ast
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from plumb.code.found import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Texts: TypeAlias = "tuple[str, ...]"
Seen: TypeAlias = "frozenset[tuple[ast.AST, str]]"
_MOST: Final = 200
_SCOPES: Final = (
    ast.Module,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_SAME_TEXT: Final = frozenset({"upper", "lower", "strip"})


class Literals:
    """The texts of one module."""

    def __init__(self, module: ast.Module, parents: Mapping[ast.AST, ast.AST]) -> None:
        """Reads what names are bound to in each scope.

        Args:
            module: The module's tree.
            parents: What stands directly around each node.
        """
        self._parents = parents
        self._bound: dict[tuple[ast.AST, str], list[ast.expr | None]] = {}
        self._loops: dict[tuple[ast.AST, str], list[ast.expr]] = {}
        for node in ast.walk(module):
            self._bind(node)

    def texts(self, node: ast.expr) -> Texts | None:
        """The texts that an expression may be, `*` for what nobody knows of one; None when all is unknown."""
        found = self._texts(node, frozenset())
        return None if found is None or any(not text.strip(ANY) for text in found) else found

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._to(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._to(target, value)
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                self._loop(node.target, node.iter)
            case ast.AugAssign(target=target):
                self._to(target, None)
            case ast.arg(arg=name):
                self._add(node, name, None)
            case ast.NamedExpr(target=target, value=value):
                self._to(target, value)
            case ast.withitem(optional_vars=ast.expr() as target):
                self._to(target, None)
            case ast.alias(name=name, asname=asname):
                self._add(node, asname or name.partition(".")[0], None)
            case _:
                pass

    def _to(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._add(target, target.id, value)
        else:
            for name in _names(target):
                self._add(target, name, None)

    def _add(self, node: ast.AST, name: str, value: ast.expr | None) -> None:
        self._bound.setdefault((self._scope(node), name), []).append(value)

    def _scope(self, node: ast.AST) -> ast.AST:
        """The function, comprehension, class or module in which a node stands."""
        while (parent := self._parents.get(node)) is not None:
            node = parent
            if isinstance(node, _SCOPES):
                break
        return node

    def _binding(self, node: ast.AST, name: str) -> tuple[ast.AST, str]:
        """Where a name that stands in a node is bound: in the nearest scope around it that binds it."""
        scope = self._scope(node)
        while (
            (scope, name) not in self._bound and (scope, name) not in self._loops and scope in self._parents
        ):
            scope = self._scope(scope)
        return scope, name

    def _loop(self, target: ast.expr, over: ast.expr) -> None:
        pairs = (
            isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) and over.func.attr == "items"
        )
        first = target.elts[0] if pairs and isinstance(target, ast.Tuple) and target.elts else target
        if isinstance(first, ast.Name):
            self._loops.setdefault((self._scope(first), first.id), []).append(over)
        for name in _names(target):
            if not isinstance(first, ast.Name) or name != first.id:
                self._add(target, name, None)

    def _texts(self, node: ast.expr, seen: Seen) -> Texts | None:  # noqa: PLR0911 - one for each kind
        match node:
            case ast.Constant(value=str(text)):
                return (text,)
            case ast.Name(id=name) if (binding := self._binding(node, name)) not in seen:
                return self._named(binding, seen | {binding})
            case ast.JoinedStr(values=values):
                return self._joined([self._part(value, seen) for value in values])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([self._texts(left, seen) or (ANY,), self._texts(right, seen) or (ANY,)])
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([self._texts(body, seen), self._texts(orelse, seen)])
            case ast.Call(func=ast.Attribute(value=inner, attr=attr), args=[]) if attr in _SAME_TEXT:
                found = self._texts(inner, seen)
                return None if found is None else tuple(getattr(text, attr)() for text in found)
            case _:
                return None

    def _part(self, node: ast.expr, seen: Seen) -> Texts:
        inner = node.value if isinstance(node, ast.FormattedValue) and node.format_spec is None else node
        return self._texts(inner, seen) or (ANY,)

    def _named(self, binding: tuple[ast.AST, str], seen: Seen) -> Texts | None:
        bound = [
            None if value is None else self._texts(value, seen) for value in self._bound.get(binding, ())
        ]
        return self._either([*bound, *(self._items(over, seen) for over in self._loops.get(binding, ()))])

    def _items(self, node: ast.expr, seen: Seen) -> Texts | None:
        match node:
            case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
                return self._either([self._texts(one, seen) for one in elts])
            case ast.Dict(keys=keys):
                return self._either([None if key is None else self._texts(key, seen) for key in keys])
            case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys"), args=[]):
                return self._items(inner, seen)
            case ast.Call(func=ast.Name(id="frozenset" | "set" | "sorted" | "list" | "tuple"), args=[inner]):
                return self._items(inner, seen)
            case ast.Name(id=name) if (binding := self._binding(node, name)) not in seen:
                bound = self._bound.get(binding, ())
                return self._either(
                    [None if value is None else self._items(value, seen | {binding}) for value in bound]
                )
            case _:
                return None

    def _either(self, found: Sequence[Texts | None]) -> Texts | None:
        known = [texts for texts in found if texts is not None]
        if not known or len(known) < len(found):
            return None
        return tuple(dict.fromkeys(text for texts in known for text in texts))

    def _joined(self, parts: Sequence[Texts]) -> Texts | None:
        count = 1
        for part in parts:
            count *= len(part)
        return None if count > _MOST else tuple("".join(one) for one in product(*parts))


def _names(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
