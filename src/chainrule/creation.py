"""Making tensors: from data, filled with a value, and ranges."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.arguments import as_int, as_number, as_size, check_options, sizes_of
from chainrule.composed.operands import fitting
from chainrule.conversion import from_array, from_data
from chainrule.core.batched import beside
from chainrule.core.box import Box
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, require_grad, wrap
from chainrule.errors import type_name, warn

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
    wanted = None
    if dtype is not None or device is not None or type(requires_grad) is not bool:
        wanted = check_options("tensor", dtype, device, requires_grad)
    if type(data) is float and wanted is None:  # small programs consist of these
        made = wrap(dtypes.get_default_dtype().numpy.type(data))
        if requires_grad:
            require_grad(made)
        return made
    if isinstance(data, TensorBase):
        warn_copy_of_tensor("chainrule.tensor")
        return copy_of(data, wanted, requires_grad)
    return finish(from_data(data, wanted, copy=True), requires_grad)


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


def as_tensor(data: Any, *, dtype: Dtype = None, device: Any = None) -> Any:
    """Return `data` as a tensor: a tensor stays what it is, an array's memory is shared.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0])
    >>> chainrule.as_tensor(x) is x
    True
    """
    wanted = check_options("as_tensor", dtype, device, False)
    if isinstance(data, TensorBase):
        return data if wanted is None else convert(data, wanted)
    return wrap(from_data(data, wanted, copy=False))


def asarray(
    obj: Any,
    *,
    dtype: Dtype = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Any:
    """Return `obj` as a tensor, sharing memory if possible (`copy=None`), always or never.

    A tensor stays in its graph unless `requires_grad=False`. Raises ValueError or RuntimeError when
    `copy=False` and the memory cannot be shared.

    >>> import chainrule, numpy
    >>> chainrule.asarray(numpy.array([1, 2]))
    tensor([1, 2])
    """
    wanted = check_options("asarray", dtype, device, requires_grad)
    if copy is not None and not isinstance(copy, bool):
        raise TypeError(f"asarray(): argument 'copy' must be bool, not {type_name(copy)}")
    if copy is False:
        _check_aliases(obj, wanted)
    if isinstance(obj, TensorBase):
        result = _as_tensor(obj, wanted, bool(copy))
        if requires_grad is None:
            requires_grad = obj._requires_grad
        elif not requires_grad and result._requires_grad:
            result = registry["detach"](result)
    else:
        result = wrap(from_data(obj, wanted, copy=bool(copy)))
    if requires_grad and not result._requires_grad:
        _check_differentiable(result._value)
        require_grad(result)
    return result


def _as_tensor(source: TensorBase, dtype: dtypes.dtype | None, copy: bool) -> Any:
    have = dtypes.from_numpy_dtype(source._value.dtype)
    if copy and dtype in (None, have):
        return registry["clone"](source)
    return convert(source, dtype or have)


def _check_aliases(obj: Any, dtype: dtypes.dtype | None) -> None:
    """Raise torch's errors unless the memory of `obj` can be a tensor's of `dtype`."""
    value = obj._value if isinstance(obj, TensorBase) else obj
    if isinstance(obj, np.generic):
        raise RuntimeError(
            "can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray."
        )
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
        raise TypeError(f"expected np.ndarray (got {type_name(ndarray)})")
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
    wanted = check_options("zeros", dtype, device, requires_grad) or dtypes.get_default_dtype()
    return finish(np.zeros(sizes_of(sizes, size, "zeros"), wanted.numpy), requires_grad)


def ones(
    *sizes: Any, size: Any = None, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor of ones; the size is ints or one sequence of ints.

    >>> import chainrule
    >>> chainrule.ones(3, dtype=chainrule.int64)
    tensor([1, 1, 1])
    """
    wanted = check_options("ones", dtype, device, requires_grad) or dtypes.get_default_dtype()
    return finish(np.ones(sizes_of(sizes, size, "ones"), wanted.numpy), requires_grad)


def empty(
    *sizes: Any, size: Any = None, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor with whatever values its memory held.

    >>> import chainrule
    >>> chainrule.empty(2, 3).shape
    chainrule.Size([2, 3])
    """
    wanted = check_options("empty", dtype, device, requires_grad) or dtypes.get_default_dtype()
    return finish(np.empty(sizes_of(sizes, size, "empty"), wanted.numpy), requires_grad)


def full(
    size: Any, fill_value: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a tensor of `size` filled with a number, in the dtype of that number unless one is given.

    Raises TypeError for a recorded tensor: `fill_value.expand(size)` keeps it in the graph.

    >>> import chainrule
    >>> chainrule.full((2,), 3.5)
    tensor([3.5000, 3.5000])
    """
    wanted = check_options("full", dtype, device, requires_grad)
    shape, number = as_size(size, "full"), _fill_value(fill_value, "full")
    return finish(_filled(shape, number, wanted or dtypes.of_number(number)), requires_grad)


def _fill_value(x: Any, function: str) -> Any:
    if isinstance(x, TensorBase) and (x._requires_grad or isinstance(x._value, Box)):
        raise TypeError(
            f"{function}(): argument 'fill_value' (position 2) must be Number, not Tensor that requires "
            "grad; fill_value.expand(size) keeps it in the graph"
        )
    return as_number(x, function, "fill_value", 2)


def _filled(shape: tuple[int, ...], number: Any, dtype: dtypes.dtype) -> Array:
    return np.full(shape, fitting(number, dtype))


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
    wanted = check_options("eye", dtype, device, requires_grad) or dtypes.get_default_dtype()
    rows = as_int(n, "eye", "n", 1)
    columns = rows if m is None else as_int(m, "eye", "m", 2)
    for name, k in (("n", rows), ("m", columns)):
        if k < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {k}")
    return finish(np.eye(rows, columns, dtype=wanted.numpy), requires_grad)


def scalar_tensor(s: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Return a 0-d tensor, of the default dtype unless one is given.

    >>> import chainrule
    >>> chainrule.scalar_tensor(3)
    tensor(3.)
    """
    wanted = check_options("scalar_tensor", dtype, device, requires_grad) or dtypes.get_default_dtype()
    return finish(_filled((), as_number(s, "scalar_tensor", "s", 1), wanted), requires_grad)


# -- like another tensor ----------------------------------------------------------------------------


def like(
    function: str, input: Any, dtype: Dtype = None, device: Any = None, requires_grad: Any = False
) -> tuple[tuple[int, ...], dtypes.dtype]:
    """Return the shape and dtype that `<function>(input, ...)` asks for."""
    if not isinstance(input, TensorBase):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    value, wanted = input._value, check_options(function, dtype, device, requires_grad)
    return value.shape, wanted or dtypes.from_numpy_dtype(value.dtype)


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
    shape, wanted = like("zeros_like", input, dtype, device, requires_grad)
    return beside(input, finish(np.zeros(shape, wanted.numpy), requires_grad))


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
    shape, wanted = like("ones_like", input, dtype, device, requires_grad)
    return beside(input, finish(np.ones(shape, wanted.numpy), requires_grad))


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
    shape, wanted = like("empty_like", input, dtype, device, requires_grad)
    return beside(input, finish(np.empty(shape, wanted.numpy), requires_grad))


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
    shape, wanted = like("full_like", input, dtype, device, requires_grad)
    return beside(input, finish(_filled(shape, _fill_value(fill_value, "full_like"), wanted), requires_grad))


def new_tensor(
    self: Any, data: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Return a new leaf with a copy of `data`, of this tensor's dtype unless one is given.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).new_tensor([3.5])
    tensor([3])
    """
    wanted = like("new_tensor", self, dtype, device, requires_grad)[1]
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
    wanted = like("new_zeros", self, dtype, device, requires_grad)[1]
    return beside(self, finish(np.zeros(sizes_of(sizes, size, "new_zeros"), wanted.numpy), requires_grad))


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
    wanted = like("new_ones", self, dtype, device, requires_grad)[1]
    return beside(self, finish(np.ones(sizes_of(sizes, size, "new_ones"), wanted.numpy), requires_grad))


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
    wanted = like("new_empty", self, dtype, device, requires_grad)[1]
    return beside(self, finish(np.empty(sizes_of(sizes, size, "new_empty"), wanted.numpy), requires_grad))


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
    wanted = like("new_full", self, dtype, device, requires_grad)[1]
    number = _fill_value(fill_value, "new_full")
    return beside(self, finish(_filled(as_size(size, "new_full"), number, wanted), requires_grad))


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
