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
from chainrule.ops.indexing import zeros
from chainrule.ops.movement import reshape
from chainrule.ops.scattering import along, marked_along, scatter, scatter_add

Array = Any
Shape = tuple[int, ...]


def _take(x: Array, index: Array, dim: int) -> Array:
    """Return x at `index` along `dim`; without that axis if the index, as of a reduction, has none."""
    if x.ndim <= 1:
        return x[index if x.ndim else ()]
    if index.ndim == x.ndim:
        return x[along(index, dim)]
    return x[along(np.expand_dims(index, dim), dim)].squeeze(dim)


def _kept(x: Any, x_shape: Shape, dim: int) -> Any:
    """Return an index along `dim`, or what was picked by it, with that axis."""
    if x.ndim == len(x_shape):
        return x
    return reshape(x, shape=(*x.shape[:dim], 1, *x.shape[dim:]))


def _put_back(g: Any, index: Any, x_shape: Shape, dim: int) -> Any:
    """Put cotangents where the elements came from, each place having been picked once."""
    index = _kept(index, x_shape, dim)
    back = scatter(zeros(g, x_shape), index, _kept(g, x_shape, dim), dim=dim)
    return Masked(back, _picked(index, x_shape, dim))


def _add_back(g: Any, index: Any, x_shape: Shape, dim: int) -> Any:
    """Add cotangents up where the elements came from: running extrema pick one many times."""
    return Masked(scatter_add(zeros(g, x_shape), index, g, dim=dim), _picked(index, x_shape, dim))


def _picked(index: Any, x_shape: Shape, dim: int) -> Array:
    return marked_along(x_shape, index, dim)


def _declare(name: str, node: str, back: Rule, variant: Callable[[], int] | None = None) -> Linear:
    """Return `gather` under the name of the operation that knew the places, with torch's node."""

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
