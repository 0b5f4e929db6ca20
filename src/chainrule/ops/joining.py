"""Joining tensors along an axis, and taking them apart again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.kinds import Linear, linear
from chainrule.core.partial import Region

Array = Any
Shape = tuple[int, ...]
Index = tuple[Any, ...]


def _part(axis: int, start: int, stop: int) -> Index:
    return (slice(None),) * axis + (slice(start, stop),)


def _split_at(g: Any, shapes: tuple[Shape, ...], dim: int) -> tuple[Any, ...]:
    parts, start = [], 0
    for shape in shapes:
        stop = start + shape[dim]
        parts.append(g[_part(dim, start, stop)])
        start = stop
    return tuple(parts)


@linear(transpose=_split_at, variadic=True, moves=True)
def cat(*tensors: Array, dim: int) -> Array:
    """Tensors one after the other along an axis that they have."""
    return np.concatenate(tensors, dim)


def _unstack(g: Any, shapes: tuple[Shape, ...], dim: int) -> tuple[Any, ...]:
    return tuple([g[(slice(None),) * dim + (i,)] for i in range(len(shapes))])


@linear(transpose=_unstack, variadic=True, moves=True)
def stack(*tensors: Array, dim: int) -> Array:
    """Tensors of one shape beside each other along a new axis."""
    return np.stack(tensors, dim)


def _piece(node: str) -> Callable[[Callable[..., Any]], Linear]:
    """Declare one of several views, each of which has a node of its own.

    So pieces that were not used cost nothing in backward, and stay dead.
    """
    return linear(
        transpose=lambda g, x_shape, index: Region(g, index, x_shape),
        moves=True,
        view=True,
        several=True,
        node=node,
    )


@_piece("Split")
def split_piece(x: Array, *, index: Index, number: int) -> Array:
    """Piece `number` of x split into equal sizes."""
    return x[index]


@_piece("SplitWithSizes")
def split_with_sizes_piece(x: Array, *, index: Index, number: int) -> Array:
    """Piece `number` of x split into given sizes."""
    return x[index]


@_piece("Unbind")
def unbind_piece(x: Array, *, index: Index, number: int) -> Array:
    """Piece `number` of x along an axis that the pieces do not have."""
    return x[(*index, ...)]
