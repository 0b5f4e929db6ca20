"""Formulas of a function's derivatives, as text that can be typed in again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

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
    found = {}
    for key, variables in terms:
        if not variables:
            continue
        try:
            found[key] = _formula(function, variables)
        except Exception:  # whatever a user's function does on symbols: then there is no formula
            break
    return found


def _formula(function: Function, variables: tuple[int, ...]) -> str:
    """Return the derivative by `variables`; pi and e are symbols until the end."""
    from sympy import E, pi

    from chainrule.show.symbols import derivative_of, simpler, text

    if isinstance(function, FileFunction):
        return text(simpler(derivative_of(function, function.names, variables)))
    constants = sorted(function.expression.constants)
    names = [*function.names, *constants]
    found = derivative_of(lambda *x: function.evaluate(dict(zip(names, x, strict=True))), names, variables)
    exact = {"pi": pi, "π": pi, "tau": 2 * pi, "e": E}
    return text(simpler(found.subs({s: exact[s.name] for s in found.free_symbols if s.name in constants})))
