"""Gather and scatter: elements taken from, or written to, places given by an index array.

What is overwritten is dead in backward; of several values for one place, NumPy keeps the last, and
only that one gets a cotangent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import linear
from chainrule.core.partial import Masked, Region, known
from chainrule.ops.indexing import (
    TRUE,
    fold_to,
    index,
    index_put,
    key_of,
    marked,
    mask_index,
    mask_put,
    put,
    survivors,
    taken,
    written,
    written_at,
    zeros,
)
from chainrule.ops.layout import in_order
from chainrule.ops.movement import reshape
from chainrule.ops.structure import select_live, sum_to_size

Array = Any
Index = tuple[Any, ...]
Shape = tuple[int, ...]


# -- along one axis, the same index for all others ------------------------------------------------


def _at(positions: Array, dim: int) -> Index:
    return key_of(positions, (dim,))


@linear(
    x=lambda g: g,
    source=lambda g, index, dim: _index(g, index, dims=(dim,)),
    moves=True,
)
def index_add(x: Array, index: Array, source: Array, *, dim: int) -> Array:
    """x with the slices of `source` added at the positions `index` along `dim`."""
    return _put_copy(x, _at(index, dim), source, True)


@linear(
    x=lambda g, index, dim: survivors(g, marked(g.shape, index, (dim,))),
    source=lambda g, index, dim: written_at(_index(g, index, dims=(dim,)), g.shape, index, (dim,)),
    moves=True,
)
def index_copy(x: Array, index: Array, source: Array, *, dim: int) -> Array:
    """x with the slices of `source` in place of those at the positions `index` along `dim`."""
    return _put_copy(x, _at(index, dim), source, False)


def _filled(g: Any, index: Any, dim: int) -> Any:
    return sum_to_size(select_live(g, marked(g.shape, index, (dim,))), shape=())


@linear(
    x=lambda g, index, dim: survivors(g, marked(g.shape, index, (dim,))),
    value=_filled,
    moves=True,
)
def index_fill(x: Array, index: Array, value: Array, *, dim: int) -> Array:
    """x with a number in place of the slices at the positions `index` along `dim`."""
    return _put_copy(x, _at(index, dim), value, False)


def _put_copy(x: Array, key: Index, values: Array, accumulate: bool) -> Array:
    y = np.array(x, order="C")
    put(y, key, values, accumulate)
    return y[()] if y.ndim == 0 else y


_index = index


# -- along one axis, an index for each element ----------------------------------------------------


def along(index: Array, dim: int) -> Index:
    """Return NumPy's key of the elements with these positions along `dim`, in place along the others."""
    key: list[Any] = list(np.ogrid[tuple([slice(n) for n in index.shape])])
    if index.ndim:
        key[dim] = index
    return tuple(key) if index.ndim else (index,)


def _key(index: Array, dim: int, shape: Shape) -> Index:
    return along(index, dim) if shape else ()


def marked_along(shape: Shape, index: Any, dim: int) -> Array:
    """Return which elements are at the positions `index` along `dim`."""
    return known(scatter(np.zeros(shape, bool), index, TRUE, dim=dim))


def _gather_back(g: Any, index: Any, x_shape: Shape, dim: int) -> Masked:
    back = scatter_add(zeros(g, x_shape), index, g, dim=dim)
    return Masked(back, marked_along(x_shape, index, dim))


@linear(x=_gather_back, moves=True)
def gather(x: Array, index: Array, *, dim: int) -> Array:
    """The element of x at position `index` along `dim`, for each element of `index`."""
    return taken(x, _key(index, dim, x.shape))


def _corner(g: Any, index_shape: Shape, src_shape: Shape) -> Any:
    """Return the cotangent of a source of which only the first elements along each axis were used."""
    if index_shape == src_shape:
        return g
    if isinstance(g, Masked):
        g = g.value
    return Region(g, tuple([slice(n) for n in index_shape]), src_shape)


def _scattered(g: Any, index: Any, index_shape: Shape, src_shape: Shape, dim: int) -> Any:
    parts = written(
        gather(g, index, dim=dim),
        g.shape,
        lambda x, values: scatter(x, index, values, dim=dim),
        lambda x: gather(x, index, dim=dim),
    )
    return _corner(parts, index_shape, src_shape) if src_shape else fold_to(parts, ())


def _used(src: Array, index: Array) -> Array:
    return src[tuple([slice(n) for n in index.shape])] if src.ndim else src


@linear(
    x=lambda g, index, dim: survivors(g, marked_along(g.shape, index, dim)),
    src=_scattered,
    moves=True,
    variant=lambda src_shape: 0 if src_shape else 1,
)
def scatter(x: Array, index: Array, src: Array, *, dim: int) -> Array:
    """x with the elements of `src` (or a number) at the positions `index` along `dim`."""
    return _put_copy(x, _key(index, dim, x.shape), _used(src, index), False)


def _added(g: Any, index: Any, index_shape: Shape, src_shape: Shape, dim: int) -> Any:
    parts = gather(g, index, dim=dim)
    return _corner(parts, index_shape, src_shape) if src_shape else fold_to(parts, ())


@linear(x=lambda g: g, src=_added, moves=True)
def scatter_add(x: Array, index: Array, src: Array, *, dim: int) -> Array:
    """x with the elements of `src` added at the positions `index` along `dim`."""
    return _put_copy(x, _key(index, dim, x.shape), _used(src, index), True)


# -- in the flattened tensor ----------------------------------------------------------------------


def _take_back(g: Any, index: Any, x_shape: Shape) -> Masked:
    size = int(np.prod(x_shape))
    back = index_put(zeros(g, (size,)), index, g, dims=(0,), accumulate=True)
    live = marked((size,), index, (0,))
    return Masked(reshape(back, shape=x_shape), live.reshape(x_shape))


@linear(x=_take_back, moves=True)
def take(x: Array, index: Array) -> Array:
    """The elements of the flattened x at `index`."""
    return in_order(np.reshape(x, -1)[index])


def _masked_back(g: Any, mask: Any) -> Masked:
    return Masked(mask_put(zeros(g, tuple(mask.shape)), mask, g, dim=0), known(mask))


@linear(x=_masked_back, moves=True)
def masked_select(x: Array, mask: Array) -> Array:
    """The elements of x where a mask of its shape is true."""
    return np.asarray(x)[mask]


def _sources(g: Any, mask: Any, source_shape: Shape) -> Region:
    used = mask_index(g, mask, dim=0)
    return Region(used, (slice(0, used.shape[0]),), source_shape)


@linear(
    x=lambda g, mask: survivors(g, known(mask)),
    source=_sources,
    moves=True,
)
def masked_scatter(x: Array, mask: Array, source: Array) -> Array:
    """x with the first elements of a vector where a mask of its shape is true."""
    y = np.array(x, order="C")
    y[mask] = source[: np.count_nonzero(mask)]
    return y[()] if y.ndim == 0 else y
