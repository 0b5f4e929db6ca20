"""Indexing, read: basic indices give views, index arrays and masks give copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import linear
from chainrule.core.partial import Masked, Region
from chainrule.core.tensor import TensorBase, array_of
from chainrule.ops import structure

Array = Any
Index = tuple[Any, ...]


@linear(
    transpose=lambda g, x_shape, index: Region(g, index, x_shape),
    moves=True,
    view=True,
    node="Slice",
)
def slice_(x: Array, *, index: Index) -> Array:
    """x at a basic index (ints, slices, None, Ellipsis), a view."""
    return x[(*index, ...)] if Ellipsis not in index else x[index]


def _scatter_back(g: Any, index: Index, x_shape: tuple[int, ...]) -> Masked:
    """Add the cotangent where the elements came from; what was not taken is dead."""
    live = np.zeros(x_shape, bool)
    live[index] = True
    return Masked(put_add(g, index=index, shape=x_shape), live)


@linear(transpose=_scatter_back, moves=True)
def index(x: Array, *, index: Index) -> Array:
    """x at an index with arrays or masks, a copy."""
    return x[index]


@linear(transpose=lambda g, index: _index(g, index=index), moves=True, node="IndexPut")
def put_add(x: Array, *, index: Index, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with x added at `index` (repeated places add up)."""
    y = np.zeros(shape, x.dtype)
    np.add.at(y, index, x)
    return y


_index = index


def normalize(key: Any) -> tuple[Index, bool]:
    """Return a Python index as NumPy's, and whether it is a basic one."""
    parts = key if type(key) is tuple else (key,)
    basic = True
    found: list[Any] = []
    for part in parts:
        if isinstance(part, TensorBase):
            part = array_of(part)
            if part.ndim == 0 and part.dtype.kind in "iu":
                part = int(part)
        if isinstance(part, list):
            part = np.asarray(part)
        if isinstance(part, np.integer):
            part = int(part)
        if isinstance(part, (np.ndarray, np.bool_, bool)):
            basic = False
        found.append(part)
    return tuple(found), basic


def getitem(x: TensorBase, key: Any) -> TensorBase:
    """Return x[key] as NumPy and torch understand it."""
    where, basic = normalize(key)
    return slice_(x, index=where) if basic else index(x, index=where)
