"""Views and copies: slices along one axis, memory layout, detaching, and shapes changed in place."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed import shape as shapes
from chainrule.composed.arguments import shape_of
from chainrule.composed.operands import is_number
from chainrule.composed.places import scalar
from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.inplace import reshape_in_place, version_of, write_into
from chainrule.core.kinds import numpy_dtype
from chainrule.core.primitive import Primitive
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, array_of, wrap, wrap_like
from chainrule.core.views import is_view
from chainrule.ops import indexing, movement, structure
from chainrule.ops.dims import normalize_dim

Tensor = Any


# -- slices along one axis ------------------------------------------------------------------------


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return a view of the slice at position `index` along `dim`, without that axis.

    >>> import chainrule
    >>> chainrule.select(chainrule.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    shape = shape_of(input, "select")
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, index = normalize_dim(dim, len(shape)), index.__index__()
    if not -shape[dim] <= index < shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {dim}"
        )
    return indexing.select(input, index=(slice(None),) * dim + (index,))


def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """Return a view of `length` slices from `start` on along `dim`.

    >>> import chainrule
    >>> chainrule.narrow(chainrule.tensor([1, 2, 3, 4]), 0, 1, 2)
    tensor([2, 3])
    """
    shape = shape_of(input, "narrow")
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, TensorBase) and (start._value.ndim or start._value.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    dim, start = normalize_dim(dim, len(shape)), start.__index__()
    n = shape[dim]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    first = start + n if start < 0 else start
    if first + length > n:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({n}).")
    return indexing.slice_(input, index=(slice(None),) * dim + (slice(first, first + length),))


def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Return a view of windows of `size` elements along `dimension`, `step` apart, as a new last axis.

    >>> import chainrule
    >>> chainrule.tensor([1, 2, 3, 4]).unfold(0, 2, 1)
    tensor([[1, 2],
            [2, 3],
            [3, 4]])
    """
    shape = shape_of(self, "unfold")
    dim = normalize_dim(dimension, len(shape))
    n = shape[dim] if shape else 1
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {n} but size is {size}")
    return movement.unfold(self, dim=dim, size=size, step=step)


# -- transposes as attributes ---------------------------------------------------------------------


def _all_reversed(x: TensorBase) -> Tensor:
    """The tensor with its axes in reverse order, a view.

    >>> import chainrule
    >>> chainrule.tensor([[1, 2]]).T
    tensor([[1],
            [2]])
    """
    ndim = x._value.ndim
    if ndim > 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and "
            "it will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*chainrule.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            UserWarning,
            stacklevel=2,
        )
    return movement.permute(x, dims=tuple(reversed(range(ndim))))


def _matrix_transpose(x: TensorBase) -> Tensor:
    """The tensor with its last two axes exchanged, a view.

    >>> import chainrule
    >>> chainrule.tensor([[[1, 2]]]).mT
    tensor([[[1],
             [2]]])
    """
    return _transposed(x, "tensor.mT")


def _transposed(x: TensorBase, name: str) -> Tensor:
    ndim = x._value.ndim
    if ndim == 0:
        return x
    if ndim == 1:
        raise RuntimeError(f"{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return movement.transpose(x, dim0=ndim - 2, dim1=ndim - 1)


def adjoint(input: Tensor) -> Tensor:
    """Return the conjugate with its last two axes exchanged; of real tensors a view.

    >>> import chainrule
    >>> chainrule.adjoint(chainrule.tensor([[1, 2j], [3, 4]]))
    tensor([[1.-0.j, 3.-0.j],
            [0.-2.j, 4.-0.j]])
    """
    return conj(_transposed(input, "adjoint()"))


def _conjugate_transpose(x: TensorBase) -> Tensor:
    """The conjugate transpose of a matrix.

    >>> import chainrule
    >>> chainrule.tensor([[1j, 2]]).H
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    ndim = x._value.ndim
    if ndim not in (0, 2):
        more = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{more}"
        )
    return conj(_transposed(x, "tensor.H"))


def _batched_conjugate_transpose(x: TensorBase) -> Tensor:
    """The conjugate with its last two axes exchanged.

    >>> import chainrule
    >>> chainrule.tensor([[[1j, 2]]]).mH
    tensor([[[0.-1.j],
             [2.-0.j]]])
    """
    return conj(_transposed(x, "tensor.mH"))


# -- complex parts --------------------------------------------------------------------------------


def conj(input: Tensor) -> Tensor:
    """Return the complex conjugate; a real tensor is returned itself.

    >>> import chainrule
    >>> chainrule.conj(chainrule.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    shape_of(input, "conj")
    return structure.conj(input) if numpy_dtype(input).kind == "c" else input


def resolve_conj(input: Tensor) -> Tensor:
    """Return the tensor itself: conjugates are computed at once, not when they are read.

    >>> import chainrule
    >>> chainrule.resolve_conj(chainrule.tensor([1 + 2j]).conj())
    tensor([1.-2.j])
    """
    return input


def real(input: Tensor) -> Tensor:
    """Return a view of the real parts; a real tensor is returned itself.

    >>> import chainrule
    >>> chainrule.real(chainrule.tensor([1 + 2j]))
    tensor([1.])
    """
    shape_of(input, "real")
    return structure.real(input) if numpy_dtype(input).kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """Return a view of the imaginary parts; RuntimeError for a real tensor.

    >>> import chainrule
    >>> chainrule.imag(chainrule.tensor([1 + 2j]))
    tensor([2.])
    """
    shape_of(input, "imag")
    if numpy_dtype(input).kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return structure.imag(input)


def _set_part(part: Any) -> Any:
    def assign(self: TensorBase, value: Any) -> None:
        copy_(part(self), value)

    return assign


# -- copies and layout ----------------------------------------------------------------------------


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return a copy with memory of its own, at the same place in the graph.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0])
    >>> y = x.clone()
    >>> y += 1
    >>> x
    tensor([1.])
    """
    shape_of(input, "clone")
    return movement.clone(input)


def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """Return the tensor itself when its elements lie in memory in order, else a copy that does.

    >>> import chainrule
    >>> chainrule.tensor([[1, 2], [3, 4]]).t().contiguous().is_contiguous()
    True
    """
    return self if is_contiguous(self) else movement.clone(self, order="C")


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Tell whether the elements lie in memory in order, without gaps.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).t().is_contiguous()
    False
    """
    value = self._value
    return bool(value.flags.c_contiguous) if isinstance(value, np.ndarray) else True


def stride(self: TensorBase, dim: int | None = None) -> Any:
    """Return how many elements apart in memory neighbours along each axis, or along `dim`, are.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).stride()
    (3, 1)
    """
    value = self._value
    array = np.asarray(value.concrete("its layout") if isinstance(value, Box) else value)
    found = [s // array.itemsize for s in array.strides]
    for axis in reversed(range(array.ndim)):
        if array.shape[axis] == 1 and not found[axis]:  # NumPy's new axes; torch counts on
            last = axis + 1 == array.ndim
            found[axis] = 1 if last else array.shape[axis + 1] * found[axis + 1]
    return tuple(found) if dim is None else found[normalize_dim(dim, array.ndim)]


# -- detaching ------------------------------------------------------------------------------------


def detach(input: TensorBase) -> Tensor:
    """Return a tensor that shares the memory (and is changed in place with it), but not the graph.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> x.detach().requires_grad
    False
    """
    shape_of(input, "detach")
    if not isinstance(input, TensorBase):
        return input
    if isinstance(input._value, Box):
        settle(input)
        return movement.detach(input)
    return wrap_like(input, array_of(input))


def detach_(self: TensorBase) -> Tensor:
    """Take the tensor out of the graph: it becomes a leaf. RuntimeError for a view.

    >>> import chainrule
    >>> y = 2 * chainrule.tensor(1.0, requires_grad=True)
    >>> y.detach_()
    tensor(2.)
    """
    if state.inference:
        return self  # where there is no graph
    if _is_view(self):
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    self._node = None
    self._requires_grad = False
    return self


def _is_view(self: TensorBase) -> bool:
    """Tell whether the tensor is a view of another, also to differentiation."""
    return is_view(self)


def _base(self: TensorBase) -> Tensor:
    """The tensor this one is a view of, or None."""
    return self._extra.view.base if self._extra is not None and self._extra.view is not None else None


# -- overwriting everything -----------------------------------------------------------------------


def copy_(self: TensorBase, other: Any, non_blocking: bool = False) -> TensorBase:
    """Replace all elements by those of `other`, broadcast and cast to the tensor's dtype.

    >>> import chainrule
    >>> chainrule.zeros(2, 2).copy_(chainrule.tensor([1, 2]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    src = wrap(_plain_number(other)) if is_number(other) else other
    shape = self._value.shape
    wanted = shapes.common_shape(shape, src._value.shape)
    if wanted != shape:
        raise RuntimeError(
            f"output with shape {list(shape)} doesn't match the broadcast shape {list(wanted)}"
        )
    settle(src)
    part = src._value
    value = (
        part.real if isinstance(part, (np.ndarray, np.generic)) and self._value.dtype.kind != "c" else part
    )

    def kernel(memory: Any) -> None:
        memory[...] = value

    return write_into(self, indexing.copy, (src,), {}, kernel)


def _plain_number(x: Any) -> Any:
    """Return a number as a NumPy scalar of its own dtype; OverflowError for an int of too many bits."""
    return x if isinstance(x, np.generic) else dtypes.of_number(x).numpy.type(x)


def fill_(self: TensorBase, value: Any) -> TensorBase:
    """Replace all elements by a number or a 0-d tensor.

    >>> import chainrule
    >>> chainrule.zeros(2).fill_(7)
    tensor([7., 7.])
    """
    number = scalar(
        value, self, "fill_ only supports 0-dimension value tensor but got tensor with {} dimensions."
    )
    plain = number._value if isinstance(number, TensorBase) else number

    def kernel(memory: Any) -> None:
        memory[...] = plain

    return write_into(self, indexing.fill, (number,), {}, kernel)


def zero_(self: TensorBase) -> TensorBase:
    """Replace all elements by zero.

    >>> import chainrule
    >>> chainrule.ones(2).zero_()
    tensor([0., 0.])
    """

    def kernel(memory: Any) -> None:
        memory[...] = 0

    return write_into(self, indexing.zero, (), {}, kernel)


def fill_diagonal_(self: TensorBase, fill_value: Any, wrap: bool = False) -> TensorBase:
    """Replace the elements of the main diagonal by a number; `wrap` begins again in tall matrices.

    >>> import chainrule
    >>> chainrule.zeros(2, 2).fill_diagonal_(1)
    tensor([[1., 0.],
            [0., 1.]])
    """
    shape = self._value.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    mask = np.zeros(shape, bool)
    np.fill_diagonal(mask, True, wrap=wrap)
    self[mask] = fill_value  # type: ignore[index]
    return self


# -- shapes changed in place ----------------------------------------------------------------------


def squeeze_(self: TensorBase, *dims: Any, dim: Any = None) -> TensorBase:
    """Drop axes of size 1 from this very tensor.

    >>> import chainrule
    >>> chainrule.zeros(2, 1).squeeze_()
    tensor([0., 0.])
    """
    params = shapes.squeeze_params(self, *dims, dim=dim)
    return _reshaped(self, movement.squeeze_in_place, params)


def unsqueeze_(self: TensorBase, dim: int) -> TensorBase:
    """Give this very tensor a new axis of size 1 before axis `dim`.

    >>> import chainrule
    >>> chainrule.zeros(2).unsqueeze_(0)
    tensor([[0., 0.]])
    """
    return _reshaped(self, movement.unsqueeze_in_place, shapes.unsqueeze_params(self, dim))


def transpose_(self: TensorBase, dim0: int, dim1: int) -> TensorBase:
    """Exchange two axes of this very tensor.

    >>> import chainrule
    >>> chainrule.zeros(2, 1).transpose_(0, 1)
    tensor([[0., 0.]])
    """
    params = shapes.transpose_params(self, dim0, dim1)
    return reshape_in_place(self, (movement.transpose_in_place, params), (movement.transpose, params))


def swapaxes_(self: TensorBase, axis0: int, axis1: int) -> TensorBase:
    """Exchange two axes of this very tensor: `transpose_` under NumPy's name.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).swapaxes_(0, 1).shape
    chainrule.Size([3, 2])
    """
    return transpose_(self, axis0, axis1)


def t_(self: TensorBase) -> TensorBase:
    """Transpose this very matrix.

    >>> import chainrule
    >>> chainrule.zeros(2, 1).t_()
    tensor([[0., 0.]])
    """
    params = shapes.t_params(self)
    return reshape_in_place(self, (movement.t_in_place, params), (movement.t, params))


def _reshaped(x: TensorBase, primitive: Primitive, params: dict[str, Any]) -> TensorBase:
    return reshape_in_place(x, (primitive, params), (movement.reshape, {"shape": x._value.shape}))


METHODS = [
    "adjoint",
    "clone",
    "conj",
    "contiguous",
    "detach",
    "is_contiguous",
    "narrow",
    "resolve_conj",
    "select",
    "stride",
    "unfold",
]
OPERATORS = {
    "H": property(_conjugate_transpose),
    "T": property(_all_reversed),
    "_base": property(_base),
    "_is_view": _is_view,
    "_version": property(version_of),
    "copy_": copy_,
    "detach_": detach_,
    "fill_": fill_,
    "fill_diagonal_": fill_diagonal_,
    "imag": property(imag, _set_part(imag)),
    "mH": property(_batched_conjugate_transpose),
    "mT": property(_matrix_transpose),
    "real": property(real, _set_part(real)),
    "squeeze_": squeeze_,
    "swapaxes_": swapaxes_,
    "swapdims_": transpose_,
    "t_": t_,
    "transpose_": transpose_,
    "unsqueeze_": unsqueeze_,
    "zero_": zero_,
}
__all__ = [
    "adjoint",
    "clone",
    "conj",
    "detach",
    "imag",
    "narrow",
    "real",
    "resolve_conj",
    "select",
]
