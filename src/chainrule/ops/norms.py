"""Vector norms of every order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.core.kinds import conjugate, elementwise, numpy_dtype, primitive, zeros_like
from chainrule.core.partial import Masked, select_live
from chainrule.core.reach import reduced
from chainrule.ops.extrema import live, shares
from chainrule.ops.layout import in_order
from chainrule.ops.radial import at_tip, is_nowhere, lift, over
from chainrule.ops.reduction import add_up, kept, sum_
from chainrule.ops.structure import real

Array = Any
Dims = tuple[int, ...]


@elementwise(promotion="none", x=lambda x, exponent: exponent * abs_power(x, exponent=exponent - 1))
def signed_power(x: Array, *, exponent: float) -> Array:
    """sgn(x) |x|**exponent for real x; 0 at 0, where a negative exponent has no value."""
    return np.sign(x) * abs_power.forward(x, exponent=exponent)


@elementwise(promotion="none", x=lambda x, exponent: exponent * signed_power(x, exponent=exponent - 1))
def abs_power(x: Array, *, exponent: float) -> Array:
    """|x|**exponent for real x; 0 at 0 for a negative exponent (so slopes there are torch's 0)."""
    y = np.abs(x) ** exponent
    return y if exponent >= 0 else np.where(x == 0, x.dtype.type(0), y)[()]


def _unit(x: Any, y: Any, ord: float) -> Any:
    """Return the gradient of the norm y (unit axes kept) of real x, for finite orders other than 2."""
    if ord == 0:
        return zeros_like(x)
    if ord == 1:
        return signed_power(x, exponent=0)
    # dy/dx = sgn(x) (|x| / y)^(p - 1): a power of a ratio, which cannot overflow
    tip = at_tip(y)
    ratio = x / y if is_nowhere(tip) else select_live(x / (y + tip), ~tip)
    return signed_power(ratio, exponent=ord - 1)


def _norm_back(g: Any, x: Any, y: Any, ord: float, dim: Dims, keepdim: bool) -> Any:
    shape = tuple(x.shape)
    if ord == 2:
        return x * kept(over(g, y), shape, dim, keepdim)
    g, y = kept(g, shape, dim, keepdim), kept(y, shape, dim, keepdim)
    if not math.isinf(ord):
        return _unit(x, y, ord) * g
    share = shares(abs_power(x, exponent=1), y, dim=dim)
    return Masked(share * g * signed_power(x, exponent=0), live(share))


def _norm_forward(x: Any, x_dot: Any, y: Any, ord: float, dim: Dims, keepdim: bool) -> Any:
    if ord == 2:
        products = real(conjugate(x) * x_dot) if numpy_dtype(x).kind == "c" else x * x_dot
        return over(sum_(products, dim=dim, keepdim=keepdim), lift(y))
    y = kept(y, tuple(x.shape), dim, keepdim)
    if not math.isinf(ord):
        return sum_(_unit(x, y, ord) * x_dot, dim=dim, keepdim=keepdim)
    share = shares(abs_power(x, exponent=1), y, dim=dim)
    moved = select_live(x_dot, live(share)) * signed_power(x, exponent=0)
    return sum_(share * moved, dim=dim, keepdim=keepdim)


@primitive(x=_norm_back, jvp=_norm_forward, node="LinalgVectorNorm", reach={"x": reduced})
def vector_norm(x: Array, *, ord: float, dim: Dims, keepdim: bool = False) -> Array:
    """The norm of order `ord` over the axes `dim`; complex x for order 2 only."""
    y = _norm(x.astype(np.float32) if x.dtype.char == "e" else x, ord, dim)
    return in_order((y if keepdim else y.squeeze(dim)).astype(x.real.dtype, copy=False)[()])


def _norm(x: Array, ord: float, dim: Dims) -> Array:
    """Return the norm with the reduced axes kept as unit axes."""
    if ord == 2:
        return _euclidean(x, dim)
    size = np.abs(x)
    if ord == 0:
        return np.add.reduce(size != 0, axis=dim, keepdims=True, dtype=x.dtype)
    if ord == 1:
        return np.add.reduce(size, axis=dim, keepdims=True)
    extreme = np.maximum if ord > 0 else np.minimum
    top = extreme.reduce(size, axis=dim, keepdims=True, initial=0 if ord > 0 else np.inf)
    if math.isinf(ord):
        return top
    scale = _scale(top)
    return scale * add_up((size / scale) ** ord, dim, True) ** (1 / ord)


def _euclidean(x: Array, dim: Dims) -> Array:
    y = np.sqrt(add_up((x * np.conjugate(x)).real, dim, True))
    info = np.finfo(y.dtype)
    if ((y > np.sqrt(info.tiny) / info.eps) & (y < np.inf)).all():
        return y
    # The squares have left the range of the numbers; the elements may still be in it.
    scale = _scale(np.maximum.reduce(np.abs(x), axis=dim, keepdims=True, initial=0))
    x = x / scale
    return scale * np.sqrt(add_up((x * np.conjugate(x)).real, dim, True))


def _scale(top: Array) -> Array:
    return np.where((top > 0) & (top < np.inf), top, 1).astype(top.dtype)
