"""Derivatives as SymPy expressions, short and with exact numbers, and as text that can be typed in again.

This module needs SymPy: import it where its absence is handled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import (
    Add,
    Array,
    E,
    Float,
    Integer,
    Matrix,
    Max,
    Min,
    Piecewise,
    Pow,
    Rational,
    atan2,
    cancel,
    count_ops,
    expand,
    factor_terms,
    log,
    pi,
    powsimp,
    sqrt,
    together,
    trigsimp,
)
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.trigonometric import TrigonometricFunction
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from chainrule.show.on_symbols import Bounds, derivatives_of

NAMES = {
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "ceiling": "ceil",
    "loggamma": "lgamma",
}
COMPARISONS = {"Equality": "==", "Unequality": "!="}


QUICK = Bounds(500, 1500)  # for legends and the command, which also do without
PATIENT = Bounds(5_000, 20_000)
LARGEST_SIMPLIFIED = 40  # operations of a formula that SymPy simplifies in a second or so
LARGEST_SIMPLIFIED_ARRAY = 1000  # operations of the entries of an array that are simplified
HIGHEST = 20  # power of a sum that may be multiplied out on the way


def formulas_of(
    f: Callable[..., Any],
    names: Sequence[str],
    terms: Sequence[tuple[int, ...]],
    constants: Sequence[str] = (),
) -> dict[tuple[int, ...], Any]:
    """Return the derivatives of f by each of `terms` (numbers of its arguments) as SymPy expressions.

    The `constants` pi and e may follow the variables as arguments of f, so that they stay symbols.
    Terms from the first on that is too large, or that f cannot give on symbols, are left out.
    """
    exact = {name: EXACT[name] for name in constants}
    found = {}
    try:
        for term in terms:
            formula = derivative_of(f, [*names, *constants], term)
            found[term] = simpler(
                formula.subs({s: exact[s.name] for s in formula.free_symbols if s.name in exact})
            )
    except Exception:  # whatever f, a user's function, does on symbols: then there is no formula
        return found
    return found


EXACT = {"pi": pi, "π": pi, "tau": 2 * pi, "e": E}


def derivative_of(f: Callable[..., Any], names: Sequence[str], variables: Sequence[int] = ()) -> Any:
    """Return a derivative of f, a function of numbers, by `variables` (numbers of its arguments).

    Without variables it is f itself. Raises whatever f does when it cannot be run on symbols.
    """
    return derivatives_of(f, dict.fromkeys(names, ()), variables, QUICK).item()


def simplest(f: Callable[..., Any], shapes: Mapping[str, tuple[int, ...]], variables: Sequence[int]) -> Any:
    """Return a derivative of f by arguments with shapes, simplified: a number, a matrix or an array.

    Of the entries of an array the first are simplified, as many as SymPy can in a few seconds.
    """
    found = derivatives_of(f, shapes, variables, PATIENT)
    done: dict[Any, Any] = {}
    left = LARGEST_SIMPLIFIED_ARRAY
    for x in found.flat:
        if x not in done:
            done[x] = simpler(x) if left > 0 else tidy(x)
            left -= count_ops(x)
    entries = [done[x] for x in found.flat]
    if found.ndim == 0:
        return entries[0]
    if found.ndim <= 2:
        return Matrix(*found.shape, *(() if found.ndim == 2 else (1,)), entries)
    return Array(entries, found.shape)


def simpler(found: Any) -> Any:
    """Return the shortest of an expression's simpler forms, with exact numbers."""
    found = tidy(found)
    if isinstance(found, Piecewise):
        return Piecewise(*[(simpler(case), condition) for case, condition in found.args])
    if count_ops(found) > LARGEST_SIMPLIFIED or any(_is_high(power) for power in found.atoms(Pow)):
        return found
    if found.has(atan2, Max, Min) or len(found.atoms(Piecewise)) > 1:
        return found  # SymPy may think about cases within cases for minutes
    for _ in range(2):
        shorter = [found, *[tidy(shorten(found)) for shorten in _SHORTEN]]
        if found.has(TrigonometricFunction) and count_ops(found) <= LARGEST_SIMPLIFIED // 3:
            shorter.append(tidy(trigsimp(found)))
        found = min(shorter, key=count_ops)
    return found


# `simplify` tries these and much more; it may take minutes.
_SHORTEN = (
    lambda e: factor_terms(together(e)),
    lambda e: factor_terms(cancel(e)),
    expand,
    powsimp,
)


def _is_high(power: Any) -> bool:
    return isinstance(power.base, Add) and power.exp.is_number and abs(power.exp) > HIGHEST


def tidy(found: Any) -> Any:
    """Return an expression with the numbers put back that float64 stands for: 2, 1/3, log(2), pi/180."""
    found = found.replace(lambda e: isinstance(e, Float), _number)
    return found.replace(
        lambda e: isinstance(e, Pow) and isinstance(e.exp, Float),
        lambda e: Pow(e.base, _rational(e.exp) or e.exp),
    )


def _number(x: Any) -> Any:
    """Return what a float stands for, else the float: decimals such as 0.1 stay as they are."""
    value = float(x)
    if not math.isfinite(value):
        return x
    if value.is_integer() and abs(value) < 1e15:
        return Integer(int(value))
    for known in _KNOWN:
        ratio = _rational(value / float(known))
        if ratio is not None and max(abs(ratio.p), ratio.q) <= 12:
            return ratio * known
    found = _rational(value)
    if found is not None and _has_endless_decimals(found.q):
        return found
    return _logarithm(value) or x


_KNOWN = (pi, pi / 180, 180 / pi, 1 / pi, 1 / sqrt(pi), 1 / log(2), 1 / log(10))


def _logarithm(value: float) -> Any:
    """Return a power of log(n) for a small n, which exponentials of base n bring with them."""
    for power in (1, 2, 3, 4):
        n = math.exp(min(abs(value) ** (1 / power), 10))
        if 1.5 < n < 1000 and _close(n, round(n)):
            return log(round(n)) ** power * (1 if value > 0 else -1)
    return None


def _rational(x: Any) -> Any:
    """Return the fraction that a float is, within rounding, or None."""
    value = float(x)
    fraction = Fraction(value).limit_denominator(100_000)
    return Rational(fraction.numerator, fraction.denominator) if _close(float(fraction), value) else None


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-14, abs_tol=0.0)


def _has_endless_decimals(denominator: int) -> bool:
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator > 1


def text(found: Any) -> str:
    """Return an expression as text.

    >>> from sympy import Abs, Piecewise, exp, symbols
    >>> x = symbols("x", real=True)
    >>> text(exp(1) * Abs(x) + Piecewise((x, x > 0), (0, True)))
    '(x if x > 0 else 0) + e*abs(x)'
    """
    return str(_Printer().doprint(found))


class _Printer(StrPrinter):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__({"full_prec": False})

    def _print_Function(self, expr: Any) -> str:  # noqa: N802 (SymPy's names)
        name = type(expr).__name__ if not isinstance(expr, AppliedUndef) else expr.func.__name__
        return f"{NAMES.get(name, name)}({self.stringify(expr.args, ', ')})"

    def _print_Exp1(self, expr: Any) -> str:  # noqa: N802
        return "e"

    def _print_polygamma(self, expr: Any) -> str:
        order, x = expr.args
        return f"digamma({self._print(x)})" if order == 0 else self._print_Function(expr)

    def _print_LatticeOp(self, expr: Any) -> str:  # noqa: N802 (Max and Min)
        name = type(expr).__name__
        return f"{NAMES.get(name, name)}({', '.join(sorted(map(self._print, expr.args)))})"

    def _print_Mod(self, expr: Any) -> str:  # noqa: N802
        a, b = (self.parenthesize(x, PRECEDENCE["Mul"], strict=True) for x in expr.args)
        return f"({a} % {b})"

    def _print_Heaviside(self, expr: Any) -> str:  # noqa: N802
        return f"(1 if {self._print(expr.args[0])} > 0 else 0)"

    def _print_Piecewise(self, expr: Any) -> str:  # noqa: N802
        *cases, (last, condition) = expr.args
        if condition != True:  # noqa: E712 (SymPy's true)
            cases, last = expr.args, "nan"
        else:
            last = self._print(last)
        for value, when in reversed(cases):
            last = f"{self._print(value)} if {self._print(when)} else {last}"
        return f"({last})"

    def _print_Relational(self, expr: Any) -> str:  # noqa: N802
        symbol = COMPARISONS.get(type(expr).__name__, expr.rel_op)
        return f"{self._print(expr.lhs)} {symbol} {self._print(expr.rhs)}"

    def _print_And(self, expr: Any) -> str:  # noqa: N802
        return " and ".join(self._condition(part) for part in expr.args)

    def _print_Or(self, expr: Any) -> str:  # noqa: N802
        return " or ".join(self._condition(part) for part in expr.args)

    def _print_Not(self, expr: Any) -> str:  # noqa: N802
        return f"not {self._condition(expr.args[0])}"

    def _condition(self, part: Any) -> str:
        return self._print(part) if part.is_Relational else f"({self._print(part)})"
