"""From what users hand over (numbers, nested sequences, arrays) to NumPy values and shapes."""

from __future__ import annotations

from collections.abc import Mapping, Set
from itertools import chain
from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.core.box import Box
from chainrule.core.tensor import TensorBase
from chainrule.errors import type_name, warn
from chainrule.ops.structure import memory_order

Array = Any
"""An ndarray or a NumPy scalar."""

_NUMBERS: Final = frozenset({bool, int, float, complex})
_ROWS: Final = frozenset({list, tuple})

LEAVES_GRAPH: Final = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior. Consider "
    "using tensor.detach() first."
)


def from_data(data: Any, dtype: dtypes.dtype | None, copy: bool) -> Array:
    """Return the values of `data` (no tensor); without `copy` the memory of an array is shared."""
    if type(data) in _NUMBERS:
        return from_number(data, dtype)
    if type(data) in _ROWS:
        return _from_sequence(data, dtype)
    if isinstance(data, (np.ndarray, np.generic)):
        return from_array(data, dtype, copy)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if hasattr(data, "__array__"):
        return from_array(np.asarray(data), dtype, copy)
    if is_sequence(data):
        return _from_sequence(data, dtype)
    return _from_leaves([data], dtype)[0]


def from_number(x: Any, dtype: dtypes.dtype | None) -> Array:
    """Return a Python number as a NumPy scalar of its dtype, or of `dtype`."""
    if dtype is None:
        try:
            return dtypes.of_number(x).numpy.type(x)
        except OverflowError:
            raise ValueError("Overflow when unpacking long long") from None
    return _from_leaves([x], dtype)[0]


def from_array(array: Array, dtype: dtypes.dtype | None, copy: bool) -> Array:
    """Return an array in a dtype and byte order that tensors have."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if dtype is None or array.dtype.kind not in "biufc":
        dtype = dtypes.from_numpy_dtype(array.dtype)
    result = cast_array(np.asarray(array), dtype)
    if copy and np.may_share_memory(result, array):
        return np.array(result, order=memory_order(result))
    return result


def cast_array(array: Array, dtype: dtypes.dtype) -> Array:
    """Return the array in `dtype` as Tensor.to gives it, itself if it has it already."""
    if array.dtype == dtype.numpy:
        return array
    if array.dtype.kind == "c" and dtype.category in (dtypes.INTEGER, dtypes.FLOATING):
        array = array.real
    return array.astype(dtype.numpy, memory_order(array))


# -- nested sequences -------------------------------------------------------------------------------


def is_sequence(data: Any) -> bool:
    """Tell whether `data` is taken apart, as Python's sequence protocol has it."""
    if isinstance(data, (list, tuple)):
        return True
    if isinstance(data, (TensorBase, str, bytes, Mapping, Set, np.generic)):
        return False
    if isinstance(data, np.ndarray):
        return data.ndim > 0
    return hasattr(data, "__len__") and hasattr(data, "__getitem__")


def _from_sequence(data: Any, dtype: dtypes.dtype | None) -> Array:
    shape: list[int] = []
    level = [data]
    while level and is_sequence(level[0]):
        if shape and all(isinstance(item, np.ndarray) for item in level):
            return _from_arrays(level, shape, dtype)
        shape.append(_common_length(level, len(shape)))
        level = list(chain.from_iterable(level))
    return _from_leaves(level, dtype).reshape(shape)


def _common_length(rows: list[Any], dim: int) -> int:
    """Return the length that all rows have; torch's errors when they differ."""
    length = len(rows[0])
    if not set(map(type, rows)) <= _ROWS:
        for row in rows:
            if not is_sequence(row):
                raise TypeError("not a sequence: the data is nested to different depths")
    if set(map(len, rows)) != {length}:
        other = next(len(row) for row in rows if len(row) != length)
        raise ValueError(f"expected sequence of length {length} at dim {dim} (got {other})")
    return length


def _from_arrays(arrays: list[Any], shape: list[int], dtype: dtypes.dtype | None) -> Array:
    """Return equally shaped arrays joined along new axes in front."""
    first = arrays[0].shape
    for array in arrays:
        if array.ndim != len(first):
            raise ValueError(f"expected arrays of {len(first)} dimensions (got {array.ndim})")
        for i, (n, m) in enumerate(zip(first, array.shape, strict=True)):
            if n != m:
                raise ValueError(f"expected sequence of length {n} at dim {len(shape) + i} (got {m})")
    converted = [from_array(array, dtype, copy=False) for array in arrays]
    wanted = _widest([dtypes.from_numpy_dtype(array.dtype) for array in converted])
    converted = [cast_array(array, wanted) for array in converted]
    return np.stack(converted).reshape((*shape, *first))


def _from_leaves(leaves: list[Any], dtype: dtypes.dtype | None) -> Array:
    """Return a 1-d array of numbers, NumPy scalars and one-element tensors."""
    kinds = set(map(type, leaves))
    if kinds <= _NUMBERS:
        found = _dtype_of_kinds(kinds)
    else:
        pairs = [_leaf(leaf, dtype) for leaf in leaves]
        leaves = [value for value, _ in pairs]
        found = _widest([d for _, d in pairs])
    return _collect(leaves, found, dtype or found)


def _dtype_of_kinds(kinds: set[type]) -> dtypes.dtype:
    if complex in kinds:
        return dtypes.get_default_dtype().to_complex()
    if float in kinds or not kinds:
        return dtypes.get_default_dtype()
    return dtypes.int64 if int in kinds else dtypes.bool_


def _widest(found: list[dtypes.dtype]) -> dtypes.dtype:
    result = found[0]
    for d in set(found):
        result = dtypes.promote_types(result, d)
    return result


def _leaf(leaf: Any, dtype: dtypes.dtype | None) -> tuple[Any, dtypes.dtype]:
    """Return one element as a Python number, and the dtype it brings."""
    if isinstance(leaf, TensorBase):
        leaf = only_element(leaf, "Use chainrule.stack to join tensors within the graph.")
    if isinstance(leaf, (np.generic, np.ndarray)):
        if leaf.ndim:
            raise TypeError(
                f"'{type_name(leaf)}' object cannot be interpreted as a number: the data is nested "
                "to different depths"
            )
        return leaf.item(), dtypes.from_numpy_dtype(leaf.dtype)
    if isinstance(leaf, (bool, int, float, complex)):
        return leaf, dtypes.of_number(leaf)
    if isinstance(leaf, str):
        raise ValueError("too many dimensions 'str'")
    nested = ": the data is nested to different depths" if is_sequence(leaf) else ""
    if dtype is None and not nested:
        raise RuntimeError(f"Could not infer dtype of {type_name(leaf)}")
    if dtype is None or dtype.category <= dtypes.INTEGER:
        raise TypeError(_no_integer(leaf) + nested)
    if not hasattr(leaf, "__float__"):
        raise TypeError(f"must be real number, not {type_name(leaf)}{nested}")
    return float(leaf), dtypes.float64


def _no_integer(x: Any) -> str:
    return f"'{type_name(x)}' object cannot be interpreted as an integer"


def concrete(tensor: TensorBase, purpose: str) -> Array:
    """Return the NumPy value of a tensor, also of one inside a transform, if it can give any."""
    value = tensor._value
    return value.concrete(purpose) if isinstance(value, Box) else value


def only_element(tensor: TensorBase, advice: str = "") -> Array:
    """Return the element of a tensor of one, warning when that leaves a graph."""
    value = tensor._value
    if value.shape and np.prod(value.shape, dtype=int) != 1:
        raise ValueError(
            "only one element tensors can be converted to Python scalars; use chainrule.stack to join tensors"
        )
    if tensor._requires_grad or isinstance(value, Box):
        warn(f"{LEAVES_GRAPH} {advice}".rstrip())
    return concrete(tensor, "making a new tensor").reshape(())[()]


def _collect(numbers: list[Any], found: dtypes.dtype, dtype: dtypes.dtype) -> Array:
    """Return Python numbers as an array of `dtype`; RuntimeError when one is out of its range."""
    if found.is_complex and dtype.category == dtypes.INTEGER:
        raise TypeError(_no_integer(1j))
    if found.is_complex and dtype.is_floating_point:
        raise TypeError("must be real number, not complex")
    if found.is_complex:
        through: type[np.generic] = np.complex128
    elif found.is_floating_point or dtype.category >= dtypes.FLOATING:
        through = np.float64
    else:
        through = np.int64 if dtype.category == dtypes.INTEGER else np.bool_
    try:
        array = np.array(numbers, through)
    except OverflowError:
        if through is np.float64:
            raise OverflowError("int too large to convert to float") from None
        raise ValueError("Overflow when unpacking long long") from None
    if dtype.category == dtypes.INTEGER:
        _check_range(array, dtype)
    return array.astype(dtype.numpy)


def _check_range(array: Array, dtype: dtypes.dtype) -> None:
    """Raise torch's error unless all values fit an integer dtype (negative integers wrap in uint8)."""
    limits = np.iinfo(dtype.numpy)
    wraps = array.dtype.kind != "f" and not dtype.is_signed
    least = -int(limits.max) if wraps else int(limits.min)
    fits = (array >= least) & (array <= limits.max)
    if array.dtype.kind == "f":
        fits &= array < 2.0**63  # the largest int64 was rounded up to it
    if not np.all(fits):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
