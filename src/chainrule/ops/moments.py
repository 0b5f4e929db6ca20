"""Variance and standard deviation."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import General, Linear, conjugate, linear, numpy_dtype, primitive
from chainrule.core.reach import reduced
from chainrule.ops.radial import lift, over
from chainrule.ops.reduction import add_up, count, kept, mean, mean_back, sum_
from chainrule.ops.structure import real

Array = Any
Dims = tuple[int, ...]


def _deviations(x: Any, dim: Dims) -> Any:
    return x - mean(x, dim=dim, keepdim=True)


def _inner(a: Any, b: Any) -> Any:
    """Return the real inner product of two numbers, elementwise."""
    return real(conjugate(a) * b) if numpy_dtype(a).kind == "c" else a * b


def _scale(x: Any, dim: Dims, correction: float) -> float:
    """Return 1 / (n - correction); infinite, as in torch, when nothing is left to divide by."""
    divisor = count(tuple(x.shape), dim) - correction
    return 1 / divisor if divisor > 0 else np.inf


def _variance(x: Array, dim: Dims, keepdim: bool, correction: float) -> Array:
    """Return sum(|x - mean|^2) / (n - correction), in the accumulator's dtype."""
    if x.dtype.kind not in "fc":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    x = x.astype(np.float32) if x.dtype.char == "e" else x
    # Relative to one of the elements, equal elements deviate by exactly 0, and little is cancelled.
    x = x - x[tuple([slice(0, 1) if axis in dim else slice(None) for axis in range(x.ndim)])]
    centred = x - add_up(x, dim, True) / count(x.shape, dim)
    squares = add_up((centred * np.conjugate(centred)).real, dim, keepdim)
    return squares / max(count(x.shape, dim) - correction, 0)


def _var_back(g: Any, x: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    g = kept(g, tuple(x.shape), dim, keepdim)
    return _deviations(x, dim) * (2 * _scale(x, dim, correction)) * g


def _var_forward(x: Any, x_dot: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    along = sum_(_inner(_deviations(x, dim), x_dot), dim=dim, keepdim=keepdim)
    return along * (2 * _scale(x, dim, correction))


def _std_back(g: Any, x: Any, y: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    slope = over(g, y) * _scale(x, dim, correction)
    return _deviations(x, dim) * kept(slope, tuple(x.shape), dim, keepdim)


def _std_forward(x: Any, x_dot: Any, y: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    along = sum_(_inner(_deviations(x, dim), x_dot), dim=dim, keepdim=keepdim)
    return over(along * _scale(x, dim, correction), lift(y))


def _declare_var(name: str, node: str) -> General:
    def forward(x: Array, *, dim: Dims, keepdim: bool, correction: float) -> Array:
        return _variance(x, dim, keepdim, correction).astype(x.real.dtype, copy=False)

    return _named(name, primitive(x=_var_back, jvp=_var_forward, node=node, reach={"x": reduced}), forward)


def _declare_std(name: str, node: str) -> General:
    def forward(x: Array, *, dim: Dims, keepdim: bool, correction: float) -> Array:
        return np.sqrt(_variance(x, dim, keepdim, correction)).astype(x.real.dtype, copy=False)

    return _named(name, primitive(x=_std_back, jvp=_std_forward, node=node, reach={"x": reduced}), forward)


def _declare_mean(name: str, node: str) -> Linear:
    def forward(x: Array, *, dim: Dims, keepdim: bool) -> Array:
        return mean.forward(x, dim=dim, keepdim=keepdim)

    return _named(name, linear(transpose=mean_back, moves=True, node=node), forward)


def _named(name: str, declare: Any, forward: Any) -> Any:
    forward.__name__ = name
    forward.__doc__ = f"The {name.replace('_', ' ')} over the axes `dim`."
    return declare(forward)


var = _declare_var("var", "Var")
std = _declare_std("std", "Std")

# Torch computes these pairs in one node, whose name users see on both.
var_beside_mean = _declare_var("var_beside_mean", "VarMean")
mean_beside_var = _declare_mean("mean_beside_var", "VarMean")
std_beside_mean = _declare_std("std_beside_mean", "StdMean")
mean_beside_std = _declare_mean("mean_beside_std", "StdMean")
