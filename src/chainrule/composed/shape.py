"""Shape: reshaping, new and dropped axes, axes in another order, repetition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed.arguments import integers, shape_of, sizes, tensors_of
from chainrule.core.box import SHAPE, Box
from chainrule.core.dual import Dual
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.ops import movement, structure
from chainrule.ops.dims import normalize_dim, normalize_dims
from chainrule.ops.indexing import index_select

Tensor = Any
Shape = tuple[int, ...]


# -- reshaping ------------------------------------------------------------------------------------


def reshape(input: Tensor, *sizes_: Any, shape: Any = None) -> Tensor:
    """Return the elements of `input` in another shape: a view where memory allows, else a copy.

    `shape` (a tuple, or ints one by one) may have one -1, which stands for what is left. Raises
    RuntimeError when the number of elements does not fit.

    >>> import chainrule
    >>> chainrule.tensor([1, 2, 3, 4]).reshape(2, -1)
    tensor([[1, 2],
            [3, 4]])
    """
    wanted = sizes(sizes_ if shape is None else (shape,), "reshape", "shape")
    wanted = infer(wanted, math.prod(shape_of(input, "reshape")))
    if isinstance(input, TensorBase) and not _fits(input._value, wanted):
        return movement.unsafe_view(movement.clone(input, order="C"), shape=wanted)
    return movement.reshape(input, shape=wanted)


def view(self: Tensor, *sizes_: Any, size: Any = None) -> Tensor:
    """Return a view of the memory in another shape, or of the same bytes as another dtype (not recorded).

    Raises RuntimeError when the number of elements does not fit, or the elements do not lie in memory
    so that they need not be copied (then use reshape).

    >>> import chainrule
    >>> chainrule.tensor([1, 2, 3, 4]).view(2, 2)
    tensor([[1, 2],
            [3, 4]])
    """
    if len(sizes_) == 1 and isinstance(sizes_[0], dtypes.dtype):
        return _reinterpreted(self, sizes_[0])
    wanted = infer(sizes(sizes_ if size is None else (size,), "view"), math.prod(shape_of(self, "view")))
    if isinstance(self, TensorBase) and not _fits(self._value, wanted):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans "
            "across two contiguous subspaces). Use .reshape(...) instead."
        )
    return movement.reshape(self, shape=wanted)


def _reinterpreted(x: TensorBase, dtype: dtypes.dtype) -> Tensor:
    """Return a tensor, not recorded, that sees the memory of x as elements of another dtype."""
    array, wanted = array_of(x), dtype.numpy
    names = f"to view {dtypes.from_numpy_dtype(array.dtype).title} as {dtype.title} (different element sizes)"
    if array.itemsize != wanted.itemsize:
        if not array.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 {names}")
        step = array.strides[-1] // array.itemsize
        if step != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {names}, but got {step}")
        ratio = wanted.itemsize // array.itemsize
        if ratio and array.shape[-1] % ratio:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {ratio} {names}, but got {array.shape[-1]}"
            )
    return wrap(array.view(wanted))


def infer(shape: Shape, size: int) -> Shape:
    """Return `shape` with a -1 replaced; RuntimeError, in torch's words, when it does not fit."""
    given = list(shape)
    for i, n in enumerate(given):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {given}")
    if given.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    known = math.prod([n for n in given if n != -1])
    if -1 in given:
        if known == 0 and size == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {given} because the unspecified dimension "
                "size -1 can be any value and is ambiguous"
            )
        if known and size % known == 0:
            return tuple([size // known if n == -1 else n for n in given])
    elif known == size:
        return shape
    raise RuntimeError(f"shape '{given}' is invalid for input of size {size}")


def _fits(value: Any, shape: Shape) -> bool:
    """Tell whether an array can be seen in another shape without being copied.

    Axes are taken together, from the first on, until old and new ones have equally many elements;
    the old ones must then be one evenly spaced piece of memory.
    """
    while isinstance(value, Dual):
        value = value.primal._value
    if not isinstance(value, np.ndarray) or value.flags.c_contiguous or value.size < 2:
        return True
    old = [(n, stride) for n, stride in zip(value.shape, value.strides, strict=True) if n != 1]
    new = iter([n for n in shape if n != 1])
    i = 0
    while i < len(old):
        have, want = old[i][0], next(new)
        while have != want:
            if have < want:
                i += 1
                n, stride = old[i]
                if old[i - 1][1] != n * stride:
                    return False
                have *= n
            else:
                want *= next(new)
        i += 1
    return True


def view_as(self: Tensor, other: Tensor) -> Tensor:
    """Return a view in the shape of `other`.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).view_as(chainrule.zeros(2, 1))
    tensor([[1],
            [2]])
    """
    return view(self, shape_of(other, "view_as", "other", 1))


def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """Return the elements in the shape of `other`.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).reshape_as(chainrule.zeros(2, 1))
    tensor([[1],
            [2]])
    """
    return reshape(self, shape_of(other, "reshape_as", "other", 1))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Return `input` with the axes from `start_dim` to `end_dim` made one; 0-d becomes 1-d.

    >>> import chainrule
    >>> chainrule.flatten(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    shape = shape_of(input, "flatten")
    start, end = normalize_dim(start_dim, len(shape)), normalize_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """Return `input` with the axis `dim` made several, of `sizes` (one may be -1).

    >>> import chainrule
    >>> chainrule.unflatten(chainrule.tensor([1, 2, 3, 4]), 0, (2, 2))
    tensor([[1, 2],
            [3, 4]])
    """
    shape = shape_of(input, "unflatten")
    dim = normalize_dim(dim, len(shape))
    parts = integers(sizes, "unflatten", "sizes")
    if not parts:
        raise RuntimeError("unflatten: sizes must be non-empty")
    n = shape[dim] if shape else 1
    if parts.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    known = math.prod([part for part in parts if part != -1])
    if (known != n) if -1 not in parts else (known == 0 or n % known):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(parts)} don't multiply up to the size of dim {dim} ({n}) in "
            "the input tensor"
        )
    filled = tuple([n // known if part == -1 else part for part in parts])
    return reshape(input, (*shape[:dim], *filled, *shape[dim + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """Return the elements of `input` along one axis.

    >>> import chainrule
    >>> chainrule.ravel(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return reshape(input, (-1,)) if math.prod(shape_of(input, "ravel")) else reshape(input, (0,))


# -- unit axes ------------------------------------------------------------------------------------


def squeeze(input: Tensor, *dims: Any, dim: Any = None) -> Tensor:
    """Return `input` without its axes of size 1, or those of them in `dim` (an int or a tuple).

    >>> import chainrule
    >>> chainrule.squeeze(chainrule.zeros(1, 2, 1)).shape
    chainrule.Size([2])
    >>> chainrule.squeeze(chainrule.zeros(1, 2, 1), 0).shape
    chainrule.Size([2, 1])
    """
    return movement.squeeze(input, **squeeze_params(input, *dims, dim=dim))


def squeeze_params(input: Tensor, *dims: Any, dim: Any = None) -> dict[str, Any]:
    given = dims[0] if len(dims) == 1 else dims or dim
    shape = shape_of(input, "squeeze")
    if isinstance(given, (tuple, list)):
        return {"dim": normalize_dims(given, len(shape)) if given else ()}
    return {"dim": None if given is None else normalize_dim(given, len(shape))}


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Return `input` with a new axis of size 1 before axis `dim`.

    >>> import chainrule
    >>> chainrule.unsqueeze(chainrule.tensor([1, 2]), 1)
    tensor([[1],
            [2]])
    """
    return movement.unsqueeze(input, **unsqueeze_params(input, dim))


def unsqueeze_params(input: Tensor, dim: int) -> dict[str, Any]:
    return {"dim": normalize_dim(dim, len(shape_of(input, "unsqueeze")) + 1)}


def atleast_1d(*tensors: Any) -> Any:
    """Return tensors of no axis as ones of one; several come back as a tuple.

    >>> import chainrule
    >>> chainrule.atleast_1d(chainrule.tensor(1.0))
    tensor([1.])
    """
    return _each(tensors, "atleast_1d", _atleast_1d)


def atleast_2d(*tensors: Any) -> Any:
    """Return tensors as ones of two axes at least, new ones in front.

    >>> import chainrule
    >>> chainrule.atleast_2d(chainrule.tensor([1.0, 2.0]))
    tensor([[1., 2.]])
    """
    return _each(tensors, "atleast_2d", _atleast_2d)


def atleast_3d(*tensors: Any) -> Any:
    """Return tensors as ones of three axes at least: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1).

    >>> import chainrule
    >>> chainrule.atleast_3d(chainrule.tensor([1.0, 2.0])).shape
    chainrule.Size([1, 2, 1])
    """
    return _each(tensors, "atleast_3d", _atleast_3d)


def _each(tensors: tuple[Any, ...], function: str, grow: Any) -> Any:
    found = tuple([grow(x, len(shape_of(x, function))) for x in tensors_of(tensors)])
    return found if len(tensors) != 1 or isinstance(tensors[0], (tuple, list)) else found[0]


def _atleast_1d(x: Tensor, ndim: int) -> Tensor:
    return reshape(x, (1,)) if ndim == 0 else x


def _atleast_2d(x: Tensor, ndim: int) -> Tensor:
    return reshape(x, (1, 1)) if ndim == 0 else unsqueeze(x, 0) if ndim == 1 else x


def _atleast_3d(x: Tensor, ndim: int) -> Tensor:
    if ndim == 1:
        return unsqueeze(unsqueeze(x, 0), -1)
    return reshape(x, (1, 1, 1)) if ndim == 0 else unsqueeze(x, -1) if ndim == 2 else x


# -- the order of axes ----------------------------------------------------------------------------


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view of `input` with the axes `dim0` and `dim1` exchanged.

    >>> import chainrule
    >>> chainrule.transpose(chainrule.tensor([[1, 2], [3, 4]]), 0, 1)
    tensor([[1, 3],
            [2, 4]])
    """
    return movement.transpose(input, **transpose_params(input, dim0, dim1))


def transpose_params(input: Tensor, dim0: int, dim1: int) -> dict[str, Any]:
    ndim = len(shape_of(input, "transpose"))
    return {"dim0": normalize_dim(dim0, ndim), "dim1": normalize_dim(dim1, ndim)}


swapdims = transpose


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Return a view of `input` with two axes exchanged: `transpose` under NumPy's name.

    >>> import chainrule
    >>> chainrule.swapaxes(chainrule.zeros(2, 3), 0, 1).shape
    chainrule.Size([3, 2])
    """
    return transpose(input, axis0, axis1)


def t(input: Tensor) -> Tensor:
    """Return the transpose of a matrix; fewer axes are left alone, more are a RuntimeError.

    >>> import chainrule
    >>> chainrule.t(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    return movement.t(input, **t_params(input))


def t_params(input: Tensor) -> dict[str, Any]:
    ndim = len(shape_of(input, "t"))
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return {}


def permute(input: Tensor, *axes: Any, dims: Any = None) -> Tensor:
    """Return a view of `input` with its axes in the order `dims` (a tuple, or ints one by one).

    >>> import chainrule
    >>> chainrule.permute(chainrule.zeros(2, 3, 4), (2, 0, 1)).shape
    chainrule.Size([4, 2, 3])
    """
    ndim = len(shape_of(input, "permute"))
    given = sizes(axes if dims is None else (dims,), "permute", "dims")
    if len(given) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {ndim} is not equal to "
            f"len(dims) = {len(given)}"
        )
    order = tuple([normalize_dim(d, ndim) for d in given])
    if len(set(order)) < ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return movement.permute(input, dims=order)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Return a view of `input` with the axes `source` moved to `destination` (ints or tuples).

    >>> import chainrule
    >>> chainrule.movedim(chainrule.zeros(2, 3, 4), 0, -1).shape
    chainrule.Size([3, 4, 2])
    """
    ndim = len(shape_of(input, "movedim"))
    from_ = list(source) if isinstance(source, (tuple, list)) else [source]
    to = list(destination) if isinstance(destination, (tuple, list)) else [destination]
    if len(from_) != len(to):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({from_} dims) should contain the same "
            f"number of dims as destination ({to} dims)"
        )
    froms, tos = [normalize_dim(d, ndim) for d in from_], [normalize_dim(d, ndim) for d in to]
    for found, given, name in ((froms, from_, "source"), (tos, to, "destination")):
        if len(set(found)) < len(found):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({given})")
    order = [axis for axis in range(ndim) if axis not in froms]
    for place, axis in sorted(zip(tos, froms, strict=True)):
        order.insert(place, axis)
    return movement.permute(input, dims=tuple(order[:ndim]))


moveaxis = movedim


# -- repetition -----------------------------------------------------------------------------------


def expand(self: Tensor, *sizes_: Any, size: Any = None) -> Tensor:
    """Return a view with unit axes repeated to `size`; -1 keeps an axis, new ones go in front.

    >>> import chainrule
    >>> chainrule.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return broadcast_to(self, sizes(sizes_ if size is None else (size,), "expand"))


def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """Return a view repeated to the shape of `other`.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).expand_as(chainrule.zeros(2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return broadcast_to(self, shape_of(other, "expand_as", "other", 1))


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """Return a view of `input` repeated to the shape `size`; RuntimeError when it does not broadcast.

    >>> import chainrule
    >>> chainrule.broadcast_to(chainrule.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    old, new = shape_of(input, "expand"), list(integers(size, "expand", "size"))
    fresh = len(new) - len(old)
    if fresh < 0:
        raise RuntimeError(
            f"expand(chainrule.Tensor{{{list(old)}}}, size={new}): the number of sizes provided ({len(new)}) "
            f"must be greater or equal to the number of dimensions in the tensor ({len(old)})"
        )
    wanted = list(new)
    for i, n in enumerate(new):
        if i < fresh:
            if n < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing "
                    f"dimension {i}"
                )
        elif n == -1:
            wanted[i] = old[i - fresh]
        elif n != old[i - fresh] and (old[i - fresh] != 1 or n < 0):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old[i - fresh]}) at "
                f"non-singleton dimension {i}.  Target sizes: {new}.  Tensor sizes: {list(old)}"
            )
    return structure.expand(input, shape=tuple(wanted))


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Return tensors repeated to their common shape; RuntimeError when there is none.

    >>> import chainrule
    >>> a, b = chainrule.broadcast_tensors(chainrule.tensor([1, 2]), chainrule.tensor([[3], [4]]))
    >>> a
    tensor([[1, 2],
            [1, 2]])
    """
    given = tensors_of(tensors)
    shapes = [shape_of(x, "broadcast_tensors", "tensors") for x in given]
    shape: Shape = ()
    for other in shapes:
        shape = common_shape(shape, other)
    return tuple(
        [x if s == shape else structure.expand(x, shape=shape) for x, s in zip(given, shapes, strict=True)]
    )


def common_shape(a: Shape, b: Shape) -> Shape:
    """Return the shape two shapes broadcast to; RuntimeError, in torch's words, when there is none."""
    if a == b:
        return a
    ndim = max(len(a), len(b))
    left, right = (1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b
    for i in reversed(range(ndim)):
        if left[i] != right[i] and 1 not in (left[i], right[i]):
            raise RuntimeError(
                f"The size of tensor a ({left[i]}) must match the size of tensor b ({right[i]}) at "
                f"non-singleton dimension {i}; the shapes are {list(a)} and {list(b)}"
            )
    return tuple([n if m == 1 else m for m, n in zip(left, right, strict=True)])


def repeat(self: Tensor, *times_: Any, repeats: Any = None) -> Tensor:
    """Return copies beside each other, as many along each axis as `repeats` says; new axes in front.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = sizes(times_ if repeats is None else (repeats,), "repeat", "repeats")
    shape = shape_of(self, "repeat")
    if len(times) < len(shape):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    padded = (1,) * (len(times) - len(shape)) + shape
    result = [r * n for r, n in zip(times, padded, strict=True)]
    for n, r in zip(result, times, strict=True):
        if r < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {result}")
    return movement.repeat(self, repeats=times)


def tile(input: Tensor, *reps: Any, dims: Any = None) -> Tensor:
    """Return copies of `input` beside each other; `dims` (repetitions) is filled up with ones in front.

    >>> import chainrule
    >>> chainrule.tile(chainrule.tensor([[1, 2]]), (2,))
    tensor([[1, 2, 1, 2]])
    """
    times = sizes(reps if dims is None else (dims,), "tile", "dims")
    return repeat(input, (1,) * (len(shape_of(input, "tile")) - len(times)) + times)


def repeat_interleave(
    input: Tensor = None, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Return `input` with each element along `dim` (None: of the flattened tensor) repeated in place.

    `repeats` is an int, or a tensor of ints with one for each. Alone, a tensor of repeats gives the indices.

    >>> import chainrule
    >>> chainrule.repeat_interleave(chainrule.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    >>> chainrule.repeat_interleave(chainrule.tensor([1, 2]), chainrule.tensor([1, 3]))
    tensor([1, 2, 2, 2])
    """
    if input is None or repeats is None:
        return _indices_of(repeats if input is None else input)
    if dim is None:
        input, dim = flatten(input), 0
    shape = shape_of(input, "repeat_interleave")
    dim = normalize_dim(dim, len(shape))
    n = shape[dim] if shape else 1
    times = _plain(repeats)
    if times.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if times.size and times.min() < 0:
        raise RuntimeError("Repeats must be non-negative")
    if times.ndim == 1 and times.size not in (1, n):
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{times.size} and input.size({dim}) = {n}"
        )
    total = int(times.sum()) if times.size == n and times.ndim else n * int(times.reshape(-1)[0])
    if output_size is not None and output_size != total:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {total} but got {output_size}")
    if not isinstance(repeats, TensorBase) and times.ndim == 0:
        return _repeat_each(input, int(times), dim)
    return index_select(input, np.repeat(np.arange(n), times), dim=dim)


def _plain(repeats: Any) -> Any:
    value = repeats._value if isinstance(repeats, TensorBase) else repeats
    value = value.concrete(f"{SHAPE} repeat_interleave") if isinstance(value, Box) else np.asarray(value)
    if value.dtype.kind not in "iu":
        raise RuntimeError("repeats has to be Long or Int tensor")
    return value


def _repeat_each(x: Tensor, times: int, dim: int) -> Tensor:
    shape = shape_of(x, "repeat_interleave") or (1,)
    x = unsqueeze(reshape(x, shape), dim + 1)
    wide = structure.expand(x, shape=(*shape[: dim + 1], times, *shape[dim + 1 :]))
    return flatten(movement.clone(wide, order="C"), dim, dim + 1)


def _indices_of(repeats: Tensor) -> Tensor:
    """Return i as often as `repeats[i]` says, for each i."""
    times = _plain(repeats)
    if times.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    indices = np.repeat(np.arange(times.size), times)
    return wrap(indices) if isinstance(repeats, TensorBase) else indices


METHODS = [
    "broadcast_to",
    "expand",
    "expand_as",
    "flatten",
    "moveaxis",
    "movedim",
    "permute",
    "ravel",
    "repeat",
    "repeat_interleave",
    "reshape",
    "reshape_as",
    "squeeze",
    "swapaxes",
    "swapdims",
    "t",
    "tile",
    "transpose",
    "unflatten",
    "unsqueeze",
    "view",
    "view_as",
]
__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_tensors",
    "broadcast_to",
    "flatten",
    "moveaxis",
    "movedim",
    "permute",
    "ravel",
    "repeat_interleave",
    "reshape",
    "squeeze",
    "swapaxes",
    "swapdims",
    "t",
    "tile",
    "transpose",
    "unflatten",
    "unsqueeze",
]
