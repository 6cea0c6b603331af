"""One module's tree: what its imports are called, and what stands around a node."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import Final

from plumb.code.literals import Literals

_ENVIRON: Final = "os.environ"
_GETENV: Final = "os.getenv"
_ENVIRONS: Final = ("environs.Env", "environs.FileAwareEnv")
_DECOUPLE: Final = "decouple.config"
_CASTS: Final = frozenset(
    {
        *("bool", "date", "datetime", "decimal", "dict", "enum", "float", "int", "json", "list", "log_level"),
        *("path", "str", "time", "timedelta", "url", "uuid"),
    }
)


class Module:
    """One module.

    Attributes:
        file: Its file, as the user would name it.
        tree: Its tree.
        literals: The texts that it tells.
    """

    def __init__(self, file: str, tree: ast.Module) -> None:
        """Takes the tree."""
        self.file = file
        self.tree = tree
        self.literals = Literals(tree, self.parents)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What stands directly around each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def imports(self) -> dict[str, str]:
        """What names stand for, by where they are imported from: `environ` for `os.environ`."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    found[one.asname or one.name.partition(".")[0]] = (
                        one.name if one.asname else one.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                names = [(one.name, one.asname) for one in node.names]
                if node.module == "os" and names == [("*", None)]:
                    names = [("environ", None), ("getenv", None)]
                for name, asname in names:
                    found[asname or name] = f"{node.module or ''}.{name}"
        return found

    def path(self, node: ast.AST) -> str:
        """What a name or attribute is, by its import: `os.environ`; else as it is spelled."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self.path(node.value)}.{node.attr}"
        return ""

    @cached_property
    def aliases(self) -> frozenset[str]:
        """Names that are assigned the environment itself."""
        return self._assigned(_ENVIRON)

    @cached_property
    def _getters(self) -> frozenset[str]:
        return self._assigned(_GETENV, f"{_ENVIRON}.get")

    def _assigned(self, *paths: str) -> frozenset[str]:
        return frozenset(
            target.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign) and self.path(node.value) in paths
            for target in node.targets
            if isinstance(target, ast.Name)
        )

    def is_alias(self, node: ast.Assign | ast.AnnAssign) -> bool:
        """Whether an assignment makes nothing but another name for the environment."""
        return isinstance(node, ast.Assign) and all(isinstance(one, ast.Name) for one in node.targets)

    def is_environ(self, node: ast.AST) -> bool:
        """Whether an expression is the environment, and is not being assigned."""
        if isinstance(node, ast.Name) and node.id in self.aliases:
            return isinstance(node.ctx, ast.Load)
        return self.path(node) == _ENVIRON

    def is_getenv(self, node: ast.AST) -> bool:
        """Whether a function is `os.getenv`, by whatever name."""
        if isinstance(node, ast.Name) and node.id in self._getters:
            return isinstance(node.ctx, ast.Load)
        return self.path(node) == _GETENV

    def is_named(self, node: ast.AST) -> bool:
        """Whether an expression is only given another name, by which it is known from then on."""
        parent = self.parents.get(node)
        return isinstance(parent, ast.Assign) and parent.value is node and self.is_alias(parent)

    @cached_property
    def _envs(self) -> frozenset[str]:
        return frozenset(
            target.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and self.path(node.value.func) in _ENVIRONS
            for target in node.targets
            if isinstance(target, ast.Name)
        )

    def is_reader(self, node: ast.expr) -> bool:
        """Whether a function is another library's reader of variables: `config(…)`, `env.int(…)`."""
        if self.path(node) == _DECOUPLE or (isinstance(node, ast.Name) and node.id in self._envs):
            return True
        return (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in self._envs
            and node.attr in _CASTS
        )

    def is_prefixed(self, node: ast.expr) -> bool:
        """Whether a function makes environs read by a prefix: `env.prefixed(…)`."""
        return (
            isinstance(node, ast.Attribute)
            and node.attr == "prefixed"
            and self.path(node.value) in self._envs
        )
