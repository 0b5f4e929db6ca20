"""Gather and scatter: elements taken from, or written to, places given by index tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.indexing import number_or_array
from chainrule.composed.shape import broadcast_tensors, reshape
from chainrule.core.inplace import TITLES
from chainrule.core.kinds import numpy_dtype
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, array_of
from chainrule.ops import indexing, scattering, structure
from chainrule.ops.dims import normalize_dim

Tensor = Any
Shape = tuple[int, ...]


def _title(x: Any) -> str:
    return TITLES[numpy_dtype(x).name]


def _plain(x: Any) -> Any:
    return array_of(x) if isinstance(x, TensorBase) else np.asarray(x)


# -- along one axis, the same index for all others ------------------------------------------------


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slices of `input` at the positions `index` (a vector of ints) along `dim`.

    >>> import chainrule
    >>> chainrule.index_select(chainrule.tensor([[1, 2], [3, 4]]), 1, chainrule.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    shape = shape_of(input, "index_select")
    dim = normalize_dim(dim, len(shape))
    places = _plain(index)
    if places.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if places.dtype.kind not in "iu":
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    size = shape[dim] if shape else 1
    for place in places[(places < 0) | (places >= size)].flat:
        if dim == 0:  # torch's words and exception depend on the dimension
            raise IndexError(f"index out of range in self: {place}, in a dimension of size {size}")
        raise RuntimeError(f"INDICES element is out of DATA bounds, id={place} axis_dim={size}")
    index = _vector(index)
    if not shape:
        return reshape(indexing.index_select(reshape(input, (1,)), index, dim=0), ())
    return indexing.index_select(input, index, dim=dim)


def _vector(index: Tensor) -> Tensor:
    return reshape(index, (1,)) if _plain(index).ndim == 0 else index


def _place(input: Tensor, dim: int, index: Tensor, function: str) -> tuple[int, Tensor]:
    """Return the axis and the index as a vector, checked."""
    shape = shape_of(input, function)
    dim = normalize_dim(dim, len(shape))
    places = _plain(index)
    if places.ndim > 1:
        raise IndexError(f"{function}_(): Index is supposed to be a vector")
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"{function}_(): Expected dtype int32/int64 for index")
    size = shape[dim] if shape else 1
    for place in places[(places < -size) | (places >= size)].flat:
        kind = RuntimeError if function == "index_add" else IndexError
        prefix = "index_copy_(): " if function == "index_copy" else ""
        raise kind(f"{prefix}index {place} is out of bounds for dimension {dim} with size {size}")
    return dim, _vector(index)


def _check_source(input: Tensor, dim: int, index: Tensor, source: Tensor, function: str) -> Tensor:
    """Return the source in the shape it is written in."""
    shape, have = shape_of(input, function), shape_of(source, function, "source", 4)
    count = _plain(index).size
    if not have and shape and count == 1:
        source = reshape(source, (1,) * len(shape))
        have = (1,) * len(shape)
    if len(have) != len(shape) or have[:dim] + have[dim + 1 :] != shape[:dim] + shape[dim + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(shape)} source.shape = {list(have)}"
        )
    if have[dim] != count:
        expected = f"{function}_(): Number of indices ({count}) should be equal to source.size(dim)"
        if function == "index_copy":
            raise IndexError(f"{expected} ({have[dim]})")
        raise RuntimeError(f"{expected}: ({have[dim]}), for dim: {dim}")
    return source


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Return `input` with `alpha` times the slices of `source` added at the positions `index` along `dim`.

    >>> import chainrule
    >>> chainrule.index_add(chainrule.zeros(2), 0, chainrule.tensor([1, 1]), chainrule.ones(2))
    tensor([0., 2.])
    """
    dim, index = _place(input, dim, index, "index_add")
    if numpy_dtype(input) != numpy_dtype(source):
        raise RuntimeError(
            f"index_add_(): self ({_title(input)}) and source ({_title(source)}) must have the same scalar "
            "type"
        )
    source = _check_source(input, dim, index, source, "index_add")
    return scattering.index_add(
        input, index, source if alpha == 1 else registry["mul"](source, alpha), dim=dim
    )


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Return `input` with the slices of `source` in place of those at the positions `index` along `dim`.

    >>> import chainrule
    >>> chainrule.index_copy(chainrule.zeros(2), 0, chainrule.tensor([1]), chainrule.ones(1))
    tensor([0., 1.])
    """
    dim, index = _place(input, dim, index, "index_copy")
    if numpy_dtype(input) != numpy_dtype(source):
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{_title(input)} and (source) {_title(source)}"
        )
    source = _check_source(input, dim, index, source, "index_copy")
    return scattering.index_copy(input, index, source, dim=dim)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return `input` with a number, or 0-d tensor, in place of the slices at `index` along `dim`.

    >>> import chainrule
    >>> chainrule.index_fill(chainrule.zeros(2), 0, chainrule.tensor([1]), 5)
    tensor([0., 5.])
    """
    dim, index = _place(input, dim, index, "index_fill")
    value = scalar(
        value,
        input,
        "index_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
    )
    if not shape_of(input, "index_fill"):
        return reshape(scattering.index_fill(reshape(input, (1,)), index, value, dim=0), ())
    return scattering.index_fill(input, index, value, dim=dim)


def scalar(value: Any, input: Tensor, message: str) -> Any:
    """Return a number or 0-d tensor in the dtype of `input`."""
    if isinstance(value, TensorBase):
        if value._value.ndim:
            raise RuntimeError(message.format(value._value.ndim))
        dtype = numpy_dtype(input)
        return value if value._value.dtype == dtype else structure.cast(value, dtype=dtype)
    return number_or_array(value, input)._value if isinstance(input, TensorBase) else value


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
    places = _plain(index)
    if places.dtype.kind not in "iu":
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if max(places.ndim, 1) != max(len(shape), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if not shape and places.ndim:
        return gather(reshape(input, (1,)), 0, index)
    for axis, (n, size) in enumerate(zip(places.shape, shape, strict=False)):
        if axis != dim and n > size:
            raise RuntimeError(
                f"Size does not match at dimension {axis} expected index {list(places.shape)} to be no "
                f"larger than self {list(shape)} apart from dimension {dim}"
            )
    _check_range(places, shape, dim)
    return scattering.gather(input, index, dim=dim)


def _check_range(places: Any, shape: Shape, dim: int) -> None:
    size = shape[dim] if shape else 1
    for place in places[(places < 0) | (places >= size)].flat:
        raise RuntimeError(f"index {place} is out of bounds for dimension {dim} with size {size}")


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
    if len(shape) != len(have):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{len(shape)} dimensions for input, and {len(have)} dimensions for indices"
        )
    dim = normalize_dim(dim, len(shape))
    others, wanted = list(shape), list(have)
    for axis, (m, n) in enumerate(zip(shape, have, strict=True)):
        if axis != dim:
            others[axis] = wanted[axis] = n if m == 1 else m
    places = indices
    if tuple(wanted) != have:
        places = structure.expand(indices, shape=tuple(wanted))
    if tuple(others) != shape:
        input = structure.expand(input, shape=tuple(others))
    return gather(input, dim, places)


def _scatter_place(input: Tensor, dim: int, index: Tensor, src: Any, function: str) -> int:
    shape = shape_of(input, function)
    dim = normalize_dim(dim, len(shape))
    places = _plain(index)
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"{function}(): Expected dtype int32/int64 for index")
    if places.ndim != len(shape):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None:
        have = shape_of(src, function, "src", 4)
        if len(have) != places.ndim:
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        if numpy_dtype(src) != numpy_dtype(input):
            raise RuntimeError(f"{function}(): Expected self.dtype to be equal to src.dtype")
        too_large = any(n > m for n, m in zip(places.shape, have, strict=True))
    else:
        have, too_large = (), False
    others = [n > m for axis, (n, m) in enumerate(zip(places.shape, shape, strict=True)) if axis != dim]
    if too_large or any(others):
        raise RuntimeError(
            f"Expected index {list(places.shape)} to be no larger than self {list(shape)} apart from "
            f"dimension {dim}"
            + (f" and to be no larger size than src {list(have)}" if src is not None else "")
        )
    _check_range(places, shape, dim)
    return dim


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """Return `input` with the elements of `src` (or a number) at the positions `index` along `dim`.

    `reduce="add"` or `"multiply"` combines them with what is there.

    >>> import chainrule
    >>> chainrule.scatter(chainrule.zeros(3), 0, chainrule.tensor([2]), chainrule.tensor([5.0]))
    tensor([0., 0., 5.])
    """
    given = src if value is None else value
    is_tensor = isinstance(given, (TensorBase, np.ndarray)) and not (
        value is not None and not np.ndim(_plain(given))
    )
    dim = _scatter_place(input, dim, index, given if is_tensor else None, "scatter")
    source = given if is_tensor else scalar(given, input, "scatter(): value must be a number, not of {} dims")
    if reduce is None:
        return scattering.scatter(input, index, source, dim=dim)
    if reduce == "add":
        return scattering.scatter_add(input, index, source, dim=dim)
    if reduce != "multiply":
        raise RuntimeError("reduce argument must be either add or multiply.")
    return _combined(input, dim, index, _full(source, index), "prod", True)


def _full(source: Any, index: Tensor) -> Any:
    """Return a source of the shape of the index."""
    shape = _plain(index).shape
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
    return scattering.scatter_add(input, index, src, dim=dim)


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
    return _combined(input, dim, index, _full(src, index), reduce, include_self)


def _combined(input: Tensor, dim: int, index: Tensor, src: Any, reduce: str, include_self: bool) -> Tensor:
    """Reduce, for each place, what is there and what comes: both as a row of a table, padded.

    The table is as wide as the most frequent place is frequent; a row holds the place's own value first.
    """
    shape = shape_of(input, "scatter_reduce")
    key = scattering.along(_plain(index), dim) if shape else ()
    place = np.arange(math.prod(shape)).reshape(shape)[key].reshape(-1)
    order = np.argsort(place, kind="stable")
    counts = np.bincount(place, minlength=math.prod(shape))
    width = int(counts.max(initial=0))
    table = np.full((len(counts), width + 1), math.prod(shape) + place.size)
    column = np.arange(place.size) - np.repeat(np.cumsum(counts) - counts, counts)
    table[place[order], column + 1] = math.prod(shape) + order
    own = np.full(len(counts), True) if include_self else counts == 0
    table[own, 0] = np.flatnonzero(own)
    dtype = numpy_dtype(input)
    padding = np.asarray([_neutral(reduce, dtype)]).astype(dtype)
    every = registry["cat"](reshape(input, (-1,)), reshape(src, (-1,)), padding, dim=0)
    rows = indexing.index(every, table, dims=(0,))
    reduced = _reduced(rows, reduce, counts + own)
    if numpy_dtype(reduced) != dtype:  # sums and products of integers are wide
        reduced = registry["cast"](reduced, dtype=dtype)
    return reshape(reduced, shape)


def _neutral(reduce: str, dtype: np.dtype[Any]) -> Any:
    """Return the number that does not change a reduction."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype.kind == "f":
        return -np.inf if reduce == "amax" else np.inf
    if dtype.kind == "b":
        return reduce == "amin"
    info = np.iinfo(dtype)
    return info.min if reduce == "amax" else info.max


def _reduced(rows: Tensor, reduce: str, counts: Any) -> Tensor:
    if reduce == "prod":
        return rows.prod(1)
    if reduce in ("amax", "amin"):
        return getattr(rows, reduce)(1)
    total = rows.sum(1)
    if reduce == "sum":
        return total
    counts = counts.astype(numpy_dtype(total))
    return total.div(counts, rounding_mode="floor") if counts.dtype.kind in "iu" else total / counts


# -- in the flattened tensor ----------------------------------------------------------------------


def take(input: Tensor, index: Tensor) -> Tensor:
    """Return the elements of the flattened `input` at `index`, in its shape.

    >>> import chainrule
    >>> chainrule.take(chainrule.tensor([[1, 2], [3, 4]]), chainrule.tensor([0, 3]))
    tensor([1, 4])
    """
    size = math.prod(shape_of(input, "take"))
    places = _plain(index)
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {_title(index)}")
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
    if _plain(mask).dtype.kind != "b":
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
            f"{_title(input)} and {_title(source)}"
        )
    if _plain(mask).dtype.kind != "b":
        raise RuntimeError(
            "masked_scatter_ only supports boolean masks, but got mask with dtype " + _title(mask)
        )
    mask, input = broadcast_tensors(mask, input)
    if math.prod(shape_of(source, "masked_scatter", "source", 3)) < np.count_nonzero(_plain(mask)):
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return scattering.masked_scatter(input, mask, reshape(source, (-1,)))


METHODS = [
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "masked_scatter",
    "masked_select",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "take_along_dim",
]
IN_PLACE = [
    "index_add",
    "index_copy",
    "index_fill",
    "masked_scatter",
    "scatter",
    "scatter_add",
    "scatter_reduce",
]
__all__ = [
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "masked_scatter",
    "masked_select",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "take_along_dim",
]
