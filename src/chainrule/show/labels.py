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
    found = _latex(f, names, terms)
    return [
        f"${name} = {formula}$" if formula else f"${name}$"
        for name, formula in zip(plain, found, strict=True)
    ]


def _latex(f: Callable[..., Any], names: Sequence[str], terms: Sequence[tuple[int, ...]]) -> list[str]:
    """Return formulas in the LaTeX that matplotlib draws, empty where there is none."""
    try:
        from sympy import latex

        from chainrule.show.symbols import formulas_of, text
    except ImportError:
        return [""] * len(terms)
    found = formulas_of(f, names, terms)
    short = [term in found and len(text(found[term])) <= LONGEST for term in terms]
    return [_drawable(latex(found[term])) if fits else "" for term, fits in zip(terms, short, strict=True)]


def _drawable(formula: str) -> str:
    """Return a formula if matplotlib can draw it, else nothing."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(f"${formula}$")
    except ValueError:
        return ""
    return formula
