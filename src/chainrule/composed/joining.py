"""Joining tensors, grids of coordinates, and turning tensors round."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from chainrule import dtypes
from chainrule.composed import shape as shapes
from chainrule.composed.arguments import integers, shape_of, sizes, tensors_of
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import TensorBase
from chainrule.ops import joining, movement, structure
from chainrule.ops.dims import normalize_dim, normalize_dims

Tensor = Any
Shape = tuple[int, ...]


# -- joining --------------------------------------------------------------------------------------


def cat(tensors: Any, dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Return tensors one after the other along the axis `dim`, in their promoted dtype.

    All sizes but that along `dim` must agree, else RuntimeError; empty 1-d tensors are passed over.

    >>> import chainrule
    >>> chainrule.cat([chainrule.tensor([1, 2]), chainrule.tensor([3])])
    tensor([1, 2, 3])
    """
    given = _sequence(tensors, "cat")
    if not given:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    extents = [shape_of(x, "cat", "tensors") for x in given]
    for i, shape in enumerate(extents):
        if not shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    model = next((shape for shape in extents if shape != (0,)), (0,))
    dim = normalize_dim(dim if axis is None else axis, len(model))
    for i, shape in enumerate(extents):
        if shape == (0,) != model:
            given[i] = shapes.reshape(given[i], (*model[:dim], 0, *model[dim + 1 :]))
        else:
            _check_joinable(model, shape, dim, i)
    return joining.cat(*_promoted(given), dim=dim)


def _sequence(tensors: Any, function: str) -> list[Any]:
    if isinstance(tensors, TensorBase) or not isinstance(tensors, Iterable):
        raise TypeError(
            f"{function}(): argument 'tensors' (position 1) must be tuple of Tensors, "
            f"not {type(tensors).__name__}"
        )
    found = list(tensors)
    for i, x in enumerate(found):
        if not isinstance(x, TensorBase) and not hasattr(x, "dtype"):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    return found


def _check_joinable(model: Shape, shape: Shape, dim: int, i: int) -> None:
    if len(shape) != len(model):
        raise RuntimeError(f"Tensors must have same number of dimensions: got {len(model)} and {len(shape)}")
    for axis, (want, have) in enumerate(zip(model, shape, strict=True)):
        if axis != dim and want != have:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected size {want} but got size "
                f"{have} for tensor number {i} in the list."
            )


def _promoted(tensors: list[Any]) -> list[Any]:
    kinds = [numpy_dtype(x) for x in tensors]
    if all(kind == kinds[0] for kind in kinds):
        return tensors
    with_dims = [dtypes.from_numpy_dtype(k) for k, x in zip(kinds, tensors, strict=True) if x.ndim]
    zero_dim = [dtypes.from_numpy_dtype(k) for k, x in zip(kinds, tensors, strict=True) if not x.ndim]
    wanted = dtypes.combine(with_dims, zero_dim, ()).numpy
    return [
        x if kind == wanted else structure.cast(x, dtype=wanted)
        for x, kind in zip(tensors, kinds, strict=True)
    ]


concat = concatenate = cat


def stack(tensors: Any, dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Return tensors of one shape beside each other along a new axis `dim`.

    >>> import chainrule
    >>> chainrule.stack([chainrule.tensor([1, 2]), chainrule.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    given = _sequence(tensors, "stack")
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList")
    extents = [shape_of(x, "stack", "tensors") for x in given]
    for i, shape in enumerate(extents):
        if shape != extents[0]:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(extents[0])} at entry 0 and "
                f"{list(shape)} at entry {i}"
            )
    dim = normalize_dim(dim if axis is None else axis, len(extents[0]) + 1)
    return joining.stack(*_promoted(given), dim=dim)


def hstack(tensors: Any) -> Tensor:
    """Return tensors beside each other: along the only axis of 1-d tensors, else the second.

    >>> import chainrule
    >>> chainrule.hstack((chainrule.tensor([1, 2]), chainrule.tensor([3])))
    tensor([1, 2, 3])
    """
    grown = _grown(tensors, "hstack", shapes.atleast_1d)
    return cat(grown, 0 if len(shape_of(grown[0], "hstack")) == 1 else 1)


def vstack(tensors: Any) -> Tensor:
    """Return tensors on top of each other: along the first axis, 1-d tensors being rows.

    >>> import chainrule
    >>> chainrule.vstack((chainrule.tensor([1, 2]), chainrule.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    return cat(_grown(tensors, "vstack", shapes.atleast_2d), 0)


row_stack = vstack


def dstack(tensors: Any) -> Tensor:
    """Return tensors behind each other, along the third axis.

    >>> import chainrule
    >>> chainrule.dstack((chainrule.tensor([1, 2]), chainrule.tensor([3, 4])))
    tensor([[[1, 3],
             [2, 4]]])
    """
    return cat(_grown(tensors, "dstack", shapes.atleast_3d), 2)


def column_stack(tensors: Any) -> Tensor:
    """Return 1-d tensors as the columns of a matrix; matrices are put beside each other.

    >>> import chainrule
    >>> chainrule.column_stack((chainrule.tensor([1, 2]), chainrule.tensor([3, 4])))
    tensor([[1, 3],
            [2, 4]])
    """
    given = _sequence(tensors, "column_stack")
    extents = [shape_of(x, "column_stack", "tensors") for x in given]
    return hstack(
        [
            shapes.reshape(x, (math.prod(shape), 1)) if len(shape) < 2 else x
            for x, shape in zip(given, extents, strict=True)
        ]
    )


def _grown(tensors: Any, function: str, grow: Any) -> list[Any]:
    given = _sequence(tensors, function)
    if not given:
        raise RuntimeError(f"{function} expects a non-empty TensorList")
    return list(grow(given))


# -- grids ----------------------------------------------------------------------------------------


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Return the coordinates of the grid of 1-d tensors; `indexing="xy"` exchanges the first two axes.

    >>> import chainrule
    >>> x, y = chainrule.meshgrid(chainrule.tensor([1, 2]), chainrule.tensor([3, 4]))
    >>> x
    tensor([[1, 1],
            [2, 2]])
    """
    given = tensors_of(tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    extents = [shape_of(x, "meshgrid", "tensors") for x in given]
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for shape in extents:
        if len(shape) > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {len(shape)}"
            )
    axes = list(range(len(given)))
    if indexing == "xy" and len(given) > 1:
        axes[:2] = [1, 0]
    grid = [1] * len(given)
    for axis, shape in zip(axes, extents, strict=True):
        grid[axis] = math.prod(shape)
    found = []
    for axis, x in zip(axes, given, strict=True):
        along = tuple([n if i == axis else 1 for i, n in enumerate(grid)])
        found.append(structure.expand(movement.reshape(x, shape=along), shape=tuple(grid)))
    return tuple(found)


# -- turning round --------------------------------------------------------------------------------


def _ndim(x: Tensor, function: str) -> int:
    return len(shape_of(x, function))


def flip(input: Tensor, *axes: Any, dims: Any = None) -> Tensor:
    """Return a copy of `input` backwards along the axes `dims`.

    >>> import chainrule
    >>> chainrule.flip(chainrule.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """
    ndim = _ndim(input, "flip")
    given = sizes(axes if dims is None else (dims,), "flip", "dims")
    return movement.flip(input, dims=normalize_dims(given, ndim) if given else ())


def fliplr(input: Tensor) -> Tensor:
    """Return a copy of a tensor of two or more axes, backwards along the second.

    >>> import chainrule
    >>> chainrule.fliplr(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if _ndim(input, "fliplr") < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return movement.flip(input, dims=(1,))


def flipud(input: Tensor) -> Tensor:
    """Return a copy of a tensor of one or more axes, backwards along the first.

    >>> import chainrule
    >>> chainrule.flipud(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if _ndim(input, "flipud") < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return movement.flip(input, dims=(0,))


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Return `input` shifted along `dims` (None: the flattened tensor), coming in again at the other end.

    >>> import chainrule
    >>> chainrule.roll(chainrule.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    shape = shape_of(input, "roll")
    by = integers(shifts if isinstance(shifts, (tuple, list)) else (shifts,), "roll", "shifts")
    along = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if not by:
        raise RuntimeError("`shifts` required")
    if not along and len(by) == 1:
        return movement.roll(input, shifts=by, dims=())
    if len(by) != len(along):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(by)}, dims:{len(along)}")
    return movement.roll(input, shifts=by, dims=tuple([normalize_dim(d, len(shape)) for d in along]))


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """Return `input` turned by `k` quarter turns, from the first of the two axes `dims` to the second.

    >>> import chainrule
    >>> chainrule.rot90(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    ndim = _ndim(input, "rot90")
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    a, b = (normalize_dim(d, ndim) for d in dims)
    if a == b:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    return movement.rot90(input, k=k, dims=(a, b))


METHODS = [
    "flip",
    "fliplr",
    "flipud",
    "roll",
    "rot90",
]
__all__ = [
    "cat",
    "column_stack",
    "concat",
    "concatenate",
    "dstack",
    "flip",
    "fliplr",
    "flipud",
    "hstack",
    "meshgrid",
    "roll",
    "rot90",
    "row_stack",
    "stack",
    "vstack",
]
