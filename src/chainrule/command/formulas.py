"""Formulas of a function's derivatives, as text that can be typed in again."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from chainrule.command.files import FileFunction
from chainrule.command.functions import ExpressionFunction
from chainrule.command.limits import time_limit

MOST_FORMULAS = 100
PATIENCE = 5.0  # seconds for all formulas together

Function = ExpressionFunction | FileFunction


def formula_texts(function: Function, terms: Sequence[tuple[str, tuple[int, ...]]]) -> dict[str, str]:
    """Return the formulas of derivatives (key, variables) by their keys.

    Those that have no formula are left out: of functions that branch in Python, and of operations that
    SymPy has no words for; so are those that come after too many others or too long a time. Without
    SymPy there are none, and a line on standard error says so.
    """
    if find_spec("sympy") is None:
        print('chainrule: formulas need SymPy: pip install "chainrule[show]"', file=sys.stderr)
        return {}
    from sympy import nan, oo, zoo

    from chainrule.show.symbols import formulas_of, text

    wanted = [variables for _, variables in terms if variables][:MOST_FORMULAS]
    found = {}
    with contextlib.suppress(TimeoutError), time_limit(PATIENCE):
        if isinstance(function, FileFunction):
            found = formulas_of(function, function.names, wanted)
        else:
            constants = sorted(function.expression.constants)
            names = [*function.names, *constants]

            def evaluate(*values: Any) -> Any:
                return function.evaluate(dict(zip(names, values, strict=True)))

            found = formulas_of(evaluate, function.names, wanted, constants)
    finite = {term for term, formula in found.items() if not formula.has(nan, oo, -oo, zoo)}
    return {key: text(found[variables]) for key, variables in terms if variables in finite}
