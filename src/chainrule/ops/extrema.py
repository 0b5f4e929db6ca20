"""Extrema: the greatest and the least elements, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.box import Box
from chainrule.core.kinds import General, constant
from chainrule.core.partial import Masked, known, select_live
from chainrule.core.tensor import TensorBase
from chainrule.ops.layout import in_order
from chainrule.ops.reduction import kept, sum_

Array = Any
Shape = tuple[int, ...]
Dims = tuple[int, ...]


class Extremum(General):
    """A reduction to an element of its operand; equal ones share the cotangent, others are dead."""

    moves = True


def _axes(x: Any) -> Dims:
    return tuple(range(x.ndim))


@constant(promotion="none")
def shares(x: Array, y: Array, *, dim: Dims) -> Array:
    """Each element's share in the extremum y of its lane: 1/n for n ties, else 0. NaN ties with NaN."""
    chosen = x == y
    if np.isnan(y).any():
        chosen = chosen | np.isnan(x)
    ties = np.add.reduce(chosen, axis=dim, keepdims=True, dtype=np.int64)
    return (chosen * (1 / ties).astype(x.dtype))[()]


def live(share: Any) -> Any:
    """Return which elements have a share: of shares that are formulas, all."""
    value = share._value if isinstance(share, TensorBase) else share
    if isinstance(value, Box) and not value.numeric:
        return np.ones(value.shape, bool)
    return known(share != 0)


def _share_back(g: Any, x: Any, y: Any, dim: Dims, keepdim: bool) -> Masked:
    shape = tuple(x.shape)
    share = shares(x, kept(y, shape, dim, keepdim), dim=dim)
    return Masked(share * kept(g, shape, dim, keepdim), live(share))


def _share_forward(x: Any, x_dot: Any, y: Any, dim: Dims, keepdim: bool) -> Any:
    share = shares(x, kept(y, tuple(x.shape), dim, keepdim), dim=dim)
    return sum_(select_live(x_dot, live(share)) * share, dim=dim, keepdim=keepdim)


def _extremum(node: str) -> Callable[[Callable[..., Any]], Extremum]:
    """Declare a reduction over given axes to its extremum."""
    return lambda forward: Extremum(forward, {"x": _share_back}, _share_forward, node=node)


def _extremum_of_all(node: str, variant: int) -> Callable[[Callable[..., Any]], Extremum]:
    """Declare a reduction over all axes to its extremum."""
    return lambda forward: Extremum(
        forward,
        {"x": lambda g, x, y: _share_back(g, x, y, _axes(x), False)},
        lambda x, x_dot, y: _share_forward(x, x_dot, y, _axes(x), False),
        node=node,
        variant=lambda: variant,
    )


@_extremum("Amax")
def amax(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The greatest element along the axes `dim`."""
    return in_order(np.maximum.reduce(x, axis=dim, keepdims=keepdim))


@_extremum("Amin")
def amin(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The least element along the axes `dim`."""
    return in_order(np.minimum.reduce(x, axis=dim, keepdims=keepdim))


@_extremum("Aminmax")
def aminmax_max(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The greatest element along `dim`, as `aminmax` returns it."""
    return in_order(np.maximum.reduce(x, axis=dim, keepdims=keepdim))


@_extremum("Aminmax")
def aminmax_min(x: Array, *, dim: Dims, keepdim: bool = False) -> Array:
    """The least element along `dim`, as `aminmax` returns it."""
    return in_order(np.minimum.reduce(x, axis=dim, keepdims=keepdim))


def _check_any(x: Array, name: str) -> None:
    if x.dtype.kind == "c":
        title = dtypes.from_numpy_dtype(x.dtype).title
        raise NotImplementedError(f"\"{name}_all\" not implemented for '{title}'")
    if not x.size:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
            "Specify the reduction dim with the 'dim' argument."
        )


@_extremum_of_all("Max", 1)
def max_(x: Array) -> Array:
    """The greatest of all elements."""
    _check_any(x, "max")
    return np.maximum.reduce(x, axis=None)


@_extremum_of_all("Min", 1)
def min_(x: Array) -> Array:
    """The least of all elements."""
    _check_any(x, "min")
    return np.minimum.reduce(x, axis=None)


@_extremum_of_all("Median", 0)
def median_all(x: Array) -> Array:
    """The lower median of all elements: NaN if any is, or if there are none."""
    return _middle(x.reshape(-1), np.isnan(x).any())


@_extremum_of_all("Nanmedian", 0)
def nanmedian_all(x: Array) -> Array:
    """The lower median of all elements that are not NaN."""
    return _middle(x[~np.isnan(x)].reshape(-1), False)


def _middle(x: Array, spoilt: Any) -> Array:
    if spoilt or not x.size:
        return np.array(np.nan).astype(x.dtype)[()]
    middle = (x.size - 1) // 2
    return np.partition(x, middle)[middle]


@constant(promotion="none")
def argmax(x: Array, *, dim: int | None = None, keepdim: bool = False) -> Array:
    """The first place of the greatest element along `dim`, or of all; a NaN is the greatest."""
    return in_order(np.argmax(x, axis=_axis(x, dim), keepdims=keepdim))


@constant(promotion="none")
def argmin(x: Array, *, dim: int | None = None, keepdim: bool = False) -> Array:
    """The first place of the least element along `dim`, or of all; a NaN is the least."""
    return in_order(np.argmin(x, axis=_axis(x, dim), keepdims=keepdim))


def _axis(x: Array, dim: int | None) -> int | None:
    return dim if x.ndim else None


@constant(promotion="none")
def argmedian(x: Array, *, dim: int, keepdim: bool = False) -> Array:
    """The place of the lower median along `dim`; of a NaN if there is one."""
    if not x.ndim:
        return np.int64(0)
    order = np.argsort(x, axis=dim, kind="stable")
    k = (x.shape[dim] - 1) // 2
    middle = order[(slice(None),) * dim + (slice(k, k + 1),)]
    nan = np.isnan(x)
    first = np.argmax(nan, axis=dim, keepdims=True)
    index = np.where(nan.any(axis=dim, keepdims=True), first, middle)
    return in_order(index if keepdim else index.squeeze(dim))


@constant(promotion="none")
def argnanmedian(x: Array, *, dim: int, keepdim: bool = False) -> Array:
    """The place of the lower median of the elements along `dim` that are not NaN."""
    if not x.ndim:
        return np.int64(0)
    order = np.argsort(x, axis=dim, kind="stable")  # NaN last
    numbers = np.add.reduce(~np.isnan(x), axis=dim, keepdims=True, dtype=np.int64)
    index = np.take_along_axis(order, np.maximum(numbers - 1, 0) // 2, axis=dim)
    return in_order(index if keepdim else index.squeeze(dim))
