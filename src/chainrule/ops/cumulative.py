"""Running sums and running extrema along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import constant, linear
from chainrule.ops.layout import in_order

Array = Any

# Running results are rounded at every step, so torch accumulates in the next wider type.
_WIDER = {"e": np.dtype(np.float32), "f": np.dtype(np.float64), "F": np.dtype(np.complex128)}


def accumulate(ufunc: np.ufunc, x: Array, dim: int, reverse: bool) -> Array:
    """Return ufunc.accumulate along `dim`, from the end if `reverse`; integers give int64."""
    result = x.dtype if x.dtype.kind in "fc" else np.dtype(np.int64)
    if not x.ndim:
        return x.astype(result)[()]
    wide = _WIDER.get(x.dtype.char, result)
    if reverse:
        x = np.flip(x, dim)
    y = ufunc.accumulate(x.astype(wide, copy=False), axis=dim, dtype=wide)
    return in_order((np.flip(y, dim) if reverse else y).astype(result, copy=False))


@linear(transpose=lambda g, dim, reverse: cumsum(g, dim=dim, reverse=not reverse), moves=True)
def cumsum(x: Array, *, dim: int, reverse: bool = False) -> Array:
    """The sums of the elements along `dim` up to each one (from each one on if `reverse`)."""
    return accumulate(np.add, x, dim, reverse)


@constant(promotion="none")
def argcummax(x: Array, *, dim: int) -> Array:
    """The last place so far of the greatest element so far along `dim`; a NaN is the greatest."""
    return _last_equal(x, np.maximum, dim)


@constant(promotion="none")
def argcummin(x: Array, *, dim: int) -> Array:
    """The last place so far of the least element so far along `dim`; a NaN is the least."""
    return _last_equal(x, np.minimum, dim)


def _last_equal(x: Array, ufunc: np.ufunc, dim: int) -> Array:
    if not x.ndim:
        return np.int64(0)
    running = ufunc.accumulate(x, axis=dim)
    places = np.arange(x.shape[dim]).reshape([-1 if axis == dim else 1 for axis in range(x.ndim)])
    return in_order(np.maximum.accumulate(np.where((x == running) | np.isnan(x), places, 0), axis=dim))
