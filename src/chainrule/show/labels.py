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
    found = _formulas(f, names, terms)
    return [f"${name}${formula}" for name, formula in zip(plain, found, strict=True)]


def _formulas(f: Callable[..., Any], names: Sequence[str], terms: Sequence[tuple[int, ...]]) -> list[str]:
    """Return " = formula" for each term, nothing where there is none or a long one."""
    try:
        from chainrule.show.symbols import formulas_of, text
    except ImportError:
        return [""] * len(terms)
    found = formulas_of(f, names, terms)
    short = [term in found and len(text(found[term])) <= LONGEST for term in terms]
    return [f" = {_drawable(found[term])}" if fits else "" for term, fits in zip(terms, short, strict=True)]


def _drawable(formula: Any) -> str:
    """Return a formula as mathematics if matplotlib can draw it, else as text."""
    from matplotlib.mathtext import MathTextParser
    from sympy import latex

    from chainrule.show.symbols import text

    written = latex(formula).replace(r"\left|", "|").replace(r"\right|", "|")
    try:
        MathTextParser("path").parse(f"${written}$")
    except ValueError:  # cases, for example
        return text(formula)
    return f"${written}$"
