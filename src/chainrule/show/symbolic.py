"""Symbolic: a Box that holds SymPy expressions, so that functions and their derivatives become formulas.

A primitive has no word of its own for this: its NumPy body runs on the expressions, and each NumPy
(or SciPy) function in it has one SymPy counterpart, in the table below.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from numpy.lib.mixins import NDArrayOperatorsMixin
from sympy import Integer, Piecewise
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from chainrule.core.box import Box
from chainrule.core.primitive import Primitive
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap

Expr = Any
CONDITIONS = (Relational, BooleanAtom, BooleanFunction)  # Boolean itself would take in every Symbol


def _choose(condition: Expr, a: Expr, b: Expr) -> Expr:
    return Piecewise((a, condition), (b, True))


def _times(a: Expr, b: Expr) -> Expr:
    """A product; of a condition and a number it is the number where the condition holds."""
    if isinstance(a, CONDITIONS):
        return _choose(a, b, 0)
    return _choose(b, a, 0) if isinstance(b, CONDITIONS) else a * b


def _number(x: Expr) -> Expr:
    """A condition as the number that NumPy takes it for, 1 or 0."""
    return _choose(x, 1, 0) if isinstance(x, CONDITIONS) else x


def _sigmoid(x: Expr) -> Expr:
    return 1 / (1 + sympy.exp(-x))


WORDS: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: _number(a) + _number(b),
    "subtract": lambda a, b: _number(a) - _number(b),
    "multiply": _times,
    "divide": lambda a, b: _number(a) / _number(b),
    "true_divide": lambda a, b: _number(a) / _number(b),
    "negative": lambda x: -_number(x),
    "positive": lambda x: x,
    "power": lambda a, b: a**b,
    "float_power": lambda a, b: a**b,
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "sqrt": sympy.sqrt,
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "absolute": sympy.Abs,
    "fabs": sympy.Abs,
    "sign": sympy.sign,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "fmax": sympy.Max,
    "fmin": sympy.Min,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "trunc": lambda x: sympy.sign(x) * sympy.floor(sympy.Abs(x)),
    "floor_divide": lambda a, b: sympy.floor(a / b),
    "remainder": sympy.Mod,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "copysign": lambda a, b: sympy.Abs(a) * sympy.sign(b),
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
    "expit": _sigmoid,
    "logit": lambda x: sympy.log(x / (1 - x)),
    "xlogy": lambda a, b: a * sympy.log(b),
    "greater": sympy.Gt,
    "greater_equal": sympy.Ge,
    "less": sympy.Lt,
    "less_equal": sympy.Le,
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
"""What NumPy's and SciPy's elementwise functions are called in SymPy; symbols are real and finite."""


def _clamped(x: Expr, low: Expr, high: Expr) -> Expr:
    return sympy.Min(sympy.Max(x, low), high)


BODIES: dict[str, Callable[..., Expr]] = {
    "where": _choose,
    "select_live": lambda x, live: _choose(live, x, 0),
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "fmax": sympy.Max,
    "fmin": sympy.Min,
    "clamp": _clamped,
    "clamp_number": lambda x, min=None, max=None: _clamped(
        x, -sympy.oo if min is None else min, sympy.oo if max is None else max
    ),
    "share": lambda a, b: Piecewise((1, sympy.Gt(a, b)), (0, sympy.Lt(a, b)), (sympy.Rational(1, 2), True)),
    "sinc": lambda x: _choose(sympy.Ne(x, 0), sympy.sin(sympy.pi * x) / (sympy.pi * x), 1),
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "softplus": lambda x, **_: sympy.log(1 + sympy.exp(x)),
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "erfinv": sympy.erfinv,
    "lgamma": sympy.loggamma,
    "digamma": sympy.digamma,
    "polygamma": lambda x, n: sympy.polygamma(n, x),
}
"""Primitives whose NumPy bodies ask for what only numbers have: dtypes, extreme values."""

_ARRAY_METHODS = frozenset(
    {
        "reshape",
        "swapaxes",
        "transpose",
        "squeeze",
        "ravel",
        "flatten",
        "repeat",
        "diagonal",
        "sum",
        "prod",
        "copy",
    }
)


def _as_expression(x: Any) -> Expr:
    return sympy.sympify(x.item() if isinstance(x, np.generic) else x)


def _as_objects(x: Any) -> Any:
    """Return the expressions of a symbolic, or of plain numbers, as an array of objects."""
    if isinstance(x, Symbolic):
        return x.array
    array = np.asarray(x)
    found = np.empty(array.shape, object)
    for i in np.ndindex(array.shape):
        found[i] = _as_expression(array[i])
    return found


class Symbolic(Box, NDArrayOperatorsMixin):
    """An array of SymPy expressions, which takes part in NumPy's functions like an ndarray."""

    __slots__ = ("array",)

    def __init__(self, level: int, array: Any) -> None:
        self.level = level
        self.array = np.asarray(array, object)

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.array.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        conditions = self.array.size and all(isinstance(x, CONDITIONS) for x in self.array.flat)
        return np.dtype(bool if conditions else np.float64)

    @property
    def size(self) -> int:
        return self.array.size

    @property
    def real(self) -> Symbolic:
        return self

    def astype(self, dtype: Any, **_: Any) -> Symbolic:
        if np.dtype(dtype).kind != "b" and self.dtype.kind == "b":
            return self * 1
        return self

    def any(self) -> bool:
        """Symbols stand for generic points: what holds at single points only does not hold."""
        return False

    def __getitem__(self, index: Any) -> Symbolic:
        return Symbolic(self.level, self.array[index])

    def __getattr__(self, name: str) -> Any:
        if name not in _ARRAY_METHODS:
            raise AttributeError(name)
        method = getattr(self.array, name)
        return lambda *args, **kwargs: Symbolic(self.level, method(*args, **kwargs))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        word = WORDS.get(ufunc.__name__)
        if word is None:
            raise TypeError(f"SymPy has no word for {ufunc.__name__}, so there is no formula")
        objects = [_as_objects(x) for x in inputs]
        function = np.frompyfunc(word, ufunc.nin, 1)
        if method == "__call__":
            return Symbolic(self.level, function(*objects))
        if method == "reduce":
            return Symbolic(self.level, _reduce(word, ufunc, objects[0], **kwargs))
        raise TypeError(f"there is no formula for {ufunc.__name__}.{method}")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.where:
            return Symbolic(self.level, np.frompyfunc(_choose, 3, 1)(*map(_as_objects, args)))
        if function is np.linalg.norm or function.__module__.startswith("numpy.linalg"):
            raise TypeError(f"there is no formula for {function.__name__}")
        return Symbolic(self.level, function(*_bare(args), **_bare(kwargs)))

    def interpret(self, primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if self.level not in state.levels:
            raise self.leaked()
        body = BODIES.get(primitive.name)
        if body is not None:
            objects = [_as_objects(o._value if isinstance(o, TensorBase) else o) for o in operands]
            word = functools.partial(body, **params)
            return wrap(Symbolic(self.level, np.frompyfunc(word, len(objects), 1)(*objects)))
        try:
            y = primitive.forward(*[o._value if isinstance(o, TensorBase) else o for o in operands], **params)
        except (AttributeError, IndexError, ValueError) as error:
            raise TypeError(f"{primitive.name} needs numbers, so there is no formula of it") from error
        return tuple([wrap(part) for part in y]) if isinstance(y, tuple) else wrap(y)

    def concrete(self, purpose: str) -> Any:
        raise TypeError(
            f"{purpose} needs numbers, but while a formula is made there are only symbols; "
            "instead of a branch on a value, write where(condition, a, b)"
        )


def _bare(x: Any) -> Any:
    """Replace symbolics in arguments by their arrays of objects."""
    if isinstance(x, Symbolic):
        return x.array
    if isinstance(x, dict):
        return {key: _bare(value) for key, value in x.items()}
    return type(x)(map(_bare, x)) if isinstance(x, (list, tuple)) else x


def _reduce(word: Any, ufunc: Any, array: Any, axis: Any = 0, keepdims: bool = False, **_: Any) -> Any:
    axes = tuple(range(array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(i % array.ndim for i in axes)
    for i in axes:
        pieces = list(np.moveaxis(array, i, 0))
        start = np.full(array.shape[:i] + array.shape[i + 1 :], Integer(ufunc.identity or 0), object)
        total = pieces[0] if pieces else start
        for piece in pieces[1:]:
            total = np.frompyfunc(word, 2, 1)(total, piece)
        array = np.expand_dims(np.asarray(total, object), i)
    return array if keepdims else array.reshape([n for i, n in enumerate(array.shape) if i not in axes])
