"""Movement: the same elements in another shape or order."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import constant, linear
from chainrule.core.partial import Masked
from chainrule.ops.indexing import index_put, marked, zeros
from chainrule.ops.layout import in_order
from chainrule.ops.structure import memory_order, sum_to_size

Array = Any
Shape = tuple[int, ...]


def _back(g: Any, x_shape: Shape) -> Any:
    return reshape(g, shape=x_shape)


@linear(transpose=_back, moves=True, view=True, node="View")
def reshape(x: Array, *, shape: Shape) -> Array:
    """x in another shape, a view where memory allows."""
    return np.reshape(x, shape)


@linear(transpose=_back, moves=True, node="UnsafeView")
def unsafe_view(x: Array, *, shape: Shape) -> Array:
    """x in another shape, where x is a copy that nobody else sees."""
    return np.reshape(x, shape)


def _squeeze_variant(dim: Any) -> int:
    return 0 if dim is None else 1 if isinstance(dim, int) else 2


@linear(transpose=_back, moves=True, view=True, variant=_squeeze_variant)
def squeeze(x: Array, *, dim: int | tuple[int, ...] | None) -> Array:
    """x without its unit axes, or those of them in `dim`."""
    axes = range(x.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    gone = [axis for axis in axes if x.ndim and x.shape[axis] == 1]
    return np.reshape(x, [n for axis, n in enumerate(x.shape) if axis not in gone])


@linear(transpose=_back, moves=True, view=True)
def unsqueeze(x: Array, *, dim: int) -> Array:
    """x with a new unit axis before axis `dim`."""
    return np.expand_dims(x, dim)


@linear(transpose=lambda g, dim0, dim1: transpose(g, dim0=dim0, dim1=dim1), moves=True, view=True)
def transpose(x: Array, *, dim0: int, dim1: int) -> Array:
    """x with two axes exchanged."""
    return np.swapaxes(x, dim0, dim1) if x.ndim else np.transpose(x)


@linear(transpose=lambda g: t(g), moves=True, view=True)
def t(x: Array) -> Array:
    """The transpose of a matrix (vectors and scalars are themselves)."""
    return np.transpose(x)


# -- the same, of a tensor changed in place: torch numbers their nodes apart


@linear(transpose=_back, moves=True, view=True, node="Squeeze", variant=lambda dim: 3 + _squeeze_variant(dim))
def squeeze_in_place(x: Array, *, dim: int | tuple[int, ...] | None) -> Array:
    """x itself without its unit axes, or those of them in `dim`."""
    return squeeze.forward(x, dim=dim)


@linear(transpose=_back, moves=True, view=True, node="Unsqueeze", variant=lambda: 1)
def unsqueeze_in_place(x: Array, *, dim: int) -> Array:
    """x itself with a new unit axis before axis `dim`."""
    return np.expand_dims(x, dim)


@linear(
    transpose=lambda g, dim0, dim1: transpose(g, dim0=dim0, dim1=dim1),
    moves=True,
    view=True,
    node="Transpose",
    variant=lambda: 1,
)
def transpose_in_place(x: Array, *, dim0: int, dim1: int) -> Array:
    """x itself with two axes exchanged."""
    return transpose.forward(x, dim0=dim0, dim1=dim1)


@linear(transpose=lambda g: t(g), moves=True, view=True, node="T", variant=lambda: 1)
def t_in_place(x: Array) -> Array:
    """x itself transposed."""
    return np.transpose(x)


# -- other orders of axes


def _unpermute(g: Any, dims: tuple[int, ...]) -> Any:
    return permute(g, dims=tuple([dims.index(axis) for axis in range(len(dims))]))


@linear(transpose=_unpermute, moves=True, view=True)
def permute(x: Array, *, dims: tuple[int, ...]) -> Array:
    """x with its axes in the order `dims`."""
    return np.transpose(x, dims)


@linear(transpose=lambda g: g, moves=True)
def clone(x: Array, *, order: Any = None) -> Array:
    """A copy of x, in memory ordered as x is unless `order` says otherwise."""
    return x if isinstance(x, np.generic) else x.copy(order or memory_order(x))[()]


@constant(promotion="none")
def detach(x: Array) -> Array:
    """x itself, through which no derivative flows."""
    return x


@linear(transpose=lambda g, dims: flip(g, dims=dims), moves=True)
def flip(x: Array, *, dims: tuple[int, ...]) -> Array:
    """x backwards along the axes `dims`."""
    return np.flip(x, dims).copy()


@linear(transpose=lambda g, shifts, dims: roll(g, shifts=tuple([-s for s in shifts]), dims=dims), moves=True)
def roll(x: Array, *, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Array:
    """x shifted along the axes `dims` (none: flattened), what leaves at one end coming in at the other."""
    return in_order(np.roll(x, shifts, dims) if dims else np.roll(x, shifts[0]))


@linear(transpose=lambda g, k, dims: rot90(g, k=-k, dims=dims), moves=True)
def rot90(x: Array, *, k: int, dims: tuple[int, int]) -> Array:
    """x turned by k quarter turns in the plane of two axes."""
    return np.rot90(x, k, dims).copy("K")  # in torch's layout: rows stay rows in memory


def _sum_copies(g: Any, repeats: Shape, x_shape: Shape) -> Any:
    """Add up the copies: each axis of g is that of x, once per repetition."""
    sizes = (1,) * (len(repeats) - len(x_shape)) + x_shape
    copies = [part for r, n in zip(repeats, sizes, strict=True) for part in (r, n)]
    kept = [part for n in sizes for part in (1, n)]
    return reshape(sum_to_size(reshape(g, shape=tuple(copies)), shape=tuple(kept)), shape=x_shape)


@linear(transpose=_sum_copies, moves=True)
def repeat(x: Array, *, repeats: Shape) -> Array:
    """Copies of x beside each other, `repeats` of them along each axis."""
    return in_order(np.tile(x, repeats))


def _unfold_back(g: Any, x_shape: Shape, dim: int, size: int, step: int) -> Masked:
    """Add the windows up where they were cut from; elements between windows are dead."""
    whole = x_shape or (1,)
    positions = step * np.arange(g.shape[dim] if x_shape else 1)[:, None] + np.arange(size)
    axes = [*range(dim + 1), g.ndim - 1, *range(dim + 1, g.ndim - 1)]
    windows = permute(g, dims=tuple(axes)) if x_shape else reshape(g, shape=positions.shape)
    back = index_put(zeros(g, whole), positions, windows, dims=(dim,), accumulate=True)
    live = marked(whole, positions, (dim,))
    return Masked(back, live) if x_shape else Masked(reshape(back, shape=()), live.reshape(()))


@linear(transpose=_unfold_back, moves=True, view=True)
def unfold(x: Array, *, dim: int, size: int, step: int) -> Array:
    """Windows of `size` elements along `dim`, `step` apart, their elements along a new last axis."""
    if x.ndim == 0:
        x = np.reshape(x, (1,))
        return x if size else x[:0]
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim, writeable=x.flags.writeable)
    return windows[(slice(None),) * dim + (slice(None, None, step),)]
