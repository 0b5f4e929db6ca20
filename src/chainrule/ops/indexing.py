"""Indexing, read and written: basic indices give views, index arrays and masks copies.

Elements that were not taken, and elements that were overwritten, are dead in backward.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.box import RANGE, Box
from chainrule.core.kinds import Linear, linear, numpy_dtype, sum_to, zeros_like
from chainrule.core.partial import Masked, Region, clear, known
from chainrule.core.tensor import TensorBase
from chainrule.ops.structure import select_live

Array = Any
Index = tuple[Any, ...]
Shape = tuple[int, ...]


# -- basic indices --------------------------------------------------------------------------------


def _region(g: Any, x_shape: Shape, index: Index) -> Region:
    return Region(g, index, x_shape)


def _basic(node: str) -> Callable[[Callable[..., Any]], Linear]:
    return linear(transpose=_region, moves=True, view=True, node=node)


def _cut(x: Array, index: Index) -> Array:
    """Return x at a basic index, a view also where a single element is left."""
    y = x[index]
    return y if type(y) is np.ndarray or not isinstance(x, np.ndarray) else x[(*index, ...)]


@_basic("Slice")
def slice_(x: Array, *, index: Index) -> Array:
    """x at a basic index (ints, slices, None, Ellipsis), a view; the others differ in the node's name."""
    return _cut(x, index)


@_basic("Select")
def select(x: Array, *, index: Index) -> Array:
    """x at a basic index that ends in an int."""
    return _cut(x, index)


@_basic("Unsqueeze")
def new_axis(x: Array, *, index: Index) -> Array:
    """x at a basic index that ends in None."""
    return _cut(x, index)


@_basic("Alias")
def alias(x: Array, *, index: Index) -> Array:
    """The whole of x."""
    return x[...]


# -- index arrays ---------------------------------------------------------------------------------


def every(x: Any) -> Any:
    """Return all values of an index, to check their range: of a batch those of all members."""
    value = x._value if isinstance(x, TensorBase) else np.asarray(x)
    return value.concrete(RANGE) if isinstance(value, Box) else np.asarray(value)


def zeros(g: Any, shape: Shape) -> Array:
    """Return plain zeros of the dtype of a cotangent."""
    return np.zeros(shape, numpy_dtype(g))


def key_of(positions: Array, dims: tuple[int, ...]) -> Index:
    """Return NumPy's key: index arrays at the axes `dims`, all of the other axes.

    `positions` is the index array for one axis; for several, the arrays for each, stacked.
    """
    key: list[Any] = [slice(None)] * (max(dims) + 1)
    for k, axis in enumerate(dims):
        key[axis] = positions if len(dims) == 1 else positions[k]
    return tuple(key)


def taken(x: Array, key: Index) -> Array:
    """Return a copy of x[key] with its elements in order; IndexError in torch's words when out of range."""
    try:
        y = x[key]
        return y if not isinstance(y, np.ndarray) or y.flags.c_contiguous else np.ascontiguousarray(y)
    except IndexError as error:
        raise _out_of_bounds(error) from None


def _out_of_bounds(error: IndexError) -> IndexError:
    words = str(error).replace("axis", "dimension")
    if words.endswith("with size 0"):
        words = "index is out of bounds for dimension with size 0"
    return IndexError(words)


def put(y: Array, key: Index, values: Array, accumulate: bool) -> None:
    """Write `values` into y[key], or add them (repeated places add up)."""
    try:
        if accumulate:
            np.add.at(y, key, values)
        else:
            y[key] = values
    except IndexError as error:
        raise _out_of_bounds(error) from None


TRUE: Array = np.asarray(True)


def marked(shape: Shape, positions: Any, dims: tuple[int, ...]) -> Array:
    """Return which elements are at index arrays along the axes `dims`."""
    return known(index_put(np.zeros(shape, bool), positions, TRUE, dims=dims))


def survivors(g: Any, overwritten: Any) -> Masked:
    """Return the cotangent of what was written over in some places: there it is dead."""
    live = ~overwritten
    return Masked(select_live(g, live), live)


def written(g: Any, shape: Shape, put: Callable[[Any, Any], Any], read: Callable[[Any], Any]) -> Any:
    """Return `g`, the cotangents of what was put, dead where a later value went to the same place."""
    order = np.arange(math.prod(g.shape)).reshape(g.shape)
    live = known(read(put(np.zeros(shape, np.intp), order)) == order)
    return g if isinstance(live, np.ndarray) and live.all() else clear(g, live)


def _index_back(g: Any, positions: Any, x_shape: Shape, dims: tuple[int, ...]) -> Masked:
    back = index_put(zeros(g, x_shape), positions, g, dims=dims, accumulate=True)
    return Masked(back, marked(x_shape, positions, dims))


@linear(x=_index_back, moves=True)
def index(x: Array, positions: Array, *, dims: tuple[int, ...]) -> Array:
    """x at index arrays along the axes `dims`."""
    return taken(x, key_of(positions, dims))


def _put_base(g: Any, positions: Any, dims: tuple[int, ...], accumulate: bool) -> Any:
    return g if accumulate else survivors(g, marked(g.shape, positions, dims))


def _put_values(g: Any, positions: Any, dims: tuple[int, ...], accumulate: bool, values_shape: Shape) -> Any:
    parts = index(g, positions, dims=dims)
    if not accumulate:
        parts = written_at(parts, g.shape, positions, dims)
    return fold_to(parts, values_shape)


def written_at(g: Any, shape: Shape, positions: Any, dims: tuple[int, ...]) -> Any:
    """`written` for values put at index arrays along the axes `dims`."""
    return written(
        g,
        shape,
        lambda x, values: index_put(x, positions, values, dims=dims),
        lambda x: index(x, positions, dims=dims),
    )


def fold_to(g: Any, shape: Shape) -> Any:
    """Add up a cotangent along the axes along which its operand was broadcast."""
    if isinstance(g, Masked):
        return g if g.value.shape == shape else sum_to(g.value, shape)
    return sum_to(g, shape)


@linear(x=_put_base, values=_put_values, moves=True)
def index_put(
    x: Array, positions: Array, values: Array, *, dims: tuple[int, ...], accumulate: bool = False
) -> Array:
    """x with `values` written (or added) at index arrays along the axes `dims`."""
    y = np.array(x)
    put(y, key_of(positions, dims), values, accumulate)
    return y


# -- masks ----------------------------------------------------------------------------------------


def mask_key(mask: Array, dim: int) -> Index:
    return (slice(None),) * dim + (mask,)


def _mask_back(g: Any, mask: Any, x_shape: Shape, dim: int) -> Masked:
    back = mask_put(zeros(g, x_shape), mask, g, dim=dim)
    return Masked(back, masked(x_shape, mask, dim))


def masked(shape: Shape, mask: Any, dim: int) -> Array:
    """Return which elements of an array a mask of its axes from `dim` on chooses."""
    return known(mask_put(np.zeros(shape, bool), mask, TRUE, dim=dim))


@linear(x=_mask_back, moves=True, node="Index")
def mask_index(x: Array, mask: Array, *, dim: int) -> Array:
    """The elements of x where a mask of its axes from `dim` on is true, along one axis."""
    return np.ascontiguousarray(np.asarray(x)[mask_key(mask, dim)])


def _mask_put_values(g: Any, mask: Any, dim: int, values_shape: Shape) -> Any:
    return sum_to(mask_index(g, mask, dim=dim), values_shape)


@linear(
    x=lambda g, mask, dim, accumulate: g if accumulate else survivors(g, masked(g.shape, mask, dim)),
    values=_mask_put_values,
    moves=True,
    node="IndexPut",
)
def mask_put(x: Array, mask: Array, values: Array, *, dim: int, accumulate: bool = False) -> Array:
    """x with `values` written (or added) where a mask of its axes from `dim` on is true."""
    y = np.array(x)
    put(y, mask_key(mask, dim), values, accumulate)
    return y


# -- everything overwritten -----------------------------------------------------------------------


def _nothing(g: Any) -> Masked:
    return Masked(zeros_like(g), np.zeros(g.shape, bool))


@linear(x=_nothing, src=lambda g, src_shape: sum_to(g, src_shape), node="CopyBackwards", moves=True)
def copy(x: Array, src: Array) -> Array:
    """`src` in the shape and dtype of x."""
    if x.dtype.kind != "c" and src.dtype.kind == "c":
        src = src.real
    return np.broadcast_to(src, x.shape).astype(x.dtype)[()]


@linear(x=_nothing, value=lambda g, value_shape: sum_to(g, value_shape), variant=lambda: 2, moves=True)
def fill(x: Array, value: Array) -> Array:
    """A number in the shape and dtype of x."""
    return copy.forward(x, value)


@linear(x=_nothing)
def zero(x: Array) -> Array:
    """Zeros in the shape and dtype of x."""
    return np.zeros(x.shape, x.dtype)[()]


def index_select_back(g: Any, index: Any, x_shape: Shape, dim: int) -> Masked:
    axes = (dim,)
    back = index_put(zeros(g, x_shape), index, g, dims=axes, accumulate=True)
    return Masked(back, marked(x_shape, index, axes))


@linear(x=index_select_back, moves=True)
def index_select(x: Array, index: Array, *, dim: int) -> Array:
    """x at the positions `index` along `dim`."""
    return taken(x, key_of(index, (dim,)))
