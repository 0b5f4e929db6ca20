"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import linear
from chainrule.core.partial import Masked
from chainrule.ops.layout import in_order
from chainrule.ops.structure import expand, select_live

Array = Any
Shape = tuple[int, ...]


def _view(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    """Return the diagonal as a view that can be written through (NumPy's cannot)."""
    y = np.diagonal(x, offset, dim1, dim2)
    if x.flags.writeable:
        y.flags.writeable = True
    return y


def _diagonal_back(g: Any, x_shape: Shape, offset: int, dim1: int, dim2: int) -> Masked:
    live = np.zeros(x_shape, bool)
    _view(live, offset, dim1, dim2)[...] = True
    return Masked(put_diagonal(g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2), live)


@linear(transpose=_diagonal_back, moves=True, view=True)
def diagonal(x: Array, *, offset: int, dim1: int, dim2: int) -> Array:
    """The diagonal of the matrices along two axes, as a last axis."""
    return _view(x, offset, dim1, dim2)


@linear(
    transpose=lambda g, offset, dim1, dim2: diagonal(g, offset=offset, dim1=dim1, dim2=dim2),
    moves=True,
    node="DiagEmbed",
)
def put_diagonal(x: Array, *, shape: Shape, offset: int, dim1: int, dim2: int) -> Array:
    """Zeros of `shape` with x on the diagonal of two axes."""
    y = np.zeros(shape, x.dtype)
    _view(y, offset, dim1, dim2)[...] = x
    return y


def _trace_back(g: Any, x_shape: Shape) -> Masked:
    return _diagonal_back(expand(g, shape=(min(x_shape),)), x_shape, 0, 0, 1)


@linear(transpose=_trace_back, moves=True)
def trace(x: Array) -> Array:
    """The sum of a matrix's diagonal."""
    diagonal = np.diagonal(x)
    return np.add.reduce(diagonal, dtype=np.int64) if x.dtype.kind in "biu" else np.add.reduce(diagonal)


def _inside(kept: Any, g: Any, diagonal: int) -> Masked:
    live = np.broadcast_to(kept(np.ones(g.shape[-2:], bool), diagonal), g.shape)
    return Masked(select_live(g, live), live)


@linear(transpose=lambda g, diagonal: _inside(np.tril, g, diagonal), moves=True)
def tril(x: Array, *, diagonal: int = 0) -> Array:
    """The part of matrices on and below a diagonal, zero elsewhere.

    >>> import chainrule
    >>> chainrule.tril(chainrule.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 0.],
            [3., 4.]])
    """
    return in_order(np.tril(x, diagonal))


@linear(transpose=lambda g, diagonal: _inside(np.triu, g, diagonal), moves=True)
def triu(x: Array, *, diagonal: int = 0) -> Array:
    """The part of matrices on and above a diagonal, zero elsewhere.

    >>> import chainrule
    >>> chainrule.triu(chainrule.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 2.],
            [0., 4.]])
    """
    return in_order(np.triu(x, diagonal))
