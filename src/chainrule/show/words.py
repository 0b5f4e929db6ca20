"""Words: what NumPy's functions and chainrule's primitives are called in SymPy.

A primitive has no word of its own where its NumPy body can run on expressions: each NumPy function in
the body has one counterpart in `FUNCTIONS`. `ELEMENTS` and `ARRAYS` are for bodies that ask for what
only numbers have: dtypes, extreme values, digits to save. Words are for values; derivatives come from
chainrule's rules, which run on these values.

Symbols are real and finite, and stand for generic points: what holds at single points only does not
hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from sympy import Integer, Piecewise, Rational
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

Expr = Any
Objects = Any  # an array of expressions
Dims = tuple[int, ...]

CONDITIONS = (Relational, BooleanAtom, BooleanFunction)  # Boolean itself would take in every Symbol
LARGEST_MATRIX = 4  # rows of a matrix whose determinant is written out; its terms grow like the factorial


class NoWordError(TypeError):
    """There is no formula, for the reason given."""


class TooLargeError(ValueError):
    """A formula is too large to be written out."""


# -- element by element ---------------------------------------------------------------------------


def choose(condition: Expr, a: Expr, b: Expr) -> Expr:
    return Piecewise((a, condition), (b, True))


def number(x: Expr) -> Expr:
    """Return a condition as the number that NumPy takes it for, 1 or 0."""
    return choose(x, 1, 0) if isinstance(x, CONDITIONS) else x


def _times(a: Expr, b: Expr) -> Expr:
    """A product; of a condition and a number it is the number where the condition holds."""
    if isinstance(a, CONDITIONS):
        return choose(a, number(b), 0)
    return choose(b, a, 0) if isinstance(b, CONDITIONS) else a * b


def trunc(x: Expr) -> Expr:
    return sympy.sign(x) * sympy.floor(sympy.Abs(x))


def _fmod(a: Expr, b: Expr) -> Expr:
    return sympy.sign(a) * sympy.Mod(sympy.Abs(a), sympy.Abs(b))


def _copysign(a: Expr, b: Expr) -> Expr:
    return choose(sympy.Ge(b, 0), sympy.Abs(a), -sympy.Abs(a))


def _round(x: Expr) -> Expr:
    return sympy.floor(x + Rational(1, 2))  # ties go to the even number only at single points


def _xlogy(a: Expr, b: Expr) -> Expr:
    return a * sympy.log(b)


def _unsigned(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """Compare a itself rather than its sign with 0."""
    return (a.args[0] if b == 0 and isinstance(a, sympy.sign) else a), b


FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: number(a) + number(b),
    "subtract": lambda a, b: number(a) - number(b),
    "multiply": _times,
    "divide": lambda a, b: number(a) / number(b),
    "negative": lambda x: -number(x),
    "positive": lambda x: x,
    "power": lambda a, b: a**b,
    "float_power": lambda a, b: a**b,
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "sqrt": sympy.sqrt,
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** Rational(1, 3),
    "absolute": sympy.Abs,
    "fabs": sympy.Abs,
    "sign": sympy.sign,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "fmax": sympy.Max,
    "fmin": sympy.Min,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "trunc": trunc,
    "rint": _round,
    "floor_divide": lambda a, b: sympy.floor(a / b),
    "remainder": sympy.Mod,
    "fmod": _fmod,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "copysign": _copysign,
    "conjugate": lambda x: x,
    "exp": sympy.exp,
    "exp2": lambda x: 2**x,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log": sympy.log,
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "log1p": lambda x: sympy.log(1 + x),
    "logaddexp": lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    "logaddexp2": lambda a, b: sympy.log(2**a + 2**b) / sympy.log(2),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "arctan2": sympy.atan2,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "arcsinh": sympy.asinh,
    "arccosh": sympy.acosh,
    "arctanh": sympy.atanh,
    "deg2rad": lambda x: x * sympy.pi / 180,
    "radians": lambda x: x * sympy.pi / 180,
    "rad2deg": lambda x: x * 180 / sympy.pi,
    "degrees": lambda x: x * 180 / sympy.pi,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "erfinv": sympy.erfinv,
    "gammaln": sympy.loggamma,
    "psi": sympy.digamma,
    "digamma": sympy.digamma,
    "expit": lambda x: 1 / (1 + sympy.exp(-x)),
    "logit": lambda x: sympy.log(x / (1 - x)),
    "xlogy": _xlogy,
    "greater": lambda a, b: sympy.Gt(*_unsigned(a, b)),
    "greater_equal": lambda a, b: sympy.Ge(*_unsigned(a, b)),
    "less": lambda a, b: sympy.Lt(*_unsigned(a, b)),
    "less_equal": lambda a, b: sympy.Le(*_unsigned(a, b)),
    "equal": sympy.Eq,
    "not_equal": sympy.Ne,
    "logical_and": sympy.And,
    "logical_or": sympy.Or,
    "logical_xor": sympy.Xor,
    "logical_not": sympy.Not,
    "bitwise_and": sympy.And,
    "bitwise_or": sympy.Or,
    "bitwise_xor": sympy.Xor,
    "invert": sympy.Not,
    "isnan": lambda x: sympy.false,
    "isinf": lambda x: sympy.false,
    "isfinite": lambda x: sympy.true,
}
"""What NumPy's and SciPy's elementwise functions are called in SymPy."""


def _clamped(x: Expr, low: Expr, high: Expr) -> Expr:
    return sympy.Min(sympy.Max(x, low), high)


def _clamped_to_numbers(x: Expr, min: Any = None, max: Any = None) -> Expr:
    return _clamped(x, -sympy.oo if min is None else min, sympy.oo if max is None else max)


def _sinc(x: Expr) -> Expr:
    return choose(sympy.Ne(x, 0), sympy.sin(sympy.pi * x) / (sympy.pi * x), 1)


def _sinc_derivative(x: Expr, order: int) -> Expr:
    """By definition the derivative of sinc; at 0 the Taylor series of sin(u)/u gives it."""
    t = sympy.Dummy(real=True)
    away = sympy.diff(sympy.sin(sympy.pi * t) / (sympy.pi * t), t, order).subs(t, x)
    at_zero = 0 if order % 2 else (-1) ** (order // 2) * sympy.pi**order / Integer(order + 1)
    return choose(sympy.Ne(x, 0), away, at_zero)


def _softplus(x: Expr, beta: float = 1, threshold: float = 20) -> Expr:
    beta = expression(beta)
    return choose(beta * x > expression(threshold), x, sympy.log(1 + sympy.exp(beta * x)) / beta)


def _signed_power(x: Expr, exponent: float) -> Expr:
    return sympy.sign(x) if exponent == 0 else x * sympy.Abs(x) ** (expression(exponent) - 1)


def _share(a: Expr, b: Expr) -> Expr:
    return Piecewise((1, sympy.Gt(a, b)), (0, sympy.Lt(a, b)), (Rational(1, 2), True))


ELEMENTS: dict[str, Callable[..., Expr]] = {
    "where": choose,
    "select_live": lambda x, live: choose(live, x, 0),
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "fmax": sympy.Max,
    "fmin": sympy.Min,
    "share": _share,
    "clamp": _clamped,
    "clamp_number": _clamped_to_numbers,
    "sign": sympy.sign,
    "sgn": sympy.sign,
    "trunc_divide": lambda a, b: trunc(a / b),
    "lerp": lambda start, end, weight: start + weight * (end - start),
    "round_decimals": lambda x, decimals: _round(x * Integer(10) ** decimals) / Integer(10) ** decimals,
    "copysign_number": lambda x, sign: sympy.Abs(x) * (1 if sign >= 0 else -1),
    "sinc": _sinc,
    "sinc_derivative": _sinc_derivative,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "gap": lambda a, b: a - b,
    "softplus": _softplus,
    "xlogy": _xlogy,
    "signed_power": _signed_power,
    "abs_power": lambda x, exponent: sympy.Abs(x) ** expression(exponent),
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "erfinv": sympy.erfinv,
    "lgamma": sympy.loggamma,
    "digamma": sympy.digamma,
    "polygamma": lambda x, n: sympy.polygamma(n, x),
}
"""Elementwise primitives by name; static parameters come by name."""


# -- along axes -----------------------------------------------------------------------------------

REDUCTIONS: dict[str, Callable[..., Expr]] = {
    "add": lambda *xs: sympy.Add(*map(number, xs)),
    "multiply": lambda *xs: sympy.Mul(*map(number, xs)),
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "logical_and": sympy.And,
    "logical_or": sympy.Or,
}
"""What NumPy's functions are called in SymPy when they reduce axes: functions of any number of terms."""


def along(function: Callable[..., Expr], x: Objects, dim: Any, keepdim: bool = False) -> Objects:
    """Return `function` of the elements along the axes `dim` (None: all of them)."""
    x = np.asarray(x, object)  # NumPy returns a bare element for an array of no axes
    axes = tuple(range(x.ndim)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    axes = tuple([axis % x.ndim for axis in axes])
    others = [axis for axis in range(x.ndim) if axis not in axes]
    kept = [x.shape[axis] for axis in others]
    lanes = x.transpose([*others, *axes]).reshape([*kept, -1] if x.size else [*kept, 0])
    found = np.empty(kept, object)
    for i in np.ndindex(*kept):
        found[i] = function(*lanes[i])
    return np.expand_dims(found, axes) if keepdim else found


def _running(function: Callable[..., Expr], x: Objects, dim: int) -> Objects:
    found = np.empty(x.shape, object)
    lanes, results = np.moveaxis(x, dim, -1), np.moveaxis(found, dim, -1)
    for i in np.ndindex(lanes.shape):
        results[i] = function(results[(*i[:-1], i[-1] - 1)], lanes[i]) if i[-1] else lanes[i]
    return found


def accumulate(function: Callable[..., Expr], x: Objects, axis: int = 0) -> Objects:
    """Return `function` of the elements along an axis up to each one."""
    return _running(function, x, axis)


def _sum(x: Objects, dim: Any, keepdim: bool = False) -> Objects:
    return along(REDUCTIONS["add"], x, dim, keepdim)


def _each(function: Callable[..., Expr], *arrays: Objects) -> Objects:
    """Return `function` of the elements of arrays, which broadcast."""
    return np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), object)


def _softmax(x: Objects, dim: int) -> Objects:
    e = _each(sympy.exp, x)
    return e / _sum(e, dim, True) if x.ndim else e / e


def _log_softmax(x: Objects, dim: int) -> Objects:
    return x - _logsumexp(x, (dim,) if x.ndim else (), True)


def _logsumexp(x: Objects, dim: Dims, keepdim: bool = False) -> Objects:
    return _each(sympy.log, _sum(_each(sympy.exp, x), dim, keepdim))


def _vector_norm(x: Objects, ord: float, dim: Dims, keepdim: bool = False) -> Objects:
    if ord == 2:
        return _each(sympy.sqrt, _sum(x**2, dim, keepdim))
    sizes = _each(sympy.Abs, x)
    if ord == 0:
        return _sum(_each(lambda e: sympy.Ne(e, 0), x), dim, keepdim)
    if np.isinf(ord):
        return along(sympy.Max if ord > 0 else sympy.Min, sizes, dim, keepdim)
    power = expression(ord)
    return _sum(sizes**power, dim, keepdim) ** (1 / power)


def _var(x: Objects, dim: Dims, keepdim: bool, correction: float) -> Objects:
    n = sympy.prod([x.shape[axis] for axis in dim])
    squares = _sum(x**2, dim, keepdim) - _sum(x, dim, keepdim) ** 2 / n
    return squares / expression(max(n - correction, 0))


def _std(x: Objects, dim: Dims, keepdim: bool, correction: float) -> Objects:
    return _each(sympy.sqrt, _var(x, dim, keepdim, correction))


def _shares(x: Objects, y: Objects, dim: Dims) -> Objects:
    """Return 1 for the extreme elements of lanes with extrema y, else 0; there are no ties."""
    return _each(lambda e, extremum: number(_is_extreme(e, extremum)), x, y)


def _is_extreme(x: Expr, extremum: Expr) -> Expr:
    if x == extremum:
        return sympy.true
    if isinstance(extremum, sympy.Max):
        return sympy.And(*[sympy.Ge(x, other) for other in extremum.args if other != x])
    if isinstance(extremum, sympy.Min):
        return sympy.And(*[sympy.Le(x, other) for other in extremum.args if other != x])
    return sympy.false


# -- matrices -------------------------------------------------------------------------------------


def _matrices(function: Callable[..., Any], *arrays: Objects) -> Objects:
    """Return `function` (from SymPy's matrices to a matrix or a number) of the last two axes."""
    batch = np.broadcast_shapes(*[x.shape[:-2] for x in arrays])
    arrays = tuple([np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in arrays])
    parts = [
        function(*[sympy.Matrix(*x.shape[-2:], list(x[i].flat)) for x in arrays]) for i in np.ndindex(batch)
    ]
    shape = parts[0].shape if parts and hasattr(parts[0], "shape") else ()
    found = np.empty((*batch, *shape), object)
    for i, part in zip(np.ndindex(batch), parts, strict=True):
        found[i] = np.array(part.tolist(), object) if shape else part
    return found


def _determinant(matrix: Any) -> Expr:
    most, n = LARGEST_MATRIX, matrix.rows
    if n > most:
        raise TooLargeError(f"determinants and inverses are written out up to {most} x {most}, not {n} x {n}")
    return matrix.det(method="laplace")


def _det(x: Objects) -> Objects:
    return _matrices(_determinant, x)


def _inverse(x: Objects) -> Objects:
    return _matrices(lambda m: (1 / _determinant(m)) * m.adjugate(), x)


def _slogdet(x: Objects) -> tuple[Objects, Objects]:
    det = _det(x)
    return _each(sympy.sign, det), _each(lambda e: sympy.log(sympy.Abs(e)), det)


ARRAYS: dict[str, Callable[..., Objects | tuple[Objects, ...]]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "vector_norm": _vector_norm,
    "shares": _shares,
    "var": _var,
    "var_beside_mean": _var,
    "std": _std,
    "std_beside_mean": _std,
    "det": _det,
    "inv": _inverse,
    "expand": lambda x, shape: np.broadcast_to(x, shape),
    "solve": lambda a, b, left=True, **_: np.matmul(*((_inverse(a), b) if left else (b, _inverse(a)))),
    "slogdet": _slogdet,
}
"""Primitives of whole arrays by name; static parameters come by name."""


# -- numbers --------------------------------------------------------------------------------------


def expression(x: Any) -> Expr:
    """Return a number as SymPy's, whole floating-point numbers as integers."""
    if isinstance(x, np.ndarray):  # of one element
        x = x.reshape(-1)[0]
    if isinstance(x, np.generic):
        # The shortest decimals that stand for a number of less precision: 0.1, not 0.10000000149.
        x = float(str(x)) if x.dtype.char in "ef" else x.item()
    if isinstance(x, complex):
        raise NoWordError("formulas are of real numbers, but the function uses complex ones")
    if isinstance(x, float) and x.is_integer() and abs(x) < 1e15:
        return Integer(int(x))
    return sympy.sympify(x)


def objects(x: Any) -> Objects:
    """Return plain numbers or expressions as an array of expressions."""
    array = np.asarray(x)
    found = np.empty(array.shape, object)
    for i in np.ndindex(array.shape):
        found[i] = expression(array[i])
    return found
