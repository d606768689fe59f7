"""Which fields an expression reads and which it tests, as paths from a name: ("deployments", "json", "[]", "phase")."""

from __future__ import annotations

from .ast import Expr, Has, Ident, Index, Literal, Macro, Select, children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Path: TypeAlias = tuple[str, ...]
    Scope: TypeAlias = dict[str, Path | None]

ELEMENT = "[]"
"""The step of a path that stands for an element of a list, or a value under a computed key."""


def paths(tree: Expr) -> tuple[frozenset[Path], frozenset[Path]]:
    """(paths that are read, paths that `has()` tests). A variable of a macro is an element of what the macro runs over."""
    read: set[Path] = set()
    tested: set[Path] = set()
    _collect(tree, {}, read, tested)
    return frozenset(read), frozenset(tested)


def _collect(node: Expr, scope: Scope, read: set[Path], tested: set[Path]) -> None:
    """Adds the longest path of every chain, and goes on inside indexes, arguments and bodies."""
    path = path_of(node, scope)
    if path is not None:
        read.add(path)
    elif isinstance(node, Has):
        inner = path_of(node.operand, scope)
        if inner is not None:
            tested.add((*inner, node.field))
    _collect_parts(node, scope, read, tested, chain=path is not None)


def _collect_parts(node: Expr, scope: Scope, read: set[Path], tested: set[Path], *, chain: bool) -> None:
    if isinstance(node, Macro):
        inner = {**scope, node.var: _element(path_of(node.over, scope))}
        if chain:
            _collect_parts(node.over, scope, read, tested, chain=True)
        else:
            _collect(node.over, scope, read, tested)
        for part in (node.where, node.body):
            if part is not None:
                _collect(part, inner, read, tested)
        return
    if isinstance(node, Has) or (chain and isinstance(node, (Select, Index))):
        # The operand belongs to the chain that was added already; only what hangs on it is new.
        is_chain = path_of(node.operand, scope) is not None
        (_collect_parts(node.operand, scope, read, tested, chain=True) if is_chain else _collect(node.operand, scope, read, tested))
        if isinstance(node, Index):
            _collect(node.index, scope, read, tested)
        return
    if not (chain and isinstance(node, Ident)):
        for part in children(node):
            _collect(part, scope, read, tested)


def _element(path: Path | None) -> Path | None:
    return None if path is None else (*path, ELEMENT)


def path_of(node: Expr, scope: Scope) -> Path | None:
    """The path of a chain of selections, indexes and filters that starts at a name; None for anything else."""
    steps: list[str] = []
    while True:
        if isinstance(node, Select):
            steps.append(node.field)
            node = node.operand
        elif isinstance(node, Index):
            key = node.index.value if isinstance(node.index, Literal) else None
            steps.append(key if isinstance(key, str) else ELEMENT)
            node = node.operand
        elif isinstance(node, Macro) and node.kind == "filter":
            node = node.over
        elif isinstance(node, Ident):
            root = scope.get(node.name, (node.name,)) if not node.root else (node.name,)
            return None if root is None else (*root, *reversed(steps))
        else:
            return None
