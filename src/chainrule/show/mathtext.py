"""Mathematics as matplotlib draws it: names and SymPy's expressions, spaced as in print.

This module needs matplotlib and SymPy: import it where their absence is handled.
"""

from __future__ import annotations

import re
from typing import Any

from matplotlib.mathtext import MathTextParser
from sympy import And, Function, Ne, Or, Piecewise, Symbol, latex, loggamma, polygamma, true

from chainrule.show.symbols import text


def drawable(found: Any) -> str:
    r"""Return an expression as matplotlib's mathematics, or as text where it cannot draw that.

    >>> from sympy import Piecewise, sin, symbols
    >>> x = symbols("x", real=True)
    >>> print(drawable(x * sin(x)))
    $x \, \sin(x)$
    >>> print(drawable(Piecewise((x**2, x > 0), (-x, True))))
    $x^{2}$ if $x > 0$, else $- x$
    """
    if isinstance(found, Piecewise) and len(found.args) <= 3:
        written = _cases(found)
    else:
        written = f"${_mathematics(found)}$"
    return written if _can_be_drawn(written) else text(found)


def name_of(variable: str) -> str:
    r"""Return the name of a variable as mathematics, without dollars: words as they are written.

    >>> print(name_of("beta"), name_of("x_0"), name_of("air_speed"))
    \beta x_{0} \mathrm{air\_speed}
    """
    written = str(latex(Symbol(variable)))
    if _SYMBOL.fullmatch(written) and _can_be_drawn(f"${written}$"):
        return written
    return rf"\mathrm{{{variable}}}".replace("_", r"\_")


_SYMBOL = re.compile(r"(\\[a-zA-Z]+|\w)(_\{\w+\})?")


def _can_be_drawn(written: str) -> bool:
    try:
        MathTextParser("path").parse(written)
    except ValueError:
        return False
    return True


def _cases(found: Any) -> str:
    parts = []
    for value, condition in found.args:
        written = f"${_mathematics(value)}$"
        parts.append(f"else {written}" if condition == true else f"{written} if {_condition(condition)}")
    return ", ".join(parts)


def _condition(condition: Any) -> str:
    if isinstance(condition, (And, Or)):
        word = " and " if isinstance(condition, And) else " or "
        return word.join(_condition(part) for part in sorted(condition.args, key=str))
    if isinstance(condition, Ne):
        return rf"${_mathematics(condition.lhs)} \neq {_mathematics(condition.rhs)}$"
    return f"${_mathematics(condition)}$"


def _mathematics(found: Any) -> str:
    found = found.replace(loggamma, Function(r"\ln\Gamma"))
    found = found.replace(polygamma, lambda n, x: Function(rf"\psi^{{({n})}}" if n else r"\psi")(x))
    names = {symbol: name_of(symbol.name) for symbol in found.free_symbols}
    product = r" \, " if any("mathrm" in name for name in names.values()) else None
    written = latex(found, symbol_names=names, mul_symbol=product)
    written = written.replace(r"\left|", "|").replace(r"\right|", "|")
    return _large_fractions(_spaced_functions(written))


_FUNCTION = re.compile(r"((?:\\operatorname\{\w+\}|(?:\\[a-zA-Z]+)+)(?:\^\{[^{}]*\})?)\{\\left\(")
_BRACKET = re.compile(r"\\left\b|\\right\b")


def _spaced_functions(written: str) -> str:
    r"""Write \sin{\left(x \right)} as \sin(x), with a space before it in a product.

    Matplotlib sets a function with braces and stretching brackets too far from its argument, and too
    close to what stands before it.
    """
    while found := _FUNCTION.search(written):
        end = _closing(written, found.end())
        before = written[: found.start()].rstrip()
        inside, after = written[found.end() : end].strip(), written[end + len(r"\right)}") :]
        space = r" \, " if before and before[-1] not in "{([+-=,/|" else ""
        stretched = r"\left(", r"\right)"
        left, right = stretched if r"\frac" in inside else ("(", ")")
        written = f"{before}{space}{found[1]}{left}{inside}{right}{after}"
    return written


def _closing(written: str, start: int) -> int:
    r"""Return the place of the \right) of a \left( that ended at `start`."""
    depth = 1
    for bracket in _BRACKET.finditer(written, start):
        depth += 1 if bracket[0] == r"\left" else -1
        if depth == 0:
            return bracket.start()
    return len(written)


def _large_fractions(written: str) -> str:
    """Write fractions in full size unless they stand in an exponent, under a root or in another fraction."""
    depth = 0
    parts = []
    for part in re.split(r"(\\frac\b|[{}])", written):
        depth += {"{": 1, "}": -1}.get(part, 0)
        parts.append(r"\dfrac" if part == r"\frac" and depth == 0 else part)
    return "".join(parts)
