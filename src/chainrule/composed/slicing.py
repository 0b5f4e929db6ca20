"""Slices along one axis, taken from or written to the positions in an index vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.operands import dtype_of, fitting, title_of
from chainrule.composed.places import INDEX_DTYPES, as_vector, out_of_bounds, plain_of, scalar
from chainrule.composed.shape import reshape
from chainrule.core.kinds import numpy_dtype
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase
from chainrule.ops import indexing, movement, scattering
from chainrule.ops.dims import normalize_dim
from chainrule.ops.indexing import every

Tensor = Any
Shape = tuple[int, ...]


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slices of `input` at the positions `index` (a vector of ints) along `dim`.

    >>> import chainrule
    >>> chainrule.index_select(chainrule.tensor([[1, 2], [3, 4]]), 1, chainrule.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    shape = shape_of(input, "index_select")
    dim = normalize_dim(dim, len(shape))
    places = plain_of(index)
    if places.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if places.dtype.name not in INDEX_DTYPES:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not shape and places.size != 1:
        raise RuntimeError(
            f"index_select(): Index to scalar can have only 1 value, got {places.size} value(s)"
        )
    size = shape[dim] if shape else 1
    everywhere = every(index)
    for place in everywhere[(everywhere < 0) | (everywhere >= size)].flat:
        if not dim:  # torch's words and exception depend on the dimension
            raise IndexError(f"index out of range in self: {place}, in a dimension of size {size}")
        raise RuntimeError(f"INDICES element is out of DATA bounds, id={place} axis_dim={size}")
    index = as_vector(index)
    if not shape:
        return reshape(indexing.index_select(reshape(input, (1,)), index, dim=0), ())
    return indexing.index_select(input, index, dim=dim)


def _without(shape: Shape, dim: int) -> Shape:
    return shape[:dim] + shape[dim + 1 :]


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Return `input` with `alpha` times the slices of `source` added at the positions `index` along `dim`.

    >>> import chainrule
    >>> chainrule.index_add(chainrule.zeros(2), 0, chainrule.tensor([1, 1]), chainrule.ones(2))
    tensor([0., 2.])
    """
    dim = _check_added(input, dim, index, source)
    if alpha != 1:
        source = registry["mul"](source, fitting(alpha, dtype_of(input)))
    shape = shape_of(input, "index_add")
    if 0 in shape:
        return movement.clone(input)
    if not shape:
        added = scattering.index_add(reshape(input, (1,)), as_vector(index), as_vector(source), dim=0)
        return reshape(added, shape)
    return scattering.index_add(input, as_vector(index), source, dim=dim)


def _check_added(input: Tensor, dim: int, index: Tensor, source: Tensor) -> int:
    """Return the axis that slices are added along; raise torch's errors when they cannot be."""
    places = plain_of(index)
    shape, have = shape_of(input, "index_add"), shape_of(source, "index_add", "source", 4)
    dim = normalize_dim(dim, len(shape))
    if places.dtype.name not in INDEX_DTYPES:
        raise RuntimeError(f"index_add_(): Expected dtype int32/int64 for index but got: {title_of(places)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise RuntimeError(
            f"index_add_(): self ({title_of(input)}) and source ({title_of(source)}) must have the same "
            "scalar type"
        )
    if places.ndim > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {places.ndim} with type: "
            f"{title_of(places)} and size: {list(places.shape)}"
        )
    if len(have) != len(shape) or _without(have, dim) != _without(shape, dim):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(shape)} source.shape = {list(have)}"
        )
    if (have[dim] if have else 1) != places.size:
        raise RuntimeError(
            f"index_add_(): Number of indices ({places.size}) should be equal to source.size(dim): "
            f"({have[dim] if have else 1}), for dim: {dim}"
        )
    wrong = out_of_bounds(shape, dim, every(index))
    if wrong and len(shape) < 2:  # torch's words and exception depend on the number of dimensions
        raise IndexError(f"index out of range in self: {wrong}")
    if wrong:
        raise RuntimeError(wrong)
    return dim


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Return `input` with the slices of `source` in place of those at the positions `index` along `dim`.

    >>> import chainrule
    >>> chainrule.index_copy(chainrule.zeros(2), 0, chainrule.tensor([1]), chainrule.ones(1))
    tensor([0., 1.])
    """
    dim = _check_copied(input, dim, index, source)
    shape = shape_of(input, "index_copy")
    if 0 in shape:
        return movement.clone(input)
    if not shape:
        copied = scattering.index_copy(reshape(input, (1,)), as_vector(index), as_vector(source), dim=0)
        return reshape(copied, shape)
    source = source if shape_of(source, "index_copy") else reshape(source, (1,) * len(shape))
    return scattering.index_copy(input, as_vector(index), source, dim=dim)


def _check_copied(input: Tensor, dim: int, index: Tensor, source: Tensor) -> int:
    """Return the axis that slices are written along; raise torch's errors when they cannot be."""
    places = plain_of(index)
    shape, have = shape_of(input, "index_copy"), shape_of(source, "index_copy", "source", 4)
    dim = normalize_dim(dim, len(shape))
    if places.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {places.ndim})")
    if not have and places.size != 1:
        raise IndexError(
            f"index_copy_(): When source is scalar, index should have one element (got {places.size})"
        )
    if shape and have and len(shape) != len(have):
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. "
            f"Source dimensionality ({len(have)}), destination dimensionality ({len(shape)})"
        )
    if places.dtype != np.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {title_of(places)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{title_of(input)} and (source) {title_of(source)}"
        )
    if _without(shape, dim) != _without(have, dim):
        wanted, found = (" ".join(map(str, _without(s, dim))) for s in (shape, have))
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{wanted} at dimension {dim} and source slice shape: {found} at dimension 0."
        )
    if have and have[dim] != places.size:
        raise IndexError(
            f"index_copy_(): Number of indices ({places.size}) should be equal to source.size(dim) "
            f"({have[dim]})"
        )
    wrong = out_of_bounds(shape, dim, every(index))
    if wrong:
        raise IndexError(f"index_copy_(): {wrong}")
    return dim


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return `input` with a number, or 0-d tensor, in place of the slices at `index` along `dim`.

    >>> import chainrule
    >>> chainrule.index_fill(chainrule.zeros(2), 0, chainrule.tensor([1]), 5)
    tensor([0., 5.])
    """
    dim = _check_filled(input, dim, index, value)
    index = as_vector(index)
    value = scalar(
        value,
        input,
        "index_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
    )
    shape = shape_of(input, "index_fill")
    if 0 in shape:
        return movement.clone(input)
    if not shape:
        return reshape(scattering.index_fill(reshape(input, (1,)), index, value, dim=0), ())
    return scattering.index_fill(input, index, value, dim=dim)


def _check_filled(input: Tensor, dim: int, index: Tensor, value: Any) -> int:
    """Return the axis that slices are filled along; raise torch's errors when they cannot be."""
    places = plain_of(index)
    shape = shape_of(input, "index_fill")
    dim = normalize_dim(dim, len(shape))
    if places.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    kind = numpy_dtype(value).kind if isinstance(value, TensorBase) else np.asarray(value).dtype.kind
    if kind == "c" and numpy_dtype(input).kind != "c":
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    if places.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    wrong = out_of_bounds(shape, dim, every(index), least=-(shape[dim] if shape else 1))
    if wrong:
        raise IndexError(wrong)
    return dim


METHODS = __all__ = ["index_add", "index_copy", "index_fill", "index_select"]
IN_PLACE = ["index_add", "index_copy", "index_fill"]
