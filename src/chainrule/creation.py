"""Making tensors: from data, filled with a value, and ranges."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.conversion import as_int, as_number, as_size, check_range, from_array, from_data, sizes_of
from chainrule.core.box import Box
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, require_grad, wrap
from chainrule.errors import warn
from chainrule.size import check_device

Array = Any
Dtype = Any
"""A chainrule dtype, or what stands for one: a NumPy dtype or a Python type."""


def finish(array: Array, requires_grad: bool = False) -> Any:
    """Return a leaf around an array that nobody else holds; a 0-d one becomes a NumPy scalar."""
    tensor = wrap(array if array.ndim else array[()])
    if requires_grad:
        _check_differentiable(array)
        require_grad(tensor)
    return tensor


def _check_differentiable(value: Any) -> None:
    if value.dtype.kind not in "fc":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")


def dtype_or_default(dtype: Dtype) -> dtypes.dtype:
    """Return what a `dtype=` argument means; None is the default dtype."""
    return dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)


def dtype_or_none(dtype: Dtype) -> dtypes.dtype | None:
    """Return what a `dtype=` argument means; None leaves it to the data."""
    return None if dtype is None else dtypes.as_dtype(dtype)


# -- from data --------------------------------------------------------------------------------------


def tensor(data: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Return a new leaf that holds a copy of `data`: a number, nested sequences, an array.

    Without `dtype`, Python floats become the default dtype and ints int64; arrays keep theirs. Data
    that holds recorded tensors is copied out of the graph, with a warning: `stack` stays in it.
    Raises ValueError for ragged sequences, TypeError or RuntimeError for what holds no numbers.

    >>> import chainrule
    >>> chainrule.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    tensor([[1., 2.],
            [3., 4.]], requires_grad=True)
    """
    if device is not None:
        check_device(device)
    if type(data) is float and dtype is None:  # small programs consist of these
        made = wrap(dtypes.get_default_dtype().numpy.type(data))
        if requires_grad:
            require_grad(made)
        return made
    if isinstance(data, TensorBase):
        warn_copy_of_tensor("chainrule.tensor")
        return copy_of(data, dtype_or_none(dtype), requires_grad)
    return finish(from_data(data, dtype_or_none(dtype), copy=True), requires_grad)


def warn_copy_of_tensor(function: str) -> None:
    """Warn as torch does when a tensor is made from a tensor, naming what is meant most often."""
    warn(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
        f"sourceTensor.detach().clone().requires_grad_(True), rather than {function}(sourceTensor)."
    )


def copy_of(source: TensorBase, dtype: dtypes.dtype | None, requires_grad: bool) -> Any:
    """Return a leaf with the values of a tensor."""
    value = source._value
    if isinstance(value, Box):
        value = value.concrete("copying a tensor out of its transform")
    return finish(from_array(value, dtype, copy=True), requires_grad)


def as_tensor(data: Any, dtype: Dtype = None, device: Any = None) -> Any:
    """Return `data` as a tensor: a tensor stays what it is, an array's memory is shared.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0])
    >>> chainrule.as_tensor(x) is x
    True
    """
    check_device(device)
    if isinstance(data, TensorBase):
        return data if dtype is None else convert(data, dtypes.as_dtype(dtype))
    return wrap(from_data(data, dtype_or_none(dtype), copy=False))


def asarray(
    obj: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Any:
    """Return `obj` as a tensor, sharing memory if possible (`copy=None`), always or never.

    A tensor stays in its graph unless `requires_grad=False`. Raises ValueError when `copy=False` and
    the memory cannot be shared.

    >>> import chainrule, numpy
    >>> chainrule.asarray(numpy.array([1, 2]))
    tensor([1, 2])
    """
    check_device(device)
    wanted = dtype_or_none(dtype)
    if copy is False:
        _check_aliases(obj, wanted)
    if isinstance(obj, TensorBase):
        result = convert(obj, wanted or dtypes.from_numpy_dtype(obj._value.dtype), copy=bool(copy))
        if requires_grad is False and result.requires_grad:
            result = result.detach()
    else:
        result = wrap(from_data(obj, wanted, copy=bool(copy)))
    if requires_grad and not result.requires_grad:
        _check_differentiable(result._value)
        require_grad(result)
    return result


def _check_aliases(obj: Any, dtype: dtypes.dtype | None) -> None:
    """Raise ValueError unless the memory of `obj` can be a tensor's of `dtype`."""
    value = obj._value if isinstance(obj, TensorBase) else obj
    if not isinstance(value, (np.ndarray, np.generic, Box)):
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    have = dtypes.from_numpy_dtype(value.dtype)
    if dtype is not None and dtype is not have:
        raise ValueError(f"can't alias tensor with dtype '{have.title}' into dtype '{dtype.title}'.")


def from_numpy(ndarray: Any) -> Any:
    """Return a tensor that shares the memory of an array: a change of either is seen in the other.

    Raises TypeError for anything but an ndarray of a dtype that tensors have, ValueError for foreign
    byte order.

    >>> import chainrule, numpy
    >>> a = numpy.zeros(2)
    >>> x = chainrule.from_numpy(a)
    >>> a[0] = 7
    >>> x
    tensor([7., 0.], dtype=chainrule.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        name = type(ndarray).__name__
        raise TypeError(f"expected np.ndarray (got {'numpy.' * isinstance(ndarray, np.generic)}{name})")
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between "
            "byte orders is currently not supported; chainrule.tensor(array) makes a converted copy."
        )
    return wrap(from_array(ndarray, None, copy=False))


def convert(source: TensorBase, dtype: dtypes.dtype, copy: bool = False) -> Any:
    """Return a tensor in `dtype`, recorded; itself when it has that dtype and no copy is wanted."""
    value = source._value
    have = value.dtype
    if have == dtype.numpy and not copy:
        return source
    if have.kind == "c" and not dtype.is_complex:
        if dtype is dtypes.bool_:
            return registry["ne"](source, 0)
        warn("Casting complex values to real discards the imaginary part; x.real takes it alone")
    return registry["cast"](source, dtype=dtype.numpy)


# -- filled -----------------------------------------------------------------------------------------


def zeros(
    *sizes: Any, size: Any = None, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor of zeros; the size is ints or one sequence of ints.

    >>> import chainrule
    >>> chainrule.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    check_device(device)
    shape = sizes_of(sizes, size, "zeros")
    return finish(np.zeros(shape, dtype_or_default(dtype).numpy), requires_grad)


def ones(
    *sizes: Any, size: Any = None, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor of ones; the size is ints or one sequence of ints.

    >>> import chainrule
    >>> chainrule.ones(3, dtype=chainrule.int64)
    tensor([1, 1, 1])
    """
    check_device(device)
    return finish(np.ones(sizes_of(sizes, size, "ones"), dtype_or_default(dtype).numpy), requires_grad)


def empty(
    *sizes: Any, size: Any = None, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor with whatever values its memory held.

    >>> import chainrule
    >>> chainrule.empty(2, 3).shape
    chainrule.Size([2, 3])
    """
    check_device(device)
    shape = sizes_of(sizes, size, "empty")
    return finish(np.empty(shape, dtype_or_default(dtype).numpy), requires_grad)


def full(
    size: Any, fill_value: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor of `size` filled with a number, in the dtype of that number unless one is given.

    Raises TypeError for a recorded tensor: `fill_value.expand(size)` keeps it in the graph.

    >>> import chainrule
    >>> chainrule.full((2,), 3.5)
    tensor([3.5000, 3.5000])
    """
    check_device(device)
    number = _fill_value(fill_value, "full")
    wanted = dtypes.of_number(number) if dtype is None else dtypes.as_dtype(dtype)
    return finish(_filled(as_size(size, "full"), number, wanted), requires_grad)


def _fill_value(x: Any, function: str) -> Any:
    if isinstance(x, TensorBase) and (x._requires_grad or isinstance(x._value, Box)):
        raise TypeError(
            f"{function}(): argument 'fill_value' (position 2) must be Number, not Tensor that requires "
            "grad; fill_value.expand(size) keeps it in the graph"
        )
    return as_number(x, function, "fill_value", 2)


def _filled(shape: tuple[int, ...], number: Any, dtype: dtypes.dtype) -> Array:
    if isinstance(number, complex) and not dtype.is_complex:
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    if dtype.category == dtypes.INTEGER:
        check_range(np.asarray(number), dtype)
    return np.full(shape, np.asarray(number).astype(dtype.numpy))


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return an n x m matrix (square without m) with ones on the diagonal and zeros elsewhere.

    >>> import chainrule
    >>> chainrule.eye(2, 3)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    check_device(device)
    rows = as_int(n, "eye", "n", 1)
    columns = rows if m is None else as_int(m, "eye", "m", 2)
    for name, k in (("n", rows), ("m", columns)):
        if k < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {k}")
    return finish(np.eye(rows, columns, dtype=dtype_or_default(dtype).numpy), requires_grad)


def scalar_tensor(s: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Return a 0-d tensor, of the default dtype unless one is given.

    >>> import chainrule
    >>> chainrule.scalar_tensor(3)
    tensor(3.)
    """
    check_device(device)
    return finish(_filled((), as_number(s, "scalar_tensor", "s", 1), dtype_or_default(dtype)), requires_grad)


# -- like another tensor ----------------------------------------------------------------------------


def _like(function: str, input: Any, dtype: Dtype, device: Any) -> tuple[tuple[int, ...], Any]:
    """Return the shape and dtype that `<function>(input, ...)` asks for."""
    if not isinstance(input, TensorBase):
        raise TypeError(
            f"{function}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    check_device(device)
    value = input._value
    return value.shape, dtypes.from_numpy_dtype(value.dtype) if dtype is None else dtypes.as_dtype(dtype)


def zeros_like(
    input: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return zeros of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.zeros_like(chainrule.tensor([1, 2]))
    tensor([0, 0])
    """
    shape, wanted = _like("zeros_like", input, dtype, device)
    return finish(np.zeros(shape, wanted.numpy), requires_grad)


def ones_like(
    input: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return ones of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.ones_like(chainrule.tensor([1.0, 2.0]))
    tensor([1., 1.])
    """
    shape, wanted = _like("ones_like", input, dtype, device)
    return finish(np.ones(shape, wanted.numpy), requires_grad)


def empty_like(
    input: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return a tensor of the input's shape and dtype with whatever values its memory held.

    >>> import chainrule
    >>> chainrule.empty_like(chainrule.ones(2, 3)).shape
    chainrule.Size([2, 3])
    """
    shape, wanted = _like("empty_like", input, dtype, device)
    return finish(np.empty(shape, wanted.numpy), requires_grad)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return a tensor of the input's shape and dtype, filled with a number.

    >>> import chainrule
    >>> chainrule.full_like(chainrule.tensor([1.0, 2.0]), 7)
    tensor([7., 7.])
    """
    shape, wanted = _like("full_like", input, dtype, device)
    return finish(_filled(shape, _fill_value(fill_value, "full_like"), wanted), requires_grad)


def new_tensor(
    self: Any, data: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a new leaf with a copy of `data`, of this tensor's dtype unless one is given.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).new_tensor([3.5])
    tensor([3])
    """
    wanted = _like("new_tensor", self, dtype, device)[1]
    if isinstance(data, TensorBase):
        warn_copy_of_tensor("tensor.new_tensor")
        return copy_of(data, wanted, requires_grad)
    return finish(from_data(data, wanted, copy=True), requires_grad)


def new_zeros(
    self: Any,
    *sizes: Any,
    size: Any = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return zeros of the given size, of this tensor's dtype unless one is given.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).new_zeros(3)
    tensor([0, 0, 0])
    """
    wanted = _like("new_zeros", self, dtype, device)[1]
    return finish(np.zeros(sizes_of(sizes, size, "new_zeros"), wanted.numpy), requires_grad)


def new_ones(
    self: Any,
    *sizes: Any,
    size: Any = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return ones of the given size, of this tensor's dtype unless one is given.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).new_ones(3)
    tensor([1, 1, 1])
    """
    wanted = _like("new_ones", self, dtype, device)[1]
    return finish(np.ones(sizes_of(sizes, size, "new_ones"), wanted.numpy), requires_grad)


def new_empty(
    self: Any,
    *sizes: Any,
    size: Any = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return a tensor of the given size with whatever its memory held, of this tensor's dtype.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).new_empty(2, 3).shape
    chainrule.Size([2, 3])
    """
    wanted = _like("new_empty", self, dtype, device)[1]
    return finish(np.empty(sizes_of(sizes, size, "new_empty"), wanted.numpy), requires_grad)


def new_full(
    self: Any,
    size: Any,
    fill_value: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return a tensor of the given size filled with a number, of this tensor's dtype.

    >>> import chainrule
    >>> chainrule.tensor([1.0, 2.0]).new_full((2,), 7)
    tensor([7., 7.])
    """
    wanted = _like("new_full", self, dtype, device)[1]
    number = _fill_value(fill_value, "new_full")
    return finish(_filled(as_size(size, "new_full"), number, wanted), requires_grad)


METHODS = ("new_empty", "new_full", "new_ones", "new_tensor", "new_zeros")
"""Functions of this module that are methods of Tensor."""

__all__ = [
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "scalar_tensor",
    "tensor",
    "zeros",
    "zeros_like",
]
