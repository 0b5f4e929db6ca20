"""Picking elements along an axis, each result's place being known: what extrema and sorting return.

The places are constant (they come from comparisons), so picking is linear, and elements that were
not picked are dead: nothing flows back to them, whatever the derivative there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.kinds import Linear, linear
from chainrule.core.partial import Masked
from chainrule.core.primitive import Rule
from chainrule.core.tensor import TensorBase

Array = Any
Shape = tuple[int, ...]


def _full(index: Array, ndim: int, dim: int) -> Array:
    """Return an index along `dim` with that axis, which reductions leave out."""
    return np.expand_dims(index, dim) if index.ndim < ndim else index


def _take(x: Array, index: Array, dim: int) -> Array:
    """Return x at `index` along `dim`; without the axis if the index has none."""
    if not x.ndim:
        return x[()]
    if x.ndim == 1:
        return x[index]
    y = x[_places(index, x.shape, dim)]
    return y if index.ndim == x.ndim else y.squeeze(dim)


def _places(index: Array, shape: Shape, dim: int) -> tuple[Array, ...]:
    """Return an index along `dim` as a full index into an array of `shape`."""
    if len(shape) == 1:
        return (index,)
    axes = list(np.ogrid[tuple([slice(n) for n in shape])])
    axes[dim] = _full(index, len(shape), dim)
    return tuple(axes)


def _put_back(g: Any, index: Any, x_shape: Shape, dim: int) -> Any:
    return Masked(put_along(g, index, dim=dim, shape=x_shape), _picked(index, x_shape, dim))


def _add_back(g: Any, index: Any, x_shape: Shape, dim: int) -> Any:
    return Masked(add_along(g, index, dim=dim, shape=x_shape), _picked(index, x_shape, dim))


def _picked(index: Any, shape: Shape, dim: int) -> Array:
    """Return which elements of an array of `shape` were picked."""
    live = np.zeros(shape, bool)
    if shape:
        live[_places(_raw(index), shape, dim)] = True
    return live if shape else np.True_


def _raw(index: Any) -> Array:
    return index._value if isinstance(index, TensorBase) else index


@linear(x=lambda g, index, dim: take_along(g, index, dim=dim), moves=True, node="Scatter")
def put_along(x: Array, index: Array, *, dim: int, shape: Shape) -> Array:
    """Zeros of `shape` with x at the places `index`, each of them once: the transpose of picking."""
    if not shape:
        return x
    y = np.zeros(shape, x.dtype)
    y[_places(index, shape, dim)] = x if len(shape) == 1 else _full(x, len(shape), dim)
    return y


@linear(x=lambda g, index, dim: take_along(g, index, dim=dim), moves=True, node="ScatterAdd")
def add_along(x: Array, index: Array, *, dim: int, shape: Shape) -> Array:
    """Zeros of `shape` with x added at the places `index`, which may repeat."""
    if not shape:
        return x
    y = np.zeros(shape, x.dtype)
    np.add.at(y, _places(index, shape, dim), x)
    return y


@linear(x=_add_back, moves=True, node="Gather")
def take_along(x: Array, index: Array, *, dim: int) -> Array:
    """x at the places `index` along `dim`."""
    return _take(x, index, dim)


def _declare(name: str, node: str, back: Rule, variant: Callable[[], int] | None = None) -> Linear:
    """Return `take_along` under the name of the operation that knew the places, with torch's node."""

    def forward(x: Array, index: Array, *, dim: int) -> Array:
        return _take(x, index, dim)

    forward.__name__ = name
    forward.__doc__ = f"The elements of x along `dim` that {name.removesuffix('_along')} found at `index`."
    return linear(x=back, moves=True, node=node, variant=variant)(forward)


max_along = _declare("max_along", "Max", _put_back)
min_along = _declare("min_along", "Min", _put_back)
median_along = _declare("median_along", "Median", _put_back, lambda: 1)
nanmedian_along = _declare("nanmedian_along", "Nanmedian", _put_back, lambda: 1)
kthvalue_along = _declare("kthvalue_along", "Kthvalue", _put_back)
topk_along = _declare("topk_along", "Topk", _put_back)
sort_along = _declare("sort_along", "Sort", _put_back)
stable_sort_along = _declare("stable_sort_along", "Sort", _put_back, lambda: 1)
unique_along = _declare("unique_along", "Unique2", _put_back)
unique_dim_along = _declare("unique_dim_along", "UniqueDim", _put_back)
cummax_along = _declare("cummax_along", "Cummax", _add_back)
cummin_along = _declare("cummin_along", "Cummin", _add_back)
