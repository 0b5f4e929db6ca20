"""Joining tensors along an axis, and taking them apart again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.graph import Node
from chainrule.core.kinds import Linear, linear
from chainrule.core.partial import Masked, Partial
from chainrule.core.primitive import Rule
from chainrule.core.tensor import Step
from chainrule.ops.indexing import select, slice_

Array = Any
Shape = tuple[int, ...]
Index = tuple[Any, ...]
Part = Callable[..., Step]


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


class Pieces(Linear):
    """Several views of one tensor, made at once: one node whose outputs they are."""

    def __init__(self, forward: Callable[..., Any], transpose: Rule, part: Part, node: str) -> None:
        super().__init__(
            forward, {"x": transpose}, moves=True, reach=None, view=True, several=True, node=node
        )
        self._part = part

    def part(self, params: dict[str, Any], number: int) -> Step:
        """Return the step that cuts one of the views out by itself."""
        return self._part(number, **params)

    def pullback_partial(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        """Join the cotangents of the pieces; those that were not used are dead."""
        (whole,) = self.pullback(node, saved, g.dense())
        live = [
            part.masked().live if isinstance(part, Partial) else np.full(shape, part is not None)
            for part, (shape, _) in zip(g.parts, g.forms, strict=True)
        ]
        if all(map(np.all, live)):
            return [whole]
        return [Masked(whole, self.pullback(node, saved, live)[0])]


def _pieces(node: str, transpose: Rule, part: Part) -> Callable[[Callable[..., Any]], Pieces]:
    return lambda forward: Pieces(forward, transpose, part, node)


def _numbered(number: int, split_size: int, dim: int) -> Step:
    return slice_, {"index": _part(dim, number * split_size, (number + 1) * split_size)}


@_pieces("Split", lambda g, dim: cat(*g, dim=dim), _numbered)
def split(x: Array, *, split_size: int, dim: int) -> tuple[Array, ...]:
    """Views of pieces of one size along an axis; the last may be smaller."""
    n = x.shape[dim]
    starts = range(0, n, split_size) if n else (0,)
    return tuple([x[_part(dim, start, start + split_size)] for start in starts])


def _sized(number: int, split_sizes: Shape, dim: int) -> Step:
    start = sum(split_sizes[:number])
    return slice_, {"index": _part(dim, start, start + split_sizes[number])}


@_pieces("SplitWithSizes", lambda g, dim: cat(*g, dim=dim), _sized)
def split_with_sizes(x: Array, *, split_sizes: Shape, dim: int) -> tuple[Array, ...]:
    """Views of pieces of given sizes along an axis."""
    ends = itertools.accumulate(split_sizes)
    return tuple([x[_part(dim, end - n, end)] for n, end in zip(split_sizes, ends, strict=True)])


def _chosen(number: int, dim: int) -> Step:
    return select, {"index": (slice(None),) * dim + (number,)}


@_pieces("Unbind", lambda g, dim: stack(*g, dim=dim), _chosen)
def unbind(x: Array, *, dim: int) -> tuple[Array, ...]:
    """Views of all slices along an axis, without that axis."""
    before = (slice(None),) * dim
    return tuple([x[(*before, i, ...)] for i in range(x.shape[dim])])
