"""Formulas for legends: SymPy's where it finds them and they are short, else f, f', f''."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

LONGEST = 75  # characters of a formula as text


def formulas(f: Callable[..., Any], order: int, names: Sequence[str]) -> list[str]:
    """Return legend entries for f and its derivatives (for two variables its partial derivatives)."""
    count = len(names)
    variables = [variable(name) for name in names]
    inside = ", ".join(variables)
    plain = [f"f({inside})"]
    terms: list[tuple[int, ...]] = [()]
    if count == 1:
        plain += [f"f{chr(39) * k}({inside})" for k in range(1, order + 1)]
        terms += [(0,) * k for k in range(1, order + 1)]
    else:
        plain += [rf"\partial f / \partial {name}" for name in variables]
        terms += [(i,) for i in range(count)]
    found = _formulas(f, names, terms)
    return [f"${name}${formula}" for name, formula in zip(plain, found, strict=True)]


def variable(name: str) -> str:
    """Return the name of a variable as mathematics, without dollars."""
    try:
        from chainrule.show.mathtext import name_of
    except ImportError:  # SymPy is missing
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    return name_of(name)


def _formulas(f: Callable[..., Any], names: Sequence[str], terms: Sequence[tuple[int, ...]]) -> list[str]:
    """Return " = formula" for each term, nothing where there is none or a long one."""
    try:
        from chainrule.show.mathtext import drawable
        from chainrule.show.symbols import formulas_of, text
    except ImportError:
        return [""] * len(terms)
    found = formulas_of(f, names, terms)
    short = [term in found and len(text(found[term])) <= LONGEST for term in terms]
    return [f" = {drawable(found[term])}" if fits else "" for term, fits in zip(terms, short, strict=True)]
