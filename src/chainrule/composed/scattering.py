"""Gather and scatter: elements taken from, or written to, places given by index tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.operands import title_of
from chainrule.composed.places import INDEX_DTYPES, as_vector, out_of_bounds, scalar
from chainrule.composed.shape import broadcast_tensors, broadcast_to, common_shape, reshape
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import TensorBase, array_of
from chainrule.ops import extrema, factors, indexing, joining, movement, scattering, structure
from chainrule.ops.dims import normalize_dim
from chainrule.ops.elementwise.arithmetic import floor_divide, true_divide
from chainrule.ops.indexing import every

Tensor = Any
Shape = tuple[int, ...]


# -- along one axis, an index for each element ----------------------------------------------------


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """Return, for each element of `index`, the element of `input` at that position along `dim`.

    `index` may be smaller than `input` along the other axes.

    >>> import chainrule
    >>> chainrule.gather(chainrule.tensor([[1, 2], [3, 4]]), 1, chainrule.tensor([[0], [1]]))
    tensor([[1],
            [4]])
    """
    shape = shape_of(input, "gather")
    dim = normalize_dim(dim, len(shape))
    places, have = every(index), shape_of(index, "gather", "index", 3)
    if not places.size:  # torch asks nothing of an empty index
        nothing = indexing.slice_(reshape(input, (math.prod(shape),)), index=(slice(0, 0),))
        return reshape(nothing, have)
    if places.dtype.name not in INDEX_DTYPES:
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if max(len(have), 1) != max(len(shape), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if not shape and have:
        return gather(reshape(input, (1,)), 0, index)
    for axis, (n, size) in enumerate(zip(have, shape, strict=False)):
        if axis != dim and n > size:
            raise RuntimeError(
                f"Size does not match at dimension {axis} expected index {list(have)} to be no "
                f"larger than self {list(shape)} apart from dimension {dim}"
            )
    _check_bounds(places, shape, dim)
    return scattering.gather(input, index, dim=dim)


def _check_bounds(places: Any, shape: Shape, dim: int, least: int = 0) -> None:
    wrong = out_of_bounds(shape, dim, places, least)
    if wrong:
        raise RuntimeError(wrong)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Return the elements at `indices` along `dim`, broadcast along the others (None: of the flattened).

    >>> import chainrule
    >>> x = chainrule.tensor([[3, 1], [2, 4]])
    >>> chainrule.take_along_dim(x, chainrule.tensor([[1], [0]]), 1)
    tensor([[1],
            [2]])
    """
    if dim is None:
        return gather(reshape(input, (-1,)), 0, reshape(indices, (-1,)))
    shape, have = shape_of(input, "take_along_dim"), shape_of(indices, "take_along_dim", "indices", 2)
    if numpy_dtype(indices) != np.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {title_of(indices)}"
        )
    if len(shape) != len(have):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{len(shape)} dimensions for input, and {len(have)} dimensions for indices"
        )
    dim = normalize_dim(dim, len(shape))
    if not shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    others = common_shape(_with(shape, dim, 1), _with(have, dim, 1))
    input = broadcast_to(input, _with(others, dim, shape[dim]))
    indices = broadcast_to(indices, _with(others, dim, have[dim]))
    _check_bounds(every(indices), shape, dim, least=-shape[dim])
    return scattering.gather(input, indices, dim=dim)


def _with(shape: Shape, dim: int, n: int) -> Shape:
    """Return a shape with another size along `dim`."""
    return (*shape[:dim], n, *shape[dim + 1 :])


def _scatter_place(input: Tensor, dim: int, index: Tensor, src: Any, function: str) -> int:
    shape = shape_of(input, function) or (1,)  # of no axes is as good as of one
    dim = normalize_dim(dim, len(shape))
    places, at = every(index), shape_of(index, function, "index", 3) or (1,)
    if src is not None and numpy_dtype(src) != numpy_dtype(input):
        raise RuntimeError(f"{function}(): Expected self.dtype to be equal to src.dtype")
    if not places.size:  # torch asks nothing else of an empty index
        return dim
    if places.dtype.name not in INDEX_DTYPES:
        raise RuntimeError(f"{function}(): Expected dtype int32/int64 for index")
    if len(at) != len(shape):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None:
        have = shape_of(src, function, "src", 4) or (1,)
        if len(have) != len(at):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        too_large = any(n > m for n, m in zip(at, have, strict=True))
    else:
        have, too_large = (), False
    others = [n > m for axis, (n, m) in enumerate(zip(at, shape, strict=True)) if axis != dim]
    if too_large or any(others):
        raise RuntimeError(
            f"Expected index {list(at)} to be no larger than self {list(shape)} apart from "
            f"dimension {dim}"
            + (f" and to be no larger size than src {list(have)}" if src is not None else "")
        )
    _check_bounds(places, shape, dim)
    return dim


Write = Callable[[Tensor, Tensor, Tensor], Tensor]


def _written(input: Tensor, index: Tensor, source: Any, write: Write) -> Tensor:
    """Return what `write` makes of the input, index and source, which has at least one axis for it."""
    shape = shape_of(input, "scatter")
    if not every(index).size:
        return movement.clone(input)
    result = write(as_vector(input), as_vector(index), source)
    return result if shape else reshape(result, shape)


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """Return `input` with the elements of `src` (or a number) at the positions `index` along `dim`.

    `reduce="add"` or `"multiply"` combines them with what is there.

    >>> import chainrule
    >>> chainrule.scatter(chainrule.zeros(3), 0, chainrule.tensor([2]), chainrule.tensor([5.0]))
    tensor([0., 0., 5.])
    """
    if src is not None and value is not None:
        raise TypeError("scatter() takes a source or a value, not both")
    given = src if value is None else value
    is_tensor = isinstance(given, (TensorBase, np.ndarray)) and not (
        value is not None and not shape_of(given, "scatter", "value", 4)
    )
    dim = _scatter_place(input, dim, index, given if is_tensor else None, "scatter")
    source = given if is_tensor else scalar(given, input, "scatter(): value must be a number, not of {} dims")
    if reduce is None:
        return _written(input, index, source, partial(scattering.scatter, dim=dim))
    if reduce == "add":
        return _written(input, index, source, partial(scattering.scatter_add, dim=dim))
    if reduce != "multiply":
        raise RuntimeError("reduce argument must be either add or multiply.")
    return _written(input, index, source, partial(_combined, dim=dim, reduce="prod", include_self=True))


def _full(source: Any, index: Tensor) -> Any:
    """Return a source of the shape of the index."""
    shape = shape_of(index, "scatter", "index", 3)
    if not shape_of(source, "scatter", "src", 4):
        return structure.expand(source, shape=shape)
    return indexing.slice_(source, index=tuple([slice(n) for n in shape]))


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Return `input` with the elements of `src` added at the positions `index` along `dim`.

    >>> import chainrule
    >>> chainrule.scatter_add(chainrule.zeros(2), 0, chainrule.tensor([1, 1]), chainrule.ones(2))
    tensor([0., 2.])
    """
    dim = _scatter_place(input, dim, index, src, "scatter")
    return _written(input, index, src, partial(scattering.scatter_add, dim=dim))


REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Return `input` with the elements of `src` combined into the positions `index` along `dim`.

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; without `include_self` what was there is left out.

    >>> import chainrule
    >>> x = chainrule.ones(2)
    >>> chainrule.scatter_reduce(x, 0, chainrule.tensor([0, 0]), chainrule.tensor([2.0, 3.0]), "prod")
    tensor([6., 1.])
    """
    if reduce not in REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    dim = _scatter_place(input, dim, index, src, "scatter")
    kind = numpy_dtype(input).kind
    if (kind == "c" and reduce in ("amax", "amin")) or (kind == "b" and reduce == "mean"):
        raise NotImplementedError(
            f"\"scatter_gather_tensor_cpu_reduce_{reduce}\" not implemented for '{title_of(input)}'"
        )
    combine = partial(_combined, dim=dim, reduce=reduce, include_self=include_self)
    return _written(input, index, src, combine)


def _places(index: Tensor) -> Any:
    """Return the array of an index, which must be the same for all members of a batch."""
    return array_of(index) if isinstance(index, TensorBase) else np.asarray(index)


def _combined(
    input: Tensor, index: Tensor, source: Any, *, dim: int, reduce: str, include_self: bool
) -> Tensor:
    """Reduce, for each place that occurs, what is there and what comes."""
    shape, dtype = shape_of(input, "scatter_reduce"), numpy_dtype(input)
    size = math.prod(shape)
    place = np.arange(size).reshape(shape)[scattering.along(_places(index), dim)].reshape(-1)
    old, new = reshape(input, (-1,)), reshape(_full(source, index), (-1,))
    if reduce in ("sum", "mean"):
        reduced = _sums(old, place, new, include_self)
        if reduce == "mean":
            counts = np.maximum(np.bincount(place, minlength=size) + include_self, 1).astype(dtype)
            reduced = floor_divide(reduced, counts) if dtype.kind in "iu" else true_divide(reduced, counts)
        return reshape(reduced, shape)
    hit, row = np.unique(place, return_inverse=True)
    rows = _rows(old, new, hit if include_self else hit[:0], row, _neutral(reduce, dtype))
    reduced = factors.prod(rows, dim=1) if reduce == "prod" else EXTREMA[reduce](rows, dim=(1,))
    if numpy_dtype(reduced) != dtype:  # products of integers are wide
        reduced = structure.cast(reduced, dtype=dtype)
    return reshape(indexing.index_put(old, hit, reduced, dims=(0,)), shape)


EXTREMA = {"amax": extrema.amax, "amin": extrema.amin}


def _sums(old: Tensor, place: Any, new: Tensor, include_self: bool) -> Tensor:
    if not include_self:
        nothing = np.zeros(1, numpy_dtype(old))
        old = indexing.index_put(old, place, nothing, dims=(0,))
    return indexing.index_put(old, place, new, dims=(0,), accumulate=True)


def _rows(old: Tensor, new: Tensor, hit: Any, row: Any, neutral: Any) -> Tensor:
    """Return a table with a row for each place, padded: its own value first, if it is among `hit`."""
    counts = np.bincount(row)
    order = np.argsort(row, kind="stable")
    column = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
    first = len(hit) > 0
    table = np.full((len(counts), int(counts.max()) + first), old.shape[0] + row.size)
    table[row[order], column + first] = old.shape[0] + order
    if first:
        table[:, 0] = hit
    padding = np.asarray([neutral]).astype(numpy_dtype(old))
    return indexing.index(joining.cat(old, new, padding, dim=0), table, dims=(0,))


def _neutral(reduce: str, dtype: np.dtype[Any]) -> Any:
    """Return the number that does not change a reduction."""
    if reduce == "prod":
        return 1
    if dtype.kind == "f":
        return -np.inf if reduce == "amax" else np.inf
    if dtype.kind == "b":
        return reduce == "amin"
    info = np.iinfo(dtype)
    return info.min if reduce == "amax" else info.max


# -- in the flattened tensor ----------------------------------------------------------------------


def take(input: Tensor, index: Tensor) -> Tensor:
    """Return the elements of the flattened `input` at `index`, in its shape.

    >>> import chainrule
    >>> chainrule.take(chainrule.tensor([[1, 2], [3, 4]]), chainrule.tensor([0, 3]))
    tensor([1, 4])
    """
    size = math.prod(shape_of(input, "take"))
    places = every(index)
    if places.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {title_of(index)}")
    if places.size and not size:
        raise IndexError("take(): tried to take from an empty tensor")
    for place in places[(places < -size) | (places >= size)].flat:
        raise IndexError(f"out of range: tried to access index {place} on a tensor of {size} elements.")
    return scattering.take(input, index)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the elements of `input` where `mask` is true, along one axis; both are broadcast.

    >>> import chainrule
    >>> x = chainrule.tensor([1, 2, 3])
    >>> chainrule.masked_select(x, x > 1)
    tensor([2, 3])
    """
    if numpy_dtype(mask).kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    mask, input = broadcast_tensors(mask, input)
    return scattering.masked_select(input, mask)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Return `input` with the first elements of `source`, in order, where `mask` is true.

    >>> import chainrule
    >>> x = chainrule.tensor([1, 2, 3])
    >>> chainrule.masked_scatter(x, x > 1, chainrule.tensor([7, 8]))
    tensor([1, 7, 8])
    """
    if numpy_dtype(input) != numpy_dtype(source):
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{title_of(input)} and {title_of(source)}"
        )
    if numpy_dtype(mask).kind != "b":
        raise RuntimeError(
            "masked_scatter_ only supports boolean masks, but got mask with dtype " + title_of(mask)
        )
    mask, input = broadcast_tensors(mask, input)
    size = math.prod(shape_of(mask, "masked_scatter", "mask", 2))
    wanted = np.count_nonzero(every(mask).reshape(-1, size or 1), axis=1).max(initial=0)  # of all members
    if math.prod(shape_of(source, "masked_scatter", "source", 3)) < wanted:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return scattering.masked_scatter(input, mask, reshape(source, (-1,)))


METHODS = [
    "gather",
    "masked_scatter",
    "masked_select",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "take_along_dim",
]
IN_PLACE = [
    "masked_scatter",
    "scatter",
    "scatter_add",
    "scatter_reduce",
]
__all__ = [
    "gather",
    "masked_scatter",
    "masked_select",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "take_along_dim",
]
