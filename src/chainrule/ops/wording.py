"""The text of rules and bodies, as they are written in the source."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any


def text_of(rule: Any) -> str:
    """Return a rule as it is written: a number, the body of a lambda or of a function of one line.

    >>> from chainrule.core.primitive import registry
    >>> text_of(registry["neg"].rules["x"])
    '-1'
    >>> text_of(registry["sin"].rules["x"])
    'cos(x)'
    """
    if not callable(rule):
        return str(rule)
    source = Path(inspect.getfile(rule)).read_text(encoding="utf-8")
    node = _definition(rule, source)
    body: ast.AST | None = None
    if isinstance(node, ast.Lambda):
        body = node.body
    elif isinstance(node, ast.FunctionDef):
        statements = [s for s in node.body if not _is_docstring(s)]
        if len(statements) == 1 and isinstance(statements[0], ast.Return):
            body = statements[0].value
    if body is None:
        return f"{rule.__name__}({', '.join(inspect.signature(rule).parameters)})"
    text = " ".join((ast.get_source_segment(source, body) or "").split())
    return text.replace("( ", "(").replace(", )", ")").replace(" )", ")")


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _definition(rule: Callable[..., Any], source: str) -> ast.AST | None:
    """Return the smallest definition that holds all of the code of a rule."""
    code = inspect.unwrap(rule).__code__
    places = [
        ((line, column), (last, end))
        for line, last, column, end in code.co_positions()
        if None not in (line, last, column, end) and (column, end) != (0, 0)
    ]
    if not places:  # a rule that only returns a constant: Python 3.12 does not say where it stands
        return None
    first = min(start for start, _ in places)
    last = max(end for _, end in places)
    around = [
        node
        for node in _definitions(source)
        if (node.lineno, node.col_offset) <= first and last <= (node.end_lineno, node.end_col_offset)
    ]
    return max(around, key=lambda node: (node.lineno, node.col_offset), default=None)


@functools.cache
def _definitions(source: str) -> tuple[Any, ...]:
    return tuple(
        [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Lambda, ast.FunctionDef))]
    )
