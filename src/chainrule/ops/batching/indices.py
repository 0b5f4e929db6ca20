"""Batching rules of index arrays and masks, read and written.

An index array that differs between members becomes one with the batch as its first axis, beside a
running number along the batch; NumPy then puts the axes of the index first, and they are moved back.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from chainrule.core.batched import Batch
from chainrule.core.primitive import registry
from chainrule.core.tensor import wrap
from chainrule.ops.batching.reduction import along_axis
from chainrule.ops.batching.rules import inside, moved_axis, ndim_of, rule, shape_of, widened
from chainrule.ops.cumulative import cumsum
from chainrule.ops.indexing import index, index_put, mask_index, mask_put
from chainrule.ops.movement import permute, reshape
from chainrule.ops.structure import cast, expand

Shape = tuple[int, ...]


def _adjacent(dims: tuple[int, ...]) -> bool:
    return all(b == a + 1 for a, b in itertools.pairwise(dims))


def _front(positions: Any, several: bool) -> Any:
    """Return index arrays, one for each axis and the batch behind them, with the batch in front."""
    return moved_axis(positions, 0, 1) if several else positions


def _with_members(positions: Any, dims: tuple[int, ...], size: int) -> Any:
    """Return batched index arrays with the number of the member in front of them."""
    several = len(dims) > 1
    positions = _front(positions, several)
    shape = shape_of(positions)
    rest = shape[1:] if several else shape
    numbers = np.broadcast_to(np.arange(size).reshape(size, *(1,) * (len(rest) - 1)), rest)
    stacked = positions if several else reshape(positions, shape=(1, *shape))
    return registry["cat"](wrap(numbers[None].copy()), cast(stacked, dtype=numbers.dtype), dim=0)


def _back_in_place(y: Any, dims: tuple[int, ...], idx: int) -> Any:
    """Move the axes of the index, after the batch, to where one member has them."""
    start = dims[0] if _adjacent(dims) else 0
    order = [0, *range(1 + idx, 1 + idx + start), *range(1, 1 + idx), *range(1 + idx + start, ndim_of(y))]
    return permute(y, dims=tuple(order)) if start else y


def _index_first(y: Any, dims: tuple[int, ...], idx: int) -> Any:
    """Move the axes of the index to directly after the batch: undo `_back_in_place`."""
    start = dims[0] if _adjacent(dims) else 0
    order = [0, *range(1 + start, 1 + start + idx), *range(1, 1 + start), *range(1 + start + idx, ndim_of(y))]
    return permute(y, dims=tuple(order)) if start else y


@rule("index")
def _index(batch: Batch) -> Any:
    x, positions = batch.inner
    dims = batch.params["dims"]
    idx = ndim_of(batch.operands[1]) - (len(dims) > 1)
    if not batch.batched[1]:
        y = index(x, positions, dims=tuple([axis + 1 for axis in dims]))
        return y if _adjacent(dims) else moved_axis(y, idx, 0)
    if not batch.batched[0]:
        y = index(x, _front(positions, len(dims) > 1), dims=dims)
        return moved_axis(y, dims[0], 0) if _adjacent(dims) else y
    places = _with_members(positions, dims, batch.size)
    return _back_in_place(index(x, places, dims=(0, *[axis + 1 for axis in dims])), dims, idx)


def _place_shape(x_shape: Shape, places: Shape, dims: tuple[int, ...]) -> Shape:
    """Return the shape of x at index arrays of a shape."""
    rest = [n for axis, n in enumerate(x_shape) if axis not in dims]
    start = dims[0] if _adjacent(dims) else 0
    return (*rest[:start], *places, *rest[start:])


@rule("index_put")
def _index_put(batch: Batch) -> Any:
    x, positions, values = batch.inner
    dims, accumulate = batch.params["dims"], batch.params["accumulate"]
    x = batch.all_batched()[0]
    places = shape_of(batch.operands[1])[1 if len(dims) > 1 else 0 :]
    shape = _place_shape(shape_of(batch.operands[0]), places, dims)
    if batch.batched[2]:
        values = expand(widened(values, len(shape)), shape=(batch.size, *shape))
    else:
        values = expand(values, shape=(batch.size, *shape))
    moved = tuple([axis + 1 for axis in dims])
    if batch.batched[1]:
        positions = _with_members(positions, dims, batch.size)
        values = _index_first(values, dims, len(places))
        return index_put(x, positions, values, dims=(0, *moved), accumulate=accumulate)
    if not _adjacent(dims):  # then NumPy wants the axes of the index in front of the batch
        values = moved_axis(values, 0, len(places))
    return index_put(x, positions, values, dims=moved, accumulate=accumulate)


@rule("index_select")
def _index_select(batch: Batch) -> Any:
    dim = batch.params["dim"]
    return inside(batch, lambda x, places: index(x, places, dims=(dim,)))


@rule("index_add")
def _index_add(batch: Batch) -> Any:
    dims = (batch.params["dim"],)
    return _as_vectors(batch, lambda x, i, s: index_put(x, i, s, dims=dims, accumulate=True))


@rule("index_copy")
def _index_copy(batch: Batch) -> Any:
    dims = (batch.params["dim"],)
    return _as_vectors(batch, lambda x, i, s: index_put(x, i, s, dims=dims, accumulate=False))


@rule("index_fill")
def _index_fill(batch: Batch) -> Any:
    dims = (batch.params["dim"],)
    return inside(batch, lambda x, i, value: index_put(x, i, value, dims=dims, accumulate=False))


def _as_vectors(batch: Batch, function: Any) -> Any:
    """Run on members as they are, 0-d ones as vectors of one element."""
    if ndim_of(batch.operands[0]):
        return inside(batch, function)

    def on_numbers(x: Any, places: Any, source: Any) -> Any:
        return reshape(function(reshape(x, shape=(1,)), places, reshape(source, shape=(1,))), shape=())

    return inside(batch, on_numbers)


@rule("take")
def _take(batch: Batch) -> Any:
    count = math.prod(shape_of(batch.operands[0]))
    return inside(batch, lambda x, i: index(reshape(x, shape=(count,)), i, dims=(0,)))


@rule("scatter", "scatter_add")
def _scatter(batch: Batch) -> Any:
    x, _, source = batch.operands
    if shape_of(source) or not shape_of(x):
        return along_axis(batch)
    # One number for all places, but another one for each member.
    dim = batch.params["dim"]
    return inside(batch, lambda x, i, v: batch.primitive(x, i, expand(v, shape=shape_of(i)), dim=dim))


# -- masks ----------------------------------------------------------------------------------------------


@rule("mask_index")
def _mask_index(batch: Batch) -> Any:
    x, mask = batch.inner
    if batch.batched[1]:
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
            "batch over "
            "indexing with a boolean mask. Each member would have its own number of elements: use "
            "chainrule.where(mask, x, other), or multiply by the mask, instead of x[mask]"
        )
    return mask_index(x, mask, dim=batch.params["dim"] + 1)


@rule("masked_select")
def _masked_select(batch: Batch) -> Any:
    x, mask = batch.inner
    if batch.batched[1]:
        raise RuntimeError(
            "vmap: Attempted to vmap over `mask` in chainrule.masked_select(self, mask) We cannot support "
            "this "
            "because for each batch this would return a differently shaped Tensor. Use "
            "chainrule.where(mask, x, "
            "other), or multiply by the mask"
        )
    return mask_index(x, mask, dim=1)


@rule("mask_put")
def _mask_put(batch: Batch) -> Any:
    x, mask, values = batch.inner
    dim, accumulate = batch.params["dim"], batch.params["accumulate"]
    ndim = ndim_of(batch.operands[0])
    if not batch.batched[1]:
        if batch.batched[2]:
            values = widened(values, ndim - ndim_of(mask) + 1)
        x = batch.all_batched()[0]
        return mask_put(x, mask, values, dim=dim + 1, accumulate=accumulate)
    behind = ndim - dim - ndim_of(batch.operands[1])
    have = shape_of(batch.operands[2])
    if len(have) > behind and have[len(have) - behind - 1] != 1:
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
            "batch over "
            "indexing with a boolean mask: how many values are written differs between members. Write x = "
            "chainrule.where(mask, values, x) with values of the shape of x"
        )

    def chosen(x: Any, mask: Any, values: Any) -> Any:
        mask = reshape(mask, shape=(*shape_of(mask), *(1,) * behind))
        if len(have) > behind + 1:  # the axes in front of the mask's, a unit axis for all of the mask's
            gap = (1,) * (ndim_of(mask) - behind - 1)
            values = reshape(values, shape=(*have[: -behind - 1], *gap, *have[len(have) - behind - 1 :]))
        return registry["where"](mask, x + values if accumulate else values, x)

    return inside(batch, chosen)


@rule("masked_scatter")
def _masked_scatter(batch: Batch) -> Any:
    def chosen(x: Any, mask: Any, source: Any) -> Any:
        count = math.prod(shape_of(x))
        flat = reshape(mask, shape=(count,))
        # The n-th true element takes the n-th of the source.
        places = registry["maximum"](cumsum(cast(flat, dtype=np.dtype(np.int64)), dim=0) - 1, 0)
        places = registry["minimum"](places, max(shape_of(source)[0] - 1, 0))
        taken = reshape(index(source, places, dims=(0,)), shape=shape_of(x))
        return registry["where"](mask, taken, x)

    if not shape_of(batch.operands[2])[0]:
        return batch.all_batched()[0] + 0
    return inside(batch, chosen)
