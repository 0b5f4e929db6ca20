"""Formulas for legends: SymPy's where it finds them and they are short, else f, f', f''."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

LONGEST = 75  # characters of a formula as text


def formulas(f: Callable[..., Any], order: int, names: Sequence[str]) -> list[str]:
    """Return legend entries for f and its derivatives (for two variables its partial derivatives)."""
    count = len(names)
    inside = ", ".join(names)
    plain = [f"f({inside})"]
    terms: list[tuple[int, ...]] = [()]
    if count == 1:
        plain += [f"f{chr(39) * k}({inside})" for k in range(1, order + 1)]
        terms += [(0,) * k for k in range(1, order + 1)]
    else:
        plain += [rf"\partial f / \partial {name}" for name in names]
        terms += [(i,) for i in range(count)]
    found = [_latex(f, names, term) for term in terms]
    return [
        f"${name} = {formula}$" if formula else f"${name}$"
        for name, formula in zip(plain, found, strict=True)
    ]


def _latex(f: Callable[..., Any], names: Sequence[str], term: tuple[int, ...]) -> str:
    """Return a formula in the LaTeX that matplotlib draws, or nothing."""
    try:
        from matplotlib.mathtext import MathTextParser
        from sympy import latex

        from chainrule.show.symbols import derivative_of, simpler, text

        found = simpler(derivative_of(f, names, term)) if term else derivative_of(f, names)
        formula = latex(found)
        if len(text(found)) > LONGEST:
            return ""
        MathTextParser("path").parse(f"${formula}$")
    except Exception:  # no SymPy, f cannot be run on symbols, or matplotlib cannot draw the formula
        return ""
    return str(formula)
