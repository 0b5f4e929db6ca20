"""Batching rules of what moves elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.core.batched import SHIFTED, Batch
from chainrule.core.inplace import cut
from chainrule.core.primitive import registry
from chainrule.ops.batching.reduction import flat
from chainrule.ops.batching.rules import moved_params, ndim_of, rule, shape_of, widened
from chainrule.ops.indexing import index_put
from chainrule.ops.movement import permute, repeat, reshape, squeeze, transpose
from chainrule.ops.structure import copy_slices, expand


@rule("t", "t_in_place")
def _t(batch: Batch) -> Any:
    (x,) = batch.inner
    return transpose(x, dim0=1, dim1=2) if ndim_of(x) == 3 else registry["alias"](x, index=(...,))


@rule("permute")
def _permute(batch: Batch) -> Any:
    return permute(batch.inner[0], dims=(0, *[axis + 1 for axis in batch.params["dims"]]))


@rule("flip", "rot90")
def _flip(batch: Batch) -> Any:
    dims = tuple([axis + 1 for axis in batch.params["dims"]])
    return batch.primitive(batch.inner[0], **{**batch.params, "dims": dims})


@rule("roll")
def _roll(batch: Batch) -> Any:
    (x,) = batch.inner
    if batch.params["dims"]:
        return _flip(batch)
    rolled = batch.primitive(flat(batch), shifts=batch.params["shifts"], dims=(1,))
    return reshape(rolled, shape=shape_of(x))


@rule("squeeze", "squeeze_in_place")
def _squeeze(batch: Batch) -> Any:
    (x,) = batch.inner
    dim = batch.params["dim"]
    shape = x._value.shape[1:]
    axes = range(len(shape)) if dim is None else (dim,) if isinstance(dim, int) else dim
    return squeeze(x, dim=tuple([axis + 1 for axis in axes if shape and shape[axis] == 1]))


@rule("expand")
def _expand(batch: Batch) -> Any:
    shape = batch.params["shape"]
    return expand(widened(batch.inner[0], len(shape)), shape=(batch.size, *shape))


@rule("repeat")
def _repeat(batch: Batch) -> Any:
    repeats = batch.params["repeats"]
    return repeat(widened(batch.inner[0], len(repeats)), repeats=(1, *repeats))


@rule("sum_to_size")
def _sum_to_size(batch: Batch) -> Any:
    (x,) = batch.inner
    shape = batch.params["shape"]
    filled = (batch.size, *(1,) * (ndim_of(x) - 1 - len(shape)), *shape)
    return reshape(registry["sum_to_size"](x, shape=filled), shape=(batch.size, *shape))


@rule("unfold")
def _unfold(batch: Batch) -> Any:
    (x,) = batch.inner
    if ndim_of(x) == 1:  # each member is a number: one window, of one element or of none
        column = reshape(x, shape=(batch.size, 1))
        return column if batch.params["size"] else column[:, :0]
    return batch.primitive(x, **moved_params(batch))


@rule("cat", "stack", "unsqueeze")
def _shifted(batch: Batch) -> Any:
    return batch.primitive(*batch.all_batched(), **moved_params(batch))


@rule("complex", "copy", "fill")
def _like_elementwise(batch: Batch) -> Any:
    operands = batch.all_batched()
    ndim = max([ndim_of(x) for x in operands]) - 1
    return batch.primitive(*[widened(x, ndim) for x in operands])


BASIC = frozenset({"alias", "diagonal", "imag", "new_axis", "real", "select", "slice", "transpose"})
"""Views whose parameters have their meaning by their names."""


@rule("copy_slices")
def _copy_slices(batch: Batch) -> Any:
    base, value = batch.all_batched()
    steps = batch.params["steps"]
    if all(primitive.name in BASIC for primitive, _ in steps):
        moved = [
            (primitive, {name: SHIFTED[name](v, 0, batch.size) for name, v in params.items()})
            for primitive, params in steps
        ]
        return copy_slices(base, value, steps=tuple(moved))
    # Any other view: the places that it shows.
    shape = shape_of(base)[1:]
    count = math.prod(shape)
    places = cut(np.arange(count).reshape(shape), steps)
    rows = reshape(base, shape=(batch.size, count))
    parts = reshape(value, shape=(batch.size, places.size))
    return reshape(index_put(rows, places.reshape(-1), parts, dims=(1,)), shape=(batch.size, *shape))
