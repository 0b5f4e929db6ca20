"""Derivatives at single points, in float64: what plots and tables are made of.

Where a function is not defined (NaN) its derivatives are not either, although the formula of
log's derivative, 1/x, has a value at -1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.autograd.gradients import grad
from chainrule.core.modes import enable_grad, no_grad
from chainrule.core.tensor import TensorBase, require_grad, wrap

Function = Callable[..., Any]


def leaf(x: float) -> TensorBase:
    """Return a float64 number whose gradient is wanted."""
    tensor = wrap(np.float64(x))
    require_grad(tensor)
    return tensor


def value(f: Function, point: Sequence[float]) -> float:
    """Return f at a point, without recording."""
    with no_grad():
        return _number(f(*[wrap(np.float64(x)) for x in point]))


def derivatives(f: Function, x: float, order: int) -> list[float]:
    """Return f(x), f'(x), ... up to the derivative of that order.

    >>> import chainrule
    >>> derivatives(lambda x: x * x * x, 2.0, 3)
    [8.0, 12.0, 12.0, 6.0]
    """
    with enable_grad():
        t = leaf(x)
        y = f(t)
        found = [_number(y)]
        for k in range(order):
            y = _slope(y, t, create=k < order - 1)
            found.append(_number(y))
    return found if not math.isnan(found[0]) else [math.nan] * (order + 1)


def gradient(f: Function, point: Sequence[float]) -> tuple[float, list[float]]:
    """Return f and its partial derivatives at a point.

    >>> import chainrule
    >>> gradient(lambda u, v: u * v, [3.0, 4.0])
    (12.0, [4.0, 3.0])
    """
    with enable_grad():
        leaves = [leaf(x) for x in point]
        y = f(*leaves)
        if math.isnan(_number(y)):
            return math.nan, [math.nan for _ in point]
        return _number(y), [_number(_slope(y, t, create=False, keep=True)) for t in leaves]


def hessian(f: Function, point: Sequence[float]) -> tuple[float, list[float], list[list[float]]]:
    """Return f, its gradient and its matrix of second derivatives at a point.

    >>> import chainrule
    >>> hessian(lambda u, v: u * u * v, [3.0, 4.0])
    (36.0, [24.0, 9.0], [[8.0, 6.0], [6.0, 0.0]])
    """
    with enable_grad():
        leaves = [leaf(x) for x in point]
        y = f(*leaves)
        if math.isnan(_number(y)):
            return math.nan, [math.nan for _ in point], [[math.nan for _ in point] for _ in point]
        slopes = [_slope(y, t, create=True) for t in leaves]
        rows = [[_number(_slope(s, t, create=False, keep=True)) for t in leaves] for s in slopes]
        return _number(y), [_number(s) for s in slopes], rows


def _slope(y: Any, t: TensorBase, create: bool, keep: bool = False) -> Any:
    if not isinstance(y, TensorBase) or not y._requires_grad:
        return 0.0
    return grad(
        y, t, retain_graph=create or keep, create_graph=create, allow_unused=True, materialize_grads=True
    )[0]


def _number(y: Any) -> float:
    """Return a result as a float; a function that gives anything else cannot be shown."""
    if isinstance(y, TensorBase):
        if y._value.dtype.kind == "c":
            raise TypeError("the function must return a real number, but it returned a complex one")
        if math.prod(y._value.shape) != 1:
            shape = tuple(y._value.shape)
            raise TypeError(f"the function must return one number, but it returned shape {shape}")
        return float(np.asarray(y._value).reshape(()))
    if isinstance(y, (int, float, np.number, np.bool_)) or (isinstance(y, np.ndarray) and y.size == 1):
        return float(y)
    raise TypeError(f"the function must return a number or a tensor, but it returned {type(y).__name__}")
