"""Sums along axes, and what is like them: means, sums without NaN, counts, all and any."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.kinds import constant, linear
from chainrule.core.partial import Masked, select_live
from chainrule.core.tensor import TensorBase
from chainrule.ops.layout import in_order
from chainrule.ops.movement import reshape
from chainrule.ops.structure import expand

Array = Any
Shape = tuple[int, ...]
Dims = tuple[int, ...]

_ACCUMULATOR = {"e": np.dtype(np.float32)} | {d.char: d for d in map(np.dtype, "fdFD")}


def accumulator(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in which elements of `dtype` are added up: float32 for half, int64 for integers."""
    return _ACCUMULATOR.get(dtype.char) or np.dtype(np.int64)


def kept(g: Any, x_shape: Shape, dim: Dims, keepdim: bool) -> Any:
    """Return a reduction's result or cotangent with its reduced axes as unit axes."""
    if keepdim or not g.ndim:
        return g
    return reshape(g, shape=tuple([1 if i in dim else n for i, n in enumerate(x_shape)]))


def spread(g: Any, x_shape: Shape, dim: Dims, keepdim: bool) -> Any:
    """Repeat the cotangent of a reduction along the axes it reduced."""
    return expand(kept(g, x_shape, dim, keepdim), shape=x_shape)


def count(x_shape: Shape, dim: Dims) -> int:
    """Return how many elements go into each result of a reduction."""
    n = 1
    for axis in dim:
        n *= x_shape[axis]
    return n


def add_up(x: Array, dim: Dims, keepdim: bool = False) -> Array:
    """Return the sum in the accumulator's dtype (an ndarray or NumPy scalar, never a tensor)."""
    return in_order(np.add.reduce(x, axis=dim, keepdims=keepdim, dtype=accumulator(x.dtype)))


@linear(transpose=lambda g, x_shape: expand(g, shape=x_shape), moves=True, node="Sum")
def total(x: Array) -> Array:
    """The sum of all elements: `sum` without arguments, with nothing in the way."""
    if x.dtype.char in "fdFD":
        return np.add.reduce(x, axis=None)
    return _narrow(np.add.reduce(x, axis=None, dtype=accumulator(x.dtype)), x)


@linear(transpose=spread, moves=True, variant=lambda: 1)
def sum_(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The sum over the axes `dim`."""
    return _narrow(add_up(x, dim, keepdim), x)


def _narrow(y: Array, x: Array) -> Array:
    """Return a sum in its final dtype: that of x, or int64 for integers."""
    return y.astype(x.dtype) if x.dtype.char == "e" else y


def mean_back(g: Any, x_shape: Shape, dim: Dims, keepdim: bool) -> Any:
    return expand(kept(g, x_shape, dim, keepdim) / count(x_shape, dim), shape=x_shape)


def _check_mean(x: Array) -> None:
    if x.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
            f"dtype. Got: {dtypes.from_numpy_dtype(x.dtype).title}. Pass dtype= to average integers"
        )


def _mean_all_back(g: Any, x_shape: Shape) -> Any:
    return expand(g / count(x_shape, tuple(range(len(x_shape)))), shape=x_shape)


@linear(transpose=_mean_all_back, moves=True, node="Mean")
def mean_all(x: Array) -> Array:
    """The mean of all elements."""
    _check_mean(x)
    y = np.add.reduce(x, axis=None, dtype=accumulator(x.dtype)) / x.size
    return y.astype(x.dtype) if x.dtype.char == "e" else y


@linear(transpose=mean_back, moves=True, variant=lambda: 1)
def mean(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The mean over the axes `dim`."""
    _check_mean(x)
    return (add_up(x, dim, keepdim) / count(x.shape, dim)).astype(x.dtype, copy=False)


def _nansum_back(g: Any, live: Any, x_shape: Shape, dim: Dims, keepdim: bool) -> Masked:
    """Elements left out are dead: what made them NaN may have an infinite derivative."""
    marks = live._value if isinstance(live, TensorBase) else live
    return Masked(select_live(spread(g, x_shape, dim, keepdim), live), marks)


@linear(x=_nansum_back, moves=True)
def nansum(x: Array, live: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The sum over the axes `dim` of the elements that are `live` (not NaN)."""
    return _narrow(add_up(np.where(live, x, x.dtype.type(0)), dim, keepdim), x)


@constant(promotion="none")
def count_nonzero(x: Array, *, dim: Dims) -> Array:
    """How many elements along the axes `dim` are not 0."""
    return in_order(np.add.reduce(x != 0, axis=dim, dtype=np.int64))


@constant(promotion="none")
def all_(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """Whether all elements along the axes `dim` are not 0 (uint8 stays uint8, as in torch)."""
    y = in_order(np.logical_and.reduce(x, axis=dim, keepdims=keepdim))
    return y.astype(np.uint8) if x.dtype == np.uint8 else y


@constant(promotion="none")
def any_(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """Whether any element along the axes `dim` is not 0 (uint8 stays uint8, as in torch)."""
    y = in_order(np.logical_or.reduce(x, axis=dim, keepdims=keepdim))
    return y.astype(np.uint8) if x.dtype == np.uint8 else y
