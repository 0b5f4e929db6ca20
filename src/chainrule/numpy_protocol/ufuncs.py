"""NumPy's ufuncs on tensors: calls, and the methods reduce, accumulate and outer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_protocol.common import (
    FUNCTIONS,
    NOT_GIVEN,
    NoCounterpartError,
    Tensor,
    alike,
    cast,
    conjugate,
    operand_of,
    ours,
    tensor_of,
)

NAMES = {
    "absolute": "abs",
    "add": "add",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "bitwise_and": "bitwise_and",
    "bitwise_or": "bitwise_or",
    "bitwise_xor": "bitwise_xor",
    "ceil": "ceil",
    "copysign": "copysign",
    "cos": "cos",
    "cosh": "cosh",
    "deg2rad": "deg2rad",
    "degrees": "rad2deg",
    "divide": "true_divide",
    "equal": "eq",
    "erf": "erf",
    "erfc": "erfc",
    "erfinv": "erfinv",
    "exp": "exp",
    "exp2": "exp2",
    "expit": "sigmoid",
    "expm1": "expm1",
    "fabs": "abs",
    "float_power": "float_power",
    "floor": "floor",
    "floor_divide": "floor_divide",
    "fmax": "fmax",
    "fmin": "fmin",
    "fmod": "fmod",
    "gammaln": "lgamma",
    "greater": "gt",
    "greater_equal": "ge",
    "hypot": "hypot",
    "invert": "bitwise_not",
    "isfinite": "isfinite",
    "isinf": "isinf",
    "isnan": "isnan",
    "left_shift": "bitwise_left_shift",
    "less": "lt",
    "less_equal": "le",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "log2": "log2",
    "logaddexp": "logaddexp",
    "logaddexp2": "logaddexp2",
    "logical_and": "logical_and",
    "logical_not": "logical_not",
    "logical_or": "logical_or",
    "logical_xor": "logical_xor",
    "logit": "logit",
    "maximum": "maximum",
    "minimum": "minimum",
    "multiply": "mul",
    "negative": "neg",
    "nextafter": "nextafter",
    "not_equal": "ne",
    "positive": "positive",
    "power": "pow",
    "psi": "digamma",
    "rad2deg": "rad2deg",
    "radians": "deg2rad",
    "reciprocal": "reciprocal",
    "remainder": "remainder",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
    "sign": "sgn",
    "sin": "sin",
    "sinh": "sinh",
    "sqrt": "sqrt",
    "square": "square",
    "subtract": "sub",
    "tan": "tan",
    "tanh": "tanh",
    "trunc": "trunc",
    "xlogy": "xlogy",
}
"""Our operation for each ufunc of NumPy and scipy.special."""


def _matmul(a: Any, b: Any) -> Tensor:
    return ours.matmul(*alike(tensor_of(a), tensor_of(b)))


def _vecdot(a: Any, b: Any) -> Tensor:
    return ours.sum(conjugate(tensor_of(a)) * tensor_of(b), dim=-1)


def _matvec(a: Any, b: Any) -> Tensor:
    return _matmul(a, tensor_of(b)[..., None])[..., 0]


def _vecmat(a: Any, b: Any) -> Tensor:
    return _matmul(conjugate(tensor_of(a))[..., None, :], b)[..., 0, :]


def _divmod(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    return ours.floor_divide(a, b), ours.remainder(a, b)


def _modf(x: Any) -> tuple[Tensor, Tensor]:
    return ours.frac(x), ours.trunc(x)


COMPOSED: dict[str, Callable[..., Any]] = {
    "conj": conjugate,
    "conjugate": conjugate,
    "divmod": _divmod,
    "matmul": _matmul,
    "matvec": _matvec,
    "modf": _modf,
    "vecdot": _vecdot,
    "vecmat": _vecmat,
}

REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.logical_and: np.all,
    np.logical_or: np.any,
    np.maximum: np.max,
    np.minimum: np.min,
    np.multiply: np.prod,
}
"""What the method `reduce` of a ufunc is another name for."""


def counterpart(ufunc: np.ufunc) -> Callable[..., Any]:
    """Return our operation for a ufunc of NumPy or scipy.special; NoCounterpartError where there is none."""
    name = ufunc.__name__
    homes = (np, sys.modules.get("scipy.special"))
    if all(getattr(home, name, None) is not ufunc for home in homes):
        raise NoCounterpartError(name)  # somebody else's ufunc, whatever its name
    if name in COMPOSED:
        return COMPOSED[name]
    if name not in NAMES:
        raise NoCounterpartError(name)
    function: Callable[..., Any] = getattr(ours, NAMES[name])
    return function


def call(ufunc: np.ufunc, *inputs: Any, dtype: Any = None) -> Any:
    """Return ufunc(*inputs), for inputs among which there are tensors."""
    function = counterpart(ufunc)
    operands = [operand_of(x) for x in inputs]
    if dtype is not None:
        operands = [cast(x, dtype) for x in operands]
    return function(*operands)


def partly(result: Any, where: Any, out: tuple[Any, ...], name: str) -> Any:
    """Return the result where it was asked for, and what `out` holds elsewhere."""
    if not out:
        raise TypeError(f"{name} of a tensor takes where= with out= only: elsewhere it would be undefined")
    if isinstance(result, tuple):
        return tuple([partly(part, where, (old,), name) for part, old in zip(result, out, strict=True)])
    old = tensor_of(out[0])
    return ours.where(cast(where, bool), cast(result, old._value.dtype), old)


def reduce(
    ufunc: np.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Any:
    """Return ufunc.reduce(array, ...)."""
    x = cast(array, dtype)
    if ufunc is np.logaddexp and initial is NOT_GIVEN and where is True:
        if axis == ():
            return x
        return ours.logsumexp(x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims)
    if ufunc not in REDUCTIONS:
        raise NoCounterpartError(ufunc.__name__)
    options: dict[str, Any] = {} if initial is NOT_GIVEN else {"initial": initial}
    if where is not True:
        options["where"] = where
    return FUNCTIONS[REDUCTIONS[ufunc]](x, axis=axis, keepdims=keepdims, **options)


def accumulate(ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Return ufunc.accumulate(array, ...)."""
    x = cast(array, dtype)
    if ufunc is np.add:
        return ours.cumsum(x, dim=axis)
    if ufunc is np.multiply:
        return ours.cumprod(x, dim=axis)
    if ufunc is np.maximum:
        return ours.cummax(x, dim=axis)[0]
    if ufunc is np.minimum:
        return ours.cummin(x, dim=axis)[0]
    raise NoCounterpartError(ufunc.__name__)


def outer(ufunc: np.ufunc, a: Any, b: Any, dtype: Any = None) -> Any:
    """Return ufunc.outer(a, b): every element of `a` with every element of `b`."""
    a, b = tensor_of(a), tensor_of(b)
    return call(ufunc, ours.reshape(a, (*a.shape, *(1,) * b.ndim)), b, dtype=dtype)


METHODS: dict[str, tuple[Callable[..., Any], frozenset[str]]] = {
    "__call__": (call, frozenset({"dtype"})),
    "accumulate": (accumulate, frozenset({"axis", "dtype"})),
    "outer": (outer, frozenset({"dtype"})),
    "reduce": (reduce, frozenset({"axis", "dtype", "initial", "keepdims", "where"})),
}
"""The methods of ufuncs, each with the options it understands."""
