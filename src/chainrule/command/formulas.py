"""Formulas of a function's derivatives, as text that can be typed in again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from chainrule.command.functions import ExpressionFunction, FileFunction

Function = ExpressionFunction | FileFunction


def formula_texts(function: Function, terms: Sequence[tuple[str, tuple[int, ...]]]) -> dict[str, str]:
    """Return the formulas of derivatives (key, variables) by their keys.

    Those that have no formula are left out: of functions that branch in Python, and of operations that
    SymPy has no words for. Without SymPy there are none, and a line on standard error says so.
    """
    if find_spec("sympy") is None:
        print("chainrule: formulas need SymPy: pip install 'chainrule[show]'", file=sys.stderr)
        return {}
    from chainrule.show.symbols import formulas_of, text

    wanted = [variables for _, variables in terms if variables]
    if isinstance(function, FileFunction):
        found = formulas_of(function, function.names, wanted)
    else:
        constants = sorted(function.expression.constants)
        names = [*function.names, *constants]

        def evaluate(*values: Any) -> Any:
            return function.evaluate(dict(zip(names, values, strict=True)))

        found = formulas_of(evaluate, function.names, wanted, constants)
    return {key: text(found[variables]) for key, variables in terms if variables in found}
