"""softmax, log_softmax and logsumexp, fused: stable for large values, with rules on their results.

As compositions of exp, sum and log they would overflow, or subtract the maximum and then carry a
derivative through it that cancels; each rule below is the derivative of the whole, in terms of the
result, which lies in a safe range.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import conjugate, numpy_dtype, primitive
from chainrule.core.partial import select_live
from chainrule.core.reach import lane, reduced
from chainrule.ops.elementwise.comparison import ne
from chainrule.ops.elementwise.exponential import exp
from chainrule.ops.layout import in_order
from chainrule.ops.reduction import add_up, kept, sum_
from chainrule.ops.structure import real

Array = Any
Dims = tuple[int, ...]


def _lane(x: Any, dim: int) -> Dims:
    return (dim,) if x.ndim else ()


def _softmax_pull(g: Any, y: Any, dim: int) -> Any:
    # dy[i]/dx[j] = y[i] (delta[i, j] - y[j]), symmetric: both modes apply it
    return y * (g - sum_(g * y, dim=_lane(y, dim), keepdim=True))


@primitive(x=_softmax_pull, jvp=lambda x_dot, y, dim: _softmax_pull(x_dot, y, dim), reach={"x": lane})
def softmax(x: Array, *, dim: int) -> Array:
    """exp(x) / sum(exp(x)) along `dim`."""
    wide = _wide(x)
    e = np.exp(wide - np.maximum.reduce(wide, axis=_lane(x, dim), keepdims=True, initial=-np.inf))
    return in_order((e / add_up(e, _lane(x, dim), True)).astype(x.dtype, copy=False))


def _wide(x: Array) -> Array:
    return x.astype(np.float32) if x.dtype.char == "e" else x


@primitive(
    # dy[i]/dx[j] = delta[i, j] - softmax[j]
    x=lambda g, y, dim: g - exp(y) * sum_(g, dim=_lane(y, dim), keepdim=True),
    jvp=lambda x_dot, y, dim: x_dot - sum_(exp(y) * x_dot, dim=_lane(y, dim), keepdim=True),
    reach={"x": lane},
)
def log_softmax(x: Array, *, dim: int) -> Array:
    """x - log(sum(exp(x))) along `dim`."""
    wide = _wide(x)
    z = wide - np.maximum.reduce(wide, axis=_lane(x, dim), keepdims=True, initial=-np.inf)
    return in_order((z - np.log(add_up(np.exp(z), _lane(x, dim), True))).astype(x.dtype, copy=False))


def _weights(x: Any, y: Any, dim: Dims, keepdim: bool) -> Any:
    """Return exp(x - y), the softmax of x; 0 where every element is -inf, as in torch."""
    y = kept(y, tuple(x.shape), dim, keepdim)
    finite = ne(real(y) if numpy_dtype(y).kind == "c" else y, -np.inf)
    return exp(x - select_live(y, finite))


@primitive(
    x=lambda g, x, y, dim, keepdim: (
        kept(g, tuple(x.shape), dim, keepdim) * conjugate(_weights(x, y, dim, keepdim))
    ),
    jvp=lambda x, x_dot, y, dim, keepdim: sum_(
        x_dot * _weights(x, y, dim, keepdim), dim=dim, keepdim=keepdim
    ),
    reach={"x": reduced},
)
def logsumexp(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """log(sum(exp(x))) over the axes `dim`."""
    wide = _wide(x)
    top = np.maximum.reduce(wide.real, axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isinf(top), 0, top).astype(top.dtype)  # inf - inf would be NaN
    y = np.log(add_up(np.exp(wide - top), dim, True)) + top
    return in_order((y if keepdim else y.squeeze(dim)).astype(x.dtype, copy=False)[()])
