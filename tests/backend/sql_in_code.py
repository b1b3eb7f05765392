"""The SQL that a module holds, as far as it stands in its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN) ")
_Known = Mapping[str, ast.expr]


def sql_in(path: Path) -> Iterator[tuple[str, str]]:
    """Each text with SQL in a module, and in which function or constant it stands.

    What is put together is followed as far as it has names in the same function or module; for
    anything else there are braces.
    """
    tree = ast.parse(path.read_text("utf-8"))
    constants = _assigned(tree.body)
    for node in tree.body:
        name = getattr(node, "name", None) or _target(node) or ""
        within = constants
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            within = {**constants, **_assigned(list(ast.walk(node)))}
        for text in _texts(node, within):
            if _SQL.search(text):
                yield name, text


def _target(node: ast.AST) -> str | None:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _assigned(nodes: list[ast.AST] | list[ast.stmt]) -> dict[str, ast.expr]:
    return {
        name: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and (name := _target(node)) is not None
    }


def _texts(node: ast.AST, known: _Known) -> Iterator[str]:
    """The longest texts in a node, and those within what they are put together from."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if _is_text(node):
        assert isinstance(node, ast.expr)
        yield _read(node, known, 0)
        inner: list[ast.AST] = [
            each.value for each in ast.walk(node) if isinstance(each, ast.FormattedValue)
        ]
    else:
        inner = list(ast.iter_child_nodes(node))
    for each in inner:
        yield from _texts(each, known)


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _read(node: ast.expr, known: _Known, depth: int) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_read(each, known, depth) for each in values)
        case ast.FormattedValue(value=value):
            return _read(value, known, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _read(left, known, depth) + _read(right, known, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return _read(body, known, depth) + _read(orelse, known, depth)
        case ast.Name(id=name) if name in known and depth < 5:
            return _read(known[name], known, depth + 1)
    return "{}"
